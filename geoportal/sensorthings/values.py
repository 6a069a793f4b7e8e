"""Values of expressions: literals with their sorts, and members of JSON columns as numbers, texts or truths."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    DurationField,
    Field,
    FloatField,
    Func,
    TextField,
    TimeField,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from odata_query import ast

from geoportal.sensorthings.errors import BadOption
from geoportal.sensorthings.grammar import Interval
from layers.crs import WGS84

MOST_CORNERS = 5000
LONGEST_DURATION_S = 1e6 * 86_400
FIELDS: dict[str, Field[Any, Any]] = {
    "text": TextField(),
    "number": FloatField(),
    "boolean": BooleanField(),
    "time": DateTimeField(),
    "date": DateField(),
    "clock": TimeField(),
    "duration": DurationField(),
}


@dataclass(frozen=True)
class Typed:
    """A value and its sort, one of the words in `geoportal.sensorthings.expressions`.

    An interval begins with `value` and ends with `end`; of a result `value` is its number and `end` its JSON. `path`
    are the members below a JSON column. `literal` is the Python value of a constant.
    """

    sort: str
    value: Any
    end: Any = None
    path: tuple[str, ...] = ()
    literal: Any = None


NUMBER = "abs(x::numeric) < 1.7e308 AND (x::numeric = 0 OR abs(x::numeric) > 1e-300)"
"""SQL: whether a JSON number x, which has no limits, is one of 64-bit floats."""


class _Member(Func):
    """A member of a JSON column, where it has the JSON type; the path is a bound parameter."""

    def __init__(self, column: Any, path: tuple[str, ...], json_type: str, field: Field[Any, Any]) -> None:
        super().__init__(column, Value(list(path)), Value(json_type), output_field=field)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:  # type: ignore[override]
        (column, given), (path, names), (wanted, word) = (compiler.compile(one) for one in self.source_expressions)
        kind = self.output_field.db_type(connection)
        value = (
            f"CASE WHEN {NUMBER} THEN x::{kind} END" if isinstance(self.output_field, FloatField) else f"x::{kind}"
        )
        sql = (
            f"(SELECT CASE WHEN jsonb_typeof(x) = {wanted} THEN {value} END "
            f"FROM (SELECT {column} #> {path} AS x OFFSET 0) AS member)"
        )
        return sql, (*word, *given, *names)


class _Text(Func):
    """A member of a JSON column as text."""

    template = "(%(expressions)s)"
    arg_joiner = " #>> "
    output_field = TextField()


class _NumberAsText(Func):
    template = "(%(expressions)s)::text"
    output_field = TextField()


def _member(column: Any, path: tuple[str, ...], sort: str) -> Any:
    if sort == "text":
        return _Text(column, Value(list(path)))
    return _Member(column, path, sort, FIELDS[sort])


def period_in(column: Any, name: str) -> Typed:
    """The interval that a JSON column has as text, in UTC, in a member."""
    text = _member(column, (name,), "text")
    parts = (Func(text, Value("/"), Value(at), function="split_part", output_field=TextField()) for at in (1, 2))
    starts, ends = (Cast(one, DateTimeField()) for one in parts)
    return Typed("interval", starts, ends)


def constant(sort: str, value: Any) -> Typed:
    """A constant of a plain sort."""
    return Typed(sort, Value(value, output_field=FIELDS[sort]), literal=value)


def literal(node: Any) -> Typed:
    """A literal of the grammar. Raises BadOption."""
    try:
        return _literal(node)
    except (ValueError, OverflowError) as fault:
        raise BadOption(f"“{str(node.val)[:60]}” is no value: {str(fault)[:120]}.") from fault


def _literal(node: Any) -> Typed:
    if isinstance(node, ast.Null):
        return Typed("null", None)
    if isinstance(node, Interval):
        starts, ends = (constant("time", moment_of(part)) for part in node.val.split("/"))
        return Typed("interval", starts.value, ends.value)
    if isinstance(node, ast.Geography):
        return Typed("geometry", Value(geometry_of(node.val), output_field=GeometryField(srid=WGS84)))
    for kind, (sort, read) in _PLAIN.items():
        if isinstance(node, kind):
            return constant(sort, read(node))
    raise BadOption("The expression has a part that is not understood here.")


def _words(node: Any) -> str:
    text = str(node.val)
    if "\0" in text:
        raise ValueError("a text has no character NUL")
    return text


def _duration(node: Any) -> Any:
    found = node.py_val
    if abs(found.total_seconds()) > LONGEST_DURATION_S:
        raise ValueError("a duration has at most a million days")
    return found


def _number(node: Any) -> float:
    number = float(node.val)
    if not isfinite(number):
        raise ValueError("it is beyond the range of 64-bit floats")
    return number


_PLAIN: dict[Any, tuple[str, Callable[[Any], Any]]] = {
    ast.Integer: ("number", _number),
    ast.Float: ("number", _number),
    ast.Boolean: ("boolean", lambda node: node.py_val),
    ast.String: ("text", _words),
    ast.GUID: ("text", lambda node: str(node.val)),
    ast.DateTime: ("time", lambda node: moment_of(node.val)),
    ast.Date: ("date", lambda node: date.fromisoformat(node.val)),
    ast.Time: ("clock", lambda node: time.fromisoformat(node.val)),
    ast.Duration: ("duration", _duration),
}


def moment_of(text: str) -> datetime:
    """A time; without a zone it is UTC. A blank before the offset was a plus sign. Raises ValueError."""
    moment = datetime.fromisoformat(text.upper().replace(" ", "+"))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def geometry_of(text: str) -> GEOSGeometry:
    """A literal in WKT, longitude and latitude. Raises BadOption."""
    try:
        plain = text.strip()
        shape = GEOSGeometry(plain)
        shape.srid = shape.srid or WGS84
    except (ValueError, TypeError, GEOSException, GDALException) as fault:
        raise BadOption(f"“{text[:60]}” is no geometry; expected WKT such as POINT (20.63 50.87).") from fault
    if shape.srid != WGS84:
        raise BadOption(f"The geometry is in EPSG:{shape.srid}; expected longitude and latitude (EPSG:{WGS84}).")
    if shape.geom_type == "GeometryCollection" or shape.num_coords > MOST_CORNERS:
        raise BadOption(f"The geometry is a collection or has more than {MOST_CORNERS} corners.")
    if not shape.empty and not (all(map(isfinite, shape.extent)) and shape.valid):
        raise BadOption(f"The geometry “{text[:60]}” is not valid.")
    return shape


def read_as(given: Typed, sort: str) -> Any:
    """The expression of a value read as `sort`. Raises BadOption where it cannot be."""
    if given.sort == sort:
        return given.value
    if given.sort == "json" and sort in ("number", "boolean", "text"):
        return _member(given.value, given.path, sort)
    if given.sort == "result" and sort == "number":
        return Coalesce(given.value, _member(given.end, (), "number"))
    if given.sort == "result" and sort == "boolean":
        return _member(given.end, (), "boolean")
    if given.sort == "result" and sort == "text":
        return Coalesce(_NumberAsText(given.value), _member(given.end, (), "text"))
    if given.sort == "text" and sort == "geometry" and given.literal is not None:
        return Value(geometry_of(given.literal), output_field=GeometryField(srid=WGS84))
    if given.sort == "interval" and sort == "time":
        return given.value
    if sort == "time" and given.sort == "date" and isinstance(given.literal, date):
        return Value(datetime(given.literal.year, given.literal.month, given.literal.day, tzinfo=UTC))
    if sort == "time" and given.sort == "text" and given.literal is not None:
        with suppress(ValueError, OverflowError):
            return Value(moment_of(given.literal), output_field=DateTimeField())
    raise BadOption(f"Expected a {sort}, found a {given.sort}.")
