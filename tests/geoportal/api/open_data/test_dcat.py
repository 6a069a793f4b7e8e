"""The catalogue for data portals: valid, complete, the same in each notation, and free of invented data."""

from datetime import date
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from shapely import from_wkt

from layers.access.rules import licence, open_kinds, servings
from layers.kinds import kind_of
from layers.runs.models import Dataset
from tests.factories import load, point
from tests.geoportal.conftest import bring_in, house
from tests.snapshots import taken

pytestmark = pytest.mark.usefixtures("small_city")
SHAPES = Path(__file__).parents[3] / "data" / "dcat_ap_shapes.ttl"
DCATAP = Namespace("http://data.europa.eu/r5r/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
HOST = "http://testserver/"
NOTATIONS = {
    "jsonld": ("json-ld", "application/ld+json"),
    "ttl": ("turtle", "text/turtle"),
    "rdf": ("xml", "application/rdf+xml"),
}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


def feed(client, ending="ttl", query=""):
    answer = client.get(f"/open-data/catalog.{ending}{query}")
    assert answer.status_code == 200
    return Graph().parse(data=answer.content, format=NOTATIONS[ending][0])


def dataset(slug):
    return URIRef(f"{HOST}catalogue/{slug}/#dataset")


def valid(graph):
    conforms, _, words = validate(graph, shacl_graph=Graph().parse(SHAPES), advanced=False)
    return conforms or words


def test_the_feed_keeps_the_mandatory_rules(client):
    taken(kind_of("buildings"))
    load("bus_stops", [point("s9")], data_date=date(2026, 5, 1))
    assert valid(feed(client)) is True


def test_the_shapes_find_what_is_wrong(client):
    # Without this a shape that targets nothing would pass for a fulfilled rule.
    for name in (DCTERMS.title, DCTERMS.publisher, DCAT.accessURL, DCTERMS.license, DCAT.theme, DCAT.contactPoint):
        graph = feed(client)
        graph.remove((None, name, None))
        assert valid(graph) is not True
    graph = feed(client)
    place = graph.value(dataset("buildings"), DCTERMS.spatial)
    graph.add((place, DCAT.bbox, Literal("POINT(20 50)", datatype=URIRef("urn:other"))))
    assert valid(graph) is not True


@pytest.mark.parametrize("ending", NOTATIONS)
def test_every_notation_says_the_same(client, ending):
    taken(kind_of("buildings"))
    assert client.get(f"/open-data/catalog.{ending}")["Content-Type"].startswith(NOTATIONS[ending][1])
    assert isomorphic(feed(client, ending), feed(client, "ttl"))


def test_a_harvester_finds_every_open_layer_with_all_that_is_known_of_it(client):
    snapshots = {kind.slug: taken(kind) for kind in open_kinds() if kind.slug in servings()}
    graph = feed(client, "jsonld")
    held = servings()
    open_ones = [kind for kind in open_kinds() if kind.slug in held]
    assert {kind.slug for kind in open_ones} == {"buildings", "roads", "bus_stops"}
    assert set(graph.subjects(RDF.type, DCAT.Dataset)) == {dataset(kind.slug) for kind in open_ones}
    for kind in open_ones:
        one = dataset(kind.slug)
        assert set(graph.objects(one, DCTERMS.title)) == {Literal(kind.title.pl, "pl"), Literal(kind.title.en, "en")}
        assert graph.value(one, DCTERMS.modified).toPython() == held[kind.slug].updated_at
        found = {graph.value(file, DCAT.downloadURL): file for file in graph.objects(one, DCAT.distribution)}
        for ending in ("geojson", "gpkg", "csv", "parquet", "fgb"):
            assert URIRef(f"{HOST}open-data/{kind.slug}.{ending}") in found
        for file in snapshots[kind.slug].files.all():
            address = URIRef(f"{HOST}open-data/{kind.slug}/snapshots/{snapshots[kind.slug].day}/{file.name}")
            assert graph.value(found[address], DCAT.byteSize).toPython() == file.size
            checksum = graph.value(found[address], SPDX.checksum)
            assert str(graph.value(checksum, SPDX.checksumValue)) == file.sha256
        assert licence(kind, held[kind.slug]) in ("CC0-1.0", "CC-BY-4.0")


def test_every_address_in_the_feed_answers(client):
    taken(kind_of("buildings"))
    graph = feed(client)
    addresses = {
        str(address)
        for name in (DCAT.accessURL, DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription, DCAT.landingPage)
        for address in graph.objects(None, name)
    }
    assert len(addresses) > 20
    for address in sorted(addresses):
        if address in (f"{HOST}tiles/", f"{HOST}wfs/"):
            continue  # the beginning of other addresses, no page of its own
        answer = client.get(address.removeprefix(HOST.rstrip("/")))
        assert answer.status_code in (200, 302), address


def test_the_box_of_a_layer_is_that_of_its_objects(client):
    graph = feed(client)
    (wkt,) = graph.objects(graph.value(dataset("buildings"), DCTERMS.spatial), DCAT.bbox)
    west, south, east, north = from_wkt(str(wkt)).bounds
    # b3 begins 30 m west of the square, b2 ends 60 m east of it; a degree of longitude has 70.3 km here.
    assert (west, east) == pytest.approx((20.63139 - 30 / 70_300, 20.63139 + 60 / 70_300), abs=3e-5)
    assert (south, north) == pytest.approx((50.87028, 50.87028 + 20 / 111_200), abs=3e-5)


def test_high_value_datasets_are_marked_and_others_not(client):
    graph = feed(client)
    law = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")
    geospatial, mobility = (URIRef(f"http://data.europa.eu/bna/c_{code}") for code in ("ac64a52d", "b79e35eb"))
    assert set(graph.objects(dataset("buildings"), DCATAP.hvdCategory)) == {geospatial}
    assert set(graph.objects(dataset("roads"), DCATAP.hvdCategory)) == {mobility}
    assert law in graph.objects(dataset("buildings"), DCATAP.applicableLegislation)
    assert not list(graph.objects(dataset("bus_stops"), DCATAP.hvdCategory))


def test_frequency_and_licence_are_the_unions_own(client):
    graph = feed(client)
    authority = "http://publications.europa.eu/resource/authority"
    assert str(graph.value(dataset("bus_stops"), DCTERMS.accrualPeriodicity)) == f"{authority}/frequency/WEEKLY"
    assert str(graph.value(dataset("buildings"), DCTERMS.accrualPeriodicity)) == f"{authority}/frequency/DAILY"
    (file,) = graph.subjects(DCAT.downloadURL, URIRef(f"{HOST}open-data/roads.csv"))
    assert str(graph.value(file, DCTERMS.license)) == f"{authority}/licence/CC_BY_4_0"


def test_a_datasets_own_licence_comes_before_the_kinds(client):
    Dataset.objects.filter(slug="egib").update(licence="Umowa z dostawcą")
    graph = feed(client)
    (file,) = graph.subjects(DCAT.downloadURL, URIRef(f"{HOST}open-data/roads.csv"))
    assert str(graph.value(graph.value(file, DCTERMS.license), DCTERMS.title)) == "Umowa z dostawcą"
    assert valid(graph) is True


def test_invented_data_stay_out_unless_asked_for_and_then_say_so(client):
    from layers.record import Record
    from tests.factories import place

    bring_in("fire_stations", [Record("f1", place(), {})], dataset="demo_city", synthetic=True)
    bring_in("buildings", [house("x")], dataset="demo_city", synthetic=True)
    assert dataset("fire_stations") not in set(feed(client).subjects())
    asked = feed(client, query="?synthetic=yes")
    titles = {str(title) for title in asked.objects(dataset("fire_stations"), DCTERMS.title)}
    assert all("dane syntetyczne" in one or "synthetic data" in one for one in titles)
    assert Literal("synthetic data", "en") in asked.objects(dataset("fire_stations"), DCAT.keyword)
    assert valid(asked) is True
    # The real dataset is the serving one of buildings, though an invented one has some too.
    assert "synthetic" not in str(list(asked.objects(dataset("buildings"), DCTERMS.title)))


def test_what_is_not_public_is_not_in_the_feed(client):
    for query in ("", "?synthetic=yes"):
        answer = client.get(f"/open-data/catalog.ttl{query}").content.decode()
        assert "hydrant" not in answer.lower() and "Nowak" not in answer


def test_an_empty_city_has_a_valid_catalogue(client):
    for kind in open_kinds():
        kind.model._default_manager.all().delete()
    from layers.runs.models import DatasetKind

    DatasetKind.objects.update(current_rows=0)
    graph = feed(client)
    assert not list(graph.subjects(RDF.type, DCAT.Dataset))
    assert list(graph.subjects(RDF.type, FOAF.Agent))
    assert valid(graph) is True


def test_the_number_of_queries_does_not_grow_with_the_layers(client, django_assert_max_num_queries):
    feed(client)
    with django_assert_max_num_queries(6):  # what the layers cover is known until they change
        feed(client)


def test_sensorthings_is_a_service_of_the_layers_with_series_only(client):
    service = URIRef(f"{HOST}open-data/#sensorthings")
    assert service not in set(feed(client).subjects()), "no layer with series holds data"
    load("stations", [point("gauge")])
    graph = feed(client)
    assert service in set(graph.objects(None, DCAT.service))
    assert set(graph.objects(service, DCAT.servesDataset)) == {dataset("stations")}
    assert graph.value(service, DCAT.endpointURL) == URIRef(f"{HOST}sta/v1.1/")
    assert graph.value(service, DCTERMS.conformsTo) == URIRef("http://www.opengis.net/doc/is/sensorthings/1.1")
    (offered,) = graph.subjects(DCAT.accessService, service)
    address = graph.value(offered, DCAT.accessURL)
    for one in (graph.value(service, DCAT.endpointURL), address):
        assert client.get(str(one).removeprefix(HOST.rstrip("/"))).status_code == 200
    assert valid(graph) is True
    assert "/sta/v1.1/" in client.get("/open-data/").content.decode()
