"""The board of sensors as page and file: filters, counts, order, the simulated broken sensor, what is hidden."""

import csv
import html
import io
import re
from datetime import datetime, timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils.timezone import now

from ingest.mqtt.messages import Message, Reader
from ingest.mqtt.storing import store as put
from ingest.sensors.simulated.network import Instrument, instruments
from ingest.sensors.simulated.scenarios import BROKEN, SCENARIOS
from layers.crs import storage_point
from layers.observations.columns import Observations
from layers.observations.decisions import exclude
from layers.observations.models import Datastream, Thing
from layers.observations.streams import declare
from layers.runs.models import Run
from layers.store.edits import Editor
from layers.store.writer import writing
from tests.geoportal.logins import account
from tests.layers.observations.streams import START, new_run, observations, store, stream
from tests.layers.observations.test_placing import placed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]
PAGE, FILE = "/catalogue/stations/sensors/", "/catalogue/stations/sensors.csv"


def ago(minutes: int) -> int:
    """A moment so long ago, in minutes after START."""
    return int((now() - START).total_seconds() // 60) - minutes


def said(client: Client, query: str = "") -> str:
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))).replace("\xa0", " ")


def lines(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{FILE}{query}")
    assert answer.status_code == 200 and answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.fixture
def five() -> dict[str, Datastream]:
    """A live, a silent, a stuck, a wild and an excluded sensor at stations of their own."""
    made = {}
    for name, kind in {"cichy": "river", "zywy": "air", "zaciety": "air", "dziki": "air", "wylaczony": "air"}.items():
        placed(name, station_type=kind, operator="Miasto Kielce", standing="indicative")
        made[name] = stream(thing=name, interval_s=600, highest=500.0, stuck=3)
    store(observations(made["cichy"], {ago(3000): 1.0}))
    store(observations(made["zywy"], {ago(10): 1.0}))
    store(observations(made["zaciety"], {ago(25): 33.3, ago(15): 33.3, ago(5): 33.3}))
    store(observations(made["dziki"], {ago(15): 2.0, ago(5): 999.0}))
    store(observations(made["wylaczony"], {ago(5): 2.0}))
    exclude(made["wylaczony"], START, None, Editor("anna", note="lód na sondzie"))
    return made


def test_the_heading_counts_and_the_worst_stand_first(client: Client, five: dict[str, Datastream]):
    words = said(client, "?lang=en")
    assert "5 series: 1 silent, 1 stuck, 2 with flags, 1 excluded" in words
    assert [line["station_code"] for line in lines(client)] == ["cichy", "zaciety", "dziki", "wylaczony", "zywy"]
    for part in ("50 % (1 of 2)", "lód na sondzie", "without an end", "indicative sensor", "Miasto Kielce", "dead"):
        assert part in words


@pytest.mark.parametrize(
    ("query", "stations"),
    [
        ("?show=silent", ["cichy"]),
        ("?show=stuck", ["zaciety"]),
        ("?show=flagged", ["zaciety", "dziki"]),
        ("?show=excluded", ["wylaczony"]),
        ("?type=river", ["cichy"]),
        ("?show=flagged&type=river", []),
        ("?q=ZYWY", ["zywy"]),
        ("?show=stuck&type=air&q=miasto+stacja", ["zaciety"]),
        ("?q=nie+ma", []),
        ("?sort=station", ["cichy", "dziki", "wylaczony", "zaciety", "zywy"]),
        ("?show=flagged&sort=flagged", ["dziki", "zaciety"]),
    ],
)
def test_page_and_file_show_what_is_chosen(
    client: Client, five: dict[str, Datastream], query: str, stations: list[str]
):
    assert [line["station_code"] for line in lines(client, query)] == stations
    markup = client.get(PAGE + query).content.decode()
    assert re.findall(r'href="/catalogue/stations/series/(\d+)/"', markup) == [
        str(five[name].pk) for name in stations
    ]
    assert f'href="{FILE}{html.escape(query)}"' in markup


@pytest.mark.parametrize("query", ["?show=x", "?sort=pk", "?type=sea"])
def test_an_unknown_choice_is_refused_in_one_line(client: Client, query: str):
    for address in (PAGE, FILE):
        answer = client.get(address + query)
        assert answer.status_code == 400 and "is not known; choose one of" in answer.content.decode()


def test_the_file_has_the_doubts_as_codes_and_times_in_utc(client: Client, five: dict[str, Datastream]):
    of = {line["station_code"]: line for line in lines(client)}
    wild, off = of["dziki"], of["wylaczony"]
    assert (wild["state"], wild["value"], wild["marks"], wild["flagged_share_24h"]) == (
        *("live", "999.0", "indicative range", "0.5"),
    )
    at = datetime.fromisoformat(wild["at"])
    assert timedelta(minutes=4) < now() - at < timedelta(minutes=7) and wild["at"].endswith("Z")
    assert (off["excluded"], off["excluded_reason"], off["excluded_until"]) == ("True", "lód na sondzie", "")
    assert of["zaciety"]["state"] == "stuck" and of["cichy"]["state"] == "dead"
    assert "contact" not in wild


def test_a_contact_is_for_the_staff_on_page_and_file_and_nowhere_in_sensorthings(client: Client):
    level = stream()
    Thing.objects.update(properties={"contact": "tel. 41 000 00 00", "street": "Solna"})
    staff = Client()
    staff.force_login(account("editors"))
    assert "tel. 41 000 00 00" in said(staff) and lines(staff)[0]["contact"] == "tel. 41 000 00 00"
    assert "tel. 41" not in said(client)
    thing = f"/sta/v1.1/Things({level.thing_id})"
    assert client.get(thing).json()["properties"] == {"street": "Solna"}
    assert "tel. 41" not in client.get(f"/sta/v1.1/Datastreams({level.pk})?$expand=Thing").content.decode()
    probe = "/sta/v1.1/Things?$filter=properties/contact eq 'tel. 41 000 00 00'"
    assert client.get(probe).json()["value"] == []
    for sent, stored in (({"a": 1}, "tel. 41 000 00 00"), ({"contact": "x"}, "x"), ({"contact": None}, None)):
        assert staff.patch(thing, {"properties": sent}, "application/json").status_code == 200
        assert Thing.objects.get(pk=level.thing_id).properties.get("contact") == stored


def test_the_simulated_broken_sensor_is_stuck_and_then_out_of_range(client: Client):
    """Scenario `broken`: PM10 of the market square is 33.3 for fourteen hours, then -999."""
    (one,) = (
        each for each in instruments(storage_point)
        if each.stream.thing.code == BROKEN and each.quantity.code == "PM10"
    )  # fmt: skip
    with writing(new_run("demo_sensors", "demo_sensors")) as writer:
        (made,) = declare(writer, [one.stream])
    begun = now().replace(minute=0, second=0, microsecond=0)
    play(one, made, begun, hours=10)
    assert lines(client, "?show=stuck") == []
    play(one, made, begun, hours=13)
    (line,) = lines(client, "?show=stuck")
    assert (line["station_code"], line["value"], line["state"]) == (BROKEN, "33.3", "stuck")
    play(one, made, begun, hours=17)
    (line,) = lines(client)
    assert (line["value"], line["state"]) == ("-999.0", "live") and "range" in line["marks"].split()
    assert "poza możliwym zakresem" in said(client, "?show=flagged")


def play(one: Instrument, made: Datastream, until: datetime, *, hours: int) -> None:
    """Store what the instrument measured within 30 hours, broken for so many hours."""
    starts = one.starts(until - timedelta(hours=30), until)
    passed = starts.astype("datetime64[s]").astype("float64") - (until - timedelta(hours=hours)).timestamp()
    values = SCENARIOS["broken"](one, passed, one.values(starts))
    store(Observations(np.full(len(starts), made.pk, np.int32), starts, one.ends(starts), values))


def test_pages_of_a_hundred_lead_to_each_other(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("geoportal.web.catalogue.board.PER_PAGE", 2)
    for number in range(5):
        stream(thing=f"s{number}")
    markup = client.get(f"{PAGE}?sort=station&page=2").content.decode()
    assert re.findall(r'translate="no">Stacja (s\d)</a>', markup) == ["s2", "s3"]
    assert 'href="?sort=station"' in markup and 'href="?sort=station&amp;page=3"' in markup
    assert len(lines(client, "?sort=station")) == 5


def test_the_layer_leads_to_its_board_and_a_layer_without_series_has_none(client: Client):
    stream()
    assert f'href="{PAGE}"' in client.get("/catalogue/stations/").content.decode()
    assert client.get("/catalogue/buildings/sensors/").status_code == 404


def test_what_is_shown_to_an_account_is_not_stored_by_caches():
    stream()
    staff = Client()
    staff.force_login(account("editors"))
    for address in (PAGE, FILE):
        assert "private" in staff.get(address)["Cache-Control"]


def test_who_manages_sensors_sees_what_was_rejected_and_nobody_else_does(client: Client):
    level = stream()
    topic = f"v1.1/Datastreams({level.pk})/Observations"
    put([Message(topic, b'{"result": "TAJNE"}', now())], Reader((), lambda user, key: True))
    clients = {"nobody": client}
    for role in ("editors", "analysts"):
        clients[role] = Client()
        clients[role].force_login(account(role, name=role))
    words = said(clients["editors"])
    assert topic in words and '{"result": "TAJNE"}' in words and "mqtt" in words
    for role in ("nobody", "analysts"):
        assert "TAJNE" not in said(clients[role]) and "Odrzucone" not in said(clients[role])
    Run.objects.update(created_at=now() - timedelta(hours=49))
    assert "Niczego nie odrzucono." in said(clients["editors"])
