"""The drawing order of the map: slots of the base map, and the level of each slot and kind, lowest first.

Styles, printing and reports read it here; `static/js/map` repeats it for the web map.
"""

from layers.schema.kind import LayerKind

SLOTS = ("ground", "water", "building", "casing", "way", "boundary", "label")
"""The base map's slots, lowest first."""
LEVELS = ({"ground", "water"}, {"building"}, {"casing", "way", "boundary", "label"})
"""Slots drawn beneath areas, beneath solid kinds, and beneath all others."""


def slot_level(slot: str) -> int:
    """Drawing level of a slot: its position in LEVELS."""
    return next(level for level, slots in enumerate(LEVELS) if slot in slots)


def kind_level(kind: LayerKind) -> int:
    """Drawing level of a kind: 0 for areas, 1 for buildings and the like (solid), 2 for lines and points."""
    if kind.merge_small:
        return 1
    return 0 if kind.shape.endswith("POLYGON") else 2
