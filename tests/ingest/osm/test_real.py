"""Two real towns in databases of their own: what is stored is what an independent count expects, kind by kind."""

from itertools import pairwise

import networkx
import numpy as np
import pyogrio
import pytest
import shapely

from layers.crs import WGS84, reproject
from layers.kinds import kind_of
from tests.ingest.city_database import DATA, city_database
from tests.ingest.osm.count import Plain, expectation, raw_graph, road_ways

TOWNS = {"helsinki": "helsinki_center.osm.pbf", "bayreuth": "bayreuth_north.osm.gz"}
KINDS = "addresses buildings bus_stops districts fire_stations green hydrants monuments rivers roads"

pytestmark = [pytest.mark.real_data, pytest.mark.thorough]


class Town:
    """A town whose OpenStreetMap file was ingested twice, and the independent count of the file."""

    def __init__(self, database, path):
        self.database = database
        self.first = database.ingest("osm", str(path))
        self.again = database.ingest("osm", str(path))
        self.plain = Plain(path)
        self.expected = expectation(self.plain)

    def table(self, kind):
        return kind_of(kind).model._meta.db_table

    def current(self, kind, what="count(*)"):
        return self.database.rows(f"SELECT {what} FROM {self.table(kind)} WHERE recorded_to IS NULL")


@pytest.fixture(scope="module", params=TOWNS)
def town(request):
    with city_database(request.param) as database:
        yield Town(database, DATA / "osm" / TOWNS[request.param])


@pytest.mark.parametrize("kind", KINDS.split())
def test_a_kind_holds_what_the_independent_count_expects(town, kind):
    """The predicates are those of `osm_count.expectation`."""
    rejected = town.database.rows(
        "SELECT count(*) FROM layers_rejection WHERE run_id = %s AND kind = %s AND severity = 'row'",
        town.first["run"],
        kind,
    )
    assert town.current(kind) == [(town.expected.stored[kind],)]
    assert rejected == [(town.expected.read[kind] - town.expected.stored[kind],)]


def test_everything_read_was_stored_or_rejected_and_a_second_run_changes_nothing(town):
    assert town.first["read"] == sum(town.expected.read.values())
    assert town.first["stored"] == sum(town.expected.stored.values())
    assert town.first["rejected"] == town.first["read"] - town.first["stored"]
    assert (town.again["stored"], town.again["closed"]) == (0, 0)
    assert town.again["unchanged"] == town.first["stored"]


def test_every_broken_relation_is_a_rejection_by_its_name(town):
    named = town.database.rows(
        "SELECT kind, source_id, message FROM layers_rejection "
        "WHERE run_id = %s AND severity = 'row' AND source_id LIKE 'r%%'",
        town.first["run"],
    )
    assert len(named) == sum(town.expected.broken_relations.values())
    assert all(message.startswith(f"Relation {name[1:]}") for _, name, message in named)


def test_the_stored_roads_are_one_network_with_the_files_own_connections(town):
    network = networkx.MultiGraph(town.current("roads", "from_node, to_node"))
    raw = raw_graph(town.plain)
    assert networkx.number_connected_components(network) == networkx.number_connected_components(raw)
    lost = {str(node) for node in raw if raw.degree(node) == 1} - set(network)
    assert not lost


def test_pieces_meet_where_their_nodes_are_and_no_length_is_lost(town):
    ends = town.current("roads", "from_node, ST_AsText(ST_StartPoint(geom))")
    ends += town.current("roads", "to_node, ST_AsText(ST_EndPoint(geom))")
    assert len(set(ends)) == len({node for node, _ in ends})
    places = town.plain.places
    steps = [
        (places[a], places[b])
        for refs in road_ways(town.plain).values()
        for a, b in pairwise(refs)
        if a in places and b in places
    ]
    drawn = reproject(np.array(shapely.linestrings(np.array(steps))), WGS84, town.database.srid)
    assert town.current("roads", "sum(ST_Length(geom))")[0][0] == pytest.approx(shapely.length(drawn).sum())


def test_values_are_those_of_the_tags(town):
    """Plain whole numbers and words, counted in the file on the ways of which at least one piece is stored."""
    stored = {int(name[1:].split("/")[0]) for (name,) in town.current("roads", "DISTINCT source_id")}
    tags = [town.plain.ways[way][1] for way in stored]
    distinct = "count(DISTINCT split_part(source_id, '/', 1))"
    for what, expected in (
        ("lanes = 2", sum(one.get("lanes") == "2" for one in tags)),
        ("maxspeed_km_h = 30", sum(one.get("maxspeed") == "30" for one in tags)),
        ("road_class = 'cycle'", sum(one["highway"] == "cycleway" for one in tags)),
        ("name IS NOT NULL", sum("name" in one for one in tags)),
        ("bridge", sum(one.get("bridge", "no") != "no" for one in tags)),
        ("oneway", sum(one.get("oneway") == "yes" or _implied(one) for one in tags)),
    ):
        assert town.current("roads", f"{distinct} FILTER (WHERE {what})") == [(expected,)], what


def _implied(tags):
    return "oneway" not in tags and (tags["highway"] == "motorway" or tags.get("junction") == "roundabout")


@pytest.mark.parametrize("town", ["bayreuth"], indirect=True)
def test_the_file_of_bayreuth_gives_what_its_geopackage_holds(town):
    """The GeoPackage was made of the same file by others, with GDAL."""
    path = DATA / "osm" / "bayreuth_north.gpkg"
    assert town.current("buildings") == [(pyogrio.read_info(path, layer="buildings")["features"],)]
    assert town.current("rivers") == [(pyogrio.read_info(path, layer="waterways")["features"],)]
    ways = town.current("roads", "count(DISTINCT split_part(source_id, '/', 1))")
    assert ways == [(pyogrio.read_info(path, layer="roads")["features"],)]
