"""CQL2-JSON (OGC 21-065r2), read within bounds of depth and checked for its shape, in which the standard writes it.

Which operators and functions are known, and what they take, is decided where the tree is translated.
"""

import json
from collections.abc import Callable
from typing import Any

from layers.errors import BadFilter
from layers.filters import scalars
from layers.filters.tree import require_shallow

_MEMBERS = {"property": str, "date": str, "timestamp": str, "interval": list, "bbox": list, "op": str, "type": str}


def tree_of(text: str) -> Any:
    """The tree of a filter in CQL2-JSON. Of a member given twice the last counts. Raises BadFilter."""
    try:
        tree = json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_no_number)
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise BadFilter(f"The filter cannot be read as CQL2-JSON: {where}: {fault.msg}.") from None
    except RecursionError:
        raise BadFilter("The filter is nested too deep.") from None
    require_shallow(tree)
    _check(tree)
    return tree


def _number(text: str) -> int | float:
    if not text.startswith("-"):
        return scalars.number(text)
    found = scalars.number(text[1:])
    return scalars.Rounded(-found) if isinstance(found, scalars.Rounded) else -found


def _no_number(text: str) -> Any:
    raise BadFilter(f"{text} is no number.")


def _check(node: Any) -> None:
    """Raises BadFilter for an object that is no part of a filter, and for a value that would be compared rounded."""
    if isinstance(node, scalars.Rounded):
        raise BadFilter(f"The number near {node!r} has more digits than are compared; write at most 15.")
    if node is None:
        raise BadFilter("null is no value; “isNull” finds what has none.")
    if isinstance(node, list):
        for one in node:
            _check(one)
    if not isinstance(node, dict):
        return
    member = next((name for name in _MEMBERS if name in node), None)
    if member is None or not isinstance(node[member], _MEMBERS[member]):
        raise BadFilter(f"Expected one of {', '.join(_MEMBERS)} with its value, found {json.dumps(node)[:80]}.")
    if member == "op":
        if not isinstance(node.get("args"), list):
            raise BadFilter(f"“{node['op'][:40]}” has no list “args”.")
        _check(node["args"])
    elif member in _CHECKED:
        _CHECKED[member](node[member])


def _check_interval(ends: list[Any]) -> None:
    for end in ends:
        if isinstance(end, str):
            scalars.end_text(end)
        else:
            _check(end)


_CHECKED: dict[str, Callable[[Any], object]] = {
    "date": scalars.day_text,
    "timestamp": scalars.moment_text,
    "interval": _check_interval,
}
