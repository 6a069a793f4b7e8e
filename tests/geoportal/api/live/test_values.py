"""`/live/{kind}.json`: whole, what changed, nothing; levels; and the two days."""

import json
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from geoportal.api.live import values
from geoportal.live.document import LiveDocument
from layers.kinds import KINDS
from layers.observations.columns import Observations
from layers.observations.models import Datastream
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.observations.streams import declare
from layers.store.writer import writing
from tests.geoportal.logins import account, bearer
from tests.layers.observations.streams import new_run, store
from tests.layers.observations.test_placing import KIELCE, storage

pytestmark = pytest.mark.django_db
CM = Unit("centymetr", "cm")


@pytest.fixture(autouse=True)
def _fresh(settings, monkeypatch):
    """Documents of this test only, looked up at each request."""
    settings.LIVE_SECONDS = 0.0
    monkeypatch.setattr("geoportal.live.document.LEISURE", 0.0)
    values.document_of.cache_clear()
    values.history_of.cache_clear()
    yield
    values.document_of.cache_clear()
    values.history_of.cache_clear()


def gauge(code: str, kind: str = "stations") -> Datastream:
    """A gauge with thresholds."""
    thing = ThingSpec(code, f"Station {code}", geometry=storage(*KIELCE), kind=kind)
    spec = StreamSpec(
        thing, PropertySpec("level", "stan wody"), SensorSpec(code, code), code, code, CM,
        interval_s=600, properties={"thresholds": {"warning": 130, "alarm": 170}},
    )  # fmt: skip
    with writing(new_run()) as writer:
        (stream,) = declare(writer, [spec])
    return stream


def put(stream: Datastream, values_: dict[float, float]) -> None:
    """Store levels by minutes before now."""
    moments = [np.datetime64((now() - timedelta(minutes=one)).replace(tzinfo=None), "us") for one in values_]
    at = np.array(moments, "datetime64[us]")
    keys = np.full(len(at), stream.pk, np.int32)
    store(Observations(keys, at, at, np.array(list(values_.values()), dtype=float)))


def test_a_new_value_is_all_that_comes_after_the_last_document(client: Client):
    one, other = gauge("one"), gauge("other")
    put(one, {20: 100.0})
    put(other, {20: 100.0})
    whole = client.get("/live/stations.json").json()
    assert whole["whole"] and {one["state"]["code"] for one in whole["stations"].values()} == {"normal"}
    assert client.get("/live/stations.json", {"after": whole["seq"]}).status_code == 304
    put(one, {1: 171.5})
    changed = client.get("/live/stations.json", {"after": whole["seq"]}).json()
    ((key, station),) = changed["stations"].items()
    assert (key, changed["whole"]) == (str(one.thing.feature_id), False)
    assert (station["state"]["code"], station["value"], station["unit"]) == ("alarm", 171.5, "cm")
    assert (station["fresh"]["code"], station["lon"]) == ("live", pytest.approx(KIELCE[0], abs=1e-5))
    assert changed["seq"] > whole["seq"]


def test_a_late_value_that_changes_the_state_comes_too(client: Client):
    one = gauge("one")
    put(one, {8: 168.0})
    before = client.get("/live/stations.json").json()
    assert [each["state"]["code"] for each in before["stations"].values()] == ["warning"]
    put(one, {12: 175.0})
    ((_, station),) = client.get("/live/stations.json", {"after": before["seq"]}).json()["stations"].items()
    assert (station["state"]["code"], station["value"]) == ("alarm", 168.0)  # over the hysteresis


def test_nothing_new_is_answered_without_the_database(client: Client, settings):
    settings.LIVE_SECONDS = 60.0
    put(gauge("one"), {20: 100.0})
    seq = client.get("/live/stations.json").json()["seq"]
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/live/stations.json", {"after": seq}).status_code == 304
        assert client.get("/live/stations.json").status_code == 200
    assert len(queries) == 0


def test_values_say_what_is_doubtful_about_them(client: Client):
    thing = ThingSpec("t", "T", geometry=storage(*KIELCE), values={"standing": "indicative"})
    spec = StreamSpec(
        thing, PropertySpec("level", "stan"), SensorSpec("s", "s"), "l", "l", CM,
        interval_s=600, highest=700.0, properties={"synthetic": True},
    )  # fmt: skip
    with writing(new_run()) as writer:
        (stream,) = declare(writer, [spec])
    put(stream, {5: 999.0})
    ((_, station),) = client.get("/live/stations.json").json()["stations"].items()
    assert [one["code"] for one in station["marks"]] == ["synthetic", "indicative", "range"]
    assert all(one["text"]["pl"] and one["text"]["en"] for one in station["marks"])


def test_alarms_in_homes_are_for_the_services_only(client: Client):
    put(gauge("home", "alarms"), {5: 1.0})
    unknown = client.get("/live/nothing.json")
    hidden = client.get("/live/alarms.json")
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.json()["detail"] == unknown.json()["detail"].replace("nothing", "alarms")
    assert client.get("/live/alarms/last-48-hours.json").status_code == 404
    answer = client.get("/live/alarms.json", headers=bearer(account("services")))
    assert len(answer.json()["stations"]) == 1 and "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 30, "²"])
def test_a_wrong_number_of_a_batch_is_refused(client: Client, after: str):
    answer = client.get("/live/stations.json", {"after": after})
    assert answer.status_code == 400 and "expected the “seq”" in answer.json()["detail"]


def test_a_number_of_another_database_brings_the_whole_document(client: Client):
    put(gauge("one"), {20: 100.0})
    assert client.get("/live/stations.json", {"after": 10**12}).json()["whole"]


def test_a_process_that_is_behind_another_one_does_not_show_the_past_again(settings):
    settings.LIVE_SECONDS = 3600.0
    level = gauge("one")
    put(level, {20: 100.0})
    one, behind = (LiveDocument(KINDS["stations"]) for _ in range(2))
    assert behind.answer(None) is not None
    put(level, {1: 171.5})
    latest = one.answer(None)
    assert latest is not None
    seq = json.loads(latest.plain)["seq"]
    assert behind.answer(seq) is None
    other = behind.answer(seq + 1000)
    assert other is not None and json.loads(other.plain)["whole"], "a number of another database"


def test_layers_without_live_values_have_no_document(client: Client):
    assert client.get("/live/roads.json").status_code == 404


def test_the_two_days_have_the_states_as_they_were(client: Client):
    one = gauge("one")
    put(one, {60 * 30 + 5: 100.0, 60 * 20 + 5: 150.0, 60 * 10 + 5: 172.0})
    found = client.get("/live/stations/last-48-hours.json").json()
    assert len(found["times"]) == 97
    column = found["stations"][str(one.thing.feature_id)]
    codes = [None if at is None else found["grades"][at]["code"] for at in column["states"]]
    assert codes[0] is None and [one for one in ("normal", "warning", "alarm") if one in codes] == [
        "normal",
        "warning",
        "alarm",
    ]
    assert column["values"][-1] == 172.0
    put(one, {60 * 35: 180.0})  # a late value changes the moments after it
    again = client.get("/live/stations/last-48-hours.json").json()["stations"][str(one.thing.feature_id)]
    assert again == column  # within the seconds for which it is good
    values.history_of("stations")._made_at = float("-inf")
    late = client.get("/live/stations/last-48-hours.json").json()
    states = late["stations"][str(one.thing.feature_id)]["states"]
    assert "alarm" in [None if at is None else late["grades"][at]["code"] for at in states[:40]]
