"""The board of sensors: what is wrong with each, counted over the last day, and in how many queries."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from layers.access.rules import ANONYMOUS, Access
from layers.kinds import kind_of
from layers.observations.columns import Observations
from layers.observations.decisions import exclude
from layers.observations.live.board import Sensor, sensors, waiting
from layers.observations.models import Datastream, Thing
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.observations.streams import declare
from layers.runs.models import Dataset
from layers.store.edits import Editor
from layers.store.writer import writing
from tests.layers.observations.streams import new_run, store
from tests.layers.observations.test_placing import KIELCE, storage

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 15, 12, 20, tzinfo=UTC)
STAFF = Access("staff")
STATIONS = kind_of("stations")
UNITS = {"level": Unit("centymetr", "cm"), "battery": Unit("wolt", "V")}


def declared(
    station: str, codes: str = "level", *, values: Any = None, thing: Any = None, **fields: Any
) -> list[Datastream]:
    place = ThingSpec(station, station, geometry=storage(*KIELCE), values=values or {}, properties=thing or {})
    fields = {"interval_s": 600} | fields
    specs = [
        StreamSpec(place, PropertySpec(code, code), SensorSpec(code, code), code, code, UNITS[code], **fields)
        for code in codes.split()
    ]
    with writing(new_run()) as writer:
        return declare(writer, specs)


def put(stream: Datastream, values: dict[int, float], length_s: int = 0) -> None:
    """Store values by minutes before NOW at which they start."""
    begin = np.array([NOW.replace(tzinfo=None) - timedelta(minutes=at) for at in values], "datetime64[us]")
    keys = np.full(len(begin), stream.pk, np.int32)
    ends: Any = begin + np.timedelta64(length_s, "s")
    store(Observations(keys, begin, ends, np.array(list(values.values()), dtype=float)))


def board(access: Access = ANONYMOUS) -> dict[str, Sensor]:
    return {one.stream.thing.name: one for one in sensors(access, STATIONS, NOW)}


def test_sensors_stand_in_the_order_of_their_trouble():
    """Intervals of 10 min: live up to 30 min, dead after 4 h, by the project's rule."""
    ages = {"live": 10, "stale": 31, "dead": 241}
    for name, minutes in ages.items():
        put(declared(name)[0], {minutes: 1.0})
    (stuck,) = declared("stuck", stuck=3)
    put(stuck, {20: 5.0, 10: 5.0, 0: 5.0})
    (wild,) = declared("wild", highest=500)
    put(wild, {10: 1.0, 0: 999.0})
    (was,) = declared("was wild", highest=500)
    put(was, {10: 999.0, 0: 1.0})
    (off,) = declared("off")
    put(off, {0: 1.0})
    exclude(off, NOW - timedelta(days=1), NOW + timedelta(days=2), Editor("anna", note="lód"))
    declared("never")
    (closed,) = declared("closed", values={"standing": "ended"})
    put(closed, {5000: 1.0})
    found = sensors(ANONYMOUS, STATIONS, NOW)
    assert [one.stream.thing.name for one in found] == [
        *("dead", "never", "stale", "stuck", "wild", "was wild", "off", "live", "closed")
    ]
    assert {one.stream.thing.name for one in found if one.silent} == {"dead", "never", "stale"}
    assert {one.stream.thing.name for one in found if one.flagged} == {"stuck", "wild", "was wild"}
    assert [one.stream.thing.name for one in found if one.excluded] == ["off"]
    of = {one.stream.thing.name: one for one in found}
    assert of["off"].exclusion is not None and of["off"].exclusion.reason == "lód"
    assert [mark.code for mark in of["wild"].marks] == ["range"]


def test_coverage_and_the_share_of_flagged_values_are_those_of_the_last_24_hours():
    """73 values from 0:10 to 12:10, three of them flagged; one more lies before. 71 of them begin before 12:00, the
    last whole hour's end, and 68 of those are in range: 68 of 144 tens of minutes."""
    (level,) = declared("silnica", highest=500)
    put(level, {at: 999.0 if at in (30, 50, 700) else float(at % 7) for at in range(10, 740, 10)})
    put(level, {24 * 60 + 10: 999.0})
    day = board()["silnica"].day
    assert (day.values, day.flagged) == (73, 3)
    assert day.flagged_share == pytest.approx(3 / 73)
    assert day.coverage == pytest.approx(68 / 144)


def test_values_longer_than_an_hour_and_datastreams_without_an_interval_are_counted_too():
    (daily,) = declared("daily", interval_s=86_400)
    put(daily, {13 * 60: 3.0}, 43_200)
    (irregular,) = declared("irregular", interval_s=0, lowest=0)
    put(irregular, {90: 3.0, 60: -3.0})
    found = board()
    assert found["daily"].day.coverage == 1.0
    day = found["irregular"].day
    assert (day.coverage, day.values, day.flagged) == (None, 2, 1)


def test_a_station_shows_its_battery_its_maintenance_its_operator_and_to_the_staff_its_contact():
    level, battery = declared(
        "silnica",
        "level battery",
        values={"operator": "Wodociągi", "standing": "test", "station_type": "river"},
        thing={"maintained_at": "2026-01-10", "contact": "tel. 1"},
    )
    put(level, {0: 1.0})
    put(battery, {60: 12.1, 0: 11.9})
    level.sensor.properties = {"maintained_at": "2026-01-12T08:00:00Z"}
    level.sensor.save()
    found = {one.stream.code: one for one in sensors(STAFF, STATIONS, NOW)}
    one = found["level"]
    assert one.battery is not None and (one.battery.value, one.battery.unit) == (11.9, "V")
    assert (one.maintained, found["battery"].maintained) == (date(2026, 1, 12), date(2026, 1, 10))
    assert (one.operator, one.station_type, one.contact) == ("Wodociągi", "river", "tel. 1")
    assert [mark.code for mark in one.marks] == ["test"]
    assert {one.contact for one in sensors(ANONYMOUS, STATIONS, NOW)} == {""}


@pytest.mark.parametrize("text", ["", "wczoraj", "2026-13-40", 20260110, None])
def test_a_day_of_maintenance_that_is_none_is_unknown(text: object):
    declared("silnica", thing={"maintained_at": text})
    assert board()["silnica"].maintained is None


def test_invented_data_and_stations_without_a_place_are_on_it_with_their_marks():
    Dataset.objects.get_or_create(slug="sensors", synthetic=True)
    declared("silnica")
    Thing.objects.update(unplaced="outside the city")
    assert board()["silnica"].synthetic
    assert [one.name for one in waiting(STAFF, STATIONS)] == ["silnica"] and waiting(ANONYMOUS, STATIONS) == []


def test_the_number_of_queries_does_not_grow_with_the_sensors():
    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            sensors(STAFF, STATIONS, NOW)
        return len(made)

    for station in range(3):
        for stream in declared(f"s{station}", "level battery", highest=500):
            put(stream, {0: 999.0})
    few = queries()
    for station in range(3, 12):
        for stream in declared(f"s{station}", "level battery", highest=500):
            put(stream, {0: 999.0})
    assert queries() == few <= 6
