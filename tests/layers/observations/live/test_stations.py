"""The states of stations: rivers, air, litter, structures, and of those that are silent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from layers.kinds import kind_of
from layers.observations.columns import Observations
from layers.observations.live.judging import StationState, station_state
from layers.observations.live.windows import MEMORY, stations
from layers.observations.models import Datastream
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.observations.streams import declare
from layers.store.writer import writing
from tests.layers.observations.streams import new_run, store
from tests.layers.observations.test_placing import KIELCE, storage

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
CM, UG, PERCENT = Unit("centymetr", "cm"), Unit("mikrogram", "µg/m³"), Unit("procent", "%")


def declared(station: str, codes: dict[str, Unit], interval_s: int = 3600, **properties: object) -> list[Datastream]:
    """A station with datastreams of these properties."""
    thing = ThingSpec(station, station, geometry=storage(*KIELCE), values={"standing": "test"})
    specs = [
        StreamSpec(
            thing, PropertySpec(code, code), SensorSpec(code, code), code, code, unit,
            interval_s=interval_s, properties=properties, highest=900.0,
        )
        for code, unit in codes.items()
    ]  # fmt: skip
    with writing(new_run()) as writer:
        return declare(writer, specs)


def put(stream: Datastream, values: dict[float, float], length_s: int = 0) -> None:
    """Store values by hours before NOW at which they start."""
    starts = [np.datetime64(NOW.replace(tzinfo=None) - timedelta(hours=hours), "us") for hours in values]
    begin: Any = np.array(starts, "datetime64[us]")
    ends = begin + np.timedelta64(length_s, "s")
    keys = np.full(len(begin), stream.pk, np.int32)
    store(Observations(keys, begin, ends, np.array(list(values.values()), dtype=float)))


def state(moment: datetime = NOW) -> StationState:
    """The state of the only station."""
    (found,) = stations(kind_of("stations"), moment - MEMORY, moment)
    return station_state(found, moment)


def test_a_gauge_over_its_alarm_level_shows_it_with_the_rate_of_rise():
    (level,) = declared("silnica", {"level": CM}, 600, thresholds={"warning": 130, "alarm": 170})
    put(level, {1: 120.0, 0.5: 150.0, 0: 172.0})
    found = state()
    assert (found.meaning.code, found.main.value, found.freshness.code) == ("alarm", 172.0, "live")
    assert [one.code for one in found.marks] == ["test"]
    assert found.main.note.en


def test_a_gauge_without_thresholds_has_no_state_but_its_value():
    (level,) = declared("silnica", {"level": CM}, 600)
    put(level, {0: 172.0})
    found = state()
    assert (found.meaning.code, found.main.value) == ("live", 172.0)
    assert found.main.note.en == "the gauge has no thresholds"


def test_air_has_the_index_of_the_last_full_hour_and_the_pollutant_that_decides():
    pm10, no2 = declared("rynek", {"PM10": UG, "NO2": UG})
    put(pm10, {2: 30.0, 1: 120.0}, 3600)
    put(no2, {2: 20.0, 1: 10.0}, 3600)
    found = state()
    assert found.air is not None and found.air.deciding == ("PM10",)
    assert (found.main.series.code, found.main.value) == ("PM10", 120.0)
    classes = [one.meaning.index for one in found.series if one.meaning is not None]
    assert len(classes) == 2 and found.meaning.index == max(one for one in classes if one is not None)


def test_air_that_was_last_measured_long_ago_is_unknown_and_dead():
    (pm10,) = declared("rynek", {"PM10": UG})
    put(pm10, {60: 30.0}, 3600)
    found = state()
    assert (found.meaning.known, found.freshness.code, found.main.value) == (False, "dead", 30.0)


def test_a_value_out_of_range_is_shown_with_its_mark_and_decides_nothing():
    (litter,) = declared("las", {"litter_moisture": PERCENT})
    put(litter, {1: 12.0, 0: 999.0})
    found = state()
    assert (found.main.value, found.meaning.known) == (999.0, False)
    assert "range" in [one.code for one in found.marks]


def test_the_state_of_an_earlier_moment_is_that_of_the_values_until_then():
    (level,) = declared("silnica", {"level": CM}, 600, thresholds={"warning": 130, "alarm": 170})
    put(level, {2: 120.0, 1: 150.0, 0: 172.0})
    (found,) = stations(kind_of("stations"), NOW - MEMORY, NOW)
    moments = [NOW - timedelta(hours=hours) for hours in (3, 2, 1, 0)]
    codes = [station_state(found, moment, present=False).meaning.code for moment in moments]
    assert codes[1:] == ["normal", "warning", "alarm"]
    assert station_state(found, moments[0], present=False).main.at is None
