"""Live values that kinds of stations have in common."""

from layers.schema.kind import KindField
from layers.text import Text

STATION_VALUES = (
    KindField("live_state", Text("Stan", "State")),
    KindField("live_value", Text("Ostatnia wartość", "Latest value")),
    KindField("live_at", Text("Zmierzono", "Measured")),
    KindField("live_marks", Text("Uwagi", "Remarks")),
)
"""State by the rule of what is measured, value with unit, moment with freshness, what is doubtful about the value."""
