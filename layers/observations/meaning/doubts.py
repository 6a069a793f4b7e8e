"""Which stored values the rules may use: neither those outside the physical range nor excluded ones."""

import numpy as np
from numpy.typing import NDArray

from layers.observations.columns import Numbers

RANGE_FLAG = 1
STUCK_FLAG = 8
"""Bits of `layers.observations.quality.Flag`, which cannot be imported without Django."""


def usable(values: Numbers, flags: NDArray[np.int16], excluded: NDArray[np.bool_] | None = None) -> Numbers:
    """Values (n,) with NaN where the flag of the physical range is set or `excluded` is true.

    All ways that show a class, a mean or a chart use it, so that they agree; the rollups leave out the same values by
    range. Steps, spikes and equal values in a row stay: they are doubtful, not impossible.
    """
    left_out = flags & RANGE_FLAG != 0
    if excluded is not None:
        left_out |= excluded
    return np.where(left_out, np.nan, values)
