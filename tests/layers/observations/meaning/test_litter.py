"""Danger degree of forest litter and the entry ban: the oracles of domain.md 3.4, labelled as a project rule."""

from datetime import date

import numpy as np
import pytest

from layers.errors import BadMeasure
from layers.observations.meaning.litter import danger_degree, entry_ban, in_season, nine_oclock
from layers.observations.meaning.meanings import Sure
from tests.layers.observations.meaning.series import NAN, POLISH_WINTER, WARSAW, moments, numbers

LABEL = "project rule, not the official IBL degree"


@pytest.mark.parametrize(
    ("moisture", "humidity", "degree"), [(30, 60, 1), (18, 35, 3), (12, 60, 3), (12.1, 60, 2), (11, 96, 2)]
)
def test_oracle_of_the_degree(moisture: float, humidity: float, degree: int) -> None:
    found = danger_degree(moisture, humidity)
    assert found.index == degree
    assert LABEL in found.reason.en and found.rule.label.en == LABEL and found.rule.sure is Sure.PROJECT


@pytest.mark.parametrize(("moisture", "degree"), [(40.1, 0), (40, 1), (25.1, 1), (25, 2), (12.1, 2), (12, 3), (0, 3)])
def test_a_moisture_at_an_edge_is_in_the_more_dangerous_degree(moisture: float, degree: int) -> None:
    assert danger_degree(moisture, 60, 0).index == degree


@pytest.mark.parametrize(
    ("moisture", "humidity", "rain", "degree"),
    [
        (20, 94.9, 4.9, 2),
        (20, 95, 0, 1),
        (20, 60, 5, 1),
        (50, 96, 9, 0),  # never below 0
        (20, 39.9, 0, 3),
        (20.1, 39.9, 0, 2),  # litter not dry enough
        (20, 40, 0, 2),
        (10, 30, 0, 3),  # never above 3
        (20, 30, 5, 2),  # both change it
    ],
)
def test_moist_air_rain_and_dry_air_change_the_degree_by_one(
    moisture: float, humidity: float, rain: float, degree: int
) -> None:
    assert danger_degree(moisture, humidity, rain).index == degree


def test_missing_humidity_and_rain_change_nothing_and_are_in_the_reason() -> None:
    found = danger_degree(18)
    assert found.index == 2
    assert "no humidity of the air, no rain value" in found.reason.en
    assert "wilgotność ściółki 18\u00a0%: stopień 2" in found.reason.pl


def test_without_moisture_the_degree_is_unknown_and_still_labelled() -> None:
    assert danger_degree(NAN, 50).index is None
    assert LABEL in danger_degree(NAN, 50).reason.en


def test_the_season_includes_its_first_and_last_day() -> None:
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 9, 30), date(2026, 10, 1)]
    assert [in_season(day) for day in days] == [False, True, True, False]
    assert "outside the season" in danger_degree(18, 50, 0, date(2026, 12, 1)).reason.en


def dates(first: str, count: int) -> np.ndarray:
    """So many days from a first one on."""
    return np.datetime64(first, "D") + np.arange(count)


def test_oracle_of_the_ban() -> None:
    found = entry_ban(dates("2026-05-01", 8), numbers([9, 9, 11, 9, 8, 7, 9.5, 9.9]))
    assert found.met.tolist() == [False] * 7 + [True]
    assert found.in_a_row.tolist() == [1, 2, 0, 1, 2, 3, 4, 5]
    assert (found.at(7).code, found.at(6).code, found.at(2).code) == ("ban", "no_ban", "no_ban")
    assert "odczyt 9,9\u00a0%, dni z rzędu: 5" in found.at(7).reason.pl
    assert LABEL in found.at(7).reason.en


def test_exactly_ten_percent_breaks_the_row() -> None:
    assert entry_ban(dates("2026-05-01", 6), numbers([9, 9, 9, 9, 10, 9])).in_a_row.tolist() == [1, 2, 3, 4, 0, 1]


def test_a_missing_day_breaks_the_row_as_nan_or_as_a_date_that_is_not_there() -> None:
    found = entry_ban(dates("2026-05-01", 6), numbers([9, 9, 9, 9, NAN, 9]))
    assert found.in_a_row.tolist() == [1, 2, 3, 4, 0, 1]
    assert found.at(4).index is None and "counting begins anew" in found.at(4).reason.en
    gap = np.delete(dates("2026-05-01", 7), 4)
    assert entry_ban(gap, numbers([9] * 6)).in_a_row.tolist() == [1, 2, 3, 4, 1, 2]


def test_the_condition_lasts_while_the_row_does() -> None:
    assert entry_ban(dates("2026-05-01", 8), numbers([5] * 7 + [12])).met.tolist() == [False] * 4 + [True] * 3 + [
        False
    ]


def test_days_that_do_not_rise_are_refused_and_no_days_have_no_ban() -> None:
    assert len(entry_ban(dates("2026-05-01", 0), numbers([])).met) == 0
    with pytest.raises(BadMeasure, match="rise"):
        entry_ban(dates("2026-05-01", 2)[::-1], numbers([5, 5]))
    with pytest.raises(BadMeasure, match="rise"):
        entry_ban(dates("2026-05-01", 1).repeat(2), numbers([5, 5]))


def test_nine_oclock_is_that_of_the_local_clock_on_both_sides_of_the_change() -> None:
    """9:00 in Warsaw is 8:00 UTC on 28 March and 7:00 UTC on 29 March 2026."""
    times = moments("2026-03-28T00:00", range(0, 48 * 60, 60))
    days, readings = nine_oclock(times, np.arange(48.0), WARSAW)
    assert dict(zip(days.astype(str).tolist(), readings.tolist(), strict=True)) == {
        "2026-03-28": 8.0,
        "2026-03-29": 24.0 + 7,
        "2026-03-30": pytest.approx(NAN, nan_ok=True),
    }
    assert nine_oclock(times, np.arange(48.0), POLISH_WINTER)[1].tolist()[:2] == [8.0, 32.0]


def test_the_nearest_value_within_half_an_hour_counts_for_nine_oclock() -> None:
    times = moments("2026-01-10T08:00", [-31, -20, 10, 30])
    assert nine_oclock(times, numbers([1, 2, 3, 4]), WARSAW)[1].tolist() == [3]
    assert nine_oclock(times[::-1], numbers([4, NAN, 2, 1]), WARSAW)[1].tolist() == [2]
    assert np.isnan(nine_oclock(times[:1], numbers([1]), WARSAW)[1][0])
    assert nine_oclock(moments("2026-01-10T08:00", [-10, 10]), numbers([1, 2]), WARSAW)[1].tolist() == [1]
    assert nine_oclock(moments("2026-01-10T08:00", [30]), numbers([4]), WARSAW)[1].tolist() == [4]
    assert len(nine_oclock(times[:0], numbers([]), WARSAW)[0]) == 0
