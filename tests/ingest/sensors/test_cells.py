"""Cells of tables as numbers and moments; local times around the changes of the clock."""

# ruff: noqa: DTZ001 (times of files and of the readers have no zone: the readers' are UTC)

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import BadOption, UnreadableFile
from ingest.sensors.cells import LocalTimes, fixed_offset, moment, nearest_second, numbers, zone_named
from tests.tiers import examples

WARSAW = ZoneInfo("Europe/Warsaw")


def test_numbers_with_points_commas_tabs_and_blanks() -> None:
    found, bad = numbers(["27.9", "27,9", " \t8\t", "", "-.1", ".0", "1e2"])
    assert found.tolist()[:3] == [27.9, 27.9, 8.0]
    assert math.isnan(found[3])
    assert found.tolist()[4:] == [-0.1, 0.0, 100.0]
    assert bad == []


@pytest.mark.parametrize("text", ["x", "nan", "inf", "1_000", "1,2,3", "0x10", "<5", "12 µg", "--1"])
def test_what_is_no_number_is_reported(text: str) -> None:
    found, bad = numbers(["1", text])
    assert (found[0], math.isnan(found[1]), bad) == (1.0, True, [1])


def test_a_point_is_no_decimal_sign_where_a_comma_is() -> None:
    found, bad = numbers(["1.234", "1,5"], ",")
    assert (found[1], bad) == (1.5, [0])


def test_times_as_published() -> None:
    midnight = datetime(2016, 1, 2)
    assert moment("1/2/2016 0:00") == moment("2016-01-02") == moment("02.01.2016 0:00") == midnight
    assert moment("12/31/2016 23:00") == datetime(2016, 12, 31, 23)
    assert moment("2016-01-02T01:00+01:00") == datetime(2016, 1, 2, tzinfo=UTC)
    assert moment("2/30/2016 1:00") is moment("Kod stacji") is moment("") is None


def test_day_month_year_with_slashes_is_an_error() -> None:
    with pytest.raises(UnreadableFile, match="31/12/2016 is day/month/year"):
        moment("31/12/2016")


def test_fractions_that_spreadsheets_leave() -> None:
    assert nearest_second(datetime(2016, 1, 1, 3, 59, 59, 999_997)) == datetime(2016, 1, 1, 4)


def test_zones() -> None:
    assert zone_named("+01:00").utcoffset(None) == zone_named("+0100").utcoffset(None) == timedelta(hours=1)
    assert fixed_offset("Etc/GMT-1").utcoffset(None) == timedelta(hours=1)
    for wrong in ("Europa/Warszawa", "../etc/passwd", "+99:00"):
        with pytest.raises(BadOption, match="is no time zone"):
            zone_named(wrong)
    with pytest.raises(BadOption, match="changes its offset"):
        fixed_offset("Europe/Warsaw")


def test_times_that_the_clock_skips_are_refused() -> None:
    utc, faults = LocalTimes(WARSAW).utc([datetime(2024, 3, 31, 1, 30), datetime(2024, 3, 31, 2, 30)])
    assert faults == {1: "skipped"}
    assert utc.tolist() == [datetime(2024, 3, 31, 0, 30), None]


def test_a_repeated_hour_is_resolved_by_the_order_of_its_times() -> None:
    local = [
        datetime(2024, 10, 27, 1),
        *[datetime(2024, 10, 27, 2, m) for m in (0, 30, 0, 30)],
        datetime(2024, 10, 27, 3),
    ]
    utc, faults = LocalTimes(WARSAW).utc(local)
    assert faults == {}
    assert utc.tolist() == [datetime(2024, 10, 26, 23) + timedelta(minutes=m) for m in (0, 60, 90, 120, 150, 180)]


def test_a_repeated_hour_that_stands_once_is_refused() -> None:
    _, faults = LocalTimes(WARSAW).utc([datetime(2024, 10, 27, hour) for hour in (1, 2, 3)])
    assert faults == {1: "twice"}


@settings(max_examples=examples(200))
@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), st.integers(1, 90))
def test_local_times_of_a_complete_series_give_back_their_utc(first: datetime, minutes: int) -> None:
    step = timedelta(minutes=minutes)
    whole = [first.replace(second=0, microsecond=0, tzinfo=UTC) + at * step for at in range(60)]
    local = [one.astimezone(WARSAW).replace(tzinfo=None) for one in whole]
    utc, faults = LocalTimes(WARSAW).utc(local)
    expected = np.array([one.replace(tzinfo=None) for one in whole], dtype="datetime64[us]")
    good = [at for at in range(len(whole)) if at not in faults]
    assert "skipped" not in faults.values()
    assert utc[good].tolist() == expected[good].tolist()
