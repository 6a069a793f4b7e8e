"""CQL2 text, read by an LALR parser from the standard's grammar in `grammar.lark`: its time is linear in the text.

The tree is made while the text is read, in the shape of CQL2-JSON. Every fault is one BadFilter with line and column.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from layers.errors import BadFilter
from layers.filters import scalars
from layers.filters.tree import MAX_DEPTH, Tree, require_shallow, standard_name

if TYPE_CHECKING:
    from lark import Lark, Token, UnexpectedInput
MAX_TOKENS = 2500
"""Words and signs of a filter: a list of 1,000 values has 2,000. Bounds the time, about 10 µs a token."""
GRAMMAR = Path(__file__).with_name("grammar.lark")
_VALUES = frozenset(
    ("NUMBER", "TEXT", "_TRUE", "_FALSE", "NAME", "QUOTED", "FUNCTION", "PLUS", "MINUS")
    + ("DATE", "TIMESTAMP", "_INTERVAL", "_BBOX", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT")
    + ("MULTILINESTRING", "MULTIPOLYGON", "_GEOMETRYCOLLECTION")
)
_OPERATORS = frozenset({"PLUS", "MINUS", "TIMES", "OVER", "MODULO", "DIV", "POWER"})
_WORDS = {
    "$END": "the end",
    "LPAR": "“(”",
    "RPAR": "“)”",
    "COMMA": "“,”",
    "COMPARISON": "a comparison (= <> < <= > >=)",
    "NUMBER": "a number",
    "TEXT": "a text in single quotes",
    "NAME": "a property",
    "QUOTED": "a property in double quotes",
    "FUNCTION": "a function",
    "POSITION": "a position such as 20.63 50.87",
    "PLUS": "“+”",
    "MINUS": "“-”",
}
_TYPES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
_QUOTE = re.compile(r"''|\\'")


def tree_of(text: str) -> Any:
    """The tree of a filter in CQL2 text; a property or a value alone is one too. Raises BadFilter."""
    from lark import UnexpectedInput

    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as fault:
        raise _at(*_place(fault, text), _what(fault, text)) from None
    require_shallow(tree)
    return tree


def is_name(text: str) -> bool:
    """Whether it can stand in a filter as the name of a property or a function without quotes."""
    return _name_pattern().fullmatch(text) is not None


@cache
def _name_pattern() -> re.Pattern[str]:
    return re.compile(_parser().get_terminal("NAME").pattern.to_regexp())


@cache
def _parser() -> "Lark":
    """The parser, made at the first filter: the library and the grammar take a tenth of a second to load."""
    from lark import Lark

    return Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
        postlex=cast("Any", _Bounds()),
        transformer=cast("Any", _Tree()),
    )


def _at(line: int, column: int, words: str) -> BadFilter:
    return BadFilter(f"The filter cannot be read as CQL2: line {line}, column {column}: {words}")


def _within(token: "Token", read: Callable[[str], Any], text: str) -> Any:
    """What `read` makes of a literal; its fault gets the literal's position."""
    try:
        return read(text)
    except BadFilter as fault:
        raise _at(token.line or 0, token.column or 0, str(fault)) from None


class _Bounds:
    """Ends the reading of a text with too many words, or with brackets that are nested too deep."""

    always_accept = ()

    def process(self, stream: Iterator["Token"]) -> Iterator["Token"]:
        """The same words and signs, as long as they are within the bounds. Raises BadFilter."""
        depth = 0
        for count, token in enumerate(stream, 1):
            depth += (token.type == "LPAR") - (token.type == "RPAR")
            if depth > MAX_DEPTH:
                words = f"brackets are nested deeper than {MAX_DEPTH} levels."
                raise _at(token.line or 0, token.column or 0, words)
            if count > MAX_TOKENS:
                words = f"the filter has more than {MAX_TOKENS} words and signs."
                raise _at(token.line or 0, token.column or 0, words)
            yield token


def _place(fault: "UnexpectedInput", text: str) -> tuple[int, int]:
    """Line and column of a fault, from 1; those after the last sign where the filter ends too early."""
    found = getattr(fault, "token", None)
    if found is not None and found.type == "$END":
        return text.count("\n") + 1, len(text) - text.rfind("\n")
    return fault.line, fault.column


def _what(fault: "UnexpectedInput", text: str) -> str:
    """What was found where the parser stopped, and what may stand there."""
    found = getattr(fault, "token", None)
    if found is None:
        sign = text[fault.pos_in_stream or 0 :][:1]
        if sign in ("'", '"'):
            return f"the text or name that begins here has no closing {sign}."
        words = f"found “{sign}”"
    else:
        words = "the filter ends" if found.type == "$END" else f"found “{_short(str(found))}”"
    return f"{words}; allowed is {_allowed(fault)}."


def _short(text: str) -> str:
    return " ".join(text.split())[:40]


def _allowed(fault: "UnexpectedInput") -> str:
    accepted = cast("Any", fault).interactive_parser.accepts()
    words = []
    if {"NAME", "NUMBER"} <= accepted:
        accepted, words = accepted - _VALUES, ["a property, a value or a function"]
    elif "TIMES" in accepted:
        accepted, words = accepted - _OPERATORS, ["an operator (+ - * / % ^ div)"]
    named = sorted(_WORDS.get(name, name.strip("_")) for name in accepted)
    return ", ".join(words + named)


class _Tree:
    """Makes a tree in the shape of CQL2-JSON; a method is named for the rule or the word whose parts it gets."""

    def disjoined(self, parts: list[Any]) -> Tree:
        return {"op": "or", "args": parts}

    def conjoined(self, parts: list[Any]) -> Tree:
        return {"op": "and", "args": parts}

    def negated(self, parts: list[Any]) -> Tree:
        return {"op": "not", "args": parts}

    def calculated(self, parts: list[Any]) -> Tree:
        left, sign, right = parts
        return {"op": str(sign).lower(), "args": [left, right]}

    def like(self, parts: list[Any]) -> Tree:
        return {"op": "like", "args": parts}

    def between(self, parts: list[Any]) -> Tree:
        return {"op": "between", "args": parts}

    def among(self, parts: list[Any]) -> Tree:
        return {"op": "in", "args": [parts[0], parts[1:]]}

    def is_null(self, parts: list[Any]) -> Tree:
        return {"op": "isNull", "args": parts}

    def not_like(self, parts: list[Any]) -> Tree:
        return self.negated([self.like(parts)])

    def not_between(self, parts: list[Any]) -> Tree:
        return self.negated([self.between(parts)])

    def not_among(self, parts: list[Any]) -> Tree:
        return self.negated([self.among(parts)])

    def is_not_null(self, parts: list[Any]) -> Tree:
        return self.negated([self.is_null(parts)])

    def negative(self, parts: list[Any]) -> Any:
        (value,) = parts[1:]
        return -value if type(value) in (int, float) else {"op": "*", "args": [-1, value]}

    def positive(self, parts: list[Any]) -> Any:
        return parts[1]

    def number(self, parts: list[Any]) -> int | float:
        found: int | float = _within(parts[0], scalars.compared, str(parts[0]))
        return found

    def text(self, parts: list[Any]) -> str:
        return _unquoted(parts[0])

    def true(self, _: list[Any]) -> bool:
        return True

    def false(self, _: list[Any]) -> bool:
        return False

    def property(self, parts: list[Any]) -> Tree:
        return {"property": str(parts[0]).strip('"')}

    def call(self, parts: list[Any]) -> Tree:
        name, args = standard_name(str(parts[0])), parts[1:]
        if name.startswith("a_"):  # an array of one value looks like a value in brackets
            args = [one if isinstance(one, dict | list) else [one] for one in args]
        return {"op": name, "args": args}

    def array(self, parts: list[Any]) -> list[Any]:
        return parts

    def date(self, parts: list[Any]) -> Tree:
        return {"date": _within(parts[1], scalars.day_text, _unquoted(parts[1]))}

    def timestamp(self, parts: list[Any]) -> Tree:
        return {"timestamp": _within(parts[1], scalars.moment_text, _unquoted(parts[1]))}

    def interval(self, parts: list[Any]) -> Tree:
        return {"interval": parts}

    def end(self, parts: list[Any]) -> str:
        found: str = _within(parts[0], scalars.end_text, _unquoted(parts[0]))
        return found

    def bbox(self, parts: list[Any]) -> Tree:
        return {"bbox": parts}

    def ordinate(self, parts: list[Any]) -> float:
        found: float = _within(parts[-1], scalars.coordinate, "".join(parts))
        return found

    def position(self, parts: list[Any]) -> list[float]:
        return [_within(parts[0], scalars.coordinate, one) for one in str(parts[0]).split()]

    def positions(self, parts: list[Any]) -> list[Any]:
        return parts

    lines = positions

    def single(self, parts: list[Any]) -> Tree:
        return {"type": _geojson_type(parts[0]), "coordinates": parts[1]}

    def several(self, parts: list[Any]) -> Tree:
        return {"type": _geojson_type(parts[0]), "coordinates": parts[1:]}

    def collection(self, parts: list[Any]) -> Tree:
        return {"type": "GeometryCollection", "geometries": parts}


def _unquoted(token: "Token") -> str:
    """The text of a literal: two quotes are one, and so is a quote after a backslash."""
    return _QUOTE.sub("'", token[1:-1])


def _geojson_type(token: "Token") -> str:
    return _TYPES[token.type]
