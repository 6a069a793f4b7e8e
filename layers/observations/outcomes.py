"""Outcomes of observations that were not rejected, see `layers.observations.writing`."""

from enum import IntEnum


class Outcome(IntEnum):
    """What became of an observation."""

    NEW = 0
    UNCHANGED = 1
    OUTDATED = 2
    CORRECTED = 3
