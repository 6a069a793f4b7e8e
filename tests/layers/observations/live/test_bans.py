"""The condition of a ban on entry at a station: five readings at 9:00 in a row below 10 %."""

from datetime import UTC, datetime, timedelta

import pytest

from layers.kinds import kind_of
from layers.observations.live.bans import BACK, ban_meaning, litter_of
from layers.observations.live.windows import stations
from layers.observations.meaning.meanings import Meaning
from tests.layers.observations.live.test_stations import NOW, PERCENT, declared, put

pytestmark = pytest.mark.django_db
EIGHT_UTC = datetime(2026, 1, 15, 8, tzinfo=UTC)
"""9:00 in the city's zone."""


def ban(moment: datetime) -> Meaning | None:
    (station,) = stations(kind_of("stations"), moment - BACK, moment)
    series = litter_of(station)
    assert series is not None
    return ban_meaning(series, {series.key: series.values}, moment)


def readings(*percents: float) -> None:
    """Readings at 9:00 of the last days, the last one today."""
    (litter,) = declared("las", {"litter_moisture": PERCENT})
    hours = {(NOW - EIGHT_UTC + timedelta(days=back)).total_seconds() / 3600: percent
             for back, percent in enumerate(reversed(percents))}  # fmt: skip
    put(litter, hours)


def test_five_dry_mornings_meet_the_condition_and_before_half_past_nine_the_last_is_yesterdays():
    readings(9, 9, 9, 9, 9.9)
    met, before = ban(NOW), ban(EIGHT_UTC + timedelta(minutes=10))
    assert met is not None and met.index == 1
    assert "days in a row: 5" in met.reason.en
    assert before is not None and before.index == 0 and "days in a row: 4" in before.reason.en


def test_a_morning_at_the_limit_begins_the_count_anew():
    readings(9, 9, 9, 10, 9)
    found = ban(NOW)
    assert found is not None and found.index == 0 and "days in a row: 1" in found.reason.en


def test_a_station_without_any_reading_has_no_condition():
    readings()
    assert ban(NOW) is None
