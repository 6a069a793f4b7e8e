"""The answer of a spatial question for the page: a paged table of features, or figures with bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext

from analysis.queries.answer import Features, Near, asked, count, figures, invented, near_fields, nearest_of
from analysis.queries.groups import MOST_GROUPS, Group
from geoportal.web.catalogue.table import Column, Line
from geoportal.web.query.words import group_title, lines, measure_title
from geoportal.wording.conditions import type_of
from geoportal.wording.queries import ON_MAP, address_of
from geoportal.wording.values import in_words, number
from layers.access.rules import fields_for
from layers.reading.table import Order, Row, order_of, page, usual_order
from layers.schema.kind import KindField

ZOOM = 18


@dataclass(frozen=True, slots=True)
class Place:
    """Addresses of an answer: the query string of its links, and its files."""

    here: str
    words: Mapping[str, str]
    files: str
    query: str

    def address(self, **changed: str) -> str:
        """The address of this page with another order or page."""
        return self.here + address_of(self.words, **changed)

    def file(self, ending: str, **more: str) -> str:
        """The address of the answer as a file."""
        return f"{self.files}.{ending}{address_of(self.words, **more)}"


def answered(
    features: Features, place: Place, paging: Mapping[str, str], seconds: float, groups: list[Group] | None = None
) -> dict[str, Any]:
    """The page's context of an answer. `groups` are figures already computed. Raises TooSlow, BadSort, BadKey."""
    question = asked(features)
    context: dict[str, Any] = {
        "synthetic": invented(features),
        "map_features": place.file("geojson", limit=str(ON_MAP)),
        "on_map": number(ON_MAP),
        "json": place.file("json"),
    }
    if question.measure:
        found = figures(features, seconds) if groups is None else groups
        return context | _figures(features, place, found)
    return context | _table(features, place, paging, seconds)


def _figures(features: Features, place: Place, groups: list[Group]) -> dict[str, Any]:
    question = asked(features)
    total = sum(group.count for group in groups)
    return {
        "lines": lines(question, groups),
        "measure_title": measure_title(question),
        "group_title": group_title(question),
        "measured": question.of is not None,
        "grouped": bool(question.by),
        "total": number(total),
        "many": total > ON_MAP,
        "cut": number(MOST_GROUPS) if len(groups) > MOST_GROUPS else "",
        "downloads": [("CSV", place.file("csv"))],
    }


def _table(features: Features, place: Place, paging: Mapping[str, str], seconds: float) -> dict[str, Any]:
    question, kind = asked(features), features.kind
    sort = paging.get("sort", "")
    order = order_of(features.access, kind, sort) if sort else usual_order(features.access, kind, features.shown.rows)
    total = count(features, seconds)
    found = page(features, order, after=paging.get("after", ""), before=paging.get("before", ""))
    near = nearest_of(features, [row.feature_id for row in found.rows], seconds) if question.finds_nearest else {}
    formats = ("geojson", "csv") if question.finds_nearest else ("geojson", "csv", "gpkg")
    paged = bool(paging.get("after") or paging.get("before"))
    return {
        "rows": [_line(features, row, near.get(row.feature_id)) for row in found.rows],
        "columns": _with_near(_columns(features, place, order), _near_columns(features)),
        "total": number(total),
        "many": total > ON_MAP,
        "pages": {
            "first": place.address(sort=sort) if paged else "",
            "previous": place.address(sort=sort, before=found.before) if found.before else "",
            "next": place.address(sort=sort, after=found.after) if found.after else "",
        },
        "downloads": [
            ({"gpkg": "GeoPackage", "geojson": "GeoJSON"}.get(one, "CSV"), place.file(one)) for one in formats
        ],
    }


def _with_near(own: Sequence[Any], near: Sequence[Any]) -> list[Any]:
    """Own columns with those of the nearest feature inserted after the first, where they are visible."""
    return [*own[:1], *near, *own[1:]]


def _columns(features: Features, place: Place, order: Order) -> list[Column]:
    def sorting(name: str) -> tuple[str, str]:
        if order.name != name:
            return "none", place.address(sort=name)
        turned = name if order.descending else f"-{name}"
        return ("descending" if order.descending else "ascending"), place.address(sort=turned)

    return [
        Column(str(field.title), field.unit, type_of(features.kind, field) == "n", *sorting(field.name))
        for field in fields_for(features.access, features.kind)
    ]


def _near_columns(features: Features) -> list[dict[str, Any]]:
    """Headings of the nearest feature's columns, which cannot be sorted by."""
    question = asked(features)
    if question.related is None or not question.finds_nearest:
        return []
    other = question.related.kind
    first = {"title": gettext("Distance to the nearest"), "unit": "m", "numeric": True}
    fields = [
        {"title": f"{other.singular}: {field.title}", "unit": field.unit, "numeric": type_of(other, field) == "n"}
        for field in _near(features)
    ]
    return [first, *fields]


def _near(features: Features) -> list[KindField]:
    question = asked(features)
    assert question.related is not None
    return [question.related.kind.field(name) for name in near_fields(question)]


def _line(features: Features, row: Row, near: Near | None) -> Line:
    kind, fields = features.kind, fields_for(features.access, features.kind)
    values = {field.name: value for field, value in zip(fields, row.values, strict=True)}
    cells = [(in_words(field, values[field.name], unit=False), type_of(kind, field) == "n") for field in fields]
    named = values.get(kind.name_field)
    return Line(
        row.feature_id,
        f"{kind.singular} {named}" if named else str(kind.singular),
        _with_near(cells, _near_cells(features, near)),
        "",
        f"/#map={ZOOM}/{row.latitude:.6f}/{row.longitude:.6f}&layers={quote(kind.slug)}"
        f"&pick={quote(kind.slug)}/{row.feature_id}",
        False,
    )


def _near_cells(features: Features, near: Near | None) -> list[tuple[str | None, bool]]:
    question = asked(features)
    if question.related is None or not question.finds_nearest:
        return []
    distance = None if near is None or near.distance_m is None else number(round(near.distance_m, 1), decimals=1)
    values = near.values if near else (None,) * len(near_fields(question))
    cells = [
        (in_words(field, value, unit=False), type_of(question.related.kind, field) == "n")
        for field, value in zip(_near(features), values, strict=True)
    ]
    return [(distance, True), *cells]
