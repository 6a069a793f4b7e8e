"""What keeps an upload honest: rights when it is undone, dry runs of another target, removal while it is stored."""

import pytest
from django.test import Client

from geoportal.accounts.visitors import of_account
from geoportal.uploads import storing
from geoportal.uploads.files import Upload
from geoportal.uploads.trying import dry_run, try_upload
from layers.access.publication import DECISIONS, Publication
from layers.planner.declarations import PlannerLayer
from layers.runs.models import DatasetKind, Run
from tests.factories import load, point, rows
from tests.geoportal.logins import account, bearer
from tests.geoportal.uploads.conftest import HTML, NEW_LAYER, address, faulty, feature, geojson, sent

pytestmark = pytest.mark.django_db(transaction=True)
INTO_STOPS = {"kind": "bus_stops", "id": "ID", "map-name": "NAZWA", "dataset": "ztm"}


@pytest.fixture
def stored(swept, client):
    """An upload of an editor into a layer of the city."""
    load("bus_stops", [point("p1", name="Stary przystanek")], "ztm")
    client.force_login(account("editors"))
    upload = sent(client, geojson(feature(1, NAZWA="Nowy przystanek"), name="ztm.geojson"))
    client.post(address(upload, "target/"), INTO_STOPS, **HTML)
    assert client.post(address(upload, "trial/"), **HTML).headers["Location"] == address(upload, "result/")
    return upload


def undone(client, upload, **more):
    """The status of undoing; the layer must be as it was when it is refused."""
    status = client.post(address(upload, "result/"), {"do": "undo"}, **HTML, **more).status_code
    names = [row.name for row in rows("bus_stops", "ztm").values()]
    assert names == (["Stary przystanek"] if status == 302 else ["Nowy przystanek"])
    return status


def test_undoing_asks_for_the_rights_of_storing(stored, client, settings):
    settings.PUBLICATION_SECONDS = 0.0
    assert undone(Client(), stored, headers=bearer(account("editors"), "upload")) == 403
    account("planners", name="editors")  # moved to the planners
    assert undone(client, stored) == 403
    account("editors")
    Publication.objects.create(kind="bus_stops", level="services")
    DECISIONS.refresh(force=True)
    assert undone(client, stored) == 404
    Publication.objects.all().delete()
    DECISIONS.refresh(force=True)
    assert undone(client, stored) == 302


def test_a_dry_run_of_another_target_lets_nothing_be_stored(planner):
    upload = sent(planner, faulty())
    planner.post(address(upload, "target/"), NEW_LAYER, **HTML)
    Upload.objects.filter(pk=upload.pk).update(target=Upload.objects.get().target | {"mode": "append"})
    answer = planner.post(address(upload, "trial/"), **HTML)
    assert answer.status_code == 409 and "Wybór zmienił się od próby" in answer.content.decode()
    assert not Run.objects.exists() and not PlannerLayer.objects.exists()


def test_the_result_of_a_job_for_another_target_is_dropped(planner, settings):
    settings.UPLOAD_FEATURES_AT_ONCE = 5
    upload = sent(planner, faulty())
    planner.post(address(upload, "target/"), NEW_LAYER, **HTML)
    first = Upload.objects.get()
    planner.post(address(upload, "target/"), NEW_LAYER | {"mode": "append"}, **HTML)
    dry_run(first)  # the earlier job ends after the choice was changed
    assert upload.result_of("trial") is None and upload.result_of("differences") is None
    try_upload.call(upload.pk)
    assert upload.result_of("trial")["asked"] == Upload.objects.get().request_digest


def test_an_upload_is_not_removed_while_it_is_stored(planner):
    upload = sent(planner, faulty())
    with upload.claimed():
        answer = planner.post(address(upload, "remove/"), **HTML)
    assert answer.status_code == 409 and "Zapis już trwa." in answer.content.decode()
    assert upload.has_files and Upload.objects.exists()
    assert planner.post(address(upload, "remove/"), **HTML).status_code == 302
    assert not upload.folder.exists() and not Upload.objects.exists()


def test_a_layer_made_for_a_store_that_fails_in_any_way_is_unmade(planner, monkeypatch):
    upload = sent(planner, faulty())
    planner.post(address(upload, "target/"), NEW_LAYER, **HTML)

    def broken(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(storing, "ingest", broken)
    with pytest.raises(MemoryError):
        storing.store(Upload.objects.get(), of_account(account("planners")))
    assert not PlannerLayer.objects.exists() and not DatasetKind.objects.exists()
    assert Upload.objects.get().layer == ""


def test_nul_in_the_words_of_a_form_is_left_out(planner):
    upload = sent(planner, faulty())
    form = NEW_LAYER | {"title_pl": "Ław\0ki", "title-1": "Naz\0wa", "unit-3": "m\0", "description": "\0"}
    assert planner.post(address(upload, "target/"), form, **HTML).status_code == 302
    target = Upload.objects.get().target
    assert target["title_pl"] == "Ławki" and "\0" not in str(target)
    assert [one["title_pl"] for one in target["fields"]] == ["Nazwa", "Rok", "Wysokość"]
    assert planner.post(address(upload), {"layer": "a\0b"}, **HTML).status_code == 302
