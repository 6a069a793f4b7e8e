"""Live values that kinds of stations have in common."""

from collections.abc import Mapping

from layers.schema.kind import KindField, LayerKind
from layers.text import Text

STATION_VALUES = (
    KindField("live_state", Text("Stan", "State")),
    KindField("live_value", Text("Ostatnia wartość", "Latest value")),
    KindField("live_at", Text("Zmierzono", "Measured")),
    KindField("live_marks", Text("Uwagi", "Remarks")),
)
"""State by the rule of what is measured, value with unit, moment with freshness, what is doubtful about the value."""


def type_titles(kind: LayerKind) -> Mapping[str, Text]:
    """The titles of the types of a layer's stations by code; empty where it has none."""
    of = {one.name: one.choices for one in kind.fields}
    return of.get("station_type") or of.get("alarm_type") or {}
