"""Hostile files are refused in one line, and nothing outside them is read, written or requested."""

import json
import socket
import sqlite3
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from ingest.errors import AmbiguousLayer, HostileFile, IngestError, UnreadableFile
from ingest.sandbox.client import ROOT, environment
from tests.ingest.files.reading import read_one

KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
PLACEMARK = "<Placemark><name>here</name><Point><coordinates>20.6,50.87</coordinates></Point></Placemark>"


def refused(path: Path, scratch: Path, fault: type[IngestError] = HostileFile) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(fault) as caught:
        read_one(path, scratch / "scratch", kind="bus_stops")
    message = str(caught.value)
    assert "\n" not in message
    return message


def points(count: int, vertices: int = 1) -> str:
    """GeoJSON of features near the market square."""
    line = [[20.63 + i * 1e-6, 50.87] for i in range(vertices)]
    shape = {"type": "LineString", "coordinates": line} if vertices > 1 else {"type": "Point", "coordinates": line[0]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "features": [feature] * count})


def limited(**limits: int) -> override_settings:
    return override_settings(INGEST_LIMITS={**settings.INGEST_LIMITS, **limits})


@pytest.mark.parametrize("name", ["points.vrt", "points.geojson", "points.gml"])
def test_vrt_is_refused_under_any_name(tmp_path: Path, name: str) -> None:
    text = '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    (tmp_path / name).write_text(text + "</OGRVRTDataSource>")
    assert "points to other data" in refused(tmp_path / name, tmp_path)


def test_kml_network_link_is_not_followed(tmp_path: Path) -> None:
    asked = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(3)

    def listen() -> None:
        try:
            asked.append(server.accept())
        except TimeoutError:
            return

    thread = threading.Thread(target=listen)
    thread.start()
    (tmp_path / "other.kml").write_text(KML.format(PLACEMARK * 5))
    links = [f"file://{tmp_path}/other.kml", f"http://127.0.0.1:{server.getsockname()[1]}/x.kml"]
    text = "".join(f"<NetworkLink><Link><href>{link}</href></Link></NetworkLink>" for link in links)
    (tmp_path / "link.kml").write_text(KML.format(text + PLACEMARK))
    assert len(read_one(tmp_path / "link.kml", tmp_path / "scratch", kind="bus_stops").records) == 1
    thread.join()
    server.close()
    assert asked == []


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE k [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE k [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY e "&b;&b;&b;&b;">]>',
        '<!DOCTYPE k SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_xml_with_entities_is_refused(tmp_path: Path, declaration: str) -> None:
    (tmp_path / "a.kml").write_text('<?xml version="1.0"?>' + declaration + "<kml>&e;</kml>")
    assert "DOCTYPE" in refused(tmp_path / "a.kml", tmp_path)


def test_gml_schema_is_not_fetched(tmp_path: Path, real_data: Path) -> None:
    source = (real_data / "gml/wfs_egib/geoportal_gml_building_2180_crs.xml").read_text()
    (tmp_path / "a.gml").write_text(source)
    (tmp_path / "a.xsd").write_text("<schema>not a schema")
    (tmp_path / "a.gfs").write_text("<GMLFeatureClassList>not a template")
    read = read_one(tmp_path / "a.gml", tmp_path / "scratch", kind="buildings")
    assert [one.source_id for one in read.records] == ["020101_1.0009.522_BUD"]
    assert sorted(one.name for one in tmp_path.glob("a.*")) == ["a.gfs", "a.gml", "a.xsd"]


def test_deep_xml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text("<kml>" + "<a>" * 5000 + "</a>" * 5000 + "</kml>")
    assert "nested" in refused(tmp_path / "a.kml", tmp_path)


def test_deep_json_is_refused_but_brackets_in_texts_are_not(tmp_path: Path) -> None:
    (tmp_path / "deep.geojson").write_text('{"type":"FeatureCollection","features":' + "[" * 70 + "]" * 70 + "}")
    assert "nested" in refused(tmp_path / "deep.geojson", tmp_path)
    text = points(1).replace('"properties": {}', '"properties": {"nazwa": "' + '\\"[' * 500 + '"}')
    (tmp_path / "text.geojson").write_text(text)
    read = read_one(tmp_path / "text.geojson", tmp_path / "scratch2", kind="bus_stops")
    assert read.refusals[0].reason == "too_long"


def test_zip_bomb_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b" " * 50_000_000)
    assert "grows" in refused(tmp_path / "a.zip", tmp_path)


def test_unpacked_size_is_limited(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", points(2000))
    with limited(unpacked_bytes=100_000):
        assert "100,000" in refused(tmp_path / "a.zip", tmp_path)


@pytest.mark.parametrize(
    "name", ["../a.geojson", "/tmp/a.geojson", "a/../../b.geojson", "C:/a.geojson", "..\\a.geojson"]
)
def test_unsafe_member_refuses_the_whole_archive(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("good.geojson", points(1))
        archive.writestr(name, points(1))
    assert "leads outside" in refused(tmp_path / "a.zip", tmp_path)


def test_symbolic_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.geojson")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "leads outside" in refused(tmp_path / "a.zip", tmp_path)


def test_several_datasets_in_an_archive_are_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.geojson", points(1))
        archive.writestr("two.geojson", points(2))
    assert "one, two" in refused(tmp_path / "a.zip", tmp_path, AmbiguousLayer)
    assert len(read_one(tmp_path / "a.zip", tmp_path / "s2", kind="bus_stops", layer="two").records) == 2


def test_features_and_vertices_are_limited(tmp_path: Path) -> None:
    (tmp_path / "many.geojson").write_text(points(60))
    (tmp_path / "long.geojson").write_text(points(1, vertices=200))
    with limited(features=50, vertices=100):
        assert "INGEST_FEATURES" in refused(tmp_path / "many.geojson", tmp_path)
        assert "INGEST_VERTICES" in refused(tmp_path / "long.geojson", tmp_path)


def test_file_size_is_limited(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(points(60))
    with limited(file_bytes=100):
        assert "INGEST_FILE_BYTES" in refused(tmp_path / "a.geojson", tmp_path)


@pytest.mark.parametrize("memory_bytes", [400_000_000, pytest.param(900_000_000, marks=pytest.mark.thorough)])
def test_memory_limit_is_said_and_the_parent_lives(tmp_path: Path, memory_bytes: int) -> None:
    (tmp_path / "a.geojson").write_text(points(1, vertices=1_000_000))
    with limited(memory_bytes=memory_bytes):
        assert "INGEST_MEMORY_BYTES" in refused(tmp_path / "a.geojson", tmp_path, UnreadableFile)


def test_time_limit_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(points(300_000))
    with limited(cpu_seconds=1):
        assert "INGEST_CPU_SECONDS" in refused(tmp_path / "a.geojson", tmp_path, UnreadableFile)


def test_geopackage_rows_in_the_write_ahead_log_are_read(tmp_path: Path, real_data: Path) -> None:
    package = tmp_path / "a.gpkg"
    package.write_bytes((real_data / "nasty/gpkg_dutch_addresses_epsg28992.gpkg").read_bytes())
    writer = sqlite3.connect(package)
    for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        writer.create_function(name, 1, lambda blob: 0)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA wal_autocheckpoint=0")
    writer.execute("UPDATE \"OGRGeoJSON\" SET straatnaam = 'Nowa'")
    writer.commit()
    read = read_one(package, tmp_path / "scratch", kind="addresses")
    writer.close()
    assert {one.values["street"] for one in read.records} == {"Nowa"}


def test_child_has_no_network_and_none_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgis://secret")
    assert "secret" not in json.dumps(environment(tmp_path))
    program = (
        "import os, socket, json; from ingest.sandbox.job import limit; from django.conf import settings\n"
        f"limit({{'limits': {dict(settings.INGEST_LIMITS)!r}}})\n"
        "socket.create_connection(('127.0.0.1', PORT), 2)"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = subprocess.run(
            [sys.executable, "-c", program.replace("PORT", str(server.getsockname()[1]))],
            cwd=ROOT,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
    if not may_unshare():
        pytest.skip("This machine does not let a process have a network of its own.")
    assert "Network is unreachable" in done.stderr


def may_unshare() -> bool:
    return not subprocess.run(["unshare", "-Un", "true"], capture_output=True, check=False).returncode


def test_only_the_format_s_driver_is_there(tmp_path: Path) -> None:
    program = (
        "import json, pyogrio; from ingest.readers.vectors import allow_driver\n"
        "before = list(pyogrio.list_drivers()); allow_driver('GPKG')\n"
        "print(json.dumps([before, list(pyogrio.list_drivers())]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(tmp_path), capture_output=True, check=True
    )
    before, after = json.loads(done.stdout)
    assert {"OGR_VRT", "GPKG", "HTTP", "WFS"} <= set(before)
    assert after == ["GPKG"]
