"""The drill: what was saved comes back equal into an empty installation, and nothing else is accepted."""

import hashlib
import json
import shutil
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts.conftest import Installation, copy_of, manage

# What a dump can lose, one of each: geometry, computed column, partition, key, JSON, bytes, time, NULL.
CITY = """
    CREATE TABLE house (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        geom geometry(Point, 2178) NOT NULL,
        geom_web geometry(Point, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
        name text, payload jsonb, picture bytea, height_m double precision);
    INSERT INTO house (geom, name, payload, picture, height_m)
    SELECT ST_SetSRID(ST_Point(7500000 + n, 5600000 + n / 3.0), 2178),
           CASE WHEN n % 7 > 0 THEN 'działka ' || n END,
           jsonb_build_object('n', n), decode(md5(n::text), 'hex'), n / 7.0
    FROM generate_series(1, 2000) n;
    CREATE INDEX house_geom ON house USING gist (geom);
    CREATE TABLE reading (id bigint, at timestamptz NOT NULL, value real) PARTITION BY RANGE (at);
    CREATE TABLE reading_2026 PARTITION OF reading FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    INSERT INTO reading SELECT n, '2026-03-29 00:30+00'::timestamptz + n * interval '7 min', n / 3.0
    FROM generate_series(1, 500) n;
    CREATE TABLE empty (id int);
"""
# Counted by other means than those of the scripts.
FINGERPRINT = """
    SELECT (SELECT md5(string_agg(h::text, '|' ORDER BY id)) FROM house h), (SELECT count(*) FROM house),
           (SELECT md5(string_agg(r::text, '|' ORDER BY id)) FROM reading r), (SELECT count(*) FROM reading),
           (SELECT count(*) FROM empty), (SELECT count(*) FROM pg_indexes WHERE indexname = 'house_geom')
"""
MEDIA = {"photos/2026/ulica Żeromskiego.jpg": b"\xff\xd8" + b"x" * 70_000, "rasters/empty.tif": b""}


def write_media(installation: Installation) -> None:
    for name, content in MEDIA.items():
        path = installation.local / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read_media(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def city(ready: Path) -> Iterator[Installation]:
    """An installation that holds something, with a backup of it."""
    made = copy_of(ready)
    try:
        made.run("cluster", "start")
        made.sql(CITY)
        write_media(made)
        made.run("backup", str(made.local / "city.tar"))
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="module")
def untouched(ready: Path) -> Iterator[Installation]:
    """An empty installation for restores that are refused before anything is done."""
    made = copy_of(ready)
    try:
        made.run("cluster", "start")
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="module")
def saved(city) -> Path:
    """The backup file."""
    return city.local / "city.tar"


def test_restore_into_an_empty_cluster_gives_equal_rows_and_media(city, saved, empty_installation):
    old_tile = empty_installation.local / "tile-cache" / "old.mvt"
    old_tile.parent.mkdir()
    old_tile.touch()
    said = empty_installation.run("restore", str(saved)).stdout
    assert "3 tables, 2500 rows, 2 files, all equal to its manifest" in said
    assert empty_installation.sql(FINGERPRINT) == city.sql(FINGERPRINT)
    assert read_media(empty_installation.local / "media") == MEDIA
    assert not old_tile.exists()
    assert empty_installation.sql("INSERT INTO house (geom) SELECT geom FROM house LIMIT 1 RETURNING id") == [(2001,)]


@pytest.fixture
def photos(city) -> Iterator[list[bytes]]:
    """Pictures among the city's media, by their content."""
    contents = [bytes([number]) * 5000 for number in range(3)]
    for content in contents:
        write_content(city.local / "media", content)
    yield contents
    shutil.rmtree(city.local / "media" / "content")


def write_content(media: Path, content: bytes) -> Path:
    name = hashlib.sha256(content).hexdigest()
    path = media / "content" / name[:2] / name[2:4] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_pictures_are_saved_once_for_all_backups_and_come_back_equal(city, photos, untouched, tmp_path):
    pictures = tmp_path / "pictures"
    first = city.run("backup", str(tmp_path / "1.tar"), "--pictures", str(pictures)).stdout
    assert "2 files, 3 pictures (3 copied)" in first
    again = city.run("backup", str(tmp_path / "2.tar"), "--pictures", str(pictures)).stdout
    assert "2 files, 3 pictures (0 copied)" in again
    refused = untouched.run("restore", str(tmp_path / "2.tar"), check=False)
    assert refused.returncode == 1 and "3 pictures in a folder apart: --pictures FOLDER" in refused.stderr
    some = next(path for path in pictures.rglob("*") if path.is_file())
    whole = some.read_bytes()
    some.write_bytes(whole[:-1] + b"!")
    words = ("restore", str(tmp_path / "2.tar"), "--pictures", str(pictures))
    refused = untouched.run(*words, check=False)
    assert refused.returncode == 1 and "not whole, nothing was changed (1 differences)" in refused.stderr
    assert untouched.sql("SELECT to_regclass('house')") == [(None,)]
    some.write_bytes(whole)
    untouched.run(*words)
    try:
        assert read_media(untouched.local / "media") == read_media(city.local / "media")
    finally:
        untouched.sql("DROP OWNED BY CURRENT_USER")
        shutil.rmtree(untouched.local / "media")


def test_a_damaged_picture_is_not_backed_up_as_if_it_were_whole(city, photos, tmp_path):
    path = write_content(city.local / "media", b"whole")
    path.write_bytes(b"other")
    refused = city.run("backup", str(tmp_path / "1.tar"), "--pictures", str(tmp_path / "pictures"), check=False)
    assert refused.returncode == 1 and "is damaged" in refused.stderr and not (tmp_path / "1.tar").exists()


def test_manifest_counts_what_the_city_holds(city, saved):
    with tarfile.open(saved) as archive:
        content = archive.extractfile("manifest.json")
        assert content is not None
        manifest = json.load(content)
    assert {name: table["rows"] for name, table in manifest["tables"].items()} == {
        "public.house": 2000,
        "public.reading_2026": 500,
        "public.empty": 0,
    }
    assert manifest["tables"]["public.empty"]["checksum"] == "0"
    assert set(manifest["media"]) == set(MEDIA)
    assert saved.stat().st_mode & 0o777 == 0o600


def test_installation_that_holds_something_is_refused(saved, untouched):
    photo = untouched.local / "media" / "precious.txt"
    photo.parent.mkdir()
    photo.write_text("mine")
    untouched.sql("CREATE TABLE precious AS SELECT 1 AS id")
    try:
        refused = untouched.run("restore", str(saved), check=False)
        assert refused.returncode == 1
        assert "this installation is not empty (1 tables, media: yes); nothing was changed" in refused.stderr
        assert untouched.sql("SELECT id FROM precious") == [(1,)] and photo.read_text() == "mine"
    finally:
        untouched.sql("DROP TABLE precious")
        photo.unlink()
        photo.parent.rmdir()


@pytest.mark.thorough
def test_installation_that_holds_something_is_replaced_when_told(city, saved, installation):
    installation.run("cluster", "start")
    installation.sql("CREATE TABLE precious AS SELECT 1 AS id")
    (installation.local / "media").mkdir()
    (installation.local / "media" / "precious.txt").write_text("mine")
    installation.run("restore", str(saved), "--replace")
    assert installation.sql("SELECT to_regclass('precious')") == [(None,)]
    assert installation.sql(FINGERPRINT) == city.sql(FINGERPRINT)
    assert [path.read_text() for path in installation.local.glob("media.before-*/precious.txt")] == ["mine"]


def test_damaged_photo_is_noticed_before_anything_is_touched(saved, untouched, tmp_path):
    damaged = tmp_path / "damaged.tar"
    content = saved.read_bytes()
    place = content.index(b"x" * 600)
    damaged.write_bytes(content[:place] + b"y" + content[place + 1 :])
    refused = untouched.run("restore", str(damaged), check=False)
    assert refused.returncode == 1
    assert "is damaged, nothing was changed (1 differences)" in refused.stderr
    assert untouched.sql("SELECT to_regclass('house')") == [(None,)]
    assert not (untouched.local / "media").exists()


@pytest.mark.parametrize("part", [0.5, pytest.param(0.0, marks=pytest.mark.thorough)])
def test_cut_off_file_is_no_backup(saved, untouched, tmp_path, part):
    short = tmp_path / "short.tar"
    short.write_bytes(saved.read_bytes()[: int(saved.stat().st_size * part)])
    refused = untouched.run("restore", str(short), check=False)
    assert refused.returncode == 1
    assert "is no whole backup" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_database_that_arrives_otherwise_is_reported(saved, installation, tmp_path):
    with tarfile.open(saved) as archive:
        archive.extractall(tmp_path / "open")
    manifest = tmp_path / "open" / "manifest.json"
    changed = json.loads(manifest.read_text())
    changed["tables"]["public.house"]["rows"] += 1
    manifest.write_text(json.dumps(changed))
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        for path in sorted((tmp_path / "open").iterdir()):
            archive.add(path, path.name)
    reported = installation.run("restore", str(tmp_path / "other.tar"), check=False)
    assert reported.returncode == 1
    assert "the database is not what was saved (1 differences)" in reported.stderr
    assert "public.house: expected" in reported.stderr


def test_backup_never_overwrites_a_file(city, saved):
    before = saved.read_bytes()
    refused = city.run("backup", str(saved), check=False)
    assert refused.returncode == 1
    assert f"{saved} exists already" in refused.stderr
    assert saved.read_bytes() == before


@pytest.mark.thorough
def test_backup_holds_one_moment_while_others_write(installation, ready, tmp_path):
    installation.run("cluster", "start")
    installation.sql(CITY)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            installation.sql("INSERT INTO house (geom) SELECT geom FROM house LIMIT 5")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        installation.run("backup", str(tmp_path / "moving.tar"))
    finally:
        done.set()
        writer.join()
    target = copy_of(ready)
    try:
        assert "all equal to its manifest" in target.run("restore", str(tmp_path / "moving.tar")).stdout
    finally:
        target.remove()


def test_file_that_would_leave_its_folder_is_refused(saved, untouched, tmp_path):
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.add(saved, "media/../../escaped.txt")
    refused = untouched.run("restore", str(tmp_path / "evil.tar"), check=False)
    assert refused.returncode == 1
    assert "would leave its folder" in refused.stderr
    assert not list(untouched.local.rglob("escaped.txt"))


# A gauge with values of three months, a correction and a late value, a second place, decisions of editors.
SERIES = """
from datetime import timedelta
from layers.observations.decisions import exclude, set_limits, withdraw_exclusion
from layers.store.edits import Editor, change_feature
from tests.layers.observations.streams import START, observations, store, stream
from tests.layers.observations.test_placing import STATIONS, feature_of, placed, storage, version_of

gauge, anna = placed(), Editor("anna", note="lód na sondzie")
level = stream(interval_s=600, highest=500.0)
month = 30 * 24 * 60
store(observations(level, {at: 280.0 + at / 3 for at in (0, 10, 20, month, 2 * month)}))
store(observations(level, {10: 281.0, 5: 999.0}))
change_feature(STATIONS, feature_of(gauge), {}, storage(20.64, 50.87), anna, expected_version=version_of(gauge))
exclude(level, START, START + timedelta(hours=1), anna)
exclude(level, START + timedelta(days=5), None, anna)
withdraw_exclusion(level.exclusions.get(until=None), anna)
set_limits(level, {"step": 50.0}, anna)
"""
# The next values find their month, their number and the state before.
SERIES_GO_ON = """
from layers.observations.models import Datastream, Observation
from tests.layers.observations.streams import observations, store

level = Datastream.objects.get()
highest = max(Observation.objects.values_list("number", flat=True))
written = store(observations(level, {20: 282.0, 30: 283.0, 200 * 24 * 60: 284.0}))
print(dict(written.counts), level.edited, Observation.objects.count())
"""
TABLES_OF_SERIES = (
    *("observation", "revision", "hourlyrollup", "dailyrollup", "latestvalue", "batch", "observationcounter"),
    *("thing", "location", "thing_locations", "historicallocation", "historicallocation_locations"),
    *("featureofinterest", "sensor", "observedproperty", "datastream", "exclusion", "station"),
)
PARTITIONS = """
    SELECT c.relname, pg_get_expr(c.relpartbound, c.oid),
        (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid)
    FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid WHERE h.inhparent = 'layers_observation'::regclass
    ORDER BY 1
"""


def series_of(installation: Installation) -> dict[str, list[tuple]]:
    """Rows of every table of the series, partitions with bounds and indexes, and the sequence of numbers."""
    with_rows = {
        name: installation.sql(f"SELECT t::text FROM layers_{name} t ORDER BY 1") for name in TABLES_OF_SERIES
    }
    number = installation.sql("SELECT last_value, is_called FROM layers_observation_number")
    return with_rows | {"partitions": installation.sql(PARTITIONS), "number": number}


@pytest.mark.thorough
def test_series_come_back_exactly_and_go_on(migrated, empty_installation, tmp_path):
    city = copy_of(migrated)
    try:
        city.run("cluster", "start")
        filled = manage(city, "shell", "--no-imports", "-c", SERIES)
        assert filled.returncode == 0, filled.stderr
        city.run("backup", str(tmp_path / "series.tar"))
        before = series_of(city)
    finally:
        city.remove()
    assert {name for name, rows in before.items() if not rows} == set(), "the city has a row of each"
    empty_installation.run("restore", str(tmp_path / "series.tar"))
    assert series_of(empty_installation) == before
    going_on = manage(empty_installation, "shell", "--no-imports", "-c", SERIES_GO_ON)
    assert "{'new': 2, 'corrected': 1, 'late': 1} ['step'] 8" in going_on.stdout, going_on.stdout + going_on.stderr
