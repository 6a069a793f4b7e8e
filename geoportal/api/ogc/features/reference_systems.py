"""OGC API Features Part 2: coordinate reference systems by reference."""

import math

from django.http import HttpRequest

from geoportal.http.errors import BadQuery
from layers.crs import CRS84, System, storage_system, system_named, systems
from layers.errors import UnknownSystem


def offered() -> list[str]:
    """The URIs of all systems, CRS84 first."""
    return [one.uri for one in systems()]


def storage_uri() -> str:
    """The URI of the storage CRS, in which geometries are returned without a transformation."""
    return storage_system().uri


def asked_system(request: HttpRequest, name: str) -> System:
    """The CRS that a parameter names; CRS84 without it. Raises BadQuery."""
    text = request.GET.get(name)
    if text is None:
        return CRS84
    try:
        return system_named(text)
    except UnknownSystem as fault:
        raise BadQuery(f"{name}: {fault}") from None


def asked_box(request: HttpRequest) -> list[float] | None:
    """The numbers of `bbox`, in the axis order of `bbox-crs`. Raises BadQuery."""
    text = request.GET.get("bbox")
    if text is None:
        if "bbox-crs" in request.GET:
            raise BadQuery("bbox-crs: there is no bbox to which it could belong.")
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise BadQuery(f"bbox: “{text[:80]}” are no numbers; write minx,miny,maxx,maxy.") from None
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise BadQuery(f"bbox: 4 or 6 numbers are wanted, found {len(numbers)}.")
    return numbers
