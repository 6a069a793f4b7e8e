"""The temporal conditions of a CQL2 filter (OGC 21-065r2, 8.5): instants and intervals, ends included, `..` open."""

from collections.abc import Callable
from typing import Any

from django.db.models import DateField, DateTimeField, F, Field, Q, Value
from django.db.models.functions import Cast
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from layers.errors import BadFilter
from layers.filters.columns import Columns, day, moment, require_arguments

Period = tuple[Any, Any]
"""Beginning and end; the same for an instant."""


def _and(*parts: Any) -> Q:
    joined = Q()
    for part in parts:
        joined &= Q(part)
    return joined


RELATIONS: dict[str, Callable[[Period, Period], Any]] = {
    "t_after": lambda a, b: GreaterThan(a[0], b[1]),
    "t_before": lambda a, b: LessThan(a[1], b[0]),
    "t_contains": lambda a, b: _and(LessThan(a[0], b[0]), GreaterThan(a[1], b[1])),
    "t_disjoint": lambda a, b: Q(GreaterThan(a[0], b[1])) | Q(LessThan(a[1], b[0])),
    "t_during": lambda a, b: _and(GreaterThan(a[0], b[0]), LessThan(a[1], b[1])),
    "t_equals": lambda a, b: _and(Exact(a[0], b[0]), Exact(a[1], b[1])),
    "t_finishedby": lambda a, b: _and(LessThan(a[0], b[0]), Exact(a[1], b[1])),
    "t_finishes": lambda a, b: _and(GreaterThan(a[0], b[0]), Exact(a[1], b[1])),
    "t_intersects": lambda a, b: _and(LessThanOrEqual(a[0], b[1]), GreaterThanOrEqual(a[1], b[0])),
    "t_meets": lambda a, b: Exact(a[1], b[0]),
    "t_metby": lambda a, b: Exact(a[0], b[1]),
    "t_overlappedby": lambda a, b: _and(GreaterThan(a[0], b[0]), LessThan(a[0], b[1]), GreaterThan(a[1], b[1])),
    "t_overlaps": lambda a, b: _and(LessThan(a[0], b[0]), GreaterThan(a[1], b[0]), LessThan(a[1], b[1])),
    "t_startedby": lambda a, b: _and(Exact(a[0], b[0]), GreaterThan(a[1], b[1])),
    "t_starts": lambda a, b: _and(Exact(a[0], b[0]), LessThan(a[1], b[1])),
}


def condition(columns: Columns, op: str, args: list[Any]) -> Any:
    """A temporal relation of properties and literals; literals alone are compared as moments. Raises BadFilter."""
    require_arguments(op, args, 2)
    named = [name for side in args for name in _names(columns, side)]
    if not named:
        return RELATIONS[op](_period(op, args[0], DateTimeField()), _period(op, args[1], DateTimeField()))
    types = {type(columns.types[name]) for name in named}
    if len(types) > 1:
        raise BadFilter(f"“{op}” compares dates with dates and moments with moments.")
    column = types.pop()()
    return RELATIONS[op](_period(op, args[0], column), _period(op, args[1], column))


def _names(columns: Columns, side: Any) -> list[str]:
    """The properties in an operand. Raises BadFilter for one that is no date column."""
    parts = side.get("interval", [side]) if isinstance(side, dict) else []
    names = [columns.name(part) for part in parts if isinstance(part, dict) and "property" in part]
    for name in names:
        if not isinstance(columns.types[name], DateField):
            raise BadFilter(f"{name} holds {columns.holds(name)}, no dates.")
    return names


def _period(op: str, side: Any, column: Field) -> Period:
    if not (isinstance(side, dict) and "interval" in side):
        instant = _instant(op, side, column)
        return instant, instant
    ends = side["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise BadFilter("An interval has a beginning and an end.")
    return (
        _open("-infinity", column) if ends[0] == ".." else _instant(op, ends[0], column),
        _open("infinity", column) if ends[1] == ".." else _instant(op, ends[1], column),
    )


def _instant(op: str, node: Any, column: Field) -> Any:
    if isinstance(node, dict) and "property" in node:
        return F(node["property"])
    text: Any = node.get("date") or node.get("timestamp") if isinstance(node, dict) else node
    try:
        return Value(moment(text) if isinstance(column, DateTimeField) else day(text), output_field=column)
    except (TypeError, ValueError, AttributeError) as fault:
        raise BadFilter(f"“{op}” takes DATE('2026-01-31'), TIMESTAMP('2026-01-31T12:00:00Z') or INTERVAL.") from fault


def _open(end: str, column: Field) -> Any:
    return Cast(Value(end), column)
