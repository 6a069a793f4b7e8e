"""A layer's filter in the words of a legend, alike those of the map's layer list."""

from datetime import date
from typing import Any

from django.utils.translation import gettext

from geoportal.wording.values import in_words
from layers.filters.cql2 import parsed
from layers.schema.kind import LayerKind

SIGNS = {"=": ": ", "<>": " ≠ ", "<": " < ", "<=": " ≤ ", ">": " > ", ">=": " ≥ "}
MOST = 200
"""Characters of a legend's note; a longer condition is only said to be there."""


def filter_in_words(kind: LayerKind, filter: str) -> str:
    """What a filter asks for, as in "Use: office or commercial, Storeys ≥ 3"; in general words where it asks more.

    Example: a filter that the kind offers by name gives that name.
    """
    tree = parsed(filter)
    for preset in kind.presets:
        if tree == {"op": "=", "args": [{"property": preset.field}, preset.value]}:
            return str(preset.title)
    parts = tree["args"] if tree.get("op") == "and" else [tree]
    try:
        said = ", ".join(_clause(kind, part) for part in parts)
    except (KeyError, IndexError, TypeError, ValueError):  # more than simple conditions
        said = ""
    return said if 0 < len(said) <= MOST else gettext("only objects that satisfy the chosen filter")


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
    """The field within a property, also one whose case and accents are folded."""
    return str(node["property"]) if "property" in node else _name(node["args"][0])


def _value(kind: LayerKind, node: dict[str, Any], raw: Any) -> str:
    value = date.fromisoformat(raw["date"]) if isinstance(raw, dict) else raw
    return str(in_words(kind.field(_name(node)), value))


def _pattern(node: Any) -> str:
    """The text that a pattern looks for, with dots where anything may stand."""
    text: str = node if isinstance(node, str) else _pattern(node["args"][0])
    return text if isinstance(node, dict) else text.replace("%", "…").replace("\\", "")
