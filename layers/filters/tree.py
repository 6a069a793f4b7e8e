"""The tree of a filter in the shape of CQL2-JSON (OGC 21-065r2): its names of functions, and its greatest depth."""

from typing import Any

from layers.errors import BadFilter

Tree = dict[str, Any]
MAX_DEPTH = 64
"""Deepest nesting of brackets, and of the conditions and calculations in a filter."""
_NAMES = (
    *("casei", "accenti", "feature", "a_equals", "a_contains", "a_containedBy", "a_overlaps", "s_dwithin"),
    *("s_intersects", "s_equals", "s_disjoint", "s_touches", "s_within", "s_overlaps", "s_crosses", "s_contains"),
    *("t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedBy", "t_finishes"),
    *("t_intersects", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps", "t_startedBy", "t_starts"),
)
_STANDARD = {name.lower(): name for name in _NAMES}


def standard_name(name: str) -> str:
    """A function as CQL2-JSON spells it; an unknown one as it was given."""
    return _STANDARD.get(name.lower(), name)


def require_shallow(tree: Any) -> None:
    """Raises BadFilter for a tree that is too deep to be walked; objects count, and lists in lists."""
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise BadFilter(f"The filter is nested deeper than {MAX_DEPTH} levels.")
        if isinstance(node, dict):
            waiting += [(one, depth + 1) for one in node.values() if isinstance(one, dict)]
            waiting += [(one, depth) for one in node.values() if isinstance(one, list)]
        elif isinstance(node, list):
            waiting += [(one, depth + 1) for one in node if isinstance(one, dict | list)]
