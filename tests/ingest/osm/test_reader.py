"""The source `osm` on small files written here: what is read, what is refused and why, and damaged files."""

import bz2
import gzip
import shutil
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import osmium
import pytest
from osmium.osm.mutable import Node

from ingest.errors import BadOption, HostileFile, UnreadableFile
from ingest.osm.reader import parse
from ingest.source import Request
from ingest.sources.osm import SOURCE
from layers.city import read_city
from layers.errors import RunCancelled
from layers.record import Record, Refusal

ROOT = Path(__file__).parents[3]
CITY = read_city(ROOT / "tests" / "data" / "cities" / "helsinki.toml")
LON, LAT, STEP = 24.94, 60.17, 0.001


def osm_xml(nodes, ways=(), relations=()):
    """An .osm text. Nodes: {id: (column, row)} or {id: (column, row, tags)} on a grid of about 50 m by 110 m."""
    lines = []
    for key, (x, y, *tags) in nodes.items():
        place = f'lat="{LAT + y * STEP:.7f}" lon="{LON + x * STEP:.7f}"'
        lines.append(f'<node id="{key}" version="1" {place}>{_tags(tags[0] if tags else {})}</node>')
    for key, members, tags in ways:
        refs = "".join(f'<nd ref="{node}"/>' for node in members)
        lines.append(f'<way id="{key}" version="1">{refs}{_tags(tags)}</way>')
    for key, members, tags in relations:
        inside = "".join(f'<member type="way" ref="{way}" role="{role}"/>' for way, role in members)
        lines.append(f'<relation id="{key}" version="1">{inside}{_tags(tags)}</relation>')
    return f'<osm version="0.6">{"".join(lines)}</osm>'


def _tags(tags):
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


@pytest.fixture
def read(tmp_path):
    """Reads a text or file through the source: a dict of kind to the list of records and refusals."""

    def _read(given, **options):
        path = given
        if isinstance(given, str):
            path = tmp_path / "city.osm"
            path.write_text(given, encoding="utf-8")
        scratch = tmp_path / "scratch"
        request = Request(path, options, CITY, scratch, lambda done, total: None)
        return {reading.kind: list(reading.records) for reading in SOURCE.read(request)}

    return _read


CROSS = {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (1, 1), 5: (1, -1)}
SQUARE = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1)}


def test_roads_are_cut_at_their_crossing_and_know_its_nodes(read):
    text = osm_xml(CROSS, [(10, (1, 2, 3), {"highway": "primary"}), (11, (4, 2, 5), {"highway": "service"})])
    roads = read(text, kind="roads")["roads"]
    assert [one.source_id for one in roads] == ["w10/n1", "w10/n2", "w11/n4", "w11/n2"]
    assert [(one.values["from_node"], one.values["to_node"]) for one in roads] == [
        ("1", "2"),
        ("2", "3"),
        ("4", "2"),
        ("2", "5"),
    ]
    assert roads[0].geometry.coords[-1] == roads[1].geometry.coords[0] == roads[2].geometry.coords[-1]
    # 0.001 degrees of longitude at 60.17 degrees north are 55.5 m.
    assert roads[0].geometry.length == pytest.approx(55.5, abs=0.3)


def test_a_road_against_its_drawing_is_turned_round(read):
    (road,) = read(osm_xml(CROSS, [(10, (1, 2, 3), {"highway": "residential", "oneway": "-1"})]), kind="roads")[
        "roads"
    ]
    assert (road.values["from_node"], road.values["to_node"], road.values["oneway"]) == ("3", "1", True)
    assert road.geometry.coords[0][0] > road.geometry.coords[-1][0]
    assert road.source_id == "w10/n1"


def test_a_roundabout_is_one_way_and_cut_where_roads_join(read):
    ring = {"highway": "tertiary", "junction": "roundabout"}
    nodes = SQUARE | {9: (2, 2)}
    roads = read(osm_xml(nodes, [(10, (1, 2, 3, 4, 1), ring), (11, (3, 9), {"highway": "tertiary"})]))["roads"]
    assert [(one.source_id, one.values["oneway"]) for one in roads] == [
        ("w10/n1", True),
        ("w10/n3", True),
        ("w11/n3", False),
    ]


def test_the_fields_of_a_road(read):
    tags = {
        "highway": "secondary",
        "name": "Aleksanterinkatu",
        "ref": "170",
        "lanes": "2",
        "maxspeed": "30 mph",
        "width": "7,5 m",
        "surface": "sett",
        "lit": "24/7",
        "bridge": "viaduct",
    }
    (road,) = read(osm_xml(CROSS, [(10, (1, 2), tags)]), kind="roads")["roads"]
    assert dict(road.values) == {
        "name": "Aleksanterinkatu",
        "road_no": "170",
        "road_class": "main",
        "lanes": 2,
        "width_m": 7.5,
        "surface": "setts",
        "maxspeed_km_h": 48,
        "oneway": False,
        "lit": True,
        "bridge": True,
        "tunnel": False,
        "from_node": "1",
        "to_node": "2",
    }
    assert road.extra == {"tags": tags}


def test_areas_platforms_and_building_sites_are_no_roads_and_an_unknown_word_is_reported(read):
    ways = [
        (10, (1, 2, 3, 4, 1), {"highway": "pedestrian", "area": "yes"}),
        (11, (1, 2), {"highway": "platform"}),
        (12, (1, 2), {"highway": "construction"}),
        (13, (1, 2), {"highway": "hyperloop"}),
    ]
    road, refusal = read(osm_xml(SQUARE, ways), kind="roads")["roads"]
    assert (road.source_id, road.values["road_class"]) == ("w13/n1", None)
    assert (refusal.severity, refusal.field, refusal.value) == ("value", "road_class", "hyperloop")


def test_values_that_cannot_be_used_are_reported_and_the_object_is_kept(read):
    tags = {"building": "yes", "height": "very", "building:levels": "3.5", "start_date": "1890s"}
    record, *refusals = read(osm_xml(SQUARE, [(10, (1, 2, 3, 4, 1), tags)]), kind="buildings")["buildings"]
    assert isinstance(record, Record)
    assert {(one.field, one.value, one.severity) for one in refusals} == {
        ("height_m", "very", "value"),
        ("storeys_above", "3.5", "value"),
        ("year_built", "1890s", "value"),
    }


def test_the_fields_of_a_building(read):
    tags = {"building": "apartments", "height": "39'4\"", "building:levels": "4", "start_date": "1936-05"}
    (record,) = read(osm_xml(SQUARE, [(10, (1, 2, 3, 4, 1), tags)]), kind="buildings")["buildings"]
    assert record.source_id == "w10"
    assert record.values["height_m"] == pytest.approx(11.989)
    assert (record.values["storeys_above"], record.values["year_built"]) == (4, 1936)
    assert record.geometry.area == pytest.approx(55.5 * 111.4, rel=0.01)


COURT = SQUARE | {5: (0.4, 0.4), 6: (0.6, 0.4), 7: (0.6, 0.6)}
OUTER: list[Any] = [(10, (1, 2, 3), {}), (11, (3, 4, 1), {})]
HOUSE = {"type": "multipolygon", "building": "yes", "addr:housenumber": "7"}


def test_a_relation_is_put_together_with_its_courtyard(read):
    ways = [*OUTER, (12, (5, 6, 7, 5), {})]
    members = [(10, "outer"), (11, "outer"), (12, "inner")]
    found = read(osm_xml(COURT, ways, [(20, members, HOUSE)]))
    (building,), (address,) = found["buildings"], found["addresses"]
    assert building.source_id == address.source_id == "r20"
    assert len(building.geometry.geoms[0].interiors) == 1
    assert building.geometry.contains(address.geometry)


@pytest.mark.parametrize(
    ("ways", "reason", "says"),
    [
        (OUTER[:1], "members_missing", "Relation 20 lacks 1 of its 2 ways (w11)"),
        ([OUTER[0], (11, (3, 4), {})], "rings_broken", "Relation 20 has rings"),
        ([OUTER[0], (11, (3, 99, 1), {})], "rings_broken", "Relation 20 has rings"),
        ([], "members_missing", "Relation 20 lacks 2 of its 2 ways (w10, w11)"),
    ],
)
def test_a_broken_relation_is_refused_by_name_in_every_kind_it_belongs_to(read, ways, reason, says):
    found = read(osm_xml(SQUARE, ways, [(20, [(10, "outer"), (11, "outer")], HOUSE)]))
    for kind in ("buildings", "addresses"):
        (refusal,) = found[kind]
        assert isinstance(refusal, Refusal)
        assert (refusal.severity, refusal.source_id, refusal.reason) == ("row", "r20", reason)
        assert refusal.message.startswith(says)


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ((1, 2, 3, 4), "not_closed"),
        ((1, 2, 99, 1), "nodes_missing"),
        ((1, 2, 1), "too_few_nodes"),
        ((), "too_few_nodes"),
    ],
)
def test_a_building_that_is_no_ring_is_refused(read, nodes, reason):
    (refusal,) = read(osm_xml(SQUARE, [(10, nodes, {"building": "yes"})]), kind="buildings")["buildings"]
    assert (refusal.source_id, refusal.reason, refusal.severity) == ("w10", reason, "row")


def test_a_road_of_which_nodes_are_missing_keeps_its_known_pieces_and_says_so(read):
    ways = [(10, (1, 2, 99, 3, 4), {"highway": "service"}), (11, (1, 99), {"highway": "service"})]
    first, second, remark, refusal = read(osm_xml(SQUARE, ways), kind="roads")["roads"]
    assert [first.source_id, second.source_id] == ["w10/n1", "w10/n3"]
    assert (remark.reason, remark.severity, remark.field) == ("geometry_incomplete", "value", "geom")
    assert (refusal.reason, refusal.severity, refusal.source_id) == ("nodes_missing", "row", "w11")


def test_points_come_from_nodes_ways_and_areas(read):
    nodes = SQUARE | {
        5: (3, 3, {"highway": "bus_stop", "name": "Kamppi", "shelter": "yes"}),
        6: (4, 4, {"emergency": "fire_hydrant", "fire_hydrant:type": "pillar", "check_date": "2021-05-30"}),
        7: (5, 5, {"historic": "memorial", "name": "Runeberg"}),
        8: (6, 6, {"addr:street": "Bulevardi", "addr:housenumber": "16b", "addr:postcode": "00120"}),
        9: (7, 7, {"place": "suburb", "name": "Kallio"}),
    }
    ways = [
        (10, (1, 2, 3, 4, 1), {"amenity": "fire_station", "building": "yes", "addr:housenumber": "26"}),
        (11, (1, 2, 3, 4, 1), {"place": "suburb", "name": "Kluuvi"}),
        (12, (1, 2, 3), {"waterway": "stream", "tunnel": "culvert"}),
        (13, (1, 2, 3, 4, 1), {"leisure": "park"}),
    ]
    found = read(osm_xml(nodes, ways))
    ids = {kind: [one.source_id for one in ones] for kind, ones in found.items()}
    assert ids == {
        "districts": ["w11"],
        "roads": [],
        "rivers": ["w12"],
        "green": ["w13"],
        "buildings": ["w10"],
        "addresses": ["n8", "w10"],
        "bus_stops": ["n5"],
        "fire_stations": ["w10"],
        "hydrants": ["n6"],
        "monuments": ["n7"],
    }
    assert found["hydrants"][0].values["checked_on"] == date(2021, 5, 30)
    assert found["rivers"][0].values["culvert"] is True
    assert found["buildings"][0].geometry.contains(found["fire_stations"][0].geometry)


def test_packed_files_are_known_by_their_content_not_their_name(read, tmp_path):
    text = osm_xml(CROSS, [(10, (1, 2, 3), {"highway": "primary"})]).encode()
    for name, pack in (("a.pbf", gzip.compress), ("b", bz2.compress), ("c.gz", lambda content: content)):
        path = tmp_path / name
        path.write_bytes(pack(text))
        assert len(read(path, kind="roads")["roads"]) == 1


def test_a_pbf_says_the_day_of_its_data(tmp_path):
    path = tmp_path / "city.osm.pbf"
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2024-03-01T21:00:00Z")
    with osmium.SimpleWriter(str(path), header=header) as writer:
        writer.add_node(Node(id=1, location=(LON, LAT), tags={"highway": "bus_stop"}))
    request = Request(path, {"kind": "bus_stops"}, CITY, tmp_path / "scratch", lambda done, total: None)
    (reading,) = SOURCE.read(request)
    assert (reading.data_date, reading.total) == (date(2024, 3, 1), 1)


def test_a_file_with_history_is_refused(read):
    text = osm_xml({1: (0, 0)}).replace("<osm version", "<osmChange version").replace("</osm>", "</osmChange>")
    with pytest.raises(UnreadableFile, match="history"):
        read(text.replace("<node", "<modify><node").replace("</node>", "</node></modify>"))


def test_a_box_leaves_out_what_lies_elsewhere(read):
    nodes = {1: (0, 0, {"highway": "bus_stop"}), 2: (50, 50, {"highway": "bus_stop"})}
    assert [one.source_id for one in read(osm_xml(nodes), bbox="24.93,60.16,24.95,60.18")["bus_stops"]] == ["n1"]


@pytest.mark.parametrize(
    "options", [{"kind": "parcels"}, {"bbox": "1,2,3"}, {"bbox": "3,2,1,4"}, {"bbox": "a,b,c,d"}]
)
def test_an_option_that_cannot_be_used_is_refused(read, options):
    with pytest.raises(BadOption):
        read(osm_xml(CROSS), **options)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<osm version='0.6'><node id='1'",
        b"<gpx></gpx>",
        b"\x1f\x8b broken",
        b"BZh9 broken",
        b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c\x10\x04",
        b"<osm version='0.6'><node id='abc' lat='1' lon='1' version='1'/></osm>",
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><osm version='0.6'><note>&b;</note></osm>",
        b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><osm version='0.6'><note>&a;</note></osm>",
    ],
)
def test_a_damaged_file_is_refused_in_one_line(read, tmp_path, content):
    path = tmp_path / "bad.osm"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as refused:
        read(path)
    assert "bad.osm" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_unpacks_beyond_measure_is_refused(read, tmp_path):
    path = tmp_path / "bomb.osm.gz"
    path.write_bytes(gzip.compress(b"<osm version='0.6'>" + b" " * 80_000_000 + b"</osm>"))
    with pytest.raises(HostileFile, match="more than 200 times"):
        read(path)


@pytest.mark.parametrize(
    ("name", "most", "says"),
    [
        ("file_bytes", 100, "INGEST_FILE_BYTES"),
        ("unpacked_bytes", 100, "too large"),
        ("features", 1, "INGEST_FEATURES"),
        ("vertices", 2, "INGEST_VERTICES"),
        ("memory_bytes", 40_000_000, "cannot be read"),
        ("cpu_seconds", 0, "INGEST_CPU_SECONDS"),
    ],
)
def test_a_file_beyond_a_limit_is_refused(read, tmp_path, settings, name, most, says):
    settings.INGEST_LIMITS = settings.INGEST_LIMITS | {name: most}
    ways = [(10, (1, 2, 3), {"highway": "primary"}), (11, (4, 2, 5), {"highway": "service"})]
    path = tmp_path / "large.osm.gz"
    path.write_bytes(gzip.compress(osm_xml(CROSS, ways).encode()))
    with pytest.raises(UnreadableFile, match=says) as refused:
        read(path)
    assert "\n" not in str(refused.value)


def test_the_child_reaches_no_network():
    if subprocess.run(["unshare", "--user", "--net", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system does not let a process give up its network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        call = (
            "import socket; from ingest.osm.program import MEMORY; from ingest.sandbox.job import limit; "
            "limit({'limits': {'memory_bytes': 10**9, 'cpu_seconds': 9, 'unpacked_bytes': 10**6}}, MEMORY); "
            f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5)"
        )
        tried = subprocess.run([sys.executable, "-c", call], cwd=ROOT, capture_output=True, text=True, check=False)
    assert tried.returncode
    assert "unreachable" in tried.stderr


def test_someone_who_stops_the_run_stops_the_child(tmp_path):
    path = tmp_path / "city.osm"
    path.write_text(osm_xml(CROSS))

    def stop(done, total):
        raise RunCancelled("enough")

    with pytest.raises(RunCancelled):
        parse(path, ("roads",), tmp_path / "scratch", stop)
    shutil.rmtree(tmp_path / "scratch")
