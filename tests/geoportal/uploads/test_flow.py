"""A planner brings a file in: look, mapping, dry run, storing, rejections, undo, each asked over HTTP."""

import csv
import io
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from geoportal.uploads.files import Upload
from layers.kinds import KINDS
from layers.planner.declarations import PlannerLayer
from layers.runs.models import DatasetKind, Rejection, Run
from tests.factories import load, point, rows
from tests.geoportal.logins import account
from tests.geoportal.uploads.conftest import (
    HTML,
    NEW_LAYER,
    SLUG,
    address,
    counts,
    faulty,
    feature,
    geojson,
    sent,
    tried,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_look_tells_columns_types_and_how_the_system_was_found(planner):
    upload = sent(planner, faulty())
    look = upload.result_of("look")
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
    assert upload.has_files


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
    assert not upload.has_files and not upload.folder.exists()
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
    assert upload.result_of("look")["features"] == 3


def test_the_parts_of_a_shapefile_are_one_upload(planner, tmp_path):
    path = tmp_path / "części.shp"
    points = shapely.to_wkb(shapely.points([(20.63, 50.87), (20.64, 50.87)]))
    pyogrio.raw.write(
        path, points, [np.array(["a", "b"], dtype=object)], ["NAZWA"], driver="ESRI Shapefile",
        geometry_type="Point", crs="EPSG:4326",
    )  # fmt: skip
    parts = [SimpleUploadedFile(one.name, one.read_bytes()) for one in sorted(tmp_path.glob("części.*"))]
    upload = sent(planner, *parts)
    look = upload.result_of("look")
    assert (look["features"], look["system_found"], look["fields"][0]["column"]) == (2, "stated", "NAZWA")
