"""WFS 2.0: its answers by the visitor's access, axis order, and exceptions."""

import base64
import csv
import io
import json
from datetime import timedelta

import pyproj
import pytest
from django.utils.timezone import now
from shapely import Point

from geoportal.accounts.audit import AuditEntry
from geoportal.accounts.tokens import new_token
from layers.access.publication import DECISIONS, Publication
from layers.record import Record
from tests.geoportal.api.wfs.client import DECLARED, NAMES, ask, equal, fields, filtered, layers, refusal, text, tree
from tests.geoportal.conftest import RYNEK_2178, bring_in, house
from tests.geoportal.logins import account, bearer

pytestmark = pytest.mark.usefixtures("small_city")


def test_a_visitor_is_offered_the_open_layers_in_both_languages(client):
    assert {"city:buildings", "city:roads", "city:bus_stops"} <= layers(client)
    assert "city:hydrants" not in layers(client)
    assert "<Title>Budynki</Title>" in text(ask(client, "GetCapabilities"))
    assert "<Title>Buildings</Title>" in text(ask(client, "GetCapabilities", lang="en"))


def test_a_token_as_a_basic_password_shows_the_layers_of_its_account(client):
    _, secret = new_token(account("analysts"), "QGIS", ["read"], now() + timedelta(days=1))
    basic = {"Authorization": "Basic " + base64.b64encode(f"anybody:{secret}".encode()).decode()}
    assert "city:hydrants" in layers(client, headers=basic)
    (found,) = tree(ask(client, TYPENAMES="hydrants", headers=basic)).iter("{urn:geoportal:layers}number")
    assert found.text == "H-1"
    assert ask(client, TYPENAMES="hydrants", headers=basic)["Cache-Control"].startswith("private")


def test_staff_see_the_fields_that_visitors_do_not(client):
    open_fields = fields(client, "buildings")
    staff_fields = fields(client, "buildings", headers=bearer(account("planners")))
    assert "owner" not in open_fields and "heating" not in open_fields
    assert {"owner", "heating"} <= set(staff_fields)
    body = text(ask(client, TYPENAMES="buildings", headers=bearer(account("planners"))))
    assert "Jan Nowak" in body


@pytest.mark.parametrize("form", ["application/gml+xml; version=3.2", "geojson", "csv"])
def test_no_format_tells_a_visitor_what_only_staff_may_know(client, form):
    body = text(ask(client, TYPENAMES="buildings", OUTPUTFORMAT=form))
    assert "residential" in body
    assert "Nowak" not in body and "heating" not in body and "owner" not in body


@pytest.mark.parametrize(
    "words",
    [
        {"SORTBY": "{}"},
        {"PROPERTYNAME": "{}"},
        {"FILTER": filtered(equal("{}", "Jan Nowak"))},
        {"FILTER": filtered(equal("city:{}", "Jan Nowak"))},
        {"FILTER": filtered("<fes:PropertyIsNull><fes:ValueReference>{}</fes:ValueReference></fes:PropertyIsNull>")},
    ],
)
def test_a_hidden_field_answers_exactly_as_one_that_does_not_exist(client, words):
    def answer(name):
        asked = {key: value.replace("{}", name) for key, value in words.items()}
        return refusal(ask(client, TYPENAMES="buildings", **asked))

    code, kind, said = answer("owner")
    assert (code, kind, said.replace("owner", "ownes")) == answer("ownes")


def test_a_hidden_field_has_no_values_either(client):
    asked = [
        ask(client, "GetPropertyValue", TYPENAMES="buildings", VALUEREFERENCE=name) for name in ("owner", "ownes")
    ]
    hidden, unknown = (refusal(one) for one in asked)
    assert hidden[2].replace("owner", "ownes") == unknown[2]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ("GetFeature", {"TYPENAMES": "{}"}),
        ("GetFeature", {"TYPENAMES": "city:{}", "RESULTTYPE": "hits"}),
        ("GetFeature", {"RESOURCEID": "{}.00029afe-0d4c-5ef1-933e-c5485973c304"}),
        ("DescribeFeatureType", {"TYPENAMES": "{}"}),
        ("GetPropertyValue", {"TYPENAMES": "{}", "VALUEREFERENCE": "number"}),
        (
            "GetFeature",
            {
                "STOREDQUERY_ID": "urn:ogc:def:query:OGC-WFS::GetFeatureById",
                "ID": "{}.00029afe-0d4c-5ef1-933e-c5485973c304",
            },
        ),
    ],
)
def test_a_hidden_layer_answers_exactly_as_one_that_does_not_exist(client, request_, words):
    def answer(name):
        return refusal(ask(client, request_, **{key: value.replace("{}", name) for key, value in words.items()}))

    code, kind, said = answer("hydrants")
    assert (code, kind, said.replace("hydrants", "hydrogen")) == answer("hydrogen")


def test_identities_are_those_of_features_and_outlive_an_edit(client):
    before = {
        one["id"] for one in json.loads(text(ask(client, TYPENAMES="buildings", OUTPUTFORMAT="geojson")))["features"]
    }
    bring_in("buildings", [house("b1", storeys_above=9)])
    features = json.loads(text(ask(client, TYPENAMES="buildings", OUTPUTFORMAT="geojson")))["features"]
    assert {one["id"] for one in features} == before
    (changed,) = (one for one in features if one["properties"]["storeys_above"] == 9)
    assert changed["id"] == f"buildings.{changed['properties']['feature_id']}"
    query = {"STOREDQUERY_ID": "urn:ogc:def:query:OGC-WFS::GetFeatureById", "ID": changed["id"]}
    assert tree(ask(client, **query)).find("city:storeys_above", NAMES).text == "9"


@pytest.mark.parametrize(
    ("name", "target", "north_first"),
    [
        ("urn:ogc:def:crs:EPSG::2178", "EPSG:2178", True),
        ("urn:ogc:def:crs:EPSG::2180", "EPSG:2180", True),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "EPSG:4326", True),
        ("urn:ogc:def:crs:EPSG::3857", "EPSG:3857", False),
        ("urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84", False),
        ("EPSG:4326", "OGC:CRS84", False),
    ],
)
def test_axes_are_in_the_order_of_the_registry(client, name, target, north_first):
    answer = tree(ask(client, TYPENAMES="bus_stops", SRSNAME=name))
    position = [float(part) for part in answer.find(".//gml:pos", NAMES).text.split()]
    x, y = pyproj.Transformer.from_crs("EPSG:2178", target, always_xy=True).transform(*RYNEK_2178)
    within = 1e-7 if abs(x) < 180 else 0.01
    assert position == pytest.approx([y, x] if north_first else [x, y], abs=within)


def test_geojson_is_in_longitude_and_latitude_unless_asked_otherwise(client):
    def point(**words):
        answer = json.loads(text(ask(client, TYPENAMES="bus_stops", OUTPUTFORMAT="geojson", **words)))
        return answer["features"][0]["geometry"]["coordinates"]

    assert point() == pytest.approx([20.63139, 50.87028], abs=1e-5)
    assert point(SRSNAME="urn:ogc:def:crs:EPSG::2178") == pytest.approx(RYNEK_2178, abs=0.001)


def test_csv_carries_identity_and_values(client):
    (row,) = csv.DictReader(io.StringIO(text(ask(client, TYPENAMES="bus_stops", OUTPUTFORMAT="csv"))))
    assert row["name"] == "Rynek; „Stary”"
    assert len(row["feature_id"]) == 36


def test_a_page_says_how_many_match_and_where_the_next_one_is(client):
    seen, address = [], "/wfs/?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature&TYPENAMES=buildings&COUNT=2"
    while address:
        page = tree(client.get(address))
        assert page.get("numberMatched") == "3"
        seen += [one.get(f"{{{NAMES['gml']}}}id") for one in page.findall("wfs:member/city:buildings", NAMES)]
        address = page.get("next")
    assert len(seen) == len(set(seen)) == 3
    assert tree(ask(client, TYPENAMES="buildings", RESULTTYPE="hits")).get("numberMatched") == "3"


def test_pages_sorted_by_equal_values_neither_skip_nor_repeat(client):
    bring_in("buildings", [house(f"same{number}", 100 + number, side_m=0.9) for number in range(7)])
    seen = []
    for start in range(0, 10, 2):
        page = ask(client, TYPENAMES="buildings", SORTBY="use_class DESC", COUNT=2, STARTINDEX=start)
        seen += [one.text for one in tree(page).iter("{urn:geoportal:layers}feature_id")]
    assert len(seen) == len(set(seen)) == 10


def test_a_page_above_the_most_is_cut_to_it(client, monkeypatch):
    monkeypatch.setattr("geoportal.api.wfs.service.CityFeatures.max_page_size", 2)
    page = tree(ask(client, TYPENAMES="buildings", COUNT=100_000))
    assert page.get("numberReturned") == "2" and page.get("next")


def test_the_size_of_a_page_is_said_where_clients_look_for_it(client):
    (operation,) = (
        one
        for one in tree(ask(client, "GetCapabilities")).iter("{http://www.opengis.net/ows/1.1}Operation")
        if one.get("name") == "GetFeature"
    )
    assert operation.find("ows:Constraint[@name='CountDefault']/ows:DefaultValue", NAMES).text == "5000"


def test_the_number_of_queries_does_not_grow_with_the_features(client, django_assert_num_queries):
    ask(client, TYPENAMES="buildings")
    with django_assert_num_queries(6):
        ask(client, TYPENAMES="buildings")
    bring_in("buildings", [house(f"more{number}", 100 + number * 30) for number in range(30)])
    with django_assert_num_queries(6):
        assert tree(ask(client, TYPENAMES="buildings")).get("numberReturned") == "33"


def test_filters_compare_values_and_places(client):
    x, y = RYNEK_2178

    def found(inner):
        answer = ask(client, TYPENAMES="buildings", FILTER=filtered(inner), OUTPUTFORMAT="geojson")
        return sorted(one["properties"]["use_class"] for one in json.loads(text(answer))["features"])

    assert found(equal("use_class", "public")) == ["public"]
    envelope = (
        '<fes:BBOX><fes:ValueReference>geom</fes:ValueReference><gml:Envelope srsName="urn:ogc:def:crs:EPSG::2178">'
        f"<gml:lowerCorner>{y} {x + 39}</gml:lowerCorner><gml:upperCorner>{y + 5} {x + 70}</gml:upperCorner>"
        "</gml:Envelope></fes:BBOX>"
    )
    assert found(envelope) == ["public"]
    assert found(f"<fes:Not>{envelope}</fes:Not>") == ["residential", "residential"]
    near = (
        "<fes:DWithin><fes:ValueReference>geom</fes:ValueReference>"
        f'<gml:Point gml:id="p" srsName="urn:ogc:def:crs:EPSG::2178"><gml:pos>{y} {x + 62}</gml:pos></gml:Point>'
        '<fes:Distance uom="m">5</fes:Distance></fes:DWithin>'
    )
    assert found(near) == ["public"]


def test_a_filter_may_be_posted_without_a_token_against_forgery():
    from django.test import Client

    body = (
        f'<wfs:GetFeature service="WFS" version="2.0.0" {DECLARED}><wfs:Query typeNames="city:buildings">'
        f"{filtered(equal('use_class', 'public'))}</wfs:Query></wfs:GetFeature>"
    )
    answer = Client(enforce_csrf_checks=True).post("/wfs/", body, content_type="text/xml")
    assert tree(answer).get("numberMatched") == "1"


def test_a_layer_without_data_is_there_and_empty(client):
    assert "city:monuments" in layers(client)
    assert tree(ask(client, TYPENAMES="monuments")).get("numberMatched") == "0"


def test_a_query_that_takes_too_long_is_ended_and_said_so(client, settings):
    settings.TABLE_SECONDS = 0.001
    bring_in("buildings", [house(f"slow{number}", 100 + number) for number in range(300)])
    answer = ask(client, TYPENAMES="buildings")
    assert answer.status_code == 503 and "longer than" in text(answer)


def test_a_name_with_characters_that_xml_cannot_hold_is_still_readable(client):
    bring_in("bus_stops", [Record("odd", Point(*RYNEK_2178), {"name": "Pl\x0bac & <Zamkowy>"})])
    names = [one.text for one in tree(ask(client, TYPENAMES="bus_stops")).iter("{urn:geoportal:layers}name")]
    assert "Pl\N{REPLACEMENT CHARACTER}ac & <Zamkowy>" in names
    values = tree(ask(client, "GetPropertyValue", TYPENAMES="bus_stops", VALUEREFERENCE="name"))
    assert sorted(one.text for one in values.iter("{urn:geoportal:layers}name")) == sorted(names)


def test_a_person_who_opens_the_address_is_told_how_to_use_it(client):
    page = client.get("/wfs/", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 200
    said = text(page)
    assert "<h1>Geoportal miasta Kielce: WFS</h1>" in said and "http://testserver/wfs/" in said
    assert "city:buildings" in said and "hydrants" not in said
    assert refusal(client.get("/wfs/"))[1] == "MissingParameterValue"


def test_reading_a_layer_of_the_services_is_written_down_and_looking_at_the_list_is_not(client):
    Publication.objects.create(kind="bus_stops", level="services")
    DECISIONS.refresh(force=True)
    client.force_login(account("services"))
    assert "city:bus_stops" in layers(client)
    assert not AuditEntry.objects.filter(action=AuditEntry.Action.READ).exists()
    assert "Rynek" in text(ask(client, TYPENAMES="bus_stops"))
    (entry,) = AuditEntry.objects.filter(action=AuditEntry.Action.READ)
    assert entry.account == "services" and "bus_stops" in entry.subject
