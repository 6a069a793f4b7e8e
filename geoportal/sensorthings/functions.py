"""The functions of `$filter` and `$orderby` (18-088, 9.3.3.5.2, and those of FROST for times).

Distances and lengths are in degrees, as geometries are; parts of times are those of UTC.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import BooleanField, DateField, Field, FloatField, Func, Q, TextField, TimeField
from django.db.models.functions import Now
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThan, LessThanOrEqual

from geoportal.sensorthings.errors import BadOption
from geoportal.sensorthings.values import Typed, constant, read_as

RELATION = re.compile(r"[012TF*]{9}")
FIELDS: dict[str, Field[Any, Any]] = {
    "text": TextField(),
    "number": FloatField(),
    "boolean": BooleanField(),
    "date": DateField(),
    "clock": TimeField(),
}


@dataclass(frozen=True)
class Function:
    """A function: the sorts of its arguments, of which so many may be left out, and of its value."""

    arguments: tuple[str, ...]
    sort: str
    template: str
    """SQL, with {0}, {1} for the arguments."""
    optional: int = 0


class _Sql(Func):
    """SQL of a fixed template over expressions."""

    def __init__(self, template: str, sort: str, *arguments: Any) -> None:
        super().__init__(*arguments, output_field=FIELDS[sort])
        self.extra["parts"] = template

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        compiled = [compiler.compile(one) for one in self.source_expressions]
        sql, parameters = "", []
        for part in re.split(r"(\{\d\})", self.extra["parts"]):
            if part.startswith("{"):
                text, values = compiled[int(part[1])]
                sql += f"({text})"
                parameters += list(values)
            else:
                sql += part.replace("%", "%%")
        return sql, parameters


def _part(field: str) -> Function:
    return Function(("time",), "number", f"extract({field} FROM {{0}} AT TIME ZONE 'UTC')::float8")


def _spatial(name: str) -> Function:
    return Function(("geometry", "geometry"), "boolean", f"{name}({{0}}, {{1}})")


FUNCTIONS: dict[str, Function] = {
    "substringof": Function(("text", "text"), "boolean", "strpos({1}, {0}) > 0"),
    "contains": Function(("text", "text"), "boolean", "strpos({0}, {1}) > 0"),
    "startswith": Function(("text", "text"), "boolean", "starts_with({0}, {1})"),
    "endswith": Function(("text", "text"), "boolean", "right({0}, length({1})) = {1}"),
    "length": Function(("text",), "number", "length({0})::float8"),
    "indexof": Function(("text", "text"), "number", "(strpos({0}, {1}) - 1)::float8"),
    "substring": Function(
        ("text", "number", "number"), "text", "substr({0}, {1}::int + 1, greatest({2}::int, 0))", optional=1
    ),
    "tolower": Function(("text",), "text", "lower({0})"),
    "toupper": Function(("text",), "text", "upper({0})"),
    "trim": Function(("text",), "text", "btrim({0})"),
    "concat": Function(("text", "text"), "text", "{0} || {1}"),
    "year": _part("year"),
    "month": _part("month"),
    "day": _part("day"),
    "hour": _part("hour"),
    "minute": _part("minute"),
    "second": Function(("time",), "number", "floor(extract(second FROM {0}))::float8"),
    "fractionalseconds": Function(
        ("time",), "number", "(extract(second FROM {0}) - floor(extract(second FROM {0})))::float8"
    ),
    "date": Function(("time",), "date", "({0} AT TIME ZONE 'UTC')::date"),
    "time": Function(("time",), "clock", "({0} AT TIME ZONE 'UTC')::time"),
    "totaloffsetminutes": Function(("time",), "number", "CASE WHEN {0} IS NOT NULL THEN 0::float8 END"),
    "totalseconds": Function(("duration",), "number", "extract(epoch FROM {0})::float8"),
    "mod": Function(("number", "number"), "number", "mod({0}::numeric, {1}::numeric)::float8"),
    "round": Function(("number",), "number", "round({0}::numeric)::float8"),
    "floor": Function(("number",), "number", "floor({0})"),
    "ceiling": Function(("number",), "number", "ceil({0})"),
    "geo.distance": Function(("geometry", "geometry"), "number", "ST_Distance({0}, {1})"),
    "geo.length": Function(("geometry",), "number", "ST_Length({0})"),
    "geo.intersects": _spatial("ST_Intersects"),
    "st_equals": _spatial("ST_Equals"),
    "st_disjoint": _spatial("ST_Disjoint"),
    "st_touches": _spatial("ST_Touches"),
    "st_within": _spatial("ST_Within"),
    "st_overlaps": _spatial("ST_Overlaps"),
    "st_crosses": _spatial("ST_Crosses"),
    "st_intersects": _spatial("ST_Intersects"),
    "st_contains": _spatial("ST_Contains"),
    "st_relate": Function(("geometry", "geometry", "text"), "boolean", "ST_Relate({0}, {1}, {2})"),
}
NOW = "now"
LIMITS = {
    "mindatetime": datetime(1, 1, 1, tzinfo=UTC),
    "maxdatetime": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
}


def _before(a: Typed, b: Typed) -> Any:
    return Q(LessThanOrEqual(_end(a), b.value)) & Q(LessThan(a.value, b.value))


def _overlaps(a: Typed, b: Typed) -> Any:
    return Q(LessThanOrEqual(a.value, _end(b))) & Q(LessThanOrEqual(b.value, _end(a)))


def _during(a: Typed, b: Typed) -> Any:
    return Q(GreaterThanOrEqual(a.value, b.value)) & Q(LessThanOrEqual(_end(a), _end(b)))


TEMPORAL: dict[str, Callable[[Typed, Typed], Any]] = {
    "before": _before,
    "after": lambda a, b: _before(b, a),
    "meets": lambda a, b: Q(Exact(_end(a), b.value)) | Q(Exact(_end(b), a.value)),
    "during": _during,
    "overlaps": _overlaps,
    "starts": lambda a, b: Q(Exact(a.value, b.value)),
    "finishes": lambda a, b: Q(Exact(_end(a), _end(b))),
}
"""Functions of two times or intervals."""


def _end(given: Typed) -> Any:
    return given.value if given.end is None else given.end


def call(name: str, arguments: Sequence[Typed]) -> Typed:
    """The value of a function. Raises BadOption for unknown names and unfitting arguments."""
    if name == NOW or name in LIMITS:
        _count(name, arguments, 0, 0)
        return Typed("time", Now()) if name == NOW else constant("time", LIMITS[name])
    if name in TEMPORAL:
        _count(name, arguments, 2, 2)
        return Typed("boolean", TEMPORAL[name](*(_period(name, one) for one in arguments)))
    function = FUNCTIONS.get(name)
    if function is None:
        there_are = ", ".join(sorted([*FUNCTIONS, *TEMPORAL, *LIMITS, NOW]))
        raise BadOption(f"There is no function “{name[:40]}”; there are: {there_are}.")
    most = len(function.arguments)
    _count(name, arguments, most - function.optional, most)
    if name == "st_relate" and not RELATION.fullmatch(str(arguments[2].literal)):
        raise BadOption("The third argument of st_relate is a pattern of nine signs such as 'T*F**F***'.")
    try:
        read = [read_as(one, sort) for one, sort in zip(arguments, function.arguments, strict=False)]
    except BadOption as fault:
        raise BadOption(f"{name}: {fault}") from fault
    if name == "substring" and len(read) == 2:
        return Typed("text", _Sql("substr({0}, {1}::int + 1)", "text", *read))
    return Typed(function.sort, _Sql(function.template, function.sort, *read))


def _period(name: str, given: Typed) -> Typed:
    if given.sort == "interval":
        return given
    try:
        return Typed("time", read_as(given, "time"))
    except BadOption as fault:
        raise BadOption(f"{name}: {fault}") from fault


def _count(name: str, arguments: Sequence[Typed], least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise BadOption(f"{name} takes {wanted} arguments; found {len(arguments)}.")
