"""Weather of the synthetic city: temperature, humidity, rain, and what rain does. Times are seconds since 1970."""

import numpy as np
from numpy.typing import NDArray

from ingest.sensors.simulated.noise import Numbers, smooth, uniform

DAY_S, HOUR_S = 86_400.0, 3_600.0
YEAR_S = 365.2425 * DAY_S
SHOWERS_S = 2.5 * DAY_S
"""One shower in each such span."""
FLOOD_S = 28 * DAY_S
"""One cloudburst in each such span."""
REMEMBERED = 12
"""Showers that still act."""
_TEMPERATURE, _HUMIDITY, _SHOWER, _SIZE, _FLOOD = range(101, 106)


def year_phase(times_s: Numbers) -> Numbers:
    """1 in the middle of January, -1 in the middle of July."""
    return np.cos(2 * np.pi * (times_s / YEAR_S - 15 / 365))


def hour_of_day(times_s: Numbers) -> Numbers:
    """The hour in UTC+1, with its fraction."""
    return ((times_s / HOUR_S) + 1) % 24


def temperature_c(times_s: Numbers) -> Numbers:
    """Air temperature in degrees Celsius."""
    daily = -np.cos(2 * np.pi * (hour_of_day(times_s) - 3) / 24) * (4 - 2 * year_phase(times_s))
    return 8.5 - 11 * year_phase(times_s) + daily + 6 * smooth(times_s, 4 * DAY_S, _TEMPERATURE)


def humidity_percent(times_s: Numbers) -> Numbers:
    """Relative humidity of the air in percent."""
    daily = 14 * np.cos(2 * np.pi * (hour_of_day(times_s) - 4) / 24)
    value = 72 + 8 * year_phase(times_s) + daily + 12 * smooth(times_s, 2 * DAY_S, _HUMIDITY)
    return np.clip(value + 20 * wetness(times_s, 0.3 * DAY_S), 15, 100)


def stagnation(times_s: Numbers) -> Numbers:
    """How still the air is, 0 to 1: smog gathers above 0.6."""
    return (smooth(times_s, 3.5 * DAY_S, _TEMPERATURE + 100) + 1) / 2


def wetness(times_s: Numbers, memory_s: float | Numbers) -> Numbers:
    """The rain that is remembered, 0 to about 1, forgotten within about `memory_s` seconds."""
    total = np.zeros_like(times_s)
    for since_s, size in _showers(times_s):
        total += np.where(since_s >= 0, size * np.exp(-np.maximum(since_s, 0) / memory_s), 0)
    return np.minimum(total, 1.2)


def flood_wave(times_s: Numbers, rise_s: float) -> Numbers:
    """A wave after each cloudburst that rises for `rise_s` seconds to about 1 and falls more slowly."""
    total = np.zeros_like(times_s)
    span = np.floor(times_s / FLOOD_S).astype(np.int64)
    for back in range(2):
        number = span - back
        since_s = times_s - (number + 0.2 + 0.6 * uniform(number, _FLOOD)) * FLOOD_S
        total += (0.8 + 0.4 * uniform(number, _FLOOD + 50)) * _response(since_s, rise_s)
    return total


def rain_wave(times_s: Numbers, rise_s: float) -> Numbers:
    """What ordinary showers add to a river, mostly below 0.3."""
    total = np.zeros_like(times_s)
    for since_s, size in _showers(times_s):
        total += size**2 * _response(since_s, rise_s)
    return 0.35 * total


def _showers(times_s: Numbers) -> list[tuple[Numbers, Numbers]]:
    """For each of the last showers the seconds since it, negative before it, and its size from 0 to 1."""
    span: NDArray[np.int64] = np.floor(times_s / SHOWERS_S).astype(np.int64)
    numbers = [span - back for back in range(REMEMBERED)]
    return [(times_s - (one + uniform(one, _SHOWER)) * SHOWERS_S, uniform(one, _SIZE)) for one in numbers]


def _response(since_s: Numbers, rise_s: float) -> Numbers:
    """t/T exp(1 - t/T): a unit hydrograph of one linear reservoir pair (Nash, n = 2), 1 at its peak."""
    part = np.maximum(since_s, 0) / rise_s
    return part * np.exp(1 - part)
