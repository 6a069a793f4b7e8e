"""The functions of `$filter` and `$orderby` (18-088, 9.3.3.5.2, and those of FROST for times).

Distances and lengths are in degrees, as geometries are; parts of times are those of UTC.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Func, Q, Value
from django.db.models.functions import Now
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThan, LessThanOrEqual

from geoportal.sensorthings.errors import BadOption
from geoportal.sensorthings.values import FIELDS, Typed, constant, read_as

RELATION = re.compile(r"[012TF*]{9}")
TYPES = {"text": "text", "number": "float8", "time": "timestamptz", "duration": "interval", "geometry": "geometry"}
"""Types of the database for arguments."""


@dataclass(frozen=True)
class Function:
    """A function: the sorts of its arguments, of which so many may be left out, and of its value."""

    arguments: tuple[str, ...]
    sort: str
    template: str
    """SQL over a, b and c, the arguments."""
    optional: int = 0


class _Sql(Func):
    """SQL over a, b and c. They are columns of a subquery, so that each is evaluated once however often it is named:
    written out, nested functions would grow with the power of their depth."""

    def __init__(self, template: str, sort: str, arguments: Sequence[tuple[Any, str]]) -> None:
        super().__init__(*(one for one, _ in arguments), output_field=FIELDS[sort])
        self.extra["template"], self.extra["sorts"] = template, tuple(sort for _, sort in arguments)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        columns, parameters = [], []
        for name, one, sort in zip("abc", self.source_expressions, self.extra["sorts"], strict=False):
            text, values = compiler.compile(one)
            columns.append(f"({text})::{TYPES[sort]} AS {name}")
            parameters += list(values)
        return f"(SELECT {self.extra['template']} FROM (SELECT {', '.join(columns)} OFFSET 0) AS given)", parameters


def _part(field: str) -> Function:
    return Function(("time",), "number", f"extract({field} FROM a AT TIME ZONE 'UTC')::float8")


def _spatial(name: str) -> Function:
    return Function(("geometry", "geometry"), "boolean", f"{name}(a, b)")


_PRODUCT = "ln(abs(a)) {} ln(abs(b)) BETWEEN -700 AND 709"
"""Whether a product or quotient is within the range of 64-bit floats."""
_EPOCHS = "extract(epoch FROM a) {} extract(epoch FROM b) BETWEEN -62135596800 AND 253402300799"
"""Whether a time is within the years 1 to 9999."""
_SUM = "CASE WHEN abs(a) < 8e307 AND abs(b) < 8e307 THEN a {} b END"
OPERATORS: dict[tuple[str, str], Function] = {
    ("number", "+"): Function(("number", "number"), "number", _SUM.format("+")),
    ("number", "-"): Function(("number", "number"), "number", _SUM.format("-")),
    ("number", "*"): Function(
        ("number", "number"),
        "number",
        f"CASE WHEN a = 0 OR b = 0 THEN 0 WHEN {_PRODUCT.format('+')} THEN a * b END",
    ),
    ("number", "/"): Function(
        ("number", "number"),
        "number",
        f"CASE WHEN b = 0 THEN NULL WHEN a = 0 THEN 0 WHEN {_PRODUCT.format('-')} THEN a / b END",
    ),
    ("time", "+"): Function(("time", "duration"), "time", f"CASE WHEN {_EPOCHS.format('+')} THEN a + b END"),
    ("time", "-"): Function(("time", "duration"), "time", f"CASE WHEN {_EPOCHS.format('-')} THEN a - b END"),
    ("period", "-"): Function(("time", "time"), "duration", "a - b"),
    ("duration", "+"): Function(("duration", "duration"), "duration", "a + b"),
    ("duration", "-"): Function(("duration", "duration"), "duration", "a - b"),
}
"""Arithmetic, by the sort of its value ("period": the time between two); what has no value is NULL, so that no row
of it satisfies a comparison."""


def calculated(operator: tuple[str, str], left: Any, right: Any) -> Typed:
    """The value of an operation on two expressions."""
    used = OPERATORS[operator]
    return Typed(used.sort, _Sql(used.template, used.sort, list(zip((left, right), used.arguments, strict=True))))


_WHOLE = "least(greatest(floor({}), -1e6), 1e6)::int"
FUNCTIONS: dict[str, Function] = {
    "substringof": Function(("text", "text"), "boolean", "strpos(b, a) > 0"),
    "contains": Function(("text", "text"), "boolean", "strpos(a, b) > 0"),
    "startswith": Function(("text", "text"), "boolean", "starts_with(a, b)"),
    "endswith": Function(("text", "text"), "boolean", "right(a, length(b)) = b"),
    "length": Function(("text",), "number", "length(a)::float8"),
    "indexof": Function(("text", "text"), "number", "(strpos(a, b) - 1)::float8"),
    "substring": Function(
        ("text", "number", "number"),
        "text",
        f"substr(a, {_WHOLE.format('b')} + 1, greatest({_WHOLE.format('c')}, 0))",
        optional=1,
    ),
    "tolower": Function(("text",), "text", "lower(a)"),
    "toupper": Function(("text",), "text", "upper(a)"),
    "trim": Function(("text",), "text", "btrim(a)"),
    "concat": Function(("text", "text"), "text", "a || b"),
    "year": _part("year"),
    "month": _part("month"),
    "day": _part("day"),
    "hour": _part("hour"),
    "minute": _part("minute"),
    "second": Function(("time",), "number", "floor(extract(second FROM a))::float8"),
    "fractionalseconds": Function(
        ("time",), "number", "(extract(second FROM a) - floor(extract(second FROM a)))::float8"
    ),
    "date": Function(("time",), "date", "(a AT TIME ZONE 'UTC')::date"),
    "time": Function(("time",), "clock", "(a AT TIME ZONE 'UTC')::time"),
    "totaloffsetminutes": Function(("time",), "number", "CASE WHEN a IS NOT NULL THEN 0::float8 END"),
    "totalseconds": Function(("duration",), "number", "extract(epoch FROM a)::float8"),
    "mod": Function(
        ("number", "number"), "number", "CASE WHEN abs(b) > 1e-290 THEN mod(a::numeric, b::numeric)::float8 END"
    ),
    "round": Function(("number",), "number", "sign(a) * floor(abs(a) + 0.5)"),
    "floor": Function(("number",), "number", "floor(a)"),
    "ceiling": Function(("number",), "number", "ceil(a)"),
    "geo.distance": Function(("geometry", "geometry"), "number", "ST_Distance(a, b)"),
    "geo.length": Function(("geometry",), "number", "ST_Length(a)"),
    "geo.intersects": _spatial("ST_Intersects"),
    "st_equals": _spatial("ST_Equals"),
    "st_disjoint": _spatial("ST_Disjoint"),
    "st_touches": _spatial("ST_Touches"),
    "st_within": _spatial("ST_Within"),
    "st_overlaps": _spatial("ST_Overlaps"),
    "st_crosses": _spatial("ST_Crosses"),
    "st_intersects": _spatial("ST_Intersects"),
    "st_contains": _spatial("ST_Contains"),
    "st_relate": Function(("geometry", "geometry", "text"), "boolean", "ST_Relate(a, b, c)"),
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
        read.append(Value(1e6))
    return Typed(
        function.sort, _Sql(function.template, function.sort, list(zip(read, function.arguments, strict=True)))
    )


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
