"""Parsing of the parameters of a request for features."""

import json
from datetime import datetime
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import BooleanField, Q
from django.http import HttpRequest

from geoportal.api.ogc.answers import EVERYWHERE, only_known, whole_number
from geoportal.api.ogc.features import moments
from geoportal.api.ogc.features.reference_systems import asked_box, asked_system
from geoportal.http.errors import BadQuery
from layers.access.rules import Access, Serving
from layers.crs import storage_srid
from layers.errors import BadFilter, BadGeometry
from layers.filters.columns import Columns
from layers.filters.cql2 import Language, condition
from layers.filters.literals import box_in_storage
from layers.filters.shapes import meeting
from layers.reading.pages import FeatureQuery, PageRequest, Period, property_names
from layers.reading.paging import read_place, sorting
from layers.schema.kind import LayerKind

LIMIT = 100
MOST = 10_000
RESERVED = frozenset(
    {
        "limit",
        "bbox",
        "bbox-crs",
        "datetime",
        "crs",
        "properties",
        "sortby",
        "filter",
        "filter-lang",
        "filter-crs",
        "token",
    }
)
"""Parameters of the standard; all others are properties."""
LANGUAGES: tuple[Language, ...] = ("cql2-text", "cql2-json")


def check_names(request: HttpRequest, access: Access, kind: LayerKind) -> None:
    """Refuse unknown parameters; hidden fields count as unknown. Raises BadQuery."""
    only_known(request, RESERVED | set(Columns(access, kind).types))


def page_request(
    request: HttpRequest, access: Access, kind: LayerKind, shown: Serving, most: int = MOST
) -> PageRequest:
    """The page requested. Raises BadQuery and the errors of filters, orders and page tokens."""
    asked = _asked(request, access, kind, shown)
    order = sorting(access, kind, request.GET.get("sortby", ""))
    token = request.GET.get("token")
    return PageRequest(
        asked,
        order,
        whole_number(request, "limit", default=min(LIMIT, most), least=1, most=most),
        _properties(request, asked),
        asked_system(request, "crs"),
        read_place(order, token) if token else None,
    )


def capped(request: HttpRequest, wish: PageRequest) -> bool:
    """Whether the page is smaller than the requested limit."""
    return whole_number(request, "limit", default=0, least=1, most=10 * MOST) > wish.limit


def _asked(request: HttpRequest, access: Access, kind: LayerKind, shown: Serving) -> FeatureQuery:
    words, language = request.GET.get("filter", ""), request.GET.get("filter-lang", "")
    known: Language = next((one for one in LANGUAGES if one == language), "")
    if language and not known:
        raise BadQuery(f"filter-lang: there is no “{language[:40]}”; there are: {', '.join(LANGUAGES)}.")
    at, period = _time(request)
    also = _box(request) & _properties_equal(request, access, kind)
    system = asked_system(request, "filter-crs")
    asked = FeatureQuery(access, kind, shown, words, at, language=known, system=system, also=also, period=period)
    if words:
        condition(access, kind, words, at, language=known, system=system)
    return asked


def _time(request: HttpRequest) -> tuple[datetime | None, Period | None]:
    """Recorded time of `datetime`: the moment (a day means its end), or the interval."""
    text = request.GET.get("datetime")
    if text is None:
        return None, None
    found, whole = moments.period(text) if text not in ("../..", "/") else moments.Period(), moments.Period()
    if "/" not in text:
        return found.end, None
    return None, Period(
        None if found.start == whole.start else found.start, None if found.end == whole.end else found.end
    )


def _box(request: HttpRequest) -> Q:
    numbers = asked_box(request)
    if numbers is None:
        return Q()
    try:
        shape = box_in_storage(numbers, asked_system(request, "bbox-crs"))
    except BadGeometry as fault:
        raise BadQuery(f"bbox: {fault}") from None
    if shape is None:
        return Q()
    return meeting(GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=storage_srid()))


def _properties_equal(request: HttpRequest, access: Access, kind: LayerKind) -> Q:
    """Conditions of property parameters such as `use_class=public`."""
    columns, found = Columns(access, kind), Q()
    for name in (columns.types.keys() & request.GET.keys()) - RESERVED - EVERYWHERE:
        value = _literal(columns, name, request.GET[name])
        tree = {"op": "=", "args": [{"property": name}, value]}
        try:
            found &= condition(access, kind, json.dumps(tree))
        except BadFilter as fault:
            raise BadQuery(f"{name}: {fault}") from None
    return found


def _literal(columns: Columns, name: str, text: str) -> Any:
    if isinstance(columns.types[name], BooleanField):
        return {"true": True, "false": False}.get(text.lower(), text)
    if not columns.is_number(name):
        return text
    try:
        return float(text)
    except ValueError:
        return text


def _properties(request: HttpRequest, asked: FeatureQuery) -> tuple[str, ...]:
    """The properties to return; without the parameter, all visible ones."""
    known, text = property_names(asked), request.GET.get("properties")
    if text is None:
        return known
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise BadQuery(f"properties: there is no “{name[:60]}”; there are: {', '.join(known)}.")
    return tuple(name for name in known if name in names)
