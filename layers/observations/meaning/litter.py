"""Danger degree of forest litter, and the condition of a ban on entry, by the project's rule (`litter.toml`).

No result is the official degree of the IBL; each carries that label in `Meaning.rule` and in its reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from layers.errors import BadMeasure, RulesInvalid
from layers.observations.columns import Integers, Numbers, Times
from layers.observations.meaning.days import Days, civil_days
from layers.observations.meaning.meanings import UNKNOWN, Grade, Meaning, Rule, amount, filled, joined
from layers.observations.meaning.rules import FOLDER, grades, rising, rule, rule_file
from layers.text import Text

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class LitterRule:
    """The numbers of `litter.toml`: percents of moisture and humidity, rain in millimetres of 24 hours."""

    upper_percent: tuple[float, ...]
    moist_humidity_percent: float
    rain_mm: float
    dry_humidity_percent: float
    dry_litter_percent: float
    season: tuple[tuple[int, int], tuple[int, int]]
    rule: Rule
    degrees: tuple[Grade, ...]
    ban_below_percent: float
    ban_days: int
    ban_hour: int
    tolerance_min: int
    bans: tuple[Grade, ...]


@lru_cache(maxsize=4)
def litter_rule(folder: Path = FOLDER) -> LitterRule:
    """The rule of a folder. Raises RulesInvalid."""
    raw = rule_file(folder / "litter.toml")
    try:
        return _rule(raw, raw["ban"])
    except (KeyError, TypeError, ValueError) as fault:
        raise RulesInvalid(f"{folder / 'litter.toml'}: missing or wrong entry {fault}.") from fault


def _rule(raw: Mapping[str, Any], ban: Mapping[str, Any]) -> LitterRule:
    (first, last) = ((int(month), int(day)) for month, day in raw["season"])
    return LitterRule(
        upper_percent=rising(raw["upper_percent"]),
        moist_humidity_percent=float(raw["moist_humidity_percent"]),
        rain_mm=float(raw["rain_mm"]),
        dry_humidity_percent=float(raw["dry_humidity_percent"]),
        dry_litter_percent=float(raw["dry_litter_percent"]),
        season=(first, last),
        rule=rule(raw),
        degrees=grades(raw["classes"]),
        ban_below_percent=float(ban["below_percent"]),
        ban_days=ban["days"],
        ban_hour=ban["hour"],
        tolerance_min=ban["tolerance_min"],
        bans=grades(ban["classes"]),
    )


def danger_degree(
    moisture_percent: float,
    humidity_percent: float = NAN,
    rain_mm: float = NAN,
    day: date | None = None,
    found: LitterRule | None = None,
) -> Meaning:
    """The degree, 0 to 3, of litter with this moisture at 9:00 or 13:00; unknown where the moisture is NaN.

    `humidity_percent` is that of the air, `rain_mm` that of 24 hours; where they are NaN they change nothing, and the
    reason has it. With `day` the reason also has whether it is outside the season. Example: moisture 18 in air of
    35 % is degree 3.
    """
    by = found or litter_rule()
    if not np.isfinite(moisture_percent):
        return UNKNOWN.because(joined([_NO_MOISTURE, by.rule.label]), by.rule)
    base = len(by.upper_percent) - int(np.searchsorted(by.upper_percent, moisture_percent, side="left"))
    lower = humidity_percent >= by.moist_humidity_percent or rain_mm >= by.rain_mm
    higher = humidity_percent < by.dry_humidity_percent and moisture_percent <= by.dry_litter_percent
    degree = min(max(base - int(lower) + int(higher), 0), len(by.degrees) - 1)
    parts = [
        filled(_MOISTURE, moisture=amount(moisture_percent, "%"), base=base),
        _air(humidity_percent, rain_mm),
        _LOWER if lower else Text("", ""),
        _HIGHER if higher else Text("", ""),
        Text("", "") if day is None or in_season(day, by) else _OFF_SEASON,
        by.rule.label,
    ]
    return by.degrees[degree].because(joined(parts), by.rule)


def in_season(day: date, found: LitterRule | None = None) -> bool:
    """Whether a day is in the season of forest fires, both ends included."""
    first, last = (found or litter_rule()).season
    return first <= (day.month, day.day) <= last


def _air(humidity_percent: float, rain_mm: float) -> Text:
    shown = [
        filled(_HUMIDITY, value=amount(humidity_percent, "%")) if np.isfinite(humidity_percent) else _NO_HUMIDITY,
        filled(_RAIN, value=amount(rain_mm, "mm")) if np.isfinite(rain_mm) else _NO_RAIN,
    ]
    return joined(shown, ", ")


def nine_oclock(
    times: Times, percent: Numbers, zone: ZoneInfo, found: LitterRule | None = None
) -> tuple[Days, Numbers]:
    """The readings at 9:00 local time of all days from the first to the last of a series, NaN where there is none.

    `times` (n,) in UTC in any order, `percent` (n,). The finite value nearest to 9:00 counts where it is at most
    30 minutes away; of two equally near the earlier one.
    """
    by = found or litter_rule()
    if not len(times):
        return np.empty(0, "datetime64[D]"), np.empty(0)
    moments = times.astype("datetime64[us]")
    local = civil_days(moments, zone)
    days = np.arange(local.min(), local.max() + 1)
    there = np.isfinite(percent)
    order = np.argsort(moments[there], kind="stable")
    moments, values = moments[there][order].astype(np.int64), percent[there][order]
    readings = np.full(len(days), np.nan)
    for at, day in enumerate(days.tolist()):
        nine = datetime.combine(day, time(by.ban_hour), zone).astimezone(UTC).replace(tzinfo=None)
        away = np.abs(moments - np.datetime64(nine, "us").astype(np.int64))
        if len(away) and away.min() <= by.tolerance_min * 60_000_000:
            readings[at] = values[int(away.argmin())]
    return days, readings


@dataclass(frozen=True, slots=True, eq=False)
class EntryBan:
    """The condition of a ban, day by day; each column (n,).

    `in_a_row` is the number of days below the limit up to this one, `met` whether they are five or more.
    """

    days: Days
    percent: Numbers
    in_a_row: Integers
    met: NDArray[np.bool_]
    rule: LitterRule

    def at(self, place: int) -> Meaning:
        """What the reading of one day means; unknown where there is none."""
        by, value = self.rule, float(self.percent[place])
        limit = filled(_BAN, limit=amount(by.ban_below_percent, "%"), hour=f"{by.ban_hour}:00", days=by.ban_days)
        if not np.isfinite(value):
            return UNKNOWN.because(joined([_NO_READING, limit, by.rule.label]), by.rule)
        shown = filled(_READING, value=amount(value, "%"), n=int(self.in_a_row[place]))
        return by.bans[int(self.met[place])].because(joined([shown, limit, by.rule.label]), by.rule)


def entry_ban(days: Days, percent: Numbers, found: LitterRule | None = None) -> EntryBan:
    """The condition of a ban on entry from the readings at 9:00: below 10 % on five consecutive days.

    `days` (n,) rising, `percent` (n,), NaN for no reading. A day without a reading, or missing in `days`, breaks the
    row, since five readings are asked for; exactly 10 % breaks it too. The condition ends with the row. Example:
    9, 9, 11, 9, 8, 7, 9.5, 9.9 meets it on the eighth day. Raises BadMeasure where days do not rise.
    """
    by = found or litter_rule()
    if (days[1:] <= days[:-1]).any():
        raise BadMeasure("The days must rise, each once.")
    in_a_row = np.zeros(len(days), np.int64)
    dates = days.astype("datetime64[D]").astype(np.int64)
    for at, value in enumerate(percent.tolist()):
        follows = at > 0 and dates[at] - dates[at - 1] == 1
        if value < by.ban_below_percent:
            in_a_row[at] = (in_a_row[at - 1] if follows else 0) + 1
    return EntryBan(days, percent, in_a_row, in_a_row >= by.ban_days, by)


_NO_MOISTURE = Text("brak wilgotności ściółki", "no moisture of the litter")
_MOISTURE = Text("wilgotność ściółki {moisture}: stopień {base}", "moisture of litter {moisture}: degree {base}")
_HUMIDITY = Text("wilgotność powietrza {value}", "humidity of the air {value}")
_NO_HUMIDITY = Text("brak wilgotności powietrza", "no humidity of the air")
_RAIN = Text("opad 24 h {value}", "rain in 24 h {value}")
_NO_RAIN = Text("brak opadu", "no rain value")
_LOWER = Text("o jeden niżej przez wilgoć lub opad", "one lower by moist air or rain")
_HIGHER = Text("o jeden wyżej przez suche powietrze", "one higher by dry air")
_OFF_SEASON = Text("poza sezonem", "outside the season")
_NO_READING = Text("brak odczytu, liczenie od nowa", "no reading, counting begins anew")
_READING = Text("odczyt {value}, dni z rzędu: {n}", "reading {value}, days in a row: {n}")
_BAN = Text(
    "warunek: poniżej {limit} o {hour} przez {days} kolejnych dni",
    "condition: below {limit} at {hour} on {days} consecutive days",
)
