"""Random numbers that belong to a moment: asked again, in any order, they are the same."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_GAMMA, _MIX_1, _MIX_2 = (np.uint64(one) for one in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def uniform(index: NDArray[np.int64], salt: int) -> Numbers:
    """Numbers from 0 to 1 for whole numbers, by the mixing function of SplitMix64 (Steele and others, 2014)."""
    with np.errstate(over="ignore"):
        mixed = index.astype(np.uint64) * _GAMMA + np.uint64(salt) * _MIX_1
        for shift, factor in ((30, _MIX_1), (27, _MIX_2)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * factor
    return (mixed ^ (mixed >> np.uint64(31))) / 2.0**64


def normal(index: NDArray[np.int64], salt: int) -> Numbers:
    """Nearly normal numbers of mean 0 and standard deviation 1: the sum of four uniform ones, scaled."""
    total = sum(uniform(index, 4 * salt + part) for part in range(4))
    return np.asarray((total - 2.0) * np.sqrt(3.0), dtype=np.float64)


def smooth(times_s: Numbers, period_s: float, salt: int) -> Numbers:
    """A curve from -1 to 1 that changes over about `period_s` seconds; times in seconds since 1970."""
    place = times_s / period_s
    before = np.floor(place).astype(np.int64)
    part = place - before
    weight = part * part * (3 - 2 * part)
    first, second = uniform(before, salt), uniform(before + 1, salt)
    return 2 * (first + (second - first) * weight) - 1
