"""Vector tiles, TileJSON and cards, over the portal's own URLs."""

import gzip
import math

import mapbox_vector_tile
import pytest
from django.test import Client
from shapely import box

from layers.feed.blocks import pixel_m
from layers.feed.versions import VERSIONS
from layers.kinds import kind_of
from layers.record import Record
from layers.runs.models import Dataset, Run
from layers.store import editing
from layers.store.writer import writing
from layers.tiles import vector as tiles
from tests.geoportal.conftest import RYNEK_2178, bring_in, house

RYNEK = (20.63139, 50.87028)
pytestmark = pytest.mark.usefixtures("small_city")


def place(zoom: int, lon: float = RYNEK[0], lat: float = RYNEK[1]) -> tuple[int, int]:
    """Column and row of the tile that holds a point (OGC WebMercatorQuad)."""
    n = 2**zoom
    return int((lon + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)


def fetch(client: Client, layer: str, zoom: int, query: str = "", **headers: str):
    x, y = place(zoom)
    return client.get(f"/tiles/{layer}/{zoom}/{x}/{y}.mvt{query}", headers={"Accept-Encoding": "gzip"} | headers)


def features(response, layer: str) -> list[dict]:
    return mapbox_vector_tile.decode(gzip.decompress(response.content)).get(layer, {}).get("features", [])


def test_a_tile_holds_the_buildings_with_permitted_fields_only(client):
    response = fetch(client, "buildings", 16)
    found = features(response, "buildings")
    assert response["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert {one["properties"]["use_class"] for one in found} == {"residential", "public"}
    assert all(not {"residents", "owner", "heating"} & set(one["properties"]) for one in found)
    ids = {str(i) for i in kind_of("buildings").model.objects.values_list("feature_id", flat=True)}
    assert {one["properties"]["feature_id"] for one in found} == ids


def test_geometry_lands_where_the_registry_says(client):
    """The market square's corner of b1, transformed by hand: 3857 E, N from the domain's table."""
    x, y = place(16)
    west = x * 40075016.685578488 / 65536 - 20037508.342789244
    north = 20037508.342789244 - y * 40075016.685578488 / 65536
    size = 40075016.685578488 / 65536
    decoded = mapbox_vector_tile.decode(
        gzip.decompress(fetch(client, "buildings", 16).content), default_options={"y_coord_down": True}
    )
    corners = [
        (west + cx * size / 4096, north - cy * size / 4096)
        for one in decoded["buildings"]["features"]
        for cx, cy in one["geometry"]["coordinates"][0]
    ]
    nearest = min(math.dist(corner, (2296675.829, 6598379.754)) for corner in corners)
    assert nearest < 0.3


def test_every_feature_of_a_pixel_stays_and_smaller_ones_are_merged_at_zoom_12(client):
    found = features(fetch(client, "buildings", 12), "buildings")
    merged = [one for one in found if one["properties"].get("merged")]
    drawn = [one for one in found if not one["properties"].get("merged")]
    # 20 m are 31.7 web metres here (scale 1.585), more than the pixel of 19.1; 4 m are not.
    assert pixel_m(12) == pytest.approx(19.109, abs=0.001)
    assert len(drawn) == 2
    assert len(merged) == 1


def test_an_unchanged_tile_is_answered_with_304_and_a_versioned_one_is_kept_for_ever(client):
    first = fetch(client, "buildings", 14)
    assert first["Cache-Control"] == "public, no-cache"
    again = fetch(client, "buildings", 14, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    address = client.get("/tiles/buildings.json").json()["tiles"][0]
    versioned = fetch(client, "buildings", 14, "?" + address.split("?")[1])
    assert "immutable" in versioned["Cache-Control"]
    assert versioned.content == first.content


def test_a_client_that_cannot_unpack_gets_the_plain_tile(client):
    packed, plain = fetch(client, "buildings", 14), fetch(client, "buildings", 14, **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain
    assert plain.content == gzip.decompress(packed.content)


def test_an_edit_changes_the_tile_it_touches_and_no_other(client):
    far = house("far", east_m=9000)
    bring_in("buildings", [far])
    near_before = fetch(client, "buildings", 14)["ETag"]
    far_x, far_y = place(14, RYNEK[0] + 9000 / 70393)
    far_address = f"/tiles/buildings/14/{far_x}/{far_y}.mvt"
    far_before = client.get(far_address)["ETag"]
    building = kind_of("buildings").model.objects.current().get(source_id="b1")
    run = Run.objects.create(kind=Run.Kind.EDIT, dataset=Dataset.objects.create(slug="edits"))
    with writing(run) as writer:
        editing.amend(writer, kind_of("buildings"), building.feature_id, {"use_class": "office"})
    assert fetch(client, "buildings", 14)["ETag"] != near_before
    assert client.get(far_address)["ETag"] == far_before
    uses = {one["properties"]["use_class"] for one in features(fetch(client, "buildings", 16), "buildings")}
    assert "office" in uses


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tiles/buildings/14/0/0.mvt", 204),
        ("/tiles/buildings/18/0/0.mvt", 404),
        ("/tiles/buildings/3/0/0.mvt", 404),
        ("/tiles/buildings/14/16384/0.mvt", 404),
        ("/tiles/nothing/14/0/0.mvt", 404),
        ("/tiles/parcels/14/0/0.mvt", 404),
        ("/tiles/hydrants/14/9130/5494.mvt", 404),
        ("/tiles/hydrants.json", 404),
        ("/tiles/buildings/features/nonsense.json", 404),
    ],
)
def test_limits(client, address, status):
    response = client.get(address)
    assert response.status_code == status
    if status == 404:
        assert response.json()["detail"]


def test_a_tile_over_the_limit_is_thinned_and_says_so(client, settings):
    settings.TILE_CACHE_DIR = ""

    whole = len(fetch(client, "buildings", 13).content)
    limit = tiles.MAX_BYTES
    try:
        tiles.MAX_BYTES = whole - 1
        response = fetch(client, "buildings", 13)
    finally:
        tiles.MAX_BYTES = limit
    assert response["X-Tile-Thinned"] == "true"
    assert len(features(response, "buildings")) < 3
    assert len(features(response, "buildings_thinned")) == 1, "scripts of a map see layers only"
    assert features(fetch(client, "buildings", 13), "buildings_thinned") == []


def test_a_new_dataset_of_higher_authority_takes_over(client):
    bring_in("buildings", [house("d1")], dataset="demo_city", synthetic=True)
    assert client.get("/tiles/buildings.json").json()["geoportal"]["dataset"] == "egib"
    chosen = client.get("/tiles/buildings.json?dataset=demo_city").json()
    assert chosen["geoportal"]["synthetic"] is True
    assert chosen["tiles"][0].endswith("&dataset=demo_city")


@pytest.mark.parametrize(("language", "word"), [("pl", "mieszkalny"), ("en", "residential")])
def test_the_card_speaks_the_language_and_hides_what_is_not_public(client, language, word):
    building = kind_of("buildings").model.objects.current().get(source_id="b1")
    for key in (building.feature_id, building.version_id):
        card = client.get(f"/tiles/buildings/features/{key}.json?lang={language}").json()
        texts = {field["name"]: field["text"] for field in card["fields"]}
        assert texts["use_class"] == word
        assert set(texts) == {"name", "use_class", "storeys_above", "height_m", "year_built"}


def test_versions_are_asked_for_once_a_moment_only(client, settings, django_assert_num_queries):
    settings.TILE_VERSION_SECONDS = 60.0
    fetch(client, "buildings", 14)
    VERSIONS.refresh(force=True)
    fetch(client, "buildings", 14)
    with django_assert_num_queries(0):
        assert fetch(client, "buildings", 14).status_code == 200


def test_an_area_is_named_once_in_the_tile_that_holds_its_middle(client):
    """A district over four tiles of zoom 15 has its outline in all and its name in one."""
    x, y = RYNEK_2178
    bring_in("districts", [Record("d", box(x - 1500, y - 1500, x + 1500, y + 1500), {"name": "Śródmieście"})])
    column, row = place(15)
    names, outlines = 0, 0
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            response = client.get(
                f"/tiles/districts/15/{column + dx}/{row + dy}.mvt", headers={"Accept-Encoding": "gzip"}
            )
            decoded = mapbox_vector_tile.decode(gzip.decompress(response.content))
            outlines += len(decoded["districts"]["features"])
            names += len(decoded.get("districts_labels", {}).get("features", []))
    assert (outlines, names) == (9, 1)


def test_an_empty_layer_says_that_it_is_empty(client):
    answer = client.get("/tiles/parcels.json")
    assert (answer.status_code, answer.json()["geoportal"]["features"]) == (200, 0)
