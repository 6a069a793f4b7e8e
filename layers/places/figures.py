"""One figure of a place report: a report item that a kind declares, computed in one query.

The counting rules are the same for every kind, and the filter each line carries asks a table for the same rows:

* a feature counts where its point on surface lies, so that districts add up to the city;
* areas and lengths are cut at the place's border; what runs along the border counts half, so that districts add up
  here too; parts under a square metre or metre are left out; areas that overlap within one code count once;
* distances are straight lines from the place's border.
"""

import json
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any
from uuid import UUID

from django.db import connection

from layers.access.rules import Access, Serving, fields_for
from layers.filters.cql2 import parsed
from layers.places.groups import Filter, Line, all_of, groups_sql, line_of, quoted, sorted_lines
from layers.places.place import Place
from layers.reading.selection import Selection
from layers.schema.kind import KindField, LayerKind
from layers.schema.report_items import (
    Count,
    FeatureItem,
    Length,
    Nearest,
    ReportItem,
    Share,
    Sum,
    Within,
)
from layers.text import Text

MOST_FEATURES = 6
"""How many features a `within` names; the others are counted."""
SMALLEST_PART = 1.0
"""Square metres or metres of the smallest part that counts; smaller ones are gaps between neighbours' borders."""
SMALL_M2 = 10_000.0
"""Square metres up to which an area is small: its parcel is a fact about a building, not about a district."""
DIRECTIONS = (
    Text("na północ", "to the north"),
    Text("na północny wschód", "to the north-east"),
    Text("na wschód", "to the east"),
    Text("na południowy wschód", "to the south-east"),
    Text("na południe", "to the south"),
    Text("na południowy zachód", "to the south-west"),
    Text("na zachód", "to the west"),
    Text("na północny zachód", "to the north-west"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A feature that contains the place, is partly in it, or is nearest."""

    feature_id: UUID
    title: str
    facts: tuple[tuple[KindField, Any], ...]
    share: float | None = None
    distance_m: float | None = None
    direction: Text | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A report item of a kind, computed for the place. `total` is that of all lines, overlaps counted once."""

    kind: LayerKind
    item: ReportItem
    shown: Serving
    filter: Filter
    lines: tuple[Line, ...] = ()
    found: tuple[Found, ...] = ()
    more: int = 0
    total: float = 0.0
    share: float | None = None
    unit: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self.lines and not self.found


@dataclass(frozen=True, slots=True)
class _Question:
    """A statement about to be computed."""

    access: Access
    place: Place
    item: ReportItem
    chosen: Selection
    filter: Filter

    @property
    def kind(self) -> LayerKind:
        return self.chosen.kind

    def rows(self) -> tuple[str, list[Any]]:
        """`FROM … WHERE …` of the kind's rows that the statement is about, wherever they lie, with parameters."""
        where, values = replace(self.chosen, filter=self.item.filter).where()
        return f"FROM {quoted(self.kind.model._meta.db_table)} WHERE {where}", values

    def statement(self, **values: Any) -> Statement:
        return Statement(self.kind, self.item, self.chosen.shown, self.filter, **values)


def statement(access: Access, place: Place, item: ReportItem, chosen: Selection) -> Statement | None:
    """A report item computed for the place; None where it does not apply or the visitor may not see its fields."""
    if not _applies(access, place, item, chosen.kind):
        return None
    return _computed(item, _Question(access, place, item, chosen, _filter(place, item)))


def _applies(access: Access, place: Place, item: ReportItem, kind: LayerKind) -> bool:
    needed = item.fields | (_properties(item.filter) - {"geom", "point"})
    if not needed <= {field.name for field in fields_for(access, kind)}:
        return False
    if isinstance(item, FeatureItem) and item.only not in _sizes(place):
        return False
    if isinstance(item, Nearest):
        return True
    if place.kind is kind:
        return False  # A place's own fields are among its own facts.
    return isinstance(item, Within) or place.is_area


def _sizes(place: Place) -> set[str]:
    """The values of `only` that include the place."""
    return {"", "area" if place.is_area else "point"} | ({"small"} if place.geometry.area <= SMALL_M2 else set())


def _properties(filter: str) -> set[str]:
    """Names of the properties a filter reads."""

    def names(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {str(node["property"])} if "property" in node else set()
            return own.union(*(names(value) for value in node.values()))
        return set().union(*(names(value) for value in node)) if isinstance(node, list) else set()

    return names(parsed(filter)) if filter else set()


def _filter(place: Place, item: ReportItem) -> Filter:
    """The rows a report item is about, as CQL2-JSON."""
    here = {"op": "s_intersects", "args": [{"property": "geom"}, place.operand]}
    parts: list[Filter] = []
    if isinstance(item, Count | Sum):
        parts = [{"op": "s_intersects", "args": [{"property": "point"}, place.operand]}]
    elif isinstance(item, Share) or (isinstance(item, Within) and place.is_area):
        touching = {"op": "s_touches", "args": [{"property": "geom"}, place.operand]}
        parts = [here, {"op": "not", "args": [touching]}]
    elif isinstance(item, Within | Length):
        parts = [here]
    if item.filter:
        parts.append(parsed(item.filter))
    return all_of(parts)


def _counted(question: _Question) -> tuple[str, list[Any]]:
    """Rows whose point on surface lies in the place."""
    rows, values = question.rows()
    place = question.place.literal
    if question.kind.shape == "POINT":
        return f"{rows} AND ST_Intersects(geom, %s::geometry)", [*values, place]
    inside = "geom && %s::geometry AND ST_Intersects(ST_PointOnSurface(geom), %s::geometry)"
    return f"{rows} AND {inside}", [*values, place, place]


def _overlapping(question: _Question) -> tuple[str, list[Any]]:
    """Rows that share more than a border with the place."""
    rows, values = question.rows()
    inside = "ST_CoveredBy(geom, %s::geometry) OR NOT ST_Touches(geom, %s::geometry)"
    return f"{rows} AND ST_Intersects(geom, %s::geometry) AND ({inside})", [*values, *[question.place.literal] * 3]


CUT = "CASE WHEN ST_CoveredBy(geom, %s::geometry) THEN geom ELSE ST_Intersection(geom, %s::geometry) END"
"""The part of a feature inside the place."""


@singledispatch
def _computed(item: ReportItem, question: _Question) -> Statement | None:
    """The statement of an item, by its class."""
    raise TypeError(f"There is no figure for report items of the class {type(item).__name__}.")


@_computed.register
def _count(item: Count, question: _Question) -> Statement:
    rows, values = _counted(question)
    found = _asked(f"SELECT {groups_sql(item)} AS code, count(*) {rows} GROUP BY 1", values)
    total = sum(count for _, count in found)
    lines = [
        line_of(item, question.kind, question.filter, code, value=count, share=count / total) for code, count in found
    ]
    return question.statement(lines=sorted_lines(item, question.kind, found, lines), total=total)


@_computed.register
def _sum(item: Sum, question: _Question) -> Statement:
    rows, values = _counted(question)
    sums = ", ".join(f"coalesce(sum({quoted(name)}), 0), count({quoted(name)})" for name in item.of)
    (found,) = _asked(f"SELECT {sums} {rows}", values)
    lines = []
    for position, name in enumerate(item.of):
        value, known = found[2 * position : 2 * position + 2]
        field = question.kind.field(name)
        if known:
            stated = {"op": "not", "args": [{"op": "isNull", "args": [{"property": name}]}]}
            lines.append(Line(str(field.title), value, all_of([question.filter, stated]), unit=field.unit))
    first = lines[0] if len(lines) == 1 else None
    return question.statement(lines=tuple(lines), total=first.value if first else 0, unit=first.unit if first else "")


BORDER_M = 0.001
"""A line at most this far from the border runs along it: a street and its border differ in their last digits."""
INSIDE = (
    "CASE WHEN ST_ContainsProperly(%s::geometry, geom) THEN ST_Length(geom) ELSE "
    f"ST_Length(ST_Intersection(geom, ST_Buffer(%s::geometry, -{BORDER_M}))) + "
    f"ST_Length(ST_Intersection(geom, ST_Buffer(ST_Boundary(%s::geometry), {BORDER_M}))) / 2 END"
)
"""The length of a line inside the place; what runs along the border belongs half to each side."""


@_computed.register
def _length(item: Length, question: _Question) -> Statement:
    rows, values = _holding(question)
    inside = [question.place.literal] * 3
    found = _asked(f"SELECT {groups_sql(item)} AS code, sum({INSIDE}) {rows} GROUP BY 1", [*inside, *values])
    found = [(code, length) for code, length in found if length >= SMALLEST_PART]
    total = sum(length for _, length in found)
    lines = [
        line_of(item, question.kind, question.filter, code, value=length, share=length / total)
        for code, length in found
    ]
    return question.statement(lines=sorted_lines(item, question.kind, found, lines), total=total, unit="m")


@_computed.register
def _share(item: Share, question: _Question) -> Statement:
    rows, values = _overlapping(question)
    cut = [question.place.literal] * 2
    parts = f"WITH parts AS (SELECT {groups_sql(item)} AS code, ST_Union({CUT}) AS part {rows} GROUP BY 1)"
    found = _asked(
        f"{parts} SELECT code, ST_Area(part), (SELECT ST_Area(ST_Union(part)) FROM parts) FROM parts",
        [*cut, *values],
    )
    whole = question.place.geometry.area
    kept = [(code, area) for code, area, _ in found if area >= SMALLEST_PART]
    total = found[0][2] if kept else 0.0
    lines = [
        line_of(item, question.kind, question.filter, code, value=area, share=area / whole) for code, area in kept
    ]
    return question.statement(
        lines=sorted_lines(item, question.kind, kept, lines),
        total=total,
        share=total / whole if kept else None,
        unit="m²",
    )


@_computed.register
def _within(item: Within, question: _Question) -> Statement:
    area = question.place.is_area
    rows, values = _overlapping(question) if area else _holding(question)
    cut = [question.place.literal] * 2 if area else []
    size = f"ST_Area({CUT})" if area else "1.0"
    found = _asked(
        f"WITH parts AS (SELECT version_id, {size} AS part {rows}) SELECT version_id, part, count(*) OVER () "
        f"FROM parts WHERE part >= {SMALLEST_PART} ORDER BY part DESC, version_id LIMIT {MOST_FEATURES}",
        [*cut, *values],
    )
    features = _features(item, question, [version for version, _, _ in found])
    whole = question.place.geometry.area
    shares = [part / whole if area else None for _, part, _ in found]
    named = tuple(replace(one, share=share) for one, share in zip(features, shares, strict=True))
    more = found[0][2] - len(found) if found else 0
    return question.statement(found=named, more=more, total=float(len(found) + more))


def _holding(question: _Question) -> tuple[str, list[Any]]:
    rows, values = question.rows()
    return f"{rows} AND ST_Intersects(geom, %s::geometry)", [*values, question.place.literal]


@_computed.register
def _nearest(item: Nearest, question: _Question) -> Statement | None:
    """The nearest feature; None where several lie inside the place, because they are counted there."""
    rows, values = question.rows()
    place = question.place
    itself = place.row.feature_id if place.row is not None and place.kind is question.kind else None
    found = _asked(
        "SELECT version_id, ST_Distance(geom, %s::geometry), "
        "degrees(ST_Azimuth(ST_Centroid(%s::geometry), ST_ClosestPoint(geom, %s::geometry))) "
        f"{rows} AND feature_id IS DISTINCT FROM %s::uuid ORDER BY geom <-> %s::geometry, version_id LIMIT 2",
        [*[place.literal] * 3, *values, itself, place.literal],
    )
    if len(found) == 2 and found[1][1] == 0 and place.is_area:
        return None
    if not found:
        return question.statement()
    version, distance, azimuth = found[0]
    (one,) = _features(item, question, [version])
    near = replace(one, distance_m=distance, direction=_direction(distance, azimuth))
    filter = {"op": "=", "args": [{"property": "feature_id"}, str(one.feature_id)]}
    return replace(question.statement(found=(near,), total=distance, unit="m"), filter=filter)


def _direction(distance: float, azimuth: float | None) -> Text | None:
    return DIRECTIONS[round(azimuth / 45) % 8] if distance > 0 and azimuth is not None else None


def _features(item: FeatureItem, question: _Question, versions: list[int]) -> list[Found]:
    """The features of these versions with their names and facts, in this order."""
    seen = {field.name: field for field in fields_for(question.access, question.kind)}
    shown = [seen[name] for name in item.show if name in seen]
    rows = question.kind.model._default_manager.in_bulk(versions)
    return [_found(question.kind, rows[version], shown) for version in versions]


def _found(kind: LayerKind, row: Any, shown: list[KindField]) -> Found:
    facts = tuple((field, getattr(row, field.name)) for field in shown if getattr(row, field.name) is not None)
    return Found(row.feature_id, kind.named(row), facts)


def _asked(sql: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def as_text(filter: Filter) -> str:
    """A filter as a link carries it."""
    return json.dumps(filter, separators=(",", ":"), ensure_ascii=False) if filter else ""
