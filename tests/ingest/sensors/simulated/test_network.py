"""The synthetic network of sensors: the same values whenever they are asked, and the events of the demo."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from ingest.sensors.simulated.network import Instrument, instruments

SINCE, UNTIL = datetime(2025, 10, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def network() -> dict[str, Instrument]:
    made = instruments(lambda lon, lat: (lon, lat))
    return {f"{one.stream.thing.code.removeprefix('demo/')}/{one.quantity.code}": one for one in made}


def values(one: Instrument) -> Any:
    return one.values(one.starts(SINCE, UNTIL))


def test_it_has_about_sixty_datastreams_of_rivers_air_litter_and_buildings_and_two_alarms(
    network: dict[str, Instrument],
) -> None:
    assert 55 <= len(network) <= 70
    kinds = [one.stream.thing.kind for one in network.values()]
    assert kinds.count("alarms") == 2
    assert all(one.stream.properties["synthetic"] for one in network.values())


def test_a_value_is_the_same_in_whatever_period_it_is_asked(network: dict[str, Instrument]) -> None:
    for one in network.values():
        whole = one.starts(SINCE, SINCE + timedelta(days=40))
        some = whole[[5, 77, 300]]
        np.testing.assert_array_equal(one.values(whole)[[5, 77, 300]], one.values(some))


def test_hourly_means_are_whole_hours_that_have_ended(network: dict[str, Instrument]) -> None:
    one = network["air-centrum/PM10"]
    starts = one.starts(datetime(2026, 1, 1, 0, 30, tzinfo=UTC), datetime(2026, 1, 1, 3, 59, tzinfo=UTC))
    assert [str(at) for at in starts] == ["2026-01-01T01:00:00.000000", "2026-01-01T02:00:00.000000"]
    assert (one.ends(starts) - starts == np.timedelta64(1, "h")).all()


def test_the_silnica_passes_its_alarm_level_in_every_span_of_six_weeks(network: dict[str, Instrument]) -> None:
    one = network["silnica-centrum/level"]
    levels = values(one)
    alarm = one.stream.properties["thresholds"]["alarm"]
    span = 42 * 144
    assert all(levels[at : at + span].max() > alarm for at in range(0, len(levels) - span, span))
    assert np.median(levels) < one.stream.properties["thresholds"]["warning"]


def test_winter_has_nights_of_smog_and_clean_days(network: dict[str, Instrument]) -> None:
    dust = values(network["air-centrum/PM10"])
    daily = dust[: len(dust) // 24 * 24].reshape(-1, 24).mean(axis=1)
    assert (daily > 50).sum() >= 5
    assert (daily < 20).sum() >= 20
    fine = values(network["air-centrum/PM2.5"])
    assert (fine < dust).mean() > 0.98


def test_one_instrument_is_stuck_for_days_and_then_gives_nonsense(network: dict[str, Instrument]) -> None:
    dust = values(network["air-bialogon/PM10"])
    assert (dust == -999).sum() >= 20
    assert (dust == 41.7).sum() > 24 * 10


def test_physical_limits_are_kept_by_all_others(network: dict[str, Instrument]) -> None:
    for name, one in network.items():
        found = values(one)
        low, high = one.stream.lowest, one.stream.highest
        assert low is not None and high is not None
        if name != "air-bialogon/PM10":
            assert (found >= low).all() and (found <= high).all(), name
