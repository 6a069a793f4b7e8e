"""Means of days, years and eight hours: validity by coverage, civil days of 23 and 25 hours, noise, units."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import BadMeasure
from layers.observations.meaning.days import civil_days, hours_of_days, midnights
from layers.observations.meaning.means import (
    daily_means,
    eight_hour_means,
    highest_eight_hours,
    hourly_means,
    stored_days,
    yearly_means,
)
from tests.layers.observations.meaning.series import NAN, POLISH_WINTER, WARSAW, hours, moments, numbers
from tests.tiers import examples

LOCAL_MIDNIGHT = "2026-01-14T23:00"
"""Of 15 January 2026 in Warsaw."""


@pytest.mark.parametrize(("there", "valid"), [(24, True), (18, True), (17, False), (1, False)])
def test_a_day_is_valid_with_18_of_24_hours_and_not_with_17(there: int, valid: bool) -> None:
    days = daily_means(hours(LOCAL_MIDNIGHT, [40.0] * there + [NAN] * (24 - there)))
    assert days.days.tolist() == [date(2026, 1, 15)]
    assert (days.valid.tolist(), days.values.tolist()) == ([valid], [40.0])
    assert days.coverage[0] == there / 24


@pytest.mark.parametrize(
    ("start", "length", "least"), [("2026-03-28T23:00", 23, 18), ("2026-10-24T22:00", 25, 19)], ids=["23", "25"]
)
def test_days_of_23_and_25_hours_need_three_quarters_of_their_own_hours(start: str, length: int, least: int) -> None:
    whole = daily_means(hours(start, [10.0] * (length + 1)))
    assert whole.coverage.tolist() == [1.0, 1 / 24]
    assert daily_means(hours(start, [10.0] * least)).valid.tolist() == [True]
    assert daily_means(hours(start, [10.0] * (least - 1))).valid.tolist() == [False]


def test_a_day_ends_at_local_midnight() -> None:
    days = daily_means(hours("2026-01-14T22:00", [100.0] + [40.0] * 24))
    assert days.days.tolist() == [date(2026, 1, 14), date(2026, 1, 15)]
    assert days.values.tolist() == [100.0, 40.0]
    assert days.ends.astype(str).tolist() == ["2026-01-14T23:00:00.000000", "2026-01-15T23:00:00.000000"]
    winter = daily_means(hours("2026-06-14T23:00", [40.0] * 24, zone=POLISH_WINTER))
    assert winter.coverage.tolist() == [1.0]


def test_days_without_a_value_between_others_are_there_and_not_valid() -> None:
    days = daily_means(hours(LOCAL_MIDNIGHT, [40.0] * 24 + [NAN] * 24 + [60.0] * 24))
    assert days.valid.tolist() == [True, False, True]
    assert np.isnan(days.values[1]) and days.coverage[1] == 0


def test_equal_values_have_their_own_mean_without_noise() -> None:
    assert daily_means(hours(LOCAL_MIDNIGHT, [50.1] * 24)).values.tolist() == [50.1]
    assert set(eight_hour_means(hours(LOCAL_MIDNIGHT, [120.3] * 30)).values.tolist()) == {120.3}


def test_empty_and_single_hours_give_what_there_is() -> None:
    empty = hours(LOCAL_MIDNIGHT, [])
    assert [len(one) for one in (daily_means(empty), eight_hour_means(empty), yearly_means(empty))] == [0, 0, 0]
    assert len(highest_eight_hours(eight_hour_means(empty))) == 0
    assert daily_means(hours(LOCAL_MIDNIGHT, [7.0])).values.tolist() == [7.0]


def test_infinite_values_count_as_none() -> None:
    days = daily_means(hours(LOCAL_MIDNIGHT, [np.inf, -np.inf] + [10.0] * 22))
    assert (days.values.tolist(), days.coverage.tolist()) == ([10.0], [22 / 24])


def test_hours_that_are_not_whole_or_do_not_rise_and_other_units_are_refused() -> None:
    with pytest.raises(BadMeasure, match="whole hours"):
        hourly_means("PM10", "µg/m³", moments("2026-01-01T00:00", [0, 30]), numbers([1, 2]), WARSAW)
    with pytest.raises(BadMeasure, match="whole hours"):
        hourly_means("PM10", "µg/m³", moments("2026-01-01T00:00", [0, 60]), numbers([1]), WARSAW)
    with pytest.raises(BadMeasure, match="rise"):
        hourly_means("PM10", "µg/m³", moments("2026-01-01T00:00", [60, 60]), numbers([1, 2]), WARSAW)
    with pytest.raises(BadMeasure, match="ppm"):
        hours("2026-01-01T00:00", [1.0], unit="ppm")


def test_a_year_is_valid_from_ninety_percent_of_its_hours_or_days() -> None:
    year = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
    full = np.ones(365)
    for count, valid in ((365, True), (329, True), (328, False)):
        days = stored_days("PM10", "µg/m³", year[:count], full[:count] * 30, full[:count], WARSAW)
        found = yearly_means(days)
        assert (found.valid.tolist(), found.values.tolist(), found.years.tolist()) == ([valid], [30.0], [2025])
    start = "2024-12-31T23:00"
    assert yearly_means(hours(start, [20.0] * 7884)).valid.tolist() == [True]
    assert yearly_means(hours(start, [20.0] * 7883)).valid.tolist() == [False]


def test_stored_days_are_valid_by_their_coverage() -> None:
    days = np.array(["2026-01-01", "2026-01-02", "2026-01-05"], dtype="datetime64[D]")
    found = stored_days("PM10", "µg/m³", days, numbers([60, 60, NAN]), numbers([0.75, 0.7499, 1]), WARSAW)
    assert found.valid.tolist() == [True, False, False]
    assert stored_days("PM10", "µg/m³", days, numbers([1, 1, 1]), numbers([NAN, 1, 1]), WARSAW).valid[0] == np.False_
    with pytest.raises(BadMeasure, match="rise"):
        stored_days("PM10", "µg/m³", days[::-1], numbers([1, 2, 3]), numbers([1, 1, 1]), WARSAW)
    with pytest.raises(BadMeasure, match="rise"):
        stored_days("PM10", "µg/m³", days[:1].repeat(2), numbers([1, 2]), numbers([1, 1]), WARSAW)


def test_a_running_mean_needs_six_of_eight_hours() -> None:
    values = [80.0, 80.0, NAN, NAN, 80.0, 80.0, 80.0, 80.0, NAN]
    found = eight_hour_means(hours(LOCAL_MIDNIGHT, values, "O3"))
    assert found.valid.tolist() == [False] * 7 + [True, False]
    assert found.values[7] == 80


def test_a_running_mean_counts_for_the_day_in_which_it_ends() -> None:
    """Directive 2008/50/EC, annex VII: the first of a day is of 17:00 of the day before to 01:00."""
    found = eight_hour_means(hours("2026-01-15T16:00", [50.0] * 8, "O3"))
    assert found.ends[-1] == np.datetime64("2026-01-16T00:00") and found.days[-1].item() == date(2026, 1, 16)
    ends_at_midnight = eight_hour_means(hours("2026-01-15T15:00", [50.0] * 8, "O3"))
    assert ends_at_midnight.days[-1].item() == date(2026, 1, 15)


def test_the_highest_running_mean_of_a_day_needs_18_of_24() -> None:
    before = [100.0] * 7
    for there, valid in ((18, True), (17, False)):
        found = highest_eight_hours(eight_hour_means(hours("2026-01-14T16:00", before + [100.0] * there, "O3")))
        assert (found.days[-1].item(), found.valid[-1]) == (date(2026, 1, 15), valid)
    rising = highest_eight_hours(eight_hour_means(hours("2026-01-14T16:00", [float(n) for n in range(31)], "O3")))
    assert rising.values[-1] == 26.5


def test_hours_between_which_some_are_not_there_are_a_gap_of_the_running_mean() -> None:
    starts = moments("2026-01-15T00:00", [0, 60, 120, 180, 240, 60 * 24])
    found = eight_hour_means(hourly_means("O3", "µg/m³", starts, numbers([90] * 6), WARSAW))
    assert len(found) == 25 and not found.valid.any()


def test_civil_days_of_a_zone_with_half_an_hour_and_one_without_midnight() -> None:
    kolkata = civil_days(moments("2026-01-01T18:00", [0, 30]), ZoneInfo("Asia/Kolkata"))
    assert kolkata.astype(str).tolist() == ["2026-01-01", "2026-01-02"]
    beirut = ZoneInfo("Asia/Beirut")  # the clock goes from 00:00 to 01:00
    day = np.array(["2026-03-29"], dtype="datetime64[D]")
    assert hours_of_days(day, beirut).tolist() == [23]
    assert civil_days(moments("2026-03-28T21:59", [0, 1]), beirut).astype(str).tolist() == [
        "2026-03-28",
        "2026-03-29",
    ]
    assert len(midnights(date(2026, 3, 29), date(2026, 3, 29), beirut)) == 2


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(st.one_of(st.just(NAN), st.floats(0, 500)), min_size=1, max_size=60),
    st.integers(0, 8760),
)
def test_daily_means_equal_those_of_the_local_clock(values: list[float], first: int) -> None:
    start = str(np.datetime64("2026-01-01T00:00") + np.timedelta64(first, "h"))
    found = daily_means(hours(start, values))
    by_day: dict[date, list[float]] = {}
    for at, value in enumerate(values):
        utc = (np.datetime64(start, "s") + np.timedelta64(at, "h")).item()
        local = utc.replace(tzinfo=UTC).astimezone(WARSAW).date()
        by_day.setdefault(local, [])
        if np.isfinite(value):
            by_day[local].append(value)
    assert found.days.tolist() == list(by_day)
    for value, one in zip(found.values.tolist(), by_day.values(), strict=True):
        assert (np.isnan(value) and not one) or value == pytest.approx(sum(one) / len(one), abs=1e-8)
