"""From the tree of `$filter` or `$orderby` to Django expressions, by an allow-list of properties and functions.

Each value has a sort: text, number, boolean, time, interval, date, clock (a time of day), duration, geometry, json,
result (a number, or any JSON), unit, null. Values of sorts that cannot be compared are refused, so no expression
reaches the database that it could not evaluate. A path through a relation to many is satisfied where one of the
entities that the visitor may see satisfies it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BooleanField, Exists, F, OuterRef, Q
from django.db.models.expressions import ExpressionWrapper, NegatedExpression
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from odata_query import ast

from geoportal.sensorthings.entities import BY_NAME, EntityType, Relation
from geoportal.sensorthings.errors import BadOption
from geoportal.sensorthings.functions import calculated, call
from geoportal.sensorthings.values import FIELDS, Typed, literal, read_as
from layers.access.rules import Access

DEEPEST = 100
MOST_CHOICES = 200
COMPARED: dict[type, Any] = {
    ast.Eq: Exact,
    ast.Gt: GreaterThan,
    ast.GtE: GreaterThanOrEqual,
    ast.Lt: LessThan,
    ast.LtE: LessThanOrEqual,
}
TURNED: dict[type, type] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE}
ARITHMETIC: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
OPEN = ("json", "result")
"""Sorts whose values are read as the sort of what they are compared with."""


@dataclass(frozen=True)
class Scope:
    """Where paths begin: an entity type, and the prefix of its columns."""

    access: Access
    entity: EntityType
    prefix: str = ""
    depth: int = 0

    def at(self, column: str) -> F:
        """A column of this entity."""
        return F(f"{self.prefix}{column}")

    def deeper(self) -> "Scope":
        """The same, one level deeper in the tree. Raises BadOption beyond the deepest."""
        if self.depth >= DEEPEST:
            raise BadOption("The expression is nested too deep.")
        return replace(self, depth=self.depth + 1)


class _NoJoin(Exception):
    """A path leads through a relation whose columns cannot be joined: the condition is about one of its entities."""

    def __init__(self, relation: Relation, names: tuple[str, ...], scope: Scope) -> None:
        super().__init__("/".join(names))
        self.relation, self.names, self.scope = relation, names, scope


def condition(node: Any, scope: Scope) -> Q:
    """A tree as a condition. Raises BadOption."""
    scope = scope.deeper()
    if isinstance(node, ast.BoolOp):
        left, right = condition(node.left, scope), condition(node.right, scope)
        return left & right if isinstance(node.op, ast.And) else left | right
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _not(condition(node.operand, scope))
    if isinstance(node, ast.CollectionLambda):
        return _lambda(node, scope)
    try:
        if isinstance(node, ast.Compare):
            return _comparison(node, scope)
        return Q(read_as(value(node, scope), "boolean"))
    except _NoJoin as way:
        rest = _below(node, way.names)
        return _exists(way.relation, way.scope, lambda inside: condition(rest, inside))


def order(node: Any, scope: Scope) -> list[tuple[Any, str]]:
    """A tree as expressions to sort by, with their sorts. Raises BadOption."""
    try:
        given = value(node, scope)
    except _NoJoin as way:
        raise BadOption(f"$orderby: {way} leads to another set; it cannot be sorted by.") from None
    if given.sort == "interval":
        return [(given.value, "time"), (given.end, "time")]
    if given.sort in OPEN:
        return [(read_as(given, "number"), "number"), (read_as(given, "text"), "text")]
    if given.sort not in FIELDS:
        raise BadOption(f"$orderby: a {given.sort} has no order.")
    return [(given.value, given.sort)]


def value(node: Any, scope: Scope) -> Typed:
    """A tree as a value. Raises BadOption."""
    scope = scope.deeper()
    if isinstance(node, ast._Literal) and not isinstance(node, ast.List):
        return literal(node)
    if isinstance(node, ast.Identifier | ast.Attribute):
        return _property(_path(node), scope)
    if isinstance(node, ast.BinOp):
        return _arithmetic(type(node.op), value(node.left, scope), value(node.right, scope))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _arithmetic(ast.Sub, literal(ast.Integer("0")), value(node.operand, scope))
    if isinstance(node, ast.Call):
        return call(node.func.full_name().lower(), [value(one, scope) for one in node.args])
    if isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):
        return Typed("boolean", ExpressionWrapper(condition(node, scope), output_field=BooleanField()))
    raise BadOption("The expression has a part that is not understood here.")


def _not(inner: Q) -> Q:
    return Q(NegatedExpression(ExpressionWrapper(inner, output_field=BooleanField())))


def _path(node: Any) -> tuple[str, ...]:
    if isinstance(node, ast.Identifier):
        return (node.full_name(),)
    if isinstance(node, ast.Attribute):
        return (*_path(node.owner), str(node.attr))
    raise BadOption("The expression has a path that is not understood here.")


def _property(names: tuple[str, ...], scope: Scope) -> Typed:
    for at, name in enumerate(names):
        relation = scope.entity.relations.get(name)
        if relation is None:
            return _member(names[at:], scope)
        if relation.path is None:
            raise _NoJoin(relation, names[: at + 1], scope)
        scope = replace(scope, entity=BY_NAME[relation.target], prefix=f"{scope.prefix}{relation.path}__")
    raise BadOption(f"“{'/'.join(names)}” is an entity; name one of its properties.")


def _member(names: tuple[str, ...], scope: Scope) -> Typed:
    name, rest = names[0], names[1:]
    if name in ("id", "@iot.id") and not rest:
        return Typed("number", scope.at(scope.entity.key))
    declared = scope.entity.properties.get(name)
    if declared is None or declared.typed is None:
        there_are = ", ".join(["id", *scope.entity.properties, *scope.entity.relations])
        raise BadOption(f"A {scope.entity.name} has no property “{name[:60]}”; there are: {there_are}.")
    given = declared.typed(scope.at)
    if not rest:
        return given
    if given.sort == "unit" and rest[0] in given.value and len(rest) == 1:
        return Typed("text", given.value[rest[0]])
    if given.sort == "json":
        return replace(given, path=(*given.path, *rest))
    if given.sort == "result":
        return Typed("json", given.end, path=rest)
    raise BadOption(f"“{name}” of a {scope.entity.name} has no member “{'/'.join(rest)[:60]}”.")


def _below(node: Any, names: tuple[str, ...]) -> Any:
    """The tree with paths that begin at the relation `names`. Raises BadOption for other paths."""
    if isinstance(node, ast.Identifier | ast.Attribute):
        path = _path(node)
        if path[: len(names)] != names or len(path) == len(names):
            raise BadOption(f"{'/'.join(names)} leads to another set; compare its properties with constants only.")
        rest: Any = ast.Identifier(path[len(names)])
        for name in path[len(names) + 1 :]:
            rest = ast.Attribute(rest, name)
        return rest
    if isinstance(node, ast.Compare):
        return ast.Compare(node.comparator, _below(node.left, names), _below(node.right, names))
    if isinstance(node, ast.BinOp | ast.BoolOp):
        made: Any = type(node)
        return made(node.op, _below(node.left, names), _below(node.right, names))
    if isinstance(node, ast.UnaryOp):
        return ast.UnaryOp(node.op, _below(node.operand, names))
    if isinstance(node, ast.Call):
        return ast.Call(node.func, [_below(one, names) for one in node.args])
    if isinstance(node, ast.CollectionLambda):
        return ast.CollectionLambda(_below(node.owner, names), node.operator, node.lambda_)
    return node


def _exists(relation: Relation, at: Scope, inner: Callable[[Scope], Q]) -> Q:
    target = BY_NAME[relation.target]
    if relation.back is not None:
        link = relation.back(OuterRef(f"{at.prefix}{at.entity.key}"))
    else:
        assert relation.key is not None
        link = Q(pk=relation.key(lambda column: OuterRef(f"{at.prefix}{column}")))
    inside = Scope(at.access, target, depth=at.depth)
    return Q(Exists(target.visible(at.access).filter(link).filter(inner(inside))))


def _lambda(node: Any, scope: Scope) -> Q:
    """`Things/any(t: …)` and `all`; without a condition `any()` asks whether there is one."""
    names = _path(node.owner)
    try:
        _property((*names, "id"), scope)
    except _NoJoin as way:
        if way.names != names:
            raise BadOption(f"{way} leads to many; write any() there first.") from None
        if node.lambda_ is None:
            return _exists(way.relation, way.scope, lambda inside: Q())
        rest = _below(node.lambda_.expression, (node.lambda_.identifier.full_name(),))
        every = isinstance(node.operator, ast.All)
        found = _exists(
            way.relation,
            way.scope,
            lambda inside: _not(condition(rest, inside)) if every else condition(rest, inside),
        )
        return ~found if every else found
    raise BadOption(f"“{'/'.join(names)[:60]}” does not lead to many; any() and all() need that.")


def _arithmetic(operator: type, left: Typed, right: Typed) -> Typed:
    sorts = {left.sort, right.sort}
    if operator is ast.Mod:
        return call("mod", [left, right])
    sign = ARITHMETIC[operator]
    if "duration" in sorts and sign in "+-":
        if right.sort == "duration" and left.sort in ("time", "interval", "date", "text"):
            return calculated(("time", sign), read_as(left, "time"), right.value)
        if sorts == {"duration"}:
            return calculated(("duration", sign), left.value, right.value)
    if sign == "-" and sorts <= {"time", "interval"}:
        return calculated(("period", sign), read_as(left, "time"), read_as(right, "time"))
    return calculated(("number", sign), read_as(left, "number"), read_as(right, "number"))


def _comparison(node: Any, scope: Scope) -> Q:
    operator = type(node.comparator)
    if operator is ast.In:
        choices: Sequence[Any] = node.right.val
        if len(choices) > MOST_CHOICES:
            raise BadOption(f"A list has {len(choices)} values; at most {MOST_CHOICES} are read.")
        found = [_comparison(ast.Compare(ast.Eq(), node.left, one), scope) for one in choices]
        return Q(*found, _connector=Q.OR)
    left = value(_as_key(node.left, node.right, scope), scope)
    right = value(_as_key(node.right, node.left, scope), scope)
    if operator is ast.NotEq:
        if "null" in (left.sort, right.sort):
            return ~_equals_null(left, right)
        return _not(_compared(ast.Eq, left, right))
    return _compared(operator, left, right)


def _as_key(given: Any, other: Any, scope: Scope) -> Any:
    """A quoted key, as the standard's examples write it, as the number that it is; -1 where it is none."""
    if not isinstance(given, ast.String) or not isinstance(other, ast.Identifier | ast.Attribute):
        return given
    *relations, name = _path(other)
    entity = scope.entity
    for one in relations:
        if one not in entity.relations:
            return given
        entity = BY_NAME[entity.relations[one].target]
    if name not in ("id", "@iot.id"):
        return given
    return ast.Integer(given.val if given.val.isascii() and given.val.isdecimal() else "-1")


def _compared(operator: type, left: Typed, right: Typed) -> Q:
    if "null" in (left.sort, right.sort):
        if operator is not ast.Eq:
            raise BadOption("null is only equal or not equal to something.")
        return _equals_null(left, right)
    if "interval" in (left.sort, right.sort):
        return _intervals(operator, left, right)
    sort = _common(left, right)
    if sort == "boolean" and operator is not ast.Eq:
        raise BadOption("true and false are only equal or not equal.")
    return Q(COMPARED[operator](read_as(left, sort), read_as(right, sort)))


def _equals_null(left: Typed, right: Typed) -> Q:
    given = right if left.sort == "null" else left
    if given.sort == "null":
        return Q()
    if given.sort == "result":
        return Q(IsNull(given.value, True)) & Q(IsNull(given.end, True))
    if given.sort == "unit":
        raise BadOption("A unit has members: name, symbol, definition.")
    column = read_as(given, "text") if given.sort == "json" else given.value
    return Q(IsNull(column, True))


def _common(left: Typed, right: Typed) -> str:
    """The sort in which two values are compared. Raises BadOption."""
    sorts = (left.sort, right.sort)
    if left.sort in OPEN and right.sort in OPEN:
        return "number"
    if left.sort in OPEN or right.sort in OPEN:
        other = right.sort if left.sort in OPEN else left.sort
        if other in ("number", "text", "boolean"):
            return other
    if left.sort == right.sort and left.sort in FIELDS:
        return left.sort
    if "time" in sorts:
        return "time"
    raise BadOption(f"A {left.sort} cannot be compared with a {right.sort}.")


def _intervals(operator: type, left: Typed, right: Typed) -> Q:
    """Comparison of periods: greater is after, less before; the end of a period does not belong to it."""
    if left.sort != "interval":
        return _intervals(TURNED.get(operator, operator), right, left)
    if right.sort != "interval":
        moment = read_as(right, "time")
        right = Typed("time", moment, moment)
    starts, ends = left.value, left.end
    if operator is ast.Eq:
        return Q(Exact(starts, right.value)) & Q(Exact(ends, right.end))
    if operator is ast.GtE:
        return Q(GreaterThanOrEqual(starts, right.value)) & Q(GreaterThanOrEqual(ends, right.end))
    if operator is ast.LtE:
        return Q(LessThanOrEqual(starts, right.value)) & Q(LessThanOrEqual(ends, right.end))
    if operator is ast.Lt:
        return Q(LessThan(starts, right.value)) & Q(LessThanOrEqual(ends, right.value))
    if right.sort == "time":
        return Q(GreaterThan(starts, right.value))
    return Q(GreaterThanOrEqual(starts, right.end)) & Q(GreaterThan(starts, right.value))
