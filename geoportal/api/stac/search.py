"""The parameters of item searches, and pages of items: by GET or as JSON, with links to the next page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from geoportal.accounts.visitors import visitor_of
from geoportal.api.ogc.features.moments import Period, period
from geoportal.api.stac.documents import GEOJSON, address, item, link
from geoportal.api.stac.photos import SHELVES, Shelf, media_of, shelves
from geoportal.http.errors import BadQuery
from geoportal.http.posted import NULL, Types, posted
from layers.crs import CRS84, storage_srid
from layers.errors import BadGeoJSON, BadJSON
from layers.filters.literals import box_in_storage, in_storage
from layers.filters.shapes import meeting
from layers.geojson import geometry_of
from layers.json_text import json_value
from layers.media.models import Medium

DEFAULT, MOST = 10, 1000
BODY_BYTES = 1_000_000
NAMES = frozenset({"bbox", "intersects", "datetime", "ids", "collections", "limit", "token"})
SEARCHED: dict[str, Types] = {
    "bbox": (list, NULL),
    "intersects": (dict, NULL),
    "datetime": (str, NULL),
    "ids": (list, NULL),
    "collections": (list, NULL),
    "limit": (int, NULL),
    "token": (str, NULL),
}
ITEM_NAMES = frozenset({"bbox", "collections", "datetime", "ids", "limit", "token"})
"""pystac-client sends `collections` to the items of a run too."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search: an area in the storage system, a period, identities, runs, the size and start of the page."""

    area: GEOSGeometry | None = None
    nowhere: bool = False
    period: Period | None = None
    ids: tuple[str, ...] | None = None
    collections: tuple[str, ...] | None = None
    limit: int = DEFAULT
    after: tuple[str, int] = (SHELVES[0], 0)


def of_query(request: HttpRequest, names: frozenset[str] = NAMES) -> Search:
    """The search of a GET request. Raises BadQuery, BadGeoJSON, BadGeometry."""
    given: dict[str, Any] = {name: text for name, text in request.GET.items() if text != ""}
    _refuse_unknown(given, names | {"lang", "f"})
    for name in ("ids", "collections"):
        if name in given:
            given[name] = given[name].split(",")
    if "bbox" in given:
        given["bbox"] = [_number(one) for one in given["bbox"].split(",")]
    if "intersects" in given:
        given["intersects"] = _json(given["intersects"])
    return _search(given)


def of_body(request: HttpRequest) -> Search:
    """The search of a POST request. Raises BadBody, BadQuery, BadGeoJSON, BadGeometry."""
    given = posted(request, SEARCHED, most=BODY_BYTES)
    _refuse_unknown(given, NAMES)
    return _search({name: value for name, value in given.items() if value is not None})


def _json(text: str) -> Any:
    try:
        return json_value(text)
    except BadJSON as fault:
        raise BadQuery(f"The search cannot be read. {fault}") from None


def _refuse_unknown(given: Mapping[str, Any], names: frozenset[str]) -> None:
    unknown = sorted(set(given) - names)
    if unknown:
        raise BadQuery(f"There is no parameter “{unknown[0][:40]}” here; there are: {', '.join(sorted(names))}.")


def _number(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        raise BadQuery(f"bbox: “{str(text)[:40]}” is no number.") from None


def _search(given: Mapping[str, Any]) -> Search:
    if "bbox" in given and "intersects" in given:
        raise BadQuery("Give either bbox or intersects, not both.")
    area, nowhere = None, False
    if "bbox" in given:
        if not isinstance(given["bbox"], list):
            raise BadQuery("bbox: 4 or 6 numbers are needed.")
        area = box_in_storage([_number(one) for one in given["bbox"]], CRS84)
    elif "intersects" in given:
        if not isinstance(given["intersects"], dict):
            raise BadGeoJSON("type", "intersects: a GeoJSON geometry is needed.")
        area = in_storage(geometry_of(given["intersects"]), CRS84)
        nowhere = area.is_empty
    return Search(
        None if area is None else GEOSGeometry(memoryview(area.wkb), srid=storage_srid()),
        nowhere,
        period(_text(given, "datetime")) if "datetime" in given else None,
        _texts(given, "ids"),
        _texts(given, "collections"),
        _limit(given.get("limit", DEFAULT)),
        _after(_text(given, "token")) if "token" in given else (SHELVES[0], 0),
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    if not isinstance(given[name], str):
        raise BadQuery(f"{name}: a text is needed.")
    return str(given[name])


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    found = given.get(name)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found) or len(found) > MOST:
        raise BadQuery(f"{name}: a list of at most {MOST} texts is needed.")
    return tuple(one.replace("\0", "") for one in found)


def _limit(given: Any) -> int:
    text = str(given)
    if isinstance(given, bool) or not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= 10**6):
        raise BadQuery(f"limit: “{text[:40]}” is no number from 1 to {MOST}.")
    return min(int(text), MOST)


def _after(token: str) -> tuple[str, int]:
    shelf, number = token[:1], token[1:]
    if shelf not in SHELVES or not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise BadQuery("token: take it from a link to the next page.")
    return shelf, int(number)


def _matching(shelf: Shelf, search: Search) -> QuerySet[Any]:
    if search.nowhere:
        return shelf.rows.none()
    condition = Q() if search.area is None else meeting(search.area)
    if search.period is not None:
        condition &= Q(taken_at__gte=search.period.start, taken_at__lte=search.period.end)
    if search.ids is not None:
        condition &= Q(picture__in=search.ids)
    if search.collections is not None:
        condition &= Q(photo_run__in=search.collections)
    return shelf.rows.exclude(photo_run=None).filter(condition)


def page(request: HttpRequest, search: Search, here: str) -> dict[str, Any]:
    """A page of items. Pages neither skip nor repeat photos that are there all the time."""
    found: list[tuple[Shelf, Any]] = []
    more = False
    for shelf in shelves(visitor_of(request)):
        if SHELVES.index(shelf.name) < SHELVES.index(search.after[0]):
            continue
        rows = _matching(shelf, search)
        if shelf.name == search.after[0]:
            rows = rows.filter(version_id__gt=search.after[1])
        wanted = search.limit + 1 - len(found)
        found.extend((shelf, row) for row in rows[:wanted])
        if len(found) > search.limit:
            found, more = found[: search.limit], True
            break
    links = [link("root", address(request, "stac")), link("self", request.build_absolute_uri(), GEOJSON)]
    if more:
        shelf, last = found[-1]
        links.append(_next(request, here, f"{shelf.name}{last.version_id}"))
    features = list(_items(request, found))
    return {"type": "FeatureCollection", "features": features, "links": links, "numberReturned": len(features)}


def _items(request: HttpRequest, found: list[tuple[Shelf, Any]]) -> list[dict[str, Any]]:
    media: dict[str, Medium] = {}
    for released in (True, False):
        media |= media_of([row for shelf, row in found if shelf.released == released], released=released)
    return [item(request, shelf, row, media.get(row.picture)) for shelf, row in found]


def _next(request: HttpRequest, here: str, token: str) -> dict[str, Any]:
    if request.method == "POST":
        return link("next", here, GEOJSON, method="POST", body={"token": token}, merge=True)
    query = {**{name: text for name, text in request.GET.items() if name != "token"}, "token": token}
    return link("next", f"{here}?{urlencode(query)}", GEOJSON, method="GET")
