"""The page of a datastream: what it shows to everybody, and what it hides."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from layers.observations.decisions import exclude, set_limits
from layers.observations.models import Datastream
from layers.runs.models import Dataset, Run
from layers.store.edits import Editor
from layers.store.rollback import rollback_run
from tests.geoportal.logins import account
from tests.layers.observations.streams import START, new_run, observations, store, stream
from tests.layers.observations.test_placing import placed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]


def page(client: Client, of: Datastream, language: str = "pl") -> str:
    answer = client.get(f"/catalogue/stations/series/{of.pk}/", {"lang": language})
    assert answer.status_code == 200
    return answer.content.decode()


def text(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


def ago(minutes: int) -> int:
    """A moment so long ago, in minutes after START."""
    return int((now() - START).total_seconds() // 60) - minutes


def test_it_says_what_is_measured_how_much_and_how_fresh(client: Client):
    placed(standing="reference")
    level = stream(interval_s=600, lowest=0.0)
    store(observations(level, {0: 1.0, ago(30): 286.0, ago(20): -999.5}))
    said = text(page(client, level))
    for words in (
        "level Stacja silnica",
        "Status odniesienia (urzędowa)",
        "Mierzona wielkość Stan wody",
        "Jednostka cm (centymetr)",
        "Oczekiwany odstęp wartości 10 min",
        "Czujnik Wodowskaz",
        "Ostatnia wartość -999,5 cm",
        "20 min temu",
        "poza możliwym zakresem",
        "Wartości z ostatnich 24 godzin 2 z 144 oczekiwanych wątpliwe: 1",
        "Od pierwszej do ostatniej wartości 15 stycznia 2026, 01:00 –",
        "Najmniejsza możliwa wartość 0 cm poza możliwym zakresem ze źródła",
        "Żaden okres nie jest wyłączony",
    ):
        assert words in said
    assert "zmyślone" not in said


def test_it_leads_to_files_sensorthings_and_the_stations_card_and_the_layer_leads_to_it(client: Client):
    thing = placed()
    level = stream()
    store(observations(level, {0: 1.0}))
    markup = html.unescape(page(client, level))
    for statistic in ("raw", "hourly", "daily"):
        for ending in ("csv", "parquet"):
            address = f"/open-data/stations/observations.{ending}?datastream={level.pk}&statistic={statistic}"
            answer = Client().get(address)  # by a visitor each: an unread file occupies a turn
            assert f'href="{address}"' in markup and answer.status_code == 200
    assert f"/sta/v1.1/Datastreams({level.pk})" in markup
    assert f"/#layers=stations&pick=stations/{thing.feature_id}&map=17/50.866100/20.628600" in markup
    assert f'href="/catalogue/stations/series/{level.pk}/"' in client.get("/catalogue/stations/").content.decode()


def test_invented_values_and_excluded_ones_say_so_on_both_pages(client: Client):
    Dataset.objects.create(slug="sensors", synthetic=True)
    level = stream()
    store(observations(level, {0: 1.0}))
    exclude(level, START, None, Editor("anna", note="lód na sondzie"))
    said = text(page(client, level))
    for words in ("zmyślone", "Te dane są zmyślone", "ostatnia wartość wyłączona", "bez końca", "lód na sondzie"):
        assert words in said
    assert "1 dane zmyślone wyłączone przez redaktora" in text(client.get("/catalogue/stations/").content.decode())
    assert "anna" not in said, "the account is for the city's staff"
    client.force_login(account("planners"))
    assert "anna" in text(page(client, level))


def test_it_reads_in_english(client: Client):
    level = stream(interval_s=86_400)
    set_limits(level, {"highest": 1234.5, "stuck": 12}, Editor("anna", note="nowy czujnik"))
    said = text(page(client, level, "en"))
    for words in (
        "No observations are stored yet.",
        "Expected interval of values 1 day",
        "Highest possible value 1,234.5 cm outside the possible range an editor",
        "So many equal values in a row are doubtful 12 does not change any more an editor",
        "Limits changed",
        "Highest possible value: none → 1,234.5 cm",
    ):
        assert words in said


@pytest.mark.parametrize(
    "address",
    [
        "/catalogue/stations/series/99999999999999999999/",
        "/catalogue/stations/series/0/",
        "/catalogue/buildings/series/{key}/",
        "/catalogue/alarms/series/{key}/",
        "/catalogue/nothing/series/{key}/",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, address: str):
    assert client.get(address.format(key=stream().pk)).status_code == 404


def test_the_number_of_queries_does_not_grow_with_decisions(client: Client, django_assert_max_num_queries):
    placed()
    level = stream()
    for day in range(5):
        begin = START + timedelta(days=day)
        exclude(level, begin, begin + timedelta(hours=1), Editor("anna", note="x"))
    with django_assert_max_num_queries(7):
        page(client, level)


def test_corrected_and_removed_values_are_listed_with_their_runs_for_the_staff(client: Client):
    level = stream()
    store(observations(level, {0: 286.0, 10: 5.0}))
    store(observations(level, {0: 290.0}), new_run("gauge"))
    store(observations(level, {0: 291.5}), new_run("archive"))
    added = new_run("mistake")
    store(observations(level, {20: 7.0}), added)
    rollback_run(added.pk)
    said = text(page(client, level)).split("Poprawione wartości", 1)[1]
    assert "15 stycznia 2026, 01:20 7 cm usunięto" in said
    rows = [said.index("01:00 290 cm 291,5 cm"), said.index("01:00 286 cm 290 cm")]
    assert rows == sorted(rows) and "archive" in said and "przebieg" not in said and "01:10" not in said
    client.force_login(account("editors"))
    number = Run.objects.get(source="archive").pk
    assert f"archive przebieg {number}" in text(page(client, level))


def test_what_is_measured_has_its_english_name_on_the_english_page(client: Client):
    level = stream("level")
    for code in ("again", "twice"):
        stream(code, thing="bobrza")
    level.observed_property.code = "level"
    level.observed_property.save()
    page = text(client.get("/catalogue/stations/?lang=en").content.decode())
    assert all(words in page for words in ("water level", "again", "twice"))
    assert "water level" in text(client.get(f"/catalogue/stations/series/{level.pk}/?lang=en").content.decode())
