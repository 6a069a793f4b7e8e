"""The edit form: who may open it, what it stores and shows, and how changes are undone."""

import re
from typing import Any

import pytest
from django.test import Client
from shapely import from_wkt
from shapely.geometry import Polygon

from layers.kinds import kind_of
from layers.runs.models import Run
from tests.geoportal.conftest import RYNEK_2178, bring_in, house
from tests.geoportal.logins import account

pytestmark = pytest.mark.django_db
BUILDINGS, HYDRANTS = kind_of("buildings"), kind_of("hydrants")
X, Y = RYNEK_2178


@pytest.fixture
def editor(small_city) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(account("editors"))
    return client


def current(source_id: str = "b1", kind=BUILDINGS) -> Any:
    return kind.model._default_manager.get(source_id=source_id, recorded_to__isnull=True)


def address(row: Any, kind=BUILDINGS) -> str:
    return f"/edit/{kind.slug}/{row.feature_id}/"


def form_of(page: Any) -> dict[str, str]:
    """What a browser would send of the edit form of a page."""
    html = page.content.decode().split("data-edit-form", 1)[1].split("</form>", 1)[0]
    sent = {}
    for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', html):
        sent[name] = value
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        sent[name] = chosen[1] if chosen else ""
    sent["geom"] = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[1]  # type: ignore[index]
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def test_a_form_sent_as_it_came_stores_nothing(editor):
    row = current()
    page = editor.get(address(row))
    answer = editor.post(address(row), form_of(page))
    assert answer.status_code == 200 and "nic nie zapisano" in answer.content.decode()
    assert current().pk == row.pk and not Run.objects.filter(kind="edit").exists()


def test_fields_and_a_corner_are_stored_as_one_edit_with_its_reason(editor):
    row = current()
    sent = form_of(editor.get(address(row)))
    assert (sent["field.storeys_above"], sent["field.use_class"], sent["field.residents"]) == (
        "3",
        "residential",
        "12",
    )
    corners = [(X, Y), (X + 25, Y), (X + 20, Y + 20), (X, Y + 20)]
    sent |= {"field.height_m": "12,5", "field.name": "Dom", "geom": Polygon(corners).wkt, "note": "pomiar"}
    answer = editor.post(address(row), sent)
    new = current()
    run = Run.objects.get(pk=new.run_id)
    assert answer.status_code == 302 and answer["Location"] == f"{address(row)}?saved={run.pk}"
    assert (new.height_m, new.name, new.storeys_above) == (12.5, "Dom", 3)
    assert new.geom.area == pytest.approx(Polygon(corners).area)
    assert set(new.field_owners) == {"height_m", "name", "geom"}
    assert (run.account, run.parameters["note"]) == ("editors", "pomiar")
    told = editor.get(answer["Location"]).content.decode()
    assert "Zapisano" in told and "pomiar" in told and "12,5" in told and "editors" in told


def test_each_fault_stands_at_its_field_and_nothing_is_stored(editor):
    row = current()
    sent = form_of(editor.get(address(row))) | {"field.storeys_above": "500", "field.height_m": "wysoki", "geom": "x"}
    answer = editor.post(address(row), sent)
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "Liczba poza dopuszczalnym zakresem: od 0 do 120." in words
    assert "Wartość nie jest liczbą." in words and 'id="geom-fault"' in words
    assert 'value="wysoki"' in words, "what was typed stays"
    assert current().pk == row.pk


def test_a_crossing_outline_is_told_in_words(editor):
    row = current()
    bow = f"POLYGON(({X} {Y}, {X + 9} {Y + 9}, {X + 9} {Y}, {X} {Y + 9}, {X} {Y}))"
    answer = editor.post(address(row), form_of(editor.get(address(row))) | {"geom": bow})
    assert answer.status_code == 422 and "obrys przecina sam siebie" in answer.content.decode()


def test_a_new_object_is_drawn_by_coordinates(editor):
    answer = editor.post("/edit/hydrants/new/", {"field.number": "H-9", "field.dn_mm": "80", "geom": f"{Y} {X}"})
    assert answer.status_code == 302, answer.content.decode()
    row: Any = HYDRANTS.model._default_manager.get(**{"number": "H-9"})
    assert row.geom.coords == pytest.approx((X, Y), abs=0.001)
    assert (row.dataset.slug, row.dn_mm) == ("waterworks", 80)
    assert editor.post("/edit/hydrants/new/", {"geom": ""}).status_code == 422


def test_an_end_is_told_and_taken_back(editor):
    row = current()
    answer = editor.post(address(row), {"version": row.pk, "action": "end", "note": "rozebrany"})
    assert not BUILDINGS.model._default_manager.filter(source_id="b1", recorded_to__isnull=True).exists()
    page = editor.get(answer["Location"]).content.decode()
    assert "zakończony" in page and "rozebrany" in page and "data-edit-form" not in page
    run = Run.objects.get(kind="edit")
    editor.post(f"/edit/runs/{run.pk}/undo/")
    assert current().geom.coords == row.geom.coords
    assert Run.objects.get(kind="rollback").account == "editors"


def test_two_editors_see_each_others_wishes_and_choose(editor):
    row = current()
    mine = form_of(editor.get(address(row))) | {"field.name": "Mój", "field.height_m": "9"}
    other = Client(headers={"Accept": "text/html"})
    other.force_login(account("editors", name="anna"))
    other.post(address(row), form_of(other.get(address(row))) | {"field.name": "Jej", "field.storeys_above": "7"})
    answer = editor.post(address(row), mine)
    words = answer.content.decode()
    assert answer.status_code == 409 and "anna" in words and current().name == "Jej"
    assert re.findall(r'name="take\.(\w+)" value="(\w+)" checked', words) == [
        ("name", "mine"),
        ("storeys_above", "theirs"),
        ("height_m", "mine"),
    ]
    choice = {"version": current().pk, "take.name": "theirs", "take.storeys_above": "theirs", "take.height_m": "mine"}
    assert editor.post(address(row), mine | choice).status_code == 302
    now = current()
    assert (now.name, now.storeys_above, now.height_m) == ("Jej", 7, 9.0)


def test_an_older_version_is_restored_and_a_run_with_later_changes_is_not_undone(editor):
    row = current()
    for name in ("Pierwszy", "Drugi"):
        editor.post(address(row), form_of(editor.get(address(row))) | {"field.name": name})
    first, _ = Run.objects.filter(kind="edit").order_by("pk")
    refused = editor.post(f"/edit/runs/{first.pk}/undo/")
    assert refused.status_code == 409 and "Późniejsze zmiany" in refused.content.decode()
    assert current().name == "Drugi"
    editor.post(f"{address(row)}restore/", {"restored": row.pk, "current": current().pk})
    assert current().name is None
    stale = editor.post(f"{address(row)}restore/", {"restored": row.pk, "current": row.pk})
    assert stale.status_code == 409


@pytest.mark.parametrize("group", ["planners", "analysts", "services", "admins"])
def test_others_have_no_form_and_no_way_to_it(small_city, client, group):
    row = current()
    client.force_login(account(group))
    assert client.get(address(row)).status_code == 403
    assert client.post(address(row), {"version": row.pk, "action": "end"}).status_code == 403
    assert client.get("/edit/buildings/new/").status_code == 403
    assert "edit" not in client.get(f"/tiles/buildings/features/{row.feature_id}.json").json()
    assert "/edit/" not in client.get("/catalogue/buildings/table/").content.decode()
    history = client.get(f"/tiles/buildings/features/{row.feature_id}/history.json").json()
    assert all("who" not in event for event in history["events"])


def test_strangers_are_led_to_the_login(small_city, client):
    answer = client.get(address(current()), headers={"Accept": "text/html"})
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?next=%2Fedit%2Fbuildings")


def test_editors_find_the_form_on_card_and_in_the_table_and_names_in_the_history(editor):
    row = current()
    editor.post(address(row), form_of(editor.get(address(row))) | {"field.name": "Dom", "note": "bo tak"})
    card = editor.get(f"/tiles/buildings/features/{row.feature_id}.json").json()
    assert card["edit"] == address(row)
    table = editor.get("/catalogue/buildings/table/").content.decode()
    assert address(row) in table and "/edit/buildings/new/" in table
    events = editor.get(f"/tiles/buildings/features/{row.feature_id}/history.json").json()["events"]
    assert (events[0]["who"], events[0]["note"]) == ("editors", "bo tak")


def test_computed_layers_have_no_form(editor):
    answer = editor.get("/edit/flood_exposure_grid/new/")
    assert answer.status_code == 405 and "nie zmienia się ręcznie" in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "fault"),
    [("POINT(7474054 5637285)", "geometria innego rodzaju"), ("POLYGON((0 0, 1 0, 1 1, 0 0))", "daleko")],
)
def test_coordinates_are_read_while_they_are_written(editor, text, fault):
    good = editor.post(
        "/edit/geometry.json",
        {"layer": "buildings", "text": f"{X} {Y}\n{X + 10} {Y}\n{X + 10} {Y + 10}"},
        content_type="application/json",
    ).json()
    assert good["fault"] is None and good["size"] == "50\u00a0m²"
    assert from_wkt(good["text"]).area == pytest.approx(50, abs=0.01)
    back = editor.post(
        "/edit/geometry.json", {"layer": "buildings", "geometry": good["geometry"]}, content_type="application/json"
    ).json()
    assert back["text"] == good["text"], "the map gives back what the text said, to the millimetre"
    bad = editor.post("/edit/geometry.json", {"layer": "buildings", "text": text}, content_type="application/json")
    assert fault in bad.json()["fault"]


def test_what_a_load_brings_meanwhile_is_a_conflict_too(editor):
    row = current()
    mine = form_of(editor.get(address(row))) | {"field.name": "Mój"}
    bring_in("buildings", [house("b1", storeys_above=8)])
    assert editor.post(address(row), mine).status_code == 409
