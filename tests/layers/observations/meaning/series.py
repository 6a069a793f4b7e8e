"""Short series for the tests of what values mean."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np

from layers.observations.columns import Numbers, Times
from layers.observations.meaning.means import Hour, Means, hourly_means

WARSAW, POLISH_WINTER = ZoneInfo("Europe/Warsaw"), ZoneInfo("Etc/GMT-1")
NAN = float("nan")


def moments(start: str, minutes: Sequence[float]) -> Times:
    """So many minutes after a moment in UTC."""
    return np.datetime64(start, "us") + (np.array(minutes, dtype=np.float64) * 6e7).astype("timedelta64[us]")


def hours(
    start: str, values: Sequence[float], pollutant: str = "PM10", unit: str = "µg/m³", zone: ZoneInfo = WARSAW
) -> Means[Hour]:
    """Hourly means from an hour in UTC on."""
    return hourly_means(pollutant, unit, moments(start, range(0, 60 * len(values), 60)), numbers(values), zone)


def numbers(values: Sequence[float]) -> Numbers:
    """Values as a column."""
    return np.array(values, dtype=np.float64)
