"""A layer's filter as text for the legend, like in the map's layer list."""

from datetime import date
from typing import Any

from django.utils.translation import gettext

from geoportal.wording.values import in_words
from layers.filters.cql2 import parsed
from layers.schema.kind import LayerKind

SIGNS = {"=": ": ", "<>": " ≠ ", "<": " < ", "<=": " ≤ ", ">": " > ", ">=": " ≥ "}
MOST = 200
"""Most characters of a legend's note; a longer condition is replaced by a general text."""


def filter_in_words(kind: LayerKind, filter: str) -> str:
    """A filter as text, as in "Use: office or commercial, Storeys ≥ 3"; a general text for complex filters.

    A preset filter of the kind returns its title.
    """
    tree = parsed(filter)
    for preset in kind.presets:
        if tree == {"op": "=", "args": [{"property": preset.field}, preset.value]}:
            return str(preset.title)
    parts = tree["args"] if isinstance(tree, dict) and tree.get("op") == "and" else [tree]
    try:
        words = ", ".join(_clause(kind, part) for part in parts)
    except (KeyError, IndexError, TypeError, ValueError):  # not only simple conditions
        words = ""
    return words if 0 < len(words) <= MOST else gettext("only objects that satisfy the chosen filter")


def _clause(kind: LayerKind, part: dict[str, Any]) -> str:
    op, args = part["op"], part["args"]
    if op == "not" and args[0]["op"] == "isNull":
        return f"{_title(kind, args[0]['args'][0])}: {gettext('given')}"
    title = _title(kind, args[0])
    if op == "isNull":
        return f"{title}: {gettext('no data')}"
    if op == "in":
        values = f" {gettext('or')} ".join(_value(kind, args[0], value) for value in args[1])
        return f"{title}: {values}"
    if op == "between":
        return f"{title}: {_value(kind, args[0], args[1])} – {_value(kind, args[0], args[2])}"
    if op == "like":
        return f"{title}: {_pattern(args[1])}"
    return f"{title}{SIGNS[op]}{_value(kind, args[0], args[1])}"


def _title(kind: LayerKind, node: dict[str, Any]) -> str:
    return str(kind.field(_name(node)).title)


def _name(node: dict[str, Any]) -> str:
    """The field name of a property node, also within `casei` and `accenti`."""
    return str(node["property"]) if "property" in node else _name(node["args"][0])


def _value(kind: LayerKind, node: dict[str, Any], raw: Any) -> str:
    value = date.fromisoformat(raw["date"]) if isinstance(raw, dict) else raw
    return str(in_words(kind.field(_name(node)), value))


def _pattern(node: Any) -> str:
    """The text of a LIKE pattern, with dots for wildcards."""
    text: str = node if isinstance(node, str) else _pattern(node["args"][0])
    return text if isinstance(node, dict) else text.replace("%", "…").replace("\\", "")
