"""Malformed and hostile requests to the WFS: the answer is an exception report, never a server error."""

import random
from html import escape

import pytest

from tests.geoportal.api.wfs.client import DECLARED, ask, equal, filtered, refusal, text, tree

pytestmark = pytest.mark.usefixtures("small_city")


BOMB = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<wfs:GetFeature xmlns:wfs="http://www.opengis.net/wfs/2.0" service="WFS">&b;</wfs:GetFeature>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<wfs:GetFeature xmlns:wfs="http://www.opengis.net/wfs/2.0" service="WFS">&x;</wfs:GetFeature>"""


@pytest.mark.parametrize("body", ["", "<", "<a/>", "text", "\0", BOMB, OUTSIDE, "<a>" * 5000, "<" * 200_000])
def test_broken_and_hostile_xml_is_refused(client, body):
    assert "root:" not in refusal(client.post("/wfs/", body, content_type="text/xml"))[2]


@pytest.mark.parametrize(
    "inner",
    [
        "<fes:Not>" * 2000 + equal("name", "x") + "</fes:Not>" * 2000,
        "<fes:Or>" + equal("name", "x") * 20_000 + "</fes:Or>",
        equal("name", "x" * 400_000),
    ],
)
def test_a_filter_too_deep_or_too_long_is_refused_before_it_is_parsed(client, inner):
    body = f"""<wfs:GetFeature service="WFS" version="2.0.0" {DECLARED}><wfs:Query typeNames="city:buildings">
        {filtered(inner)}</wfs:Query></wfs:GetFeature>"""
    assert "may" in refusal(client.post("/wfs/", body, content_type="text/xml"))[2]


def test_many_alternatives_are_still_answered(client):
    inner = "<fes:Or>" + "".join(equal("year_built", 1000 + year) for year in range(500)) + "</fes:Or>"
    body = f"""<wfs:GetFeature service="WFS" version="2.0.0" {DECLARED}><wfs:Query typeNames="city:buildings">
        {filtered(inner)}</wfs:Query></wfs:GetFeature>"""
    assert tree(client.post("/wfs/", body, content_type="text/xml")).get("numberMatched") == "0"


def test_a_request_may_not_hold_any_number_of_queries(client):
    assert "8 queries" in refusal(ask(client, TYPENAMES="(buildings)" * 9))[2]


@pytest.mark.parametrize(
    "words",
    [
        {"STARTINDEX": "9" * 40},
        {"COUNT": "-5"},
        {"SRSNAME": "EPSG:99999"},
        {"BBOX": "nan,nan,inf,inf"},
        {"BBOX": "1,2,3"},
        {"OUTPUTFORMAT": "shape-zip"},
        {"RESULTTYPE": "nothing"},
        {"SORTBY": "name[1]"},
        {"SORTBY": "gml:boundedBy"},
        {"FILTER": "<Filter/>"},
        {"FILTER": filtered("")},
        {"PROPERTYNAME": "()"},
        {"VERSION": "1.1.0"},
        {"SERVICE": "WMS"},
        {"RESOURCEID": "buildings.abc"},
    ],
)
def test_nonsense_gets_a_report_of_exceptions(client, words):
    refusal(ask(client, **({"TYPENAMES": "buildings"} | words)))


VALUES = [
    *("", "0", "-1", "9999999999999999999999999999999999999999", "1e400", "NaN", "abc", "żółć"),
    *("%", "*", "()", "(a)(b)", "<", "]]>", "buildings", "hydrants", "x:y", "buildings.1"),
    *("buildings,roads", "EPSG:9", "urn:ogc:def:crs:OGC::99", "1,2,3,4", "xmlns(", "-name", "name DESC"),
    *("owner", "@gml:id", "gml:boundedBy", "name/x", "//name", "name[@x='1']", "count(name)", "geojson"),
    *("csv", "hits", "urn:ogc:def:query:OGC-WFS::GetFeatureById", "all", "data_date", "geom"),
]
WORDS = [
    *("TYPENAMES", "COUNT", "STARTINDEX", "SRSNAME", "BBOX", "SORTBY", "PROPERTYNAME", "RESOURCEID", "OUTPUTFORMAT"),
    *("RESULTTYPE", "STOREDQUERY_ID", "ID", "NAMESPACES", "VALUEREFERENCE", "RESOLVE", "ALIASES", "ACCEPTVERSIONS"),
]
REQUESTS = ["GetFeature", "GetFeature", "GetPropertyValue", "DescribeFeatureType", "GetCapabilities"]
OPERANDS = ["name", "year_built", "height_m", "geom", "data_date", "synthetic", "feature_id", "nothing", "a[1]", ""]
OPERATORS = [
    "PropertyIsEqualTo",
    "PropertyIsLessThan",
    "PropertyIsLike",
    "Intersects",
    "BBOX",
    "During",
    "And",
    "Not",
]


def some_filter(draw):
    inner = "".join(
        draw.choice(
            [
                f"<fes:ValueReference>{draw.choice(OPERANDS)}</fes:ValueReference>",
                f"<fes:Literal>{escape(draw.choice(VALUES))}</fes:Literal>",
                f'<fes:Function name="{draw.choice(["abs", "Add", "strConcat", "none"])}"/>',
                '<gml:Point srsName="EPSG:2178"><gml:pos>1</gml:pos></gml:Point>',
            ]
        )
        for _ in range(draw.randint(0, 3))
    )
    operator = draw.choice(OPERATORS)
    return filtered(f"<fes:{operator}>{inner}</fes:{operator}>")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_asked_the_answer_is_features_or_a_report(client, seed):
    draw = random.Random(seed)
    for _ in range(60):
        words = {draw.choice(WORDS): draw.choice(VALUES) for _ in range(draw.randint(1, 3))}
        if draw.random() < 0.5:
            words["FILTER"] = some_filter(draw)
        request = draw.choice(
            ["GetFeature", "GetFeature", "GetPropertyValue", "DescribeFeatureType", "GetCapabilities"]
        )
        answer = ask(client, request, **({"TYPENAMES": "buildings", "VALUEREFERENCE": "name"} | words))
        if answer.status_code != 200:
            refusal(answer)
        assert "Jan Nowak" not in text(answer) and "truncatedResponse" not in text(answer)
