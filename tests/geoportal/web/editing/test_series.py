"""Editors' decisions about a datastream by the forms of its page."""

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from layers.observations.models import Datastream, Exclusion
from layers.runs.models import Run
from tests.geoportal.logins import account
from tests.layers.observations.streams import observations, store, stream

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]
WINTER = {"since": "2026-01-15T01:00", "until": "2026-01-15T01:30", "note": "lód na sondzie"}


@pytest.fixture
def editor() -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(account("editors"))
    return client


def decide(client: Client, of: Datastream, what: str, **sent: str) -> Any:
    return client.post(f"/edit/stations/series/{of.pk}/{what}/", sent)


def form_of(client: Client, of: Datastream) -> dict[str, str]:
    """What a browser would send of the form of limits."""
    markup = client.get(f"/catalogue/stations/series/{of.pk}/").content.decode()
    form = markup.split(f'action="/edit/stations/series/{of.pk}/limits/"', 1)[1].split("</form>", 1)[0]
    sent = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', form))
    sent.pop("csrfmiddlewaretoken")
    return sent


def said(answer: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_a_period_in_the_citys_time_is_stored_in_utc_and_every_way_out_says_so(editor: Client):
    level = stream()
    store(observations(level, {0: 1.0, 10: 2.0, 40: 3.0}))
    answer = decide(editor, level, "exclusions", **WINTER)
    (one,) = Exclusion.objects.all()
    assert answer.status_code == 302 and answer["Location"].endswith(f"?saved={one.created_by_id}")
    assert (one.since, one.until) == (
        datetime(2026, 1, 15, 0, 0, tzinfo=UTC),
        datetime(2026, 1, 15, 0, 30, tzinfo=UTC),
    )
    told = said(editor.get(answer["Location"]))
    assert "Zapisano" in told and "15 stycznia 2026, 01:00" in told and "lód na sondzie" in told and "editors" in told
    table = b"".join(editor.get(f"/open-data/stations/observations.csv?datastream={level.pk}").streaming_content)  # type: ignore[attr-defined]
    assert [line.split(",")[-3] for line in table.decode().splitlines()] == ["excluded", "True", "True", "False"]
    (period,) = editor.get(f"/sta/v1.1/Datastreams({level.pk})").json()["properties"]["excluded"]
    assert period["reason"] == "lód na sondzie" and period["since"].startswith("2026-01-15T00:00:00")
    editor.post(f"/edit/stations/series/{level.pk}/exclusions/{one.pk}/", {"action": "withdraw", "note": "pomyłka"})
    assert "excluded" not in editor.get(f"/sta/v1.1/Datastreams({level.pk})").json()["properties"]
    assert "wycofane" in said(editor.get(f"/catalogue/stations/series/{level.pk}/"))


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"note": " "}, "Podaj powód."),
        ({"until": "2026-01-15T01:00"}, "Koniec musi być późniejszy niż początek."),
        ({"since": ""}, "Podaj dzień i godzinę."),
        ({"since": "0001-01-01T00:00"}, "Podaj dzień i godzinę."),
        ({"since": "2026-03-29T02:30", "until": ""}, "Takiej godziny w mieście nie ma"),
        ({"since": "2026-01-10T00:00", "until": ""}, "Część tego okresu jest już wyłączona."),
    ],
)
def test_what_cannot_be_excluded_is_told_at_its_input_and_what_was_typed_stays(
    editor: Client, sent: dict[str, str], fault: str
):
    level = stream()
    decide(editor, level, "exclusions", since="2026-01-12T00:00", until="2026-01-13T00:00", note="pierwszy")
    answer = decide(editor, level, "exclusions", **(WINTER | {"note": "drugi powód"} | sent))
    assert answer.status_code == 422
    assert said(answer).count(fault) == 1 and answer.content.decode().count('class="edit-fault"') == 1
    assert 'value="drugi powód"' in answer.content.decode() or sent.get("note")
    assert Exclusion.objects.count() == Run.objects.filter(kind="edit").count() == 1


def test_of_the_hour_that_clocks_repeat_a_period_has_both(editor: Client):
    decide(editor, stream(), "exclusions", since="2025-10-26T02:00", until="2025-10-26T02:59", note="x")
    one = Exclusion.objects.get()
    assert one.until is not None and (one.since.hour, one.until.hour) == (0, 1)


def test_an_exclusion_is_ended_and_that_is_taken_back(editor: Client):
    level = stream()
    decide(editor, level, "exclusions", **(WINTER | {"until": ""}))
    one = Exclusion.objects.get()
    answer = decide(editor, level, f"exclusions/{one.pk}", action="end", until="2026-01-15T02:00", note="wymieniona")
    one.refresh_from_db()
    assert one.until == datetime(2026, 1, 15, 1, 0, tzinfo=UTC)
    assert "Do: bez końca → 15 stycznia 2026, 02:00" in said(editor.get(answer["Location"]))
    run = Run.objects.get(parameters__what="ended")
    assert decide(editor, level, f"runs/{run.pk}/undo").status_code == 302
    assert Exclusion.objects.get().until is None
    assert "Cofnięto: Ustawiono koniec wyłączenia" in said(editor.get(f"/catalogue/stations/series/{level.pk}/"))
    assert decide(editor, level, f"runs/{run.pk}/undo").status_code == 409
    assert decide(editor, stream(thing="bobrza"), f"runs/{run.pk}/undo").status_code == 404


def test_limits_are_set_by_their_form_and_only_those_that_were_touched(editor: Client):
    level = stream(lowest=0.0, highest=500.0)
    sent = form_of(editor, level)
    assert (sent["lowest"], sent["highest"], sent["step"]) == ("0", "500", "")
    stream(lowest=-5.0, highest=500.0)  # an import, while the form is open
    answer = decide(editor, level, "limits", **(sent | {"highest": "300,5", "stuck": "12", "note": "nowy czujnik"}))
    level.refresh_from_db()
    assert answer.status_code == 302
    assert (level.lowest, level.highest, level.stuck, level.edited) == (-5.0, 300.5, 12, ["highest", "stuck"])
    told = said(editor.get(answer["Location"]))
    assert "300,5 cm poza możliwym zakresem redaktor" in told and "500 cm → 300,5 cm" in told
    assert decide(editor, level, "limits", **(sent | {"highest": "200", "note": "x"})).status_code == 422
    level.refresh_from_db()
    assert level.highest == 300.5, "what another editor set is not overwritten unseen"


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"highest": "wysoko"}, "Wartość nie jest liczbą."),
        ({"highest": "nan"}, "Wartość nie jest liczbą."),
        ({"stuck": "2.5"}, "Liczba nie jest całkowita."),
        ({"interval_s": "-1"}, "Liczba poza dopuszczalnym zakresem."),
        ({"highest": "-1"}, "Musi być większa niż najmniejsza możliwa wartość."),
        ({}, "więc nic nie zapisano"),
    ],
)
def test_limits_that_make_no_sense_are_told(editor: Client, sent: dict[str, str], fault: str):
    level = stream(lowest=0.0)
    answer = decide(editor, level, "limits", **(form_of(editor, level) | {"note": "x"} | sent))
    assert answer.status_code == 422 and fault in said(answer)
    assert not Run.objects.filter(kind="edit").exists()


def test_only_those_who_manage_sensors_see_the_forms_and_decide(client: Client):
    level = stream()
    for name in ("", "planners"):
        if name:
            client.force_login(account(name))
        assert "/edit/stations/series/" not in client.get(f"/catalogue/stations/series/{level.pk}/").content.decode()
        assert decide(client, level, "exclusions", **WINTER).status_code in (401, 403)
    assert not Exclusion.objects.exists()
