"""The drill: what was saved comes back equal into an empty installation, and nothing else is accepted."""

import json
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts.conftest import Installation, copy_of

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
