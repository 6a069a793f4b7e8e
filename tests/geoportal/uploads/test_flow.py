"""A planner brings a file in: look, mapping, dry run, storing, rejections, undo, each asked over HTTP."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now

from geoportal.uploads.files import Upload
from geoportal.uploads.trying import try_upload
from ingest.tasks import ingest_run, sweep_runs
from layers.kinds import KINDS
from layers.planner.declarations import PlannerLayer
from layers.runs.models import DatasetKind, Rejection, Run
from tests.factories import load, point, rows
from tests.geoportal.accounts import account
from tests.geoportal.uploads.conftest import HTML, NEW_LAYER, address, faulty, feature, geojson, sent

pytestmark = pytest.mark.django_db(transaction=True)
WFS = "/wfs/?SERVICE=WFS&REQUEST=GetCapabilities&VERSION=2.0.0"
SLUG = "planner_lawki_w_miescie"


def tried(client: Client, upload: Upload, form: dict[str, str]) -> str:
    """The page of the dry run."""
    answer = client.post(address(upload, "target/"), form, **HTML)
    assert answer.status_code == 302, answer.content.decode()
    return client.get(answer.headers["Location"], **HTML).content.decode()


def counts(page: str) -> dict[str, int]:
    """What a page says of the numbers, by their names."""
    parts = page.split('data-count="')[1:]
    return {part.split('"')[0]: int(part.split("<dd>")[1].split("<")[0]) for part in parts}


def test_the_first_look_tells_columns_types_and_how_the_system_was_found(planner):
    upload = sent(planner, faulty())
    look = upload.noted("look")
    assert (look["features"], look["system"], look["system_found"]) == (13, "EPSG:4326", "rule")
    assert {one["column"]: one["type"] for one in look["fields"]} == {
        "ID": "text",
        "NAZWA": "text",
        "ROK": "integer",
        "WYS": "number",
    }
    assert look["missing"] == 1 and look["shape"] == "POINT" and look["naming"] == "nazwa"
    page = planner.get(address(upload), **HTML).content.decode()
    assert "Ławka 0" in page and "GeoJSON zawsze jest w tym układzie" in page
    shapes = planner.get(address(upload, "shapes.geojson")).json()["features"]
    first = shapes[0]["geometry"]["coordinates"]
    assert len(shapes) == 12 and first == pytest.approx([20.63139, 50.87028], abs=1e-7)


def test_the_dry_run_says_what_would_happen_and_stores_nothing(planner):
    upload = sent(planner, faulty())
    page = tried(planner, upload, NEW_LAYER)
    assert counts(page) == {"added": 11, "changed": 0, "ended": 0, "unchanged": 0, "rejected": 2, "warnings": 1}
    assert "Bez miejsca" not in page and "brak geometrii" in page and "obiekt leży daleko od miasta" in page
    assert not Run.objects.exists() and not PlannerLayer.objects.exists() and SLUG not in KINDS
    assert upload.held


def test_what_was_stored_is_a_layer_with_rejections_to_download_and_can_be_undone(planner, client):
    upload = sent(planner, faulty())
    tried(planner, upload, NEW_LAYER)
    answer = planner.post(address(upload, "trial/"), **HTML)
    assert answer.headers["Location"] == address(upload, "result/")
    run = Run.objects.get()
    assert (run.account, run.stored, run.rejected, run.warnings) == ("planners", 11, 2, 1)
    kind = KINDS[SLUG]
    row: Any = kind.model._default_manager.get(source_id="p3")
    assert (row.nazwa, row.rok, row.wys) == ("Ławka 3", 2003, 0.45)
    assert kind.field("wys").unit == "m" and kind.level == "staff"
    upload.refresh_from_db()
    assert not upload.held and not upload.folder.exists()
    lines = list(csv.reader(io.StringIO(_csv(planner, upload)), delimiter=";"))
    assert lines[0] == ["wiersz", "identyfikator", "odrzucone", "pole", "wartość", "powód", "co zrobić"]
    assert lines[1][:6] == ["11", "p10", "cały obiekt", "kształt", "", "brak geometrii"]
    assert ["13", "p12", "jedna wartość", "Rok", "dawno", "wartość nie jest liczbą", "wpisz samą liczbę"] in lines
    page = planner.get(address(upload, "result/"), **HTML).content.decode()
    assert counts(page)["added"] == 11 and f"/#layers={SLUG}" in page
    assert planner.get(f"/catalogue/{SLUG}/table/", **HTML).status_code == 200
    assert planner.get(f"/tiles/{SLUG}.json").status_code == 200
    assert Client().get(f"/tiles/{SLUG}.json").status_code == 404
    planner.post(address(upload, "result/"), {"do": "undo"}, **HTML)
    assert DatasetKind.objects.get(kind=SLUG).current_rows == 0
    page = planner.get(address(upload, "result/"), **HTML).content.decode()
    assert "Cofnięto" in page and "Usuń pustą warstwę" in page
    planner.post(address(upload, "result/"), {"do": "remove-layer"}, **HTML)
    assert SLUG not in KINDS and not PlannerLayer.objects.exists()
    page = planner.get(address(upload, "result/"), **HTML).content.decode()
    assert counts(page)["added"] == 11 and "Usuń pustą warstwę" not in page


def _csv(client: Client, upload: Upload) -> str:
    answer = client.get(address(upload, "rejections.csv"))
    assert answer.headers["Content-Type"].startswith("text/csv") and "attachment" in answer["Content-Disposition"]
    return answer.content.decode("utf-8-sig")


def test_a_second_file_into_the_same_layer_shows_what_differs(planner):
    upload = sent(planner, faulty())
    tried(planner, upload, NEW_LAYER)
    planner.post(address(upload, "trial/"), **HTML)
    benches = [feature(n, NAZWA=f"Ławka {n}", ROK=2000 + n, WYS="0,45") for n in range(9)]
    benches[3]["properties"]["ROK"] = 2024
    benches.append(feature(20, NAZWA="Nowa", ROK=2026, WYS=0.5))
    again = sent(planner, geojson(*benches))
    form = {"kind": SLUG, "mode": "upsert", "id": "ID", "map-nazwa": "NAZWA", "map-rok": "ROK", "map-wys": "WYS"}
    page = tried(planner, again, form)
    assert counts(page) == {"added": 1, "changed": 1, "ended": 0, "unchanged": 8, "rejected": 0, "warnings": 0}
    assert "<del>2003</del>" in page.replace("\xa0", "") and "<ins>2024</ins>" in page.replace("\xa0", "")
    what = [
        one["properties"]["what"] for one in planner.get(address(again, "differences.geojson")).json()["features"]
    ]
    assert what == ["changed", "added"]
    whole = tried(planner, again, form | {"mode": "snapshot"})
    assert "dziesiąt" in whole and "Zapisz" not in whole.split("<h1>")[1]
    allowed = tried(planner, again, form | {"mode": "snapshot", "allow_close": "2"})
    assert counts(allowed)["ended"] == 2


def test_editors_fill_the_citys_layers_by_their_fields(swept, client):
    load("bus_stops", [point("p1", name="Stary przystanek")], "ztm")
    client.force_login(account("editors"))
    upload = sent(client, geojson(*(feature(n, NAZWA=f"Przystanek {n}") for n in range(1, 4)), name="ztm.geojson"))
    page = client.get(f"{address(upload)}?into=bus_stops", **HTML).content.decode()
    assert '<option value="NAZWA" selected>' in page
    told = tried(client, upload, {"kind": "bus_stops", "id": "ID", "map-name": "NAZWA", "dataset": "ztm"})
    assert counts(told)["changed"] == 1 and counts(told)["added"] == 2
    client.post(address(upload, "trial/"), **HTML)
    assert sorted(row.name for row in rows("bus_stops", "ztm").values()) == [
        "Przystanek 1",
        "Przystanek 2",
        "Przystanek 3",
    ]


def test_planners_fill_neither_the_citys_layers_nor_those_of_others(planner):
    upload = sent(planner, faulty())
    page = planner.get(address(upload), **HTML).content.decode()
    assert "Warstwy miasta wypełniają redaktorzy danych" in page and 'value="bus_stops"' not in page
    refused = planner.post(address(upload, "target/"), {"kind": "bus_stops"}, **HTML)
    assert refused.status_code == 403
    tried(planner, upload, NEW_LAYER)
    planner.post(address(upload, "trial/"), **HTML)
    other = Client()
    other.force_login(account("planners", name="another"))
    theirs = sent(other, geojson(feature(1, NAZWA="Obca")))
    assert other.post(address(theirs, "target/"), {"kind": SLUG}, **HTML).status_code == 403
    assert other.post(address(theirs, "target/"), {"kind": "planner_none"}, **HTML).status_code == 404


def test_nobody_opens_the_upload_of_another(planner):
    upload = sent(planner, faulty())
    other = Client()
    other.force_login(account("editors"))
    for step in ("", "trial/", "result/", "state.json", "shapes.geojson", "rejections.csv"):
        assert other.get(address(upload, step), **HTML).status_code == 404, step
    for step in ("", "target/", "trial/", "result/", "remove/"):
        assert other.post(address(upload, step), NEW_LAYER, **HTML).status_code == 404, step
    assert upload.held and Upload.objects.filter(pk=upload.pk).exists()


@pytest.mark.parametrize("group", ["services", "admins"])
def test_accounts_without_the_right_bring_nothing_in(swept, client, group):
    client.force_login(account(group))
    assert client.get("/uploads/", **HTML).status_code == 403
    assert Client().get("/uploads/", **HTML).status_code == 302


def test_a_form_of_another_site_is_refused(swept):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(account("planners"))
    assert strict.post("/uploads/", {"file": faulty()}, **HTML).status_code == 403
    assert not Upload.objects.exists()


def test_a_large_upload_is_tried_and_stored_as_jobs_and_taken_up_again_after_a_kill(planner, settings):
    settings.UPLOAD_FEATURES_AT_ONCE = 5
    upload = sent(planner, faulty())
    page = tried(planner, upload, NEW_LAYER)
    assert "data-upload-state" in page and planner.get(address(upload, "state.json")).json()["ended"] is False
    try_upload.call(upload.pk)
    assert planner.get(address(upload, "state.json")).json()["ended"] is True
    planner.post(address(upload, "trial/"), **HTML)
    run = Run.objects.get()
    assert run.status == Run.Status.QUEUED and run.account == "planners"
    assert "data-upload-state" in planner.get(address(upload, "result/"), **HTML).content.decode()
    silent = now() - timedelta(minutes=5)  # as after its worker was killed
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, heartbeat_at=silent, created_at=silent)
    assert sweep_runs.call() == 1
    ingest_run.call(run.pk)
    page = planner.get(address(upload, "result/"), **HTML).content.decode()
    assert counts(page)["added"] == 11 and not upload.folder.exists()


def test_a_cancelled_job_leaves_no_layer_and_the_file_for_another_try(planner, settings):
    settings.UPLOAD_FEATURES_AT_ONCE = 5
    upload = sent(planner, faulty())
    tried(planner, upload, NEW_LAYER)
    try_upload.call(upload.pk)
    planner.post(address(upload, "trial/"), **HTML)
    assert PlannerLayer.objects.count() == 1
    planner.post(address(upload, "result/"), {"do": "cancel"}, **HTML)
    ingest_run.call(Run.objects.get().pk)
    page = planner.get(address(upload, "result/"), follow=True, **HTML).content.decode()
    assert "nic nie zapisano" in page.lower()
    assert not PlannerLayer.objects.exists() and upload.held and SLUG not in KINDS


def test_uploads_of_more_than_a_week_ago_are_gone(planner, settings):
    old = sent(planner, faulty())
    Upload.objects.filter(pk=old.pk).update(created_at=now() - timedelta(days=8))
    sent(planner, faulty())
    assert not old.folder.exists() and not Upload.objects.filter(pk=old.pk).exists()


def test_a_value_that_a_spreadsheet_would_compute_is_written_as_text(planner):
    benches = [feature(n, NAZWA="x", ROK=1) for n in range(3)]
    benches.append(feature(5, NAZWA="x", ROK="=cmd()"))
    upload = sent(planner, geojson(*benches))
    tried(planner, upload, {key: value for key, value in NEW_LAYER.items() if not key.endswith("-3")})
    assert ";'=cmd();" in _csv(planner, upload)
    assert not Rejection.objects.exists()


def test_a_file_of_several_layers_is_asked_which(planner, tmp_path):
    path = tmp_path / "dwie.gpkg"
    for name, count in (("parki", 2), ("place", 3)):
        points = shapely.points([(20.63 + n / 1000, 50.87) for n in range(count)])
        names = np.array([f"{name} {n}" for n in range(count)], dtype=object)
        pyogrio.raw.write(
            path, shapely.to_wkb(points), [names], ["NAZWA"], layer=name, driver="GPKG", geometry_type="Point",
            crs="EPSG:4326", append=path.exists(),
        )  # fmt: skip
    upload = sent(planner, SimpleUploadedFile(path.name, path.read_bytes()))
    page = planner.get(address(upload), **HTML).content.decode()
    assert "<option>parki</option><option>place</option>" in page and "Wypróbuj" not in page
    planner.post(address(upload), {"layer": "place"}, **HTML)
    assert upload.noted("look")["features"] == 3


def test_the_parts_of_a_shapefile_are_one_upload(planner, tmp_path):
    path = tmp_path / "części.shp"
    points = shapely.to_wkb(shapely.points([(20.63, 50.87), (20.64, 50.87)]))
    pyogrio.raw.write(
        path, points, [np.array(["a", "b"], dtype=object)], ["NAZWA"], driver="ESRI Shapefile",
        geometry_type="Point", crs="EPSG:4326",
    )  # fmt: skip
    parts = [SimpleUploadedFile(one.name, one.read_bytes()) for one in sorted(tmp_path.glob("części.*"))]
    upload = sent(planner, *parts)
    look = upload.noted("look")
    assert (look["features"], look["system_found"], look["fields"][0]["column"]) == (2, "stated", "NAZWA")


def test_a_published_layer_is_everywhere_for_everybody_and_one_of_the_staff_nowhere(planner, settings, tmp_path):
    settings.TILE_CACHE_DIR = str(tmp_path)
    upload = sent(planner, faulty())
    tried(planner, upload, NEW_LAYER)
    planner.post(address(upload, "trial/"), **HTML)
    addresses = [
        f"/catalogue/{SLUG}/",
        f"/catalogue/{SLUG}/table/",
        f"/tiles/{SLUG}.json",
        f"/open-data/{SLUG}.geojson",
        f"/open-data/{SLUG}.gpkg",
        f"/open-data/{SLUG}.csv",
        f"/ogc/collections/{SLUG}/items?f=json",
        f"/ogc/collections/{SLUG}/queryables?f=json",
    ]
    anybody = Client()
    assert {planner.get(one).status_code for one in addresses} == {200}
    assert {anybody.get(one).status_code for one in addresses} == {404}
    assert SLUG.encode() not in anybody.get(WFS).content and SLUG.encode() in planner.get(WFS).content
    admin = Client()
    admin.force_login(account("admins"))
    layer = PlannerLayer.objects.get()
    form = {name: getattr(layer, name) for name in ("title_pl", "title_en", "description", "licence", "color")}
    saved = admin.post(f"/admin/layers/plannerlayer/{layer.pk}/change/", form | {"level": "public"})
    assert saved.status_code == 302, saved.content.decode()[:2000]
    assert {anybody.get(one).status_code for one in addresses} == {200}
    answer: Any = anybody.get(f"/ogc/collections/{SLUG}/items?f=json")
    features = json.loads(b"".join(answer.streaming_content))["features"]
    assert len(features) == 11 and {"nazwa", "rok", "wys"} <= features[0]["properties"].keys()
    assert SLUG.encode() in anybody.get(WFS).content


def test_a_form_sent_twice_stores_once(planner):
    upload = sent(planner, faulty())
    tried(planner, upload, NEW_LAYER)
    with upload.claimed():
        refused = planner.post(address(upload, "trial/"), **HTML)
        assert refused.status_code == 409 and "Zapis już trwa" in refused.content.decode()
    for _ in range(2):
        planner.post(address(upload, "trial/"), **HTML)
    assert Run.objects.count() == 1 and PlannerLayer.objects.count() == 1
