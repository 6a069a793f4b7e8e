"""The condition of a ban on entry to a forest, from the moisture of litter at a station, by the project's rule."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np

from layers.observations.live.windows import Series, Station, Values
from layers.observations.meaning.litter import entry_ban, litter_rule, nine_oclock
from layers.observations.meaning.meanings import Meaning

LITTER = "litter_moisture"
BACK = timedelta(days=14)
"""So many days of readings: more than the condition asks for in a row."""


def litter_of(station: Station) -> Series | None:
    """The series of the moisture of litter of a station."""
    return next((one for one in station.series if one.code == LITTER and one.unit == "%"), None)


def ban_meaning(series: Series, values: Mapping[int, Values], moment: datetime) -> Meaning | None:
    """The condition after the last reading at 9:00 up to a moment; None without any values of the last days.

    Today counts from the end of the tolerance around 9:00 on; before, the last day is yesterday.
    """
    found = values.get(series.key)
    if found is None or not len(found):
        return None
    days, readings = nine_oclock(found.ends, found.usable, series.zone)
    rule = litter_rule()
    begun = moment.astimezone(series.zone) - timedelta(hours=rule.ban_hour, minutes=rule.tolerance_min)
    until = days <= np.datetime64(begun.date(), "D")
    ban = entry_ban(days[until], readings[until])
    return ban.at(len(ban.days) - 1) if len(ban.days) else None
