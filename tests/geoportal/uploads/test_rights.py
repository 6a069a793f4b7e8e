"""Who may bring a file in, whose uploads are whose, and who sees the layer that came of one."""

import json
from typing import Any

import pytest
from django.test import Client

from geoportal.uploads.files import Upload
from layers.planner.declarations import PlannerLayer
from tests.geoportal.logins import account
from tests.geoportal.uploads.conftest import HTML, NEW_LAYER, SLUG, address, faulty, feature, geojson, sent, tried

pytestmark = pytest.mark.django_db(transaction=True)
WFS = "/wfs/?SERVICE=WFS&REQUEST=GetCapabilities&VERSION=2.0.0"


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
    assert upload.has_files and Upload.objects.filter(pk=upload.pk).exists()


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
