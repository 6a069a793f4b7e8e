"""Filters in CQL2 (OGC 21-065r2), text or JSON: parsed by the `cql2` library, translated here by an allow-list.

What is not listed here does not reach the database; every literal is a bound parameter. Conditions are pure SQL: an
unknown value (NULL) satisfies neither a comparison nor its negation.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import cql2
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    F,
    Field,
    FloatField,
    Func,
    IntegerField,
    Q,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.expressions import NegatedExpression
from django.db.models.functions import Lower
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
)

from layers.access import Access, fields_for, may_see, note_read
from layers.crs import WGS84, storage_srid
from layers.errors import BadFilter
from layers.feature import CURRENT, known_at
from layers.kind import LayerKind
from layers.kinds import KINDS

MAX_LENGTH = 8000
MAX_DEPTH = 40
"""Deep nesting crashes the parser's process (2,000 parentheses did); nobody writes 40."""
MAX_VALUES = 1000
MAX_VERTICES = 20_000
PROVENANCE = {"feature_id": UUIDField(), "data_date": DateField(), "synthetic": BooleanField()}
"""What every kind may be filtered by, beside its own fields."""
COMPARISONS: dict[str, Any] = {
    "=": Exact,
    "<": LessThan,
    "<=": LessThanOrEqual,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
}
SPATIAL = {
    "s_intersects": "ST_Intersects",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_contains": "ST_Contains",
    "s_disjoint": "ST_Disjoint",
}


class Folded(Func):
    """A text in small letters without diacritics, as `layers_fold` in the database makes it."""

    function = "layers_fold"
    output_field = TextField()


class Unaccented(Func):
    """A text without diacritics."""

    function = "layers_unaccent"
    output_field = TextField()


class Like(Func):
    """`expression LIKE pattern`; CQL2's wildcards are SQL's own."""

    template = "(%(expressions)s)"
    arg_joiner = " LIKE "
    output_field = BooleanField()


class Spatial(Func):
    """A spatial relation between the stored geometry and a literal."""

    output_field = BooleanField()


class BoxesMeet(Func):
    """`a && b`: the boxes of two geometries meet. Lets the index answer first."""

    template = "(%(expressions)s)"
    arg_joiner = " && "
    output_field = BooleanField()


class PointOnSurface(Func):
    """The point on surface of a geometry: where a feature lies when it must lie in one place only."""

    function = "ST_PointOnSurface"
    output_field = GeometryField()


def parsed(text: str) -> dict[str, Any]:
    """A filter as CQL2-JSON. `text` is CQL2 text, or CQL2-JSON when it begins with a brace. Raises BadFilter."""
    if len(text) > MAX_LENGTH:
        raise BadFilter(f"The filter has {len(text)} characters; at most {MAX_LENGTH} are read.")
    if _depth(text) > MAX_DEPTH:
        raise BadFilter(f"The filter is nested deeper than {MAX_DEPTH} levels.")
    read: Callable[[str], Any] = cql2.parse_json if text.lstrip().startswith("{") else cql2.parse_text
    try:
        tree: Any = read(text).to_json()
    except Exception as fault:  # the library raises its own and plain exceptions
        reason = " ".join(str(fault).split())[:300]
        raise BadFilter(f"The filter cannot be read as CQL2: {reason}") from fault
    if not isinstance(tree, dict):
        raise BadFilter("The filter is not a condition.")
    return tree


def as_text(tree: dict[str, Any]) -> str:
    """A filter as CQL2 text."""
    return str(cql2.parse_json(json.dumps(tree)).to_text())


def _depth(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        if sign in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in ")]}":
            depth -= 1
    return max(deepest, text.lower().count("not "))


def condition(access: Access, kind: LayerKind, text: str, at: datetime | None = None) -> Q:
    """The filter as a condition on rows of the kind, in fields that whoever asks may see. Raises BadFilter.

    Spatial conditions compare the property `geom`, or `point` (the point on surface: where the feature is counted),
    with a literal or with `feature('districts', 'uuid')`, another object as it was at the moment `at`.
    """
    return Q(_Walker(access, kind, at).boolean(parsed(text)))


class _Walker:
    """Translates CQL2-JSON of one kind for one visitor."""

    def __init__(self, access: Access, kind: LayerKind, at: datetime | None) -> None:
        self.access, self.kind, self.at = access, kind, at
        own = {field.name: kind.model._meta.get_field(field.name) for field in fields_for(access, kind)}
        self.columns: dict[str, Any] = own | PROVENANCE

    def boolean(self, node: Any) -> Any:
        """A condition."""
        op, args = self._call(node)
        if op in ("and", "or"):
            if not args:
                raise BadFilter(f"“{op}” joins at least one condition, found none.")
            parts = [Q(self.boolean(arg)) for arg in args]
            joined = parts[0]
            for part in parts[1:]:
                joined = joined & part if op == "and" else joined | part
            return joined
        if op == "not":
            self._count(op, args, 1)
            return NegatedExpression(Q(self.boolean(args[0])))
        if op == "isNull":
            self._count(op, args, 1)
            return IsNull(F(self._name(args[0])), True)
        if op in SPATIAL:
            return self._spatial(op, args)
        if op == "like":
            return self._like(args)
        if op == "in":
            return self._among(args)
        if op == "between":
            self._count(op, args, 3)
            low = self._compare(">=", [args[0], args[1]])
            return Q(low) & Q(self._compare("<=", [args[0], args[2]]))
        return self._compare(op, args)

    def _compare(self, op: str, args: list[Any]) -> Any:
        if op not in COMPARISONS and op != "<>":
            raise BadFilter(f"The filter uses “{op}”, which is not offered here.")
        self._count(op, args, 2)
        name, fold = self._operand(args[0])
        value = self._value(name, self._unfolded(args[1]))
        left, right = fold(F(name)), fold(Value(value, output_field=self._literal_type(name)))
        if op == "<>":
            return NegatedExpression(Q(Exact(left, right)))
        return COMPARISONS[op](left, right)

    def _among(self, args: list[Any]) -> Any:
        self._count("in", args, 2)
        if not isinstance(args[1], list) or not args[1] or len(args[1]) > MAX_VALUES:
            raise BadFilter(f"“in” needs a list of 1 to {MAX_VALUES} values.")
        joined = Q()
        for one in args[1]:
            joined |= Q(self._compare("=", [args[0], one]))
        return joined

    def _like(self, args: list[Any]) -> Any:
        self._count("like", args, 2)
        name, fold = self._operand(args[0])
        pattern = self._unfolded(args[1])
        texts = isinstance(self.columns[name], CharField | TextField) and isinstance(pattern, str)
        if not texts or "\0" in pattern:
            raise BadFilter(f"“like” compares texts; {name} is none, or the pattern is none.")
        return Like(fold(F(name)), fold(Value(pattern, output_field=TextField())))

    def _spatial(self, op: str, args: list[Any]) -> Any:
        self._count(op, args, 2)
        name = args[0].get("property") if isinstance(args[0], dict) else None
        if name not in ("geom", "geometry", "point"):
            raise BadFilter(f"“{op}” compares the property geom or point with a geometry.")
        shape = self._shape(args[1])
        if name != "point":
            return Spatial(F("geom"), shape, function=SPATIAL[op])
        by_point = Q(Spatial(PointOnSurface(F("geom")), shape, function=SPATIAL[op]))
        return by_point if op == "s_disjoint" else Q(BoxesMeet(F("geom"), shape)) & by_point

    def _shape(self, node: Any) -> Any:
        """The geometry on the right, in the storage system."""
        if not (isinstance(node, dict) and node.get("op") == "feature"):
            return Transform(Value(_geometry(node)), storage_srid())
        slug, key = self._reference(node)
        kind = KINDS.get(slug)
        rows = None
        if kind is not None and may_see(self.access, kind):
            note_read(kind)
            rows = kind.model._default_manager.filter(feature_id=key)
        time = CURRENT if self.at is None else known_at(self.at)
        found: Any = rows.filter(time).first() if rows is not None else None
        if found is None:
            raise BadFilter(f"There is no feature {key} in a layer “{slug[:40]}”.")
        return Value(found.geom, output_field=GeometryField(srid=storage_srid()))

    def _reference(self, node: Any) -> tuple[str, UUID]:
        args = node.get("args", ())
        self._count("feature", args, 2)
        try:
            return str(args[0]), UUID(str(args[1]))
        except ValueError as fault:
            raise BadFilter("“feature” takes a layer and an identity, such as feature('districts', '…').") from fault

    def _operand(self, node: Any) -> tuple[str, Callable[[Any], Any]]:
        """A property, or casei/accenti of one: its name and what must be done to both sides."""
        folds = []
        while isinstance(node, dict) and node.get("op") in ("casei", "accenti"):
            folds.append(node["op"])
            node = self._only(node)
        name = self._name(node)
        if folds and not isinstance(self.columns[name], CharField | TextField):
            raise BadFilter(f"{folds[0]} is for texts; {name} is none.")
        if {"casei", "accenti"} <= set(folds):
            return name, Folded
        if "casei" in folds:
            return name, Lower
        return name, Unaccented if "accenti" in folds else lambda expression: expression

    def _unfolded(self, node: Any) -> Any:
        while isinstance(node, dict) and node.get("op") in ("casei", "accenti"):
            node = self._only(node)
        return node

    def _only(self, node: dict[str, Any]) -> Any:
        """The argument of a call that takes one."""
        op, args = self._call(node)
        self._count(op, args, 1)
        return args[0]

    def _name(self, node: Any) -> str:
        name = node.get("property") if isinstance(node, dict) else None
        if name is None:
            raise BadFilter("The left side of a comparison must be a property.")
        if name not in self.columns:
            known = ", ".join(self.columns)
            raise BadFilter(f"{self.kind.slug} cannot be filtered by “{name}”; there are: {known}, geom.")
        return str(name)

    def _literal_type(self, name: str) -> Field:
        column: Field = self.columns[name]
        return FloatField() if isinstance(column, IntegerField) else column

    def _value(self, name: str, raw: Any) -> Any:
        """A literal as a value of the property's type."""
        column = self.columns[name]
        if isinstance(column, CharField | TextField) and isinstance(raw, str) and "\0" not in raw:
            return raw
        if isinstance(column, BooleanField) and isinstance(raw, bool):
            return raw
        if isinstance(column, IntegerField | FloatField) and _is_number(raw):
            return float(raw)
        if isinstance(column, UUIDField) and isinstance(raw, str):
            return self._tried(name, raw, column.to_python)
        if isinstance(column, DateField):
            text = raw.get("date") or raw.get("timestamp") if isinstance(raw, dict) else raw
            if isinstance(text, str):
                return self._tried(name, text, _moment if isinstance(column, DateTimeField) else _day)
        raise BadFilter(f"{name} holds {_holds(column)}; the filter compares it with {json.dumps(raw)[:80]}.")

    def _tried(self, name: str, text: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text)
        except Exception as fault:
            raise BadFilter(f"{name} holds {_holds(self.columns[name])}; “{text[:80]}” is none.") from fault

    @staticmethod
    def _call(node: Any) -> tuple[str, list[Any]]:
        if not isinstance(node, dict) or "op" not in node:
            raise BadFilter(f"Expected a condition, found {json.dumps(node)[:80]}.")
        return str(node["op"]), list(node.get("args", ()))

    @staticmethod
    def _count(op: str, args: list[Any], wanted: int) -> None:
        if len(args) != wanted:
            raise BadFilter(f"“{op}” takes {wanted} arguments, found {len(args)}.")


def _is_number(raw: Any) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < 1e300


def _holds(column: Field) -> str:
    named = {
        BooleanField: "true or false",
        IntegerField: "whole numbers",
        FloatField: "numbers",
        DateField: "dates such as 2026-01-31",
        UUIDField: "identities",
    }
    return next((words for kind, words in named.items() if isinstance(column, kind)), "texts")


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _geometry(node: Any) -> GEOSGeometry:
    """A literal geometry (CRS84) or a bbox."""
    if isinstance(node, dict) and "bbox" in node:
        if len(node["bbox"]) not in (4, 6):
            raise BadFilter(f"A bbox has 4 or 6 numbers, found {len(node['bbox'])}.")
        west, south = node["bbox"][:2]
        east, north = node["bbox"][-2:] if len(node["bbox"]) == 4 else node["bbox"][3:5]
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        node = {"type": "Polygon", "coordinates": [ring]}
    try:
        shape = GEOSGeometry(json.dumps(node), srid=WGS84)
    except Exception as fault:
        raise BadFilter("The filter's geometry cannot be read; give WKT or GeoJSON, longitude first.") from fault
    west, south, east, north = shape.extent
    if shape.num_coords > MAX_VERTICES or not (-180 <= west <= east <= 180 and -85 <= south <= north <= 85):
        raise BadFilter("The filter's geometry must lie within longitude ±180 and latitude ±85.")
    return shape
