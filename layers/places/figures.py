"""One figure of a place report: a statement that a kind declares (`Says`), computed in one query.

The counting rules are the same for every kind, and the filter each line carries asks a table for the same rows:

* a feature counts where its point on surface lies, so that districts add up to the city;
* areas and lengths are cut at the place's border; what runs along the border counts half, so that districts add up
  here too; parts under a square metre or metre are left out; areas that overlap within one code count once;
* distances are straight lines from the place's border.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection

from layers.access.rules import Access, Serving, fields_for
from layers.filters.cql2 import parsed
from layers.places.place import Place
from layers.reading.selection import Selection
from layers.schema.kind import KindField, LayerKind, Says
from layers.text import Text

MOST_FEATURES = 6
"""How many features a `within` names; the others are counted."""
SMALLEST_PART = 1.0
"""Square metres or metres of a part that is worth telling; below lie the seams between neighbours' borders."""
SMALL_M2 = 10_000.0
"""Up to here an area counts as small: of a building one wants to know its parcel, of a district not."""
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
NOT_STATED = Text("nie podano", "not stated")

Filter = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A figure: of one code, one group of numbers, or one field. `filter` (CQL2-JSON) asks for the rows behind it."""

    title: str
    value: float
    filter: Filter
    share: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A feature that holds the place, lies partly in it, or is nearest."""

    feature_id: UUID
    title: str
    facts: tuple[tuple[KindField, Any], ...]
    share: float | None = None
    distance_m: float | None = None
    direction: Text | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What a kind says about the place. `total` is that of all lines, overlaps counted once."""

    kind: LayerKind
    says: Says
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
    says: Says
    chosen: Selection
    filter: Filter

    @property
    def kind(self) -> LayerKind:
        return self.chosen.kind

    def rows(self) -> tuple[str, list[Any]]:
        """`FROM … WHERE …` of the kind's rows that the statement is about, wherever they lie, with parameters."""
        where, values = replace(self.chosen, filter=self.says.filter).where()
        return f"FROM {_quoted(self.kind.model._meta.db_table)} WHERE {where}", values

    def by(self) -> str:
        """What lines are grouped by, in SQL."""
        if not self.says.by:
            return "NULL"
        column = _quoted(self.says.by)
        return f"width_bucket({column}, ARRAY{list(self.says.bins)}::float[])" if self.says.bins else column

    def statement(self, **values: Any) -> Statement:
        return Statement(self.kind, self.says, self.chosen.shown, self.filter, **values)


def statement(access: Access, place: Place, says: Says, chosen: Selection) -> Statement | None:
    """What a kind says about the place, in one query; None where it does not apply or the visitor may not know."""
    if not _applies(access, place, says, chosen.kind):
        return None
    question = _Question(access, place, says, chosen, _filter(place, says))
    return FORMS[says.form](question)


def _applies(access: Access, place: Place, says: Says, kind: LayerKind) -> bool:
    needed = {says.by, *says.of, *_properties(says.filter)} - {"", "geom", "point"}
    if not needed <= {field.name for field in fields_for(access, kind)}:
        return False
    sizes = {"", "area" if place.is_area else "point"} | ({"small"} if place.geometry.area <= SMALL_M2 else set())
    if says.only not in sizes:
        return False
    if says.form == "nearest":
        return True
    if place.kind is kind:
        return False  # What a place is itself is told by its own facts.
    return says.form == "within" or place.is_area


def _properties(filter: str) -> set[str]:
    """Names of the properties a filter reads."""

    def names(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {str(node["property"])} if "property" in node else set()
            return own.union(*(names(value) for value in node.values()))
        return set().union(*(names(value) for value in node)) if isinstance(node, list) else set()

    return names(parsed(filter)) if filter else set()


def _filter(place: Place, says: Says) -> Filter:
    """The rows a statement is about, as CQL2-JSON."""
    here = {"op": "s_intersects", "args": [{"property": "geom"}, place.operand]}
    parts: list[Filter] = []
    if says.form in ("count", "sum"):
        parts = [{"op": "s_intersects", "args": [{"property": "point"}, place.operand]}]
    elif says.form == "share" or (says.form == "within" and place.is_area):
        touching = {"op": "s_touches", "args": [{"property": "geom"}, place.operand]}
        parts = [here, {"op": "not", "args": [touching]}]
    elif says.form in ("within", "length"):
        parts = [here]
    if says.filter:
        parts.append(parsed(says.filter))
    return _all(parts)


def _all(parts: list[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else {"op": "and", "args": parts} if parts else {}


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


def _count(question: _Question) -> Statement:
    rows, values = _counted(question)
    found = _asked(f"SELECT {question.by()} AS code, count(*) {rows} GROUP BY 1", values)
    total = sum(count for _, count in found)
    lines = [_line(question, code, count, count / total) for code, count in found]
    return question.statement(lines=_sorted(question, found, lines), total=total)


def _sum(question: _Question) -> Statement:
    rows, values = _counted(question)
    sums = ", ".join(f"coalesce(sum({_quoted(name)}), 0), count({_quoted(name)})" for name in question.says.of)
    (found,) = _asked(f"SELECT {sums} {rows}", values)
    lines = []
    for position, name in enumerate(question.says.of):
        value, known = found[2 * position : 2 * position + 2]
        field = question.kind.field(name)
        if known:
            stated = {"op": "not", "args": [{"op": "isNull", "args": [{"property": name}]}]}
            lines.append(Line(str(field.title), value, _all([question.filter, stated]), unit=field.unit))
    first = lines[0] if len(lines) == 1 else None
    return question.statement(lines=tuple(lines), total=first.value if first else 0, unit=first.unit if first else "")


BORDER_M = 0.001
"""What is so near the border runs along it: a street and a border that follows it differ in their last digits."""
INSIDE = (
    "CASE WHEN ST_ContainsProperly(%s::geometry, geom) THEN ST_Length(geom) ELSE "
    f"ST_Length(ST_Intersection(geom, ST_Buffer(%s::geometry, -{BORDER_M}))) + "
    f"ST_Length(ST_Intersection(geom, ST_Buffer(ST_Boundary(%s::geometry), {BORDER_M}))) / 2 END"
)
"""The length of a line inside the place; what runs along the border belongs half to each side."""


def _length(question: _Question) -> Statement:
    rows, values = _holding(question)
    inside = [question.place.literal] * 3
    found = _asked(f"SELECT {question.by()} AS code, sum({INSIDE}) {rows} GROUP BY 1", [*inside, *values])
    found = [(code, length) for code, length in found if length >= SMALLEST_PART]
    total = sum(length for _, length in found)
    lines = [_line(question, code, length, length / total) for code, length in found]
    return question.statement(lines=_sorted(question, found, lines), total=total, unit="m")


def _share(question: _Question) -> Statement:
    rows, values = _overlapping(question)
    cut = [question.place.literal] * 2
    parts = f"WITH parts AS (SELECT {question.by()} AS code, ST_Union({CUT}) AS part {rows} GROUP BY 1)"
    found = _asked(
        f"{parts} SELECT code, ST_Area(part), (SELECT ST_Area(ST_Union(part)) FROM parts) FROM parts",
        [*cut, *values],
    )
    whole = question.place.geometry.area
    kept = [(code, area) for code, area, _ in found if area >= SMALLEST_PART]
    total = found[0][2] if kept else 0.0
    lines = [_line(question, code, area, area / whole) for code, area in kept]
    return question.statement(
        lines=_sorted(question, kept, lines), total=total, share=total / whole if kept else None, unit="m²"
    )


def _line(question: _Question, code: Any, value: float, share: float) -> Line:
    title, filter = _group(question, code)
    return Line(title, value, filter, share)


def _group(question: _Question, code: Any) -> tuple[str, Filter]:
    """The words of a code or group of numbers, and the rows of it."""
    says = question.says
    if not says.by:
        return str(says.title or question.kind.title), question.filter
    field = {"property": says.by}
    if code is None:
        return str(NOT_STATED), _all([question.filter, {"op": "isNull", "args": [field]}])
    if not says.bins:
        choices = question.kind.field(says.by).choices or {}
        equal = {"op": "=", "args": [field, code]}
        return str(choices.get(str(code), code)), _all([question.filter, equal])
    low, high = ((None, *says.bins)[code], (*says.bins, None)[code])
    limits = [{"op": ">=", "args": [field, low]}] if low is not None else []
    limits += [{"op": "<", "args": [field, high]}] if high is not None else []
    return str(_range(low, high)), _all([question.filter, *limits])


def _range(low: int | None, high: int | None) -> Text:
    if low is None:
        return Text(f"do {(high or 0) - 1}", f"up to {(high or 0) - 1}")
    if high is None:
        return Text(f"{low} i więcej", f"{low} and more")
    words = str(low) if high == low + 1 else f"{low}–{high - 1}"
    return Text(words, words)


def _sorted(question: _Question, found: list[Any], lines: list[Line]) -> tuple[Line, ...]:
    """Groups of numbers and `ordered` codes in their own order, others the largest first; what is not stated last."""
    says = question.says
    codes = [str(code) for code in (question.kind.field(says.by).choices or {})] if says.by else []

    def place(pair: tuple[Any, Line]) -> tuple[bool, float, str]:
        code, line = pair[0][0], pair[1]
        if says.bins:
            return code is None, code or 0, ""
        own = codes.index(str(code)) if says.ordered and str(code) in codes else -line.value
        return code is None, own, line.title

    return tuple(line for _, line in sorted(zip(found, lines, strict=True), key=place))


def _within(question: _Question) -> Statement:
    area = question.place.is_area
    rows, values = _overlapping(question) if area else _holding(question)
    cut = [question.place.literal] * 2 if area else []
    size = f"ST_Area({CUT})" if area else "1.0"
    found = _asked(
        f"WITH parts AS (SELECT version_id, {size} AS part {rows}) SELECT version_id, part, count(*) OVER () "
        f"FROM parts WHERE part >= {SMALLEST_PART} ORDER BY part DESC, version_id LIMIT {MOST_FEATURES}",
        [*cut, *values],
    )
    told = _told(question, [version for version, _, _ in found])
    whole = question.place.geometry.area
    shares = [part / whole if area else None for _, part, _ in found]
    named = tuple(replace(one, share=share) for one, share in zip(told, shares, strict=True))
    more = found[0][2] - len(found) if found else 0
    return question.statement(found=named, more=more, total=float(len(found) + more))


def _holding(question: _Question) -> tuple[str, list[Any]]:
    rows, values = question.rows()
    return f"{rows} AND ST_Intersects(geom, %s::geometry)", [*values, question.place.literal]


def _nearest(question: _Question) -> Statement | None:
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
    (one,) = _told(question, [version])
    near = replace(one, distance_m=distance, direction=_direction(distance, azimuth))
    filter = {"op": "=", "args": [{"property": "feature_id"}, str(one.feature_id)]}
    return replace(question.statement(found=(near,), total=distance, unit="m"), filter=filter)


def _direction(distance: float, azimuth: float | None) -> Text | None:
    return DIRECTIONS[round(azimuth / 45) % 8] if distance > 0 and azimuth is not None else None


def _told(question: _Question, versions: list[int]) -> list[Found]:
    """The features of these versions with their names and facts, in this order."""
    seen = {field.name: field for field in fields_for(question.access, question.kind)}
    shown = [seen[name] for name in question.says.show if name in seen]
    rows = question.kind.model._default_manager.in_bulk(versions)
    return [_found(question.kind, rows[version], shown) for version in versions]


def _found(kind: LayerKind, row: Any, shown: list[KindField]) -> Found:
    facts = tuple((field, getattr(row, field.name)) for field in shown if getattr(row, field.name) is not None)
    return Found(row.feature_id, kind.named(row), facts)


def _asked(sql: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


FORMS: dict[str, Callable[[_Question], Statement | None]] = {
    "within": _within,
    "share": _share,
    "length": _length,
    "count": _count,
    "sum": _sum,
    "nearest": _nearest,
}


def as_text(filter: Filter) -> str:
    """A filter as a link carries it."""
    return json.dumps(filter, separators=(",", ":"), ensure_ascii=False) if filter else ""
