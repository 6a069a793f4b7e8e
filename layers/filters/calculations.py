"""The calculations of a CQL2 filter: what literals give is computed here, what properties give by the database."""

import json
import math
from collections.abc import Callable
from typing import Any

from django.db.models import F, FloatField, Func, Value
from django.db.models.functions import Cast, NullIf

from layers.errors import BadFilter
from layers.filters.columns import Columns, call_of, is_number, require_arguments

MAX_SUMS = 8
MAX_EXPONENT = 8
LARGEST, SMALLEST = 1e9, 1e-9
_LITERALS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": math.fmod,
    "div": lambda a, b: math.trunc(a / b),
    "^": math.pow,
}


def is_calculation(node: Any) -> bool:
    """Whether it is an arithmetic expression."""
    return isinstance(node, dict) and node.get("op") in _LITERALS


class Truncated(Func):
    """A number without its fraction."""

    function = "TRUNC"
    output_field = FloatField()


class Power(Func):
    """A number to a power."""

    function = "POWER"
    output_field = FloatField()


class Calculations:
    """Translates the calculations of one filter, which are counted."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.sums = 0

    def number(self, node: Any) -> Any:
        """A number, a number property, or a calculation of them. Division by zero gives NULL. Raises BadFilter."""
        node = _computed(node)
        if is_calculation(node):
            return self._calculated(*call_of(node))
        if isinstance(node, dict) and "property" in node:
            name = self.columns.name(node)
            if not self.columns.is_number(name):
                raise BadFilter(f"{name} holds {self.columns.holds(name)}; only numbers are calculated with.")
            return Cast(F(name), FloatField())
        if not is_number(node) or not (node == 0 or SMALLEST <= abs(node) <= LARGEST):
            raise BadFilter(f"Only numbers from 1e-9 to 1e9 are calculated with, found {json.dumps(node)[:80]}.")
        return Value(float(node), output_field=FloatField())

    def _calculated(self, op: str, args: list[Any]) -> Any:
        require_arguments(op, args, 2)
        self.sums += 1
        if self.sums > MAX_SUMS:
            raise BadFilter(f"A filter calculates at most {MAX_SUMS} times.")
        if op == "^":
            return self._power(*args)
        left, right = self.number(args[0]), self.number(args[1])
        if op in ("+", "-", "*"):
            return {"+": left + right, "-": left - right, "*": left * right}[op]
        divisor = NullIf(right, Value(0.0))
        if op == "/":
            return left / divisor
        whole = Truncated(left / divisor)
        return whole if op == "div" else left - right * whole

    def _power(self, base: Any, exponent: Any) -> Any:
        found = _computed(exponent)
        if not is_number(found) or found != int(found) or not 0 <= found <= MAX_EXPONENT:
            raise BadFilter(f"The exponent of a property is a whole number from 0 to {MAX_EXPONENT}.")
        return Power(self.number(base), Value(float(found), output_field=FloatField()))


def _computed(node: Any) -> Any:
    """A calculation of numbers alone as its result; anything else, and a division by zero, unchanged."""
    if not is_calculation(node):
        return node
    op, args = call_of(node)
    require_arguments(op, args, 2)
    left, right = map(_computed, args)
    if not is_number(left) or not is_number(right):
        return {"op": op, "args": [left, right]}
    try:
        found = _LITERALS[op](left, right)
    except ZeroDivisionError:
        return node
    except (OverflowError, ValueError):
        found = math.inf
    if not is_number(found):
        raise BadFilter(f"{left} {op} {right} is no number up to 1e300.")
    return found
