"""A layer counts as open only when every way to it works for somebody without an account.

Features, tiles, the catalogue for data portals, live exports, a snapshot and the table page: each is asked about
every open layer, and must give the same objects.
"""

import io
import json

import geopandas
import mapbox_vector_tile
import pytest
from rdflib import DCAT, Graph, URIRef

from layers.access.rules import open_kinds
from layers.crs import WEB_HALF_WORLD_M, WEB_MERCATOR, WGS84, transformer
from layers.feed.blocks import tile_size_m
from layers.feed.versions import VERSIONS, TileVersions
from layers.kinds import KINDS
from layers.record import Record
from layers.snapshots.taking import take
from layers.store.validation import accept
from tests.browser.conftest import shape_of
from tests.factories import MARKET_SQUARE, load

kinds = pytest.mark.parametrize("slug", [kind.slug for kind in KINDS.values() if kind.level == "public"])


@pytest.fixture
def layer(slug, db, settings, tmp_path):
    """The layer with one object, brought in by a register."""
    settings.MEDIA_ROOT, settings.TILE_CACHE_DIR = str(tmp_path / "media"), ""
    settings.TILE_VERSION_SECONDS = 0.0
    kind = KINDS[slug]
    load(kind, accept(kind, [Record("one", shape_of(kind), {})]))
    vars(VERSIONS).update(vars(TileVersions()))
    return kind


def identity(kind):
    return str(kind.model._default_manager.get(recorded_to=None).feature_id)


def body(answer):
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@kinds
def test_features_tell_of_it(client, layer):
    found = json.loads(body(client.get(f"/ogc/collections/{layer.slug}/items?f=json")))
    assert [one["id"] for one in found["features"]] == [identity(layer)]
    assert client.get(f"/ogc/collections/{layer.slug}/items/{identity(layer)}?f=json").status_code == 200


@kinds
def test_tiles_show_it(client, layer):
    described = json.loads(body(client.get(f"/tiles/{layer.slug}.json")))
    zoom = described["maxzoom"]
    east, north = transformer(WGS84, WEB_MERCATOR).transform(*MARKET_SQUARE)
    size = tile_size_m(zoom)
    column, row = int((east + WEB_HALF_WORLD_M) // size), int((WEB_HALF_WORLD_M - north) // size)
    near = [(column + x, row + y) for x in (-1, 0, 1) for y in (-1, 0, 1, 2)]
    tiles = [client.get(f"/tiles/{layer.slug}/{zoom}/{x}/{y}.mvt") for x, y in near]
    shown = [mapbox_vector_tile.decode(one.content) for one in tiles if one.status_code == 200]
    assert identity(layer) in {
        one["properties"].get("feature_id") for tile in shown for one in tile[layer.slug]["features"]
    }


@kinds
def test_data_portals_hear_of_it(client, layer):
    graph = Graph().parse(data=body(client.get("/open-data/catalog.ttl")), format="turtle")
    dataset = URIRef(f"http://testserver/catalogue/{layer.slug}/#dataset")
    assert (None, DCAT.dataset, dataset) in graph
    assert len(list(graph.objects(dataset, DCAT.distribution))) >= 5


@kinds
def test_it_is_exported_in_every_live_format(client, layer):
    (feature,) = json.loads(body(client.get(f"/open-data/{layer.slug}.geojson")))["features"]
    assert feature["id"] == identity(layer)
    frame = geopandas.read_parquet(io.BytesIO(body(client.get(f"/open-data/{layer.slug}.parquet"))))
    assert frame["feature_id"].tolist() == [identity(layer)]
    assert identity(layer).encode() in body(client.get(f"/open-data/{layer.slug}.csv"))
    assert body(client.get(f"/open-data/{layer.slug}.gpkg")).startswith(b"SQLite format 3")
    assert body(client.get(f"/open-data/{layer.slug}.fgb")).startswith(b"fgb\x03fgb")


@kinds
def test_a_snapshot_of_it_is_served(client, layer):
    take(layer)
    (snapshot,) = json.loads(body(client.get(f"/open-data/{layer.slug}/snapshots.json")))["snapshots"]
    assert (snapshot["objects"], len(snapshot["files"])) == (1, 7)
    for file in snapshot["files"]:
        assert len(body(client.get(file["href"].removeprefix("http://testserver")))) == file["size"] > 0


@kinds
def test_its_table_and_its_page_open(client, layer):
    table = body(client.get(f"/catalogue/{layer.slug}/table/")).decode()
    assert identity(layer) in table
    assert layer.title.pl in body(client.get(f"/catalogue/{layer.slug}/")).decode()
    assert f'id="{layer.slug}"' in body(client.get("/open-data/")).decode()


def test_every_public_kind_is_held_to_it(db):
    assert [kind.slug for kind in KINDS.values() if kind.level == "public"] == [kind.slug for kind in open_kinds()]
