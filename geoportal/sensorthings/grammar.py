"""Expressions of `$filter` and `$orderby`: the grammar of `odata-query` with what SensorThings adds to OData.

Added: intervals of time as literals, `@iot.id`, an offset whose plus sign became a blank in the address, and names
that merely begin like a constant. Names of functions and their arguments are checked by
`geoportal.sensorthings.expressions`, which knows their types.
"""

from dataclasses import dataclass
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from geoportal.sensorthings.errors import BadOption

LONGEST = 8000
DEEPEST = 60
"""Brackets that are open at once."""
_TIME = r"[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+\- ]\d\d:?\d\d)?"


@dataclass(frozen=True)
class Interval(ast._Literal):
    """A period of time, as written."""

    val: str


class _Lexer(ODataLexer):
    """Its methods replace patterns of the library's lexer, at their places in its order."""

    tokens = ODataLexer.tokens
    literals = ODataLexer.literals
    reflags = ODataLexer.reflags
    _: Any  # the decorator that the lexer's metaclass gives the body of a class

    @_(rf"{_TIME}(?:/{_TIME})?")  # noqa: F821
    def DATETIME(self, t: Any) -> Any:
        t.value = (Interval if "/" in t.value else ast.DateTime)(t.value)
        return t

    @_(r"(?:true|false)\b")  # noqa: F821
    def BOOLEAN(self, t: Any) -> Any:
        t.value = ast.Boolean(t.value)
        return t

    @_(r"null\b")  # noqa: F821
    def NULL(self, t: Any) -> Any:
        t.value = ast.Null()
        return t

    @_(r"any\b(?=\s*\()")  # noqa: F821
    def ANY(self, t: Any) -> Any:
        t.value = ast.Any()
        return t

    @_(r"all\b(?=\s*\()")  # noqa: F821
    def ALL(self, t: Any) -> Any:
        t.value = ast.All()
        return t

    @_(r"(?:@iot\.)?[_a-z](?:\.?\w){0,127}")  # noqa: F821
    def ODATA_IDENTIFIER(self, t: Any) -> Any:
        *namespace, name = t.value.split(".")
        t.value = ast.Identifier(name, tuple(namespace))
        return t


def _call(function: ast.Identifier, arguments: list[Any]) -> ast.Call:
    return ast.Call(function, arguments)


def parsed(text: str, option: str) -> Any:
    """The tree of an expression; `option` names it in the message. Raises BadOption."""
    if len(text) > LONGEST:
        raise BadOption(f"{option} has {len(text)} characters; at most {LONGEST} are read.")
    if _depth(text) > DEEPEST:
        raise BadOption(f"{option} is nested deeper than {DEEPEST} brackets.")
    parser = ODataParser()
    parser._function_call = _call  # type: ignore[method-assign, assignment]
    try:
        tree = parser.parse(_Lexer().tokenize(text.strip()))
    except ODataException as fault:
        raise BadOption(f"{option} cannot be read: {_reason(fault, text)}") from fault
    except (ValueError, NotImplementedError, IndexError, KeyError, AttributeError, TypeError) as fault:
        raise BadOption(f"{option} cannot be read: “{text[:80]}” is no expression.") from fault
    if not isinstance(tree, ast._Node):
        raise BadOption(f"{option} is empty; expected an expression such as result gt 5.")
    return tree


def _reason(fault: ODataException, text: str) -> str:
    token = getattr(fault, "token", None)
    index = getattr(token, "index", None)
    if index is None:
        return f"it ends too early: “{text[-60:]}”."
    return f"unexpected “{text.strip()[index : index + 20]}” at character {index + 1}."


def _depth(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest
