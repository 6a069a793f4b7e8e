"""Filters in CQL2 (OGC 21-065r2), text or JSON: parsed by the `cql2` library, translated here by an allow-list.

Operators and columns that are not listed are refused; every literal is a bound parameter. NULL follows SQL: it
satisfies neither a comparison nor its negation.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import cql2
from django.db.models import BooleanField, F, FloatField, Func, Q, TextField, Value
from django.db.models.expressions import NegatedExpression
from django.db.models.functions import Cast, Lower, NullIf
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
)

from layers.access.rules import Access
from layers.crs import CRS84, System
from layers.errors import BadFilter
from layers.filters import times as cql_times
from layers.filters.columns import Columns, call_of, is_number, require_arguments
from layers.filters.shapes import SPATIAL_OPS, Places
from layers.schema.kind import LayerKind

MAX_LENGTH = 8000
MAX_DEPTH = 40
"""Deepest nesting that is parsed: very deep nesting (2,000 parentheses) crashes the parser's process."""
MAX_VALUES = 1000
MAX_SUMS = 8
COMPARISONS: dict[str, Any] = {
    "=": Exact,
    "<": LessThan,
    "<=": LessThanOrEqual,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
}
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""The equivalent comparison with exchanged sides, where it is another one."""
ARITHMETIC = ("+", "-", "*", "/")
Language = Literal["", "cql2-text", "cql2-json"]


class Folded(Func):
    """A text in lower case without diacritics, by the database function `layers_fold`."""

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


def parsed(text: str, language: Language = "") -> dict[str, Any]:
    """A filter as CQL2-JSON. `text` is CQL2 text, or CQL2-JSON when it begins with a brace. Raises BadFilter."""
    if len(text) > MAX_LENGTH:
        raise BadFilter(f"The filter has {len(text)} characters; at most {MAX_LENGTH} are read.")
    if _depth(text) > MAX_DEPTH:
        raise BadFilter(f"The filter is nested deeper than {MAX_DEPTH} levels.")
    as_json = language == "cql2-json" or (not language and text.lstrip().startswith("{"))
    read: Callable[[str], Any] = cql2.parse_json if as_json else cql2.parse_text
    try:
        tree: Any = read(text).to_json()
    except Exception as fault:  # the library raises its own and plain exceptions
        raise BadFilter(f"The filter cannot be read as CQL2: {_reason(str(fault))}") from fault
    if not isinstance(tree, dict):
        raise BadFilter("The filter is not a condition.")
    return tree


def _reason(words: str) -> str:
    """The parser's message in one line, which begins with the position of the fault."""
    place = re.search(r"-->\s*(\d+):(\d+)", words)
    expected = re.search(r"=\s*(expected .*)", words, re.DOTALL)
    if place and expected:
        words = f"line {place[1]}, column {place[2]}: {expected[1]}"
    return " ".join(words.split())[:300]


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


def condition(
    access: Access,
    kind: LayerKind,
    text: str,
    at: datetime | None = None,
    *,
    language: Language = "",
    system: System = CRS84,
) -> Q:
    """The filter as a condition on rows of the kind, in fields that the visitor may see. Raises BadFilter.

    Spatial conditions compare the property `geom`, or `point` (the point on surface: where the feature is counted),
    with a literal in `system` or with `feature('districts', 'uuid')`, another feature as it was at the moment `at`.
    `S_DWITHIN(geom, POINT(…), 250)` finds what is within 250 metres; a fourth argument may be another unit ('km').
    """
    return Q(_Walker(access, kind, at, system).boolean(parsed(text, language)))


class _Walker:
    """Translates CQL2-JSON of one kind for one visitor."""

    def __init__(self, access: Access, kind: LayerKind, at: datetime | None, system: System) -> None:
        self.columns = Columns(access, kind)
        self.places = Places(access, at, system)
        self.sums = 0

    def boolean(self, node: Any) -> Any:
        """A condition."""
        op, args = call_of(node)
        known = op.lower()
        if op in ("and", "or"):
            if not args:
                raise BadFilter(f"“{op}” joins at least one condition, found none.")
            parts = [Q(self.boolean(arg)) for arg in args]
            joined = parts[0]
            for part in parts[1:]:
                joined = joined & part if op == "and" else joined | part
            return joined
        if op == "not":
            require_arguments(op, args, 1)
            return NegatedExpression(Q(self.boolean(args[0])))
        if op == "isNull":
            require_arguments(op, args, 1)
            return IsNull(F(self.columns.name(args[0])), True)
        if known in SPATIAL_OPS:
            return self.places.condition(known, args)
        if known in cql_times.RELATIONS:
            return cql_times.condition(self.columns, known, args)
        return self._of_values(op, args)

    def _of_values(self, op: str, args: list[Any]) -> Any:
        if op == "like":
            return self._like(args)
        if op == "in":
            return self._among(args)
        if op == "between":
            require_arguments(op, args, 3)
            low = self._compare(">=", [args[0], args[1]])
            return Q(low) & Q(self._compare("<=", [args[0], args[2]]))
        return self._compare(op, args)

    def _compare(self, op: str, args: list[Any]) -> Any:
        if op not in COMPARISONS and op != "<>":
            raise BadFilter(f"The filter uses “{op}”, which is not offered here.")
        require_arguments(op, args, 2)
        if any(_computed(side) for side in args):
            left, right = self._number(args[0]), self._number(args[1])
        else:
            if not _names_property(args[0]) and _names_property(args[1]):
                op, args = TURNED.get(op, op), args[::-1]
            left, right = self._sides(args)
        if op == "<>":
            return NegatedExpression(Q(Exact(left, right)))
        return COMPARISONS[op](left, right)

    def _sides(self, args: list[Any]) -> tuple[Any, Any]:
        """A property and the literal or property that it is compared with, as expressions."""
        name, fold = self._operand(args[0])
        plain = self._unfolded(args[1])
        if not _names_property(plain):
            value = self.columns.value(name, plain)
            return fold(F(name)), fold(Value(value, output_field=self.columns.literal_type(name)))
        other = self.columns.name(plain)
        if not self.columns.alike(name, other):
            held, compared = self.columns.holds(name), self.columns.holds(other)
            raise BadFilter(f"{name} holds {held} and {other} {compared}; they cannot be compared.")
        return fold(F(name)), fold(F(other))

    def _number(self, node: Any) -> Any:
        """A number, a number property, or a calculation of them. Division by zero gives NULL."""
        if _computed(node):
            op, args = call_of(node)
            require_arguments(op, args, 2)
            self.sums += 1
            if self.sums > MAX_SUMS:
                raise BadFilter(f"A filter calculates at most {MAX_SUMS} times.")
            left, right = self._number(args[0]), self._number(args[1])
            if op == "/":
                return left / NullIf(right, Value(0.0))
            return {"+": left + right, "-": left - right, "*": left * right}[op]
        if _names_property(node):
            name = self.columns.name(node)
            if not self.columns.is_number(name):
                raise BadFilter(f"{name} holds {self.columns.holds(name)}; only numbers are calculated with.")
            return Cast(F(name), FloatField())
        if not is_number(node) or not (node == 0 or 1e-9 <= abs(node) <= 1e9):
            raise BadFilter(f"Only numbers from 1e-9 to 1e9 are calculated with, found {json.dumps(node)[:80]}.")
        return Value(float(node), output_field=FloatField())

    def _among(self, args: list[Any]) -> Any:
        require_arguments("in", args, 2)
        if not isinstance(args[1], list) or not args[1] or len(args[1]) > MAX_VALUES:
            raise BadFilter(f"“in” needs a list of 1 to {MAX_VALUES} values.")
        joined = Q()
        for one in args[1]:
            joined |= Q(self._compare("=", [args[0], one]))
        return joined

    def _like(self, args: list[Any]) -> Any:
        require_arguments("like", args, 2)
        name, fold = self._operand(args[0])
        pattern = self._unfolded(args[1])
        if not self.columns.is_text(name) or not isinstance(pattern, str) or "\0" in pattern:
            raise BadFilter(f"“like” compares texts; {name} is none, or the pattern is none.")
        return Like(fold(F(name)), fold(Value(_pattern(pattern), output_field=TextField())))

    def _operand(self, node: Any) -> tuple[str, Callable[[Any], Any]]:
        """A property, or casei/accenti of one: its name, and the function to apply to both sides."""
        folds = []
        while isinstance(node, dict) and node.get("op") in ("casei", "accenti"):
            folds.append(node["op"])
            node = self._only(node)
        name = self.columns.name(node)
        if folds and not self.columns.is_text(name):
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
        op, args = call_of(node)
        require_arguments(op, args, 1)
        return args[0]


def _computed(node: Any) -> bool:
    return isinstance(node, dict) and node.get("op") in ARITHMETIC


def _names_property(node: Any) -> bool:
    while isinstance(node, dict) and node.get("op") in ("casei", "accenti") and node.get("args"):
        node = node["args"][0]
    return isinstance(node, dict) and "property" in node


def _pattern(text: str) -> str:
    """A LIKE pattern; a lone escape at its end, which the database refuses, becomes a literal backslash."""
    trailing = len(text) - len(text.rstrip("\\"))
    return text + "\\" if trailing % 2 else text
