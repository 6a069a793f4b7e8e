"""A filter written as CQL2 text, which the portal reads back as the same filter."""

import json
from typing import Any

from layers.filters.text import is_name
from layers.filters.tree import Tree

_WORDS = {"and": " AND ", "or": " OR "}
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
_CALCULATIONS = ("+", "-", "*", "/", "%", "^", "div")
_SIGNS = (*_COMPARISONS, *_CALCULATIONS)
_TESTS = ("like", "between", "in", "isNull")


class _Unwritable(Exception):
    """CQL2 text cannot express it."""


def as_text(tree: Tree | bool) -> str:
    """A filter as CQL2 text; as CQL2-JSON where text cannot express it, such as a text that ends in a backslash."""
    try:
        return _written(tree)
    except (_Unwritable, KeyError, IndexError, TypeError, ValueError):
        return json.dumps(tree, ensure_ascii=False)


def _written(node: Any) -> str:
    if isinstance(node, dict):
        return _object(node)
    if isinstance(node, bool):
        return str(node).upper()
    if isinstance(node, int | float):
        return repr(node)
    if isinstance(node, list):
        return f"({', '.join(map(_written, node))})"
    if not isinstance(node, str) or node.endswith("\\"):
        raise _Unwritable
    return _quoted(node)


def _quoted(text: str) -> str:
    """A text in quotes. A backslash before a quote escapes it, so such a quote is not doubled."""
    return "'" + text.replace("'", "''").replace("\\''", "\\\\'") + "'"


def _object(node: Tree) -> str:
    if "op" in node:
        return _called(node["op"], node["args"])
    if "property" in node:
        return _name(node["property"])
    if "bbox" in node:
        return f"BBOX({', '.join(map(repr, node['bbox']))})"
    for word in ("date", "timestamp"):
        if word in node:
            return f"{word.upper()}({_written(node[word])})"
    if "interval" in node:
        return f"INTERVAL({', '.join(map(_end, node['interval']))})"
    return _geometry(node)


def _end(node: Any) -> str:
    """An end of an interval, in which days and moments stand without their word."""
    plain = (node.get("date") or node.get("timestamp")) if isinstance(node, dict) else None
    return _written(plain or node)


def _name(name: str) -> str:
    if is_name(name):
        return name
    if not name or '"' in name:
        raise _Unwritable
    return f'"{name}"'


def _called(op: str, args: list[Any]) -> str:
    if op in _WORDS and len(args) > 1:
        return _WORDS[op].join(_bracketed(one, ("and", "or")) for one in args)
    if op == "not":
        return _negated(args[0])
    if op in _SIGNS:
        left, right = map(_operand, args)
        return f"{f'({left})' if op == '^' else left} {op} {right}"  # without brackets, -2 ^ 2 is -(2 ^ 2)
    if op in _TESTS:
        return _tested(op, args)
    if op in _WORDS or not is_name(op):
        raise _Unwritable
    return f"{op}({', '.join(map(_written, args))})"


def _negated(node: Any) -> str:
    op = node.get("op") if isinstance(node, dict) else None
    if op in _TESTS:
        return _tested(op, node["args"], "NOT ")
    return f"NOT {_bracketed(node, ('and', 'or'))}"


def _tested(op: str, args: list[Any], negation: str = "") -> str:
    first = _operand(args[0])
    if op == "isNull":
        return f"{first} IS {negation}NULL"
    if op == "in":
        return f"{first} {negation}IN {_written(args[1])}"
    if op == "between":
        return f"{first} {negation}BETWEEN {_operand(args[1])} AND {_operand(args[2])}"
    return f"{first} {negation}LIKE {_operand(args[1])}"


def _operand(node: Any) -> str:
    """A side of a comparison or calculation, in brackets where it has an operator."""
    return _bracketed(node, (*_SIGNS, *_TESTS, "and", "or", "not"))


def _bracketed(node: Any, operators: tuple[str, ...]) -> str:
    text = _written(node)
    return f"({text})" if isinstance(node, dict) and node.get("op") in operators else text


def _geometry(node: Tree) -> str:
    word = str(node["type"]).upper()
    if word == "GEOMETRYCOLLECTION":
        return f"{word}({', '.join(map(_geometry, node['geometries']))})"
    coordinates = node["coordinates"]
    return f"{word}({_position(coordinates)})" if word == "POINT" else f"{word}{_coordinates(coordinates)}"


def _coordinates(node: list[Any]) -> str:
    """A list of positions, or of such lists."""
    if not isinstance(node[0], list):
        return _position(node)
    return f"({', '.join(map(_coordinates, node))})"


def _position(numbers: list[Any]) -> str:
    if not 2 <= len(numbers) <= 3:
        raise _Unwritable
    return " ".join(map(repr, numbers))
