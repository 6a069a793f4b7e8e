"""Filters in CQL2 (OGC 21-065r2), text or JSON: read in linear time, translated here by an allow-list.

Operators and columns that are not listed are refused; every literal is a bound parameter. NULL follows SQL: it
satisfies neither a comparison nor its negation.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from django.db.models import BooleanField, ExpressionWrapper, F, Func, Q, TextField, Value
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

from layers.access.rules import Access
from layers.crs import CRS84, System
from layers.errors import BadFilter
from layers.filters import document
from layers.filters import text as cql2_text
from layers.filters import times as cql_times
from layers.filters.calculations import Calculations, is_calculation
from layers.filters.columns import Columns, call_of, literal_class, literal_value, require_arguments
from layers.filters.shapes import GEOMETRIES, SPATIAL_OPS, Places
from layers.schema.kind import LayerKind

MAX_LENGTH = 8000
"""Most characters of a filter that are read."""
MAX_VALUES = 1000
COMPARISONS: dict[str, Any] = {
    "=": Exact,
    "<": LessThan,
    "<=": LessThanOrEqual,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
}
CONDITIONS = frozenset({"and", "or", "not", "isnull", "like", "in", "between", "<>", *COMPARISONS})
CONDITIONS |= SPATIAL_OPS | cql_times.RELATIONS.keys()
"""Operators and functions that are true or false."""
FOLDS = ("casei", "accenti")
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


def parsed(text: str, language: Language = "") -> Any:
    """A filter as CQL2-JSON: an object, or true or false. Raises BadFilter.

    `text` is CQL2 text, or CQL2-JSON when it begins with a brace.
    """
    if len(text) > MAX_LENGTH:
        raise BadFilter(f"The filter has {len(text)} characters; at most {MAX_LENGTH} are read.")
    as_json = language == "cql2-json" or (not language and text.lstrip().startswith("{"))
    tree = document.tree_of(text) if as_json else cql2_text.tree_of(text)
    if not isinstance(tree, dict | bool):
        raise BadFilter("The filter is not a condition.")
    return tree


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
        self.calculations = Calculations(self.columns)

    def boolean(self, node: Any) -> Any:
        """A condition."""
        if isinstance(node, bool):
            return Value(node, output_field=BooleanField())
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
            return self._unknown(args[0])
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

    def _unknown(self, node: Any) -> Any:
        """Whether a property, the geometry, a calculation or a condition has no value; a literal has one."""
        plain, _ = self._operand(node)
        if is_calculation(plain):
            return IsNull(self.calculations.number(plain), True)
        if _is_condition(plain):
            return IsNull(self._truth(plain), True)
        if not _names_property(plain):
            _refuse_function(plain)
            return Value(False, output_field=BooleanField())
        if plain["property"] in GEOMETRIES and plain["property"] not in self.columns.types:
            return IsNull(F("geom"), True)
        return IsNull(F(self.columns.name(plain)), True)

    def _compare(self, op: str, args: list[Any]) -> Any:
        if op not in COMPARISONS and op != "<>":
            raise BadFilter(f"The filter uses “{op}”, which is not offered here.")
        require_arguments(op, args, 2)
        if any(map(is_calculation, args)):
            left, right = map(self.calculations.number, args)
        elif any(map(_is_condition, args)):
            left, right = map(self._truth, args)
        else:
            left, right = self._sides(args)
        if op == "<>":
            return NegatedExpression(Q(Exact(left, right)))
        return COMPARISONS[op](left, right)

    def _truth(self, node: Any) -> Any:
        """A condition, a boolean property or a boolean as a value that is compared."""
        if _names_property(node):
            name = self.columns.name(node)
            if isinstance(self.columns.types[name], BooleanField):
                return F(name)
        elif isinstance(node, bool) or _is_condition(node):
            return ExpressionWrapper(Q(self.boolean(node)), output_field=BooleanField())
        raise BadFilter(f"A condition is compared with true or false; found {json.dumps(node)[:80]}.")

    def _sides(self, args: list[Any]) -> tuple[Any, Any]:
        """Two properties, two literals or one of each, as expressions."""
        (left, fold_left), (right, fold_right) = map(self._operand, args)
        _refuse_function(left)
        _refuse_function(right)
        names = [self.columns.name(one) for one in (left, right) if _names_property(one)]
        if len(names) == 2 and not self.columns.alike(*names):
            held, compared = map(self.columns.holds, names)
            raise BadFilter(f"{names[0]} holds {held} and {names[1]} {compared}; they cannot be compared.")
        if not names and literal_class(left) is not literal_class(right):
            raise BadFilter(f"{json.dumps(left)[:80]} and {json.dumps(right)[:80]} cannot be compared.")
        name = names[0] if names else None
        return fold_left(self._side(left, name)), fold_right(self._side(right, name))

    def _side(self, node: Any, beside: str | None) -> Any:
        """A property, or a literal that is compared with the property `beside` or with another literal."""
        if _names_property(node):
            return F(self.columns.name(node))
        return self.columns.literal(beside, node) if beside else literal_value(node)

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
        (text, fold), (pattern, fold_pattern) = map(self._operand, args)
        name = self.columns.name(text) if _names_property(text) else None
        readable = self.columns.is_text(name) if name else _is_plain_text(text)
        if not readable or not _is_plain_text(pattern):
            raise BadFilter(
                f"“like” compares texts; {name or json.dumps(text)[:80]} is none, or the pattern is none."
            )
        written = F(name) if name else Value(text, output_field=TextField())
        return Like(fold(written), fold_pattern(Value(_pattern(pattern), output_field=TextField())))

    def _operand(self, node: Any) -> tuple[Any, Callable[[Any], Any]]:
        """A property or literal without casei and accenti, and what these do to its expression."""
        folds = []
        while isinstance(node, dict) and node.get("op") in FOLDS:
            op, args = call_of(node)
            require_arguments(op, args, 1)
            folds.append(op)
            node = args[0]
        if not folds:
            return node, lambda expression: expression
        if _names_property(node):
            name = self.columns.name(node)
            if not self.columns.is_text(name):
                raise BadFilter(f"{folds[0]} is for texts; {name} is none.")
        elif not isinstance(node, str):
            raise BadFilter(f"{folds[0]} is for texts; {json.dumps(node)[:80]} is none.")
        if {*FOLDS} <= set(folds):
            return node, Folded
        return node, Lower if "casei" in folds else Unaccented


def _names_property(node: Any) -> bool:
    return isinstance(node, dict) and "property" in node


def _is_condition(node: Any) -> bool:
    return isinstance(node, dict) and str(node.get("op")).lower() in CONDITIONS


def _is_plain_text(node: Any) -> bool:
    return isinstance(node, str) and "\0" not in node


def _refuse_function(node: Any) -> None:
    """Raises BadFilter for a function: only properties and literals are compared."""
    if isinstance(node, dict) and "op" in node:
        words = "compare a property or a value"
        raise BadFilter(f"The filter uses “{str(node['op'])[:40]}”, which is not offered here; {words}.")


def _pattern(text: str) -> str:
    """A LIKE pattern; a lone escape at its end, which the database refuses, becomes a literal backslash."""
    trailing = len(text) - len(text.rstrip("\\"))
    return text + "\\" if trailing % 2 else text
