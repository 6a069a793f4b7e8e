"""Dated snapshots: what they hold, when they are taken, and what may not stay in them."""

import csv
import hashlib
import io
import json
import math
import zipfile
from datetime import timedelta

import geopandas
import mapbox_vector_tile
import pyogrio
import pytest
from django.utils.timezone import now
from isal import igzip
from pmtiles.reader import MmapSource, Reader, all_tiles
from pyproj import Transformer

from layers.access.publication import DECISIONS, Publication
from layers.access.rules import ANONYMOUS, open_kinds
from layers.feed.versions import VERSIONS
from layers.kinds import kind_of
from layers.runs.models import Dataset, Erasure, Run
from layers.snapshots.models import Snapshot, open_snapshots, snapshots_folder
from layers.snapshots.taking import WRITERS, drop_invalid, take_due
from layers.store import editing
from layers.store.writer import writing
from layers.tiles.vector import tile
from tests.geoportal.conftest import bring_in, house, small_city  # noqa: F401
from tests.snapshots import taken

pytestmark = pytest.mark.usefixtures("small_city")
BUILDINGS = kind_of("buildings")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


def files(snapshot):
    return {file.ending: file.path() for file in snapshot.files.all()}


def decoded(body):
    return mapbox_vector_tile.decode(igzip.decompress(body))


def erase(kind, feature_id):
    run = Run.objects.create(kind=Run.Kind.ERASE, source="erase", dataset=Dataset.objects.get(slug="egib"))
    with writing(run) as writer:
        editing.erase(writer, kind, feature_id, "asked by the owner")
    VERSIONS.refresh(force=True)


def identity(**values):
    return BUILDINGS.model._default_manager.get(recorded_to=None, **values).feature_id


def test_every_format_holds_the_same_three_buildings():
    snapshot = taken(BUILDINGS)
    found = files(snapshot)
    ids = {str(one) for one in BUILDINGS.model._default_manager.values_list("feature_id", flat=True)}
    assert {one["id"] for one in json.loads(found["geojson"].read_text())["features"]} == ids
    assert {row["feature_id"] for row in csv.DictReader(io.StringIO(found["csv"].read_text("utf-8-sig")))} == ids
    assert set(geopandas.read_parquet(found["parquet"])["feature_id"]) == ids
    for ending in ("gpkg", "fgb"):
        assert set(pyogrio.read_dataframe(found[ending])["feature_id"]) == ids
    assert len(pyogrio.read_dataframe(f"/vsizip/{found['shp.zip']}/buildings.shp")) == 3
    assert snapshot.rows == 3


def test_tiles_in_one_file_are_those_of_the_map():
    bring_in("buildings", [house("big", 500, side_m=80, height_m=31.0)])
    path = files(taken(BUILDINGS))["pmtiles"]
    with path.open("rb") as file:
        source = MmapSource(file)
        header = Reader(source).header()
        tiles = list(all_tiles(source))
        layers = Reader(source).metadata()["vector_layers"]
    assert (header["min_zoom"], header["max_zoom"]) == (BUILDINGS.min_zoom, 14)
    assert layers[0]["id"] == "buildings"
    (zoom, x, y), body = tiles[-1]
    # The web map's square by its definition: metres of EPSG:3857 from the north-western corner of the world.
    east, north = Transformer.from_crs(4326, 3857, always_xy=True).transform(20.63139 + 500 / 70_300, 50.87028)
    half, side = 20_037_508.342789244, 2 * 20_037_508.342789244 / 2**14
    assert (zoom, x, y) == (14, int((east + half) / side), int((half - north) / side))
    shown = tile(ANONYMOUS, BUILDINGS, zoom, x, y)
    assert shown is not None and igzip.decompress(body) == igzip.decompress(shown.body)
    squares = [one["geometry"]["coordinates"][0] for one in decoded(body)["buildings"]["features"]]
    widths = [max(x for x, _ in ring) - min(x for x, _ in ring) for ring in squares]
    # 80 m are 80 / cos(50.87°) on the web map, of which a tile has 4096 units to its side.
    assert max(widths) == pytest.approx(80 / math.cos(math.radians(50.87028)) / side * 4096, abs=2)


def test_objects_smaller_than_a_pixel_are_in_the_tiles_of_the_first_zoom_that_shows_them():
    path = files(taken(kind_of("bus_stops")))["pmtiles"]
    with path.open("rb") as file:
        assert len(list(all_tiles(MmapSource(file)))) > 0


def test_size_and_checksum_are_those_of_the_file():
    for file in taken(BUILDINGS).files.all():
        body = file.path().read_bytes()
        assert (file.size, file.sha256) == (len(body), hashlib.sha256(body).hexdigest())


def test_nothing_that_is_not_public_is_in_any_file():
    snapshot = taken(BUILDINGS)
    with zipfile.ZipFile(files(snapshot)["shp.zip"]) as archive:
        archive.extractall(snapshot.path())
    for path in snapshot.path().rglob("*"):
        assert b"Nowak" not in path.read_bytes()
    assert "owner" not in snapshot.fields
    assert kind_of("hydrants") not in open_kinds()


def test_a_second_one_of_the_day_takes_the_place_of_the_first():
    first = taken(BUILDINGS)
    bring_in("buildings", [house("b4", 100)])
    second = taken(BUILDINGS)
    assert [one.pk for one in open_snapshots(BUILDINGS)] == [second.pk]
    assert second.rows == 4
    assert not first.path().exists()
    assert [one.name for one in snapshots_folder().glob(".*")] == []


def test_the_job_takes_what_changed_and_nothing_else(settings):
    assert take_due() == 3  # buildings, roads, bus stops; hydrants are not open
    assert take_due() == 0
    bring_in("buildings", [house("b5", 140)])
    assert take_due() == 0  # the last one is not an hour old
    Snapshot.objects.update(taken_at=now() - timedelta(minutes=61))
    assert take_due() == 1
    assert open_snapshots(BUILDINGS)[0].rows == 4


def test_so_many_days_are_kept(settings):
    settings.SNAPSHOTS_KEPT = 2
    for days in (3, 2, 1):
        snapshot = taken(BUILDINGS)
        Snapshot.objects.filter(pk=snapshot.pk).update(day=snapshot.day - timedelta(days=days))
    taken(BUILDINGS)
    assert len(open_snapshots(BUILDINGS)) == 2
    assert len(list((snapshots_folder() / "buildings").iterdir())) == 2


def test_an_erased_feature_is_in_no_snapshot_after_the_next_job():
    gone, stays = identity(source_id="b1"), identity(source_id="b2")
    old = taken(BUILDINGS)
    Snapshot.objects.filter(pk=old.pk).update(day=old.day - timedelta(days=1))
    taken(BUILDINGS)
    roads = taken(kind_of("roads"))
    erase(BUILDINGS, gone)
    take_due()
    (left,) = open_snapshots(BUILDINGS)
    assert set(geopandas.read_parquet(files(left)["parquet"])["feature_id"]) >= {str(stays)}
    for path in snapshots_folder().rglob("*.geojson"):
        assert str(gone) not in path.read_text()
    assert Snapshot.objects.filter(pk=roads.pk).exists()


def test_a_damaged_snapshot_goes_and_keeps_no_other_that_must_go_from_going():
    gone = identity(source_id="b1")
    damaged = taken(BUILDINGS)
    Snapshot.objects.filter(pk=damaged.pk).update(day=damaged.day - timedelta(days=1))
    taken(BUILDINGS)
    files(damaged)["parquet"].write_bytes(b"torn")
    erase(BUILDINGS, gone)
    assert drop_invalid() == 2
    assert not Snapshot.objects.exists() and not damaged.path().exists()


def test_a_layer_whose_files_cannot_be_written_keeps_no_other_from_its_snapshot(monkeypatch, caplog):
    def broken(selection, folder):
        if selection.kind is BUILDINGS:
            raise RuntimeError("disk")
        return geopackage(selection, folder)

    geopackage = WRITERS["gpkg"]
    monkeypatch.setitem(WRITERS, "gpkg", broken)
    assert take_due() == 2  # roads, bus stops
    assert not Snapshot.objects.filter(kind="buildings").exists()
    assert "No snapshot of buildings" in caplog.text
    assert not list(snapshots_folder().glob(".building-*"))


def test_an_erasure_written_before_but_committed_after_a_snapshot_counts(settings):
    snapshot = taken(BUILDINGS)
    gone = identity(source_id="b1")
    erase(BUILDINGS, gone)
    Erasure.objects.update(erased_at=snapshot.taken_at - timedelta(seconds=5))
    assert drop_invalid() == 1


def test_a_snapshot_with_a_field_that_was_closed_since_is_dropped():
    snapshot = taken(BUILDINGS)
    snapshot.fields = [*snapshot.fields, "owner"]
    snapshot.save()
    assert open_snapshots(BUILDINGS) == []
    take_due()
    assert [one.pk for one in open_snapshots(BUILDINGS)] != [snapshot.pk]


def test_a_withdrawn_layer_keeps_its_snapshots_unseen_and_takes_no_new_ones(settings):
    settings.PUBLICATION_SECONDS = 0.0
    snapshot = taken(BUILDINGS)
    Publication.objects.create(kind="buildings", level="staff")
    DECISIONS.refresh(force=True)
    Snapshot.objects.update(taken_at=now() - timedelta(days=2))
    bring_in("buildings", [house("b6", 180)])
    take_due()
    assert open_snapshots(BUILDINGS) == []
    assert Snapshot.objects.filter(pk=snapshot.pk).exists()
    Publication.objects.all().delete()
    DECISIONS.refresh(force=True)
    assert [one.pk for one in open_snapshots(BUILDINGS)] == [snapshot.pk]


def test_invented_data_say_so_in_the_name_of_every_file():
    bring_in("green", [], dataset="demo_city", synthetic=True)
    bring_in("fire_stations", [], dataset="demo_city", synthetic=True)
    from layers.record import Record
    from tests.factories import place

    bring_in("fire_stations", [Record("f1", place(), {})], dataset="demo_city", synthetic=True)
    snapshot = taken(kind_of("fire_stations"))
    assert snapshot.synthetic
    assert all("-synthetic." in file.name for file in snapshot.files.all())


def test_what_a_dead_process_left_is_swept_away():
    left = snapshots_folder() / ".building-dead"
    left.mkdir(parents=True)
    (left / "half.gpkg").write_bytes(b"x")
    (snapshots_folder() / "buildings" / "2020-01-01-nobody").mkdir(parents=True)
    take_due()
    assert not left.exists()
    assert len(list((snapshots_folder() / "buildings").iterdir())) == 1
