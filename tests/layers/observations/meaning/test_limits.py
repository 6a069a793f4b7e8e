"""Limits of domain.md 4.3 and their exceedances; an hourly value is never compared with a daily limit; alerts."""

from datetime import date

import numpy as np
import pytest

from layers.errors import BadMeasure, RulesInvalid
from layers.observations.columns import Numbers
from layers.observations.meaning.alerts import ALARM, BELOW, INFORMATION, alert, alert_levels, alerts
from layers.observations.meaning.bands import NO_CLASS
from layers.observations.meaning.limits import Act, exceedances, limits, mean_meaning
from layers.observations.meaning.means import (
    Day,
    Means,
    daily_means,
    eight_hour_means,
    highest_eight_hours,
    stored_days,
    yearly_means,
)
from tests.layers.observations.meaning.series import NAN, WARSAW, hours, numbers

OLD: Act = "2008/50/EC"
NEW: Act = "2024/2881"


def days_of(year: int, values: Numbers, pollutant: str = "PM10") -> Means[Day]:
    """Full days from the first of January on."""
    days = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]")[: len(values)]
    return stored_days(pollutant, "µg/m³", days, values, np.ones(len(values)), WARSAW)


def year_with(above: int, value: float = 51.0, length: int = 365) -> Means[Day]:
    """A year of 10 µg/m³ with so many days of another value."""
    values = np.full(length, 10.0)
    values[:above] = value
    return days_of(2025, values)


def test_the_limits_of_both_directives_are_the_printed_ones() -> None:
    old, new = limits(OLD, 2025), limits(NEW, 2025)
    assert {code: (one.value, one.allowed) for code, one in old.days.items()} == {"PM10": (50, 35), "SO2": (125, 3)}
    assert {code: (one.value, one.allowed) for code, one in new.days.items()} == {
        "PM10": (45, 18),
        "PM2.5": (25, 18),
        "NO2": (50, 18),
        "SO2": (50, 18),
        "CO": (4, None),
    }
    assert {code: (one.value, one.allowed) for code, one in old.hours.items()} == {"NO2": (200, 18), "SO2": (350, 24)}
    assert {code: (one.value, one.allowed) for code, one in new.hours.items()} == {"NO2": (200, 3), "SO2": (350, 3)}
    ozone = (old.eight_hours["O3"], new.eight_hours["O3"])
    assert [(one.value, one.allowed, one.target) for one in ozone] == [(120, 25, True), (120, 18, True)]
    assert [one.eight_hours["CO"].value for one in (old, new)] == [10, 10]
    yearly: dict[str, float] = {"PM10": 40, "PM2.5": 20, "NO2": 40, "C6H6": 5, "BaP(PM10)": 1}
    assert {code: one.value for code, one in old.years.items()} == yearly
    yearly = {"PM10": 20, "PM2.5": 10, "NO2": 20, "SO2": 20, "C6H6": 3.4, "BaP(PM10)": 1}
    assert {code: one.value for code, one in new.years.items()} == yearly
    assert (limits(OLD, 2019).years["PM2.5"].value, limits(OLD, 2020).years["PM2.5"].value) == (25, 20)
    assert old.years["BaP(PM10)"].target and not new.years["BaP(PM10)"].target
    with pytest.raises(RulesInvalid, match="1996"):
        limits("1996/62/EC", 2025)  # type: ignore[arg-type]  # an act that is not there


def test_a_day_at_the_limit_does_not_exceed_it() -> None:
    limit = limits(OLD, 2025).days["PM10"]
    assert exceedances(year_with(36, 50.0), limit, 2025).count == 0
    assert exceedances(year_with(36, 50.1), limit, 2025).count == 36


@pytest.mark.parametrize(("above", "exceeded"), [(0, False), (35, False), (36, True)])
def test_thirty_five_days_are_allowed_and_the_next_exceeds(above: int, exceeded: bool) -> None:
    found = exceedances(year_with(above), limits(OLD, 2025).days["PM10"], 2025)
    assert (found.count, found.exceeded, found.meaning.index) == (above, exceeded, int(exceeded))
    assert found.days.tolist() == [date(2025, 1, 1 + n) if n < 31 else date(2025, 2, n - 30) for n in range(above)]


def test_the_same_year_against_the_limits_of_2030() -> None:
    found = exceedances(year_with(19, 46.0), limits(NEW, 2025).days["PM10"], 2025)
    assert (found.count, found.exceeded) == (19, True)
    assert exceedances(year_with(19, 46.0), limits(OLD, 2025).days["PM10"], 2025).exceeded is False
    assert "przekroczenia: 19, dozwolone: 18" in found.meaning.reason.pl
    assert "Directive (EU) 2024/2881, from 2030" in found.meaning.reason.en


def test_a_year_with_too_few_days_is_undecided_unless_it_exceeds_already() -> None:
    limit = limits(OLD, 2025).days["PM10"]
    found = exceedances(year_with(35, length=328), limit, 2025)
    assert (found.exceeded, found.complete, found.meaning.index) == (None, False, None)
    assert "valid means: 328 of 365" in found.meaning.reason.en and "not decided" in found.meaning.reason.en
    assert exceedances(year_with(36, length=100), limit, 2025).exceeded is True
    assert exceedances(year_with(35, length=329), limit, 2025).exceeded is False


@pytest.mark.parametrize(("count", "exceeded"), [(7884, False), (7883, None)])
def test_ninety_percent_of_the_hours_decide_a_year(count: int, exceeded: bool | None) -> None:
    hourly = hours("2024-12-31T23:00", [20.0] * count, "NO2")
    found = exceedances(hourly, limits(OLD, 2025).hours["NO2"], 2025)
    assert (found.exceeded, found.complete) == (exceeded, exceeded is False)


def test_days_that_are_not_valid_are_not_counted() -> None:
    hourly = hours("2026-01-14T23:00", [80.0] * 17 + [NAN] * 7)
    assert exceedances(daily_means(hourly), limits(OLD, 2026).days["PM10"], 2026).count == 0


def test_hours_above_an_hourly_limit_are_counted_one_by_one() -> None:
    hourly = hours("2026-01-14T23:00", [201.0] * 4 + [200.0, NAN], "NO2")
    old, new = (exceedances(hourly, limits(act, 2026).hours["NO2"], 2026) for act in (OLD, NEW))
    assert (old.count, old.exceeded, old.days.tolist()) == (4, None, [date(2026, 1, 15)] * 4)
    assert (new.count, new.exceeded, new.expected) == (4, True, 8760)


def test_an_hour_counts_for_the_year_of_the_local_clock() -> None:
    hourly = hours("2025-12-31T23:00", [300.0], "NO2")
    limit = limits(OLD, 2026).hours["NO2"]
    assert (exceedances(hourly, limit, 2025).count, exceedances(hourly, limit, 2026).count) == (0, 1)


def test_an_unknown_number_of_allowed_days_leaves_the_limit_undecided() -> None:
    limit = limits(NEW, 2025).days["CO"]
    for above, exceeded in ((0, False), (1, None)):
        values = np.full(365, 1000.0)
        values[:above] = 4001.0
        assert exceedances(days_of(2025, values, "CO"), limit, 2025).exceeded is exceeded


def test_units_of_means_and_limit_may_differ() -> None:
    hourly = hours("2026-01-14T23:00", [10_001.0] * 24, "CO", unit="µg/m³")
    found = exceedances(highest_eight_hours(eight_hour_means(hourly)), limits(OLD, 2026).eight_hours["CO"], 2026)
    assert (found.count, found.exceeded) == (1, True)


def test_a_yearly_mean_is_compared_only_when_it_is_valid() -> None:
    limit = limits(NEW, 2025).years["PM10"]
    full = exceedances(yearly_means(year_with(365, 20.1)), limit, 2025)
    assert (full.exceeded, full.meaning.index) == (True, 1)
    assert "wartość 20,1" in full.meaning.reason.pl
    assert exceedances(yearly_means(year_with(365, 20.0)), limit, 2025).exceeded is False
    assert exceedances(yearly_means(year_with(300, 30.0, 300)), limit, 2025).exceeded is None
    assert exceedances(yearly_means(days_of(2025, np.empty(0))), limit, 2025).exceeded is None


def test_ozone_is_judged_by_the_average_of_three_years() -> None:
    limit = limits(OLD, 2025).eight_hours["O3"]
    hourly = hours("2024-12-31T23:00", [130.0] * 24 * 30 + [50.0] * 24 * 335, "O3")
    found = exceedances(highest_eight_hours(eight_hour_means(hourly)), limit, 2025)
    assert (found.count, found.average, found.exceeded) == (30, 30.0, True)
    two = hours("2023-12-31T23:00", [50.0] * 24 * 366 + [130.0] * 24 * 30 + [50.0] * 24 * 335, "O3")
    found = exceedances(highest_eight_hours(eight_hour_means(two)), limit, 2025)
    assert (found.count, found.average, found.exceeded) == (30, 15.0, False)
    assert "average of 3 years: 15" in found.meaning.reason.en


def test_an_hourly_value_is_refused_by_a_daily_limit_in_types_and_at_run_time() -> None:
    """mypy reports an ignore that is not needed, so these lines are a test of the types too."""
    hourly = hours("2026-01-14T23:00", [60.0] * 24)
    of_day, of_hour = limits(OLD, 2026).days["PM10"], limits(OLD, 2026).hours["NO2"]
    with pytest.raises(BadMeasure, match="limit of the Day was given means of the Hour"):
        exceedances(hourly, of_day, 2026)  # type: ignore[misc]
    with pytest.raises(BadMeasure, match="limit of the Hour was given means of the Day"):
        exceedances(daily_means(hourly), of_hour, 2026)  # type: ignore[misc]
    with pytest.raises(BadMeasure, match="HighestEightHours"):
        exceedances(eight_hour_means(hourly), limits(OLD, 2026).eight_hours["O3"], 2026)  # type: ignore[misc]
    with pytest.raises(BadMeasure, match="Day"):
        alert_levels(hourly, alerts().days["PM10"])  # type: ignore[misc]


def test_one_day_against_a_limit_has_value_coverage_and_limit_in_words() -> None:
    limit = limits(OLD, 2026).days["PM10"]
    days = daily_means(hours("2026-01-14T23:00", [62.5] * 18 + [NAN] * 6 + [62.5] * 17 + [NAN] * 7 + [50.0] * 24))
    found = [mean_meaning(days, limit, place) for place in range(3)]
    assert [one.index for one in found] == [1, None, 0]
    assert "PM10, średnia dobowa 62,5\u00a0µg/m³; kompletność 75 %; limit 50\u00a0µg/m³" in found[0].reason.pl
    assert "coverage 70%; not valid: too few values" in found[1].reason.en
    assert mean_meaning(hours("2026-01-14T23:00", [NAN], "NO2"), limits(OLD, 2026).hours["NO2"], 0).index is None


def test_coverage_just_below_the_least_does_not_read_as_the_least() -> None:
    days = stored_days("PM10", "µg/m³", np.array(["2026-01-01"], "M8[D]"), numbers([60]), numbers([0.7499]), WARSAW)
    assert "coverage 74%" in days.text(0).en


def test_means_of_another_pollutant_are_refused() -> None:
    with pytest.raises(BadMeasure, match=r"PM10 was given means of PM2\.5"):
        exceedances(days_of(2025, np.ones(2), "PM2.5"), limits(OLD, 2025).days["PM10"], 2025)


def test_dust_informs_above_100_and_alarms_above_150_as_a_daily_mean() -> None:
    days = days_of(2025, numbers([100, 100.1, 150, 150.1, NAN]))
    levels = alert_levels(days, alerts().days["PM10"])
    assert levels.tolist() == [BELOW, INFORMATION, INFORMATION, ALARM, NO_CLASS]
    found = alert(days, alerts().days["PM10"], 3, levels)
    assert (found.code, alert(days, alerts().days["PM10"], 4).index) == ("alarm", None)
    assert "poziom alarmowy 150" in found.reason.pl and "kompletność 100 %" in found.reason.pl


def test_ozone_informs_above_180_and_alarms_above_240_in_one_hour() -> None:
    hourly = hours("2026-07-01T10:00", [180, 181, 240, 241], "O3")
    assert alert_levels(hourly, alerts().hours["O3"]).tolist() == [BELOW, INFORMATION, INFORMATION, ALARM]


@pytest.mark.parametrize(("code", "limit"), [("NO2", 400.0), ("SO2", 500.0)])
def test_gases_alarm_in_the_third_hour_in_a_row(code: str, limit: float) -> None:
    above = limit + 1
    hourly = hours("2026-01-01T10:00", [above, above, limit, above, above, above, above, NAN, above], code)
    levels = alert_levels(hourly, alerts().hours[code])
    assert levels.tolist() == [BELOW] * 5 + [ALARM, ALARM, NO_CLASS, BELOW]
    assert "in 3 consecutive hours" in alert(hourly, alerts().hours[code], 5).reason.en


def test_no_means_have_no_levels() -> None:
    assert len(alert_levels(hours("2026-01-01T10:00", [], "NO2"), alerts().hours["NO2"])) == 0
    assert len(alert_levels(hours("2026-01-01T10:00", [500.0], "NO2"), alerts().hours["NO2"])) == 1
