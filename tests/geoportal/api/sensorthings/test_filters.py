"""`$filter`: operators and functions of 18-088 (9.3.3.5, tables of operators and functions) and those of FROST.

Each expected answer was worked out by hand from the table of `Network`.
"""

from typing import Any

import pytest
from django.test import Client

from tests.geoportal.api.sensorthings.conftest import Get, Network, tiered

pytestmark = pytest.mark.django_db
LEVELS = [100, 101, 102, 103, 104, 105]
ALL: list[Any] = [*LEVELS, 40.5, 55, 7, True, False]
NOT_LEVELS = [40.5, 55, 7, True, False]
BOTH = ["Silnica", "Bobrza"]

OPERATORS = [
    ("result lt 10.00", [7]),
    ("result eq 100", [100]),
    ("result ne 100 and Datastream/id eq {level}", [101, 102, 103, 104, 105]),
    ("result gt 103", [104, 105]),
    ("result ge 103", [103, 104, 105]),
    ("result lt 40.5", [7]),
    ("result le 40.5", [40.5, 7]),
    ("result gt 20.0 and result lt 100", [40.5, 55]),
    ("result le 3.5 and FeatureOfInterest/id eq '1'", []),
    ("result gt 104 or result le 10", [105, 7]),
    ("not (result gt 50) and result gt 0", [40.5, 7]),
    ("not startswith(Datastream/description,'Stan')", [40.5, 55, True, False]),
    ("result eq 7 or result eq 55 and Datastream/name eq 'x'", [7]),
    ("(result eq 7 or result eq 55) and Datastream/name eq 'x'", []),
    ("result add 5 gt 109", [105]),
    ("result sub 5 eq 100", [105]),
    ("result mul 2 gt 208", [105]),
    ("result div 2 eq 3.5", [7]),
    ("result mod 2 eq 0", [100, 102, 104]),
    ("(result sub 5) gt 98", [104, 105]),
    ("result add 2 mul 3 eq 13", [7]),
    ("(result add 2) mul 3 eq 27", [7]),
    ("-result lt -104", [105]),
    ("result div 0 gt 1", []),
    ("result mod 0 eq 0", []),
    ("1e200 mul 1e200 gt result", []),
    ("1e-200 div 1e200 lt result", []),
    ("result add 1e308 gt 0 or result eq 7", [7]),
    ("result in (7,55)", [55, 7]),
    ("7 eq result", [7]),
    ("result eq true", [True]),
    ("result eq false", [False]),
    ("result eq null", []),
    ("result ne null and result lt 8", [7]),
    ("resultTime eq null", NOT_LEVELS),
    ("null ne resultTime", LEVELS),
    ("true", ALL),
    ("false", []),
    ("1 eq 1", ALL),
    ("round(result) eq 41", [40.5]),
    ("floor(result) eq 40", [40.5]),
    ("ceiling(result) eq 41", [40.5]),
    ("round(-2.5) eq -3 and result eq 7", [7]),
    ("parameters/n eq 4", [40.5]),
    ("parameters/run eq 'a'", [40.5]),
    ("parameters/run ne 'a'", []),
    ("resultQuality/code eq 'good'", [40.5]),
]
PATHS = [
    ("Datastream/id eq {other}", [7]),
    ("Datastream/id eq '{other}'", [7]),
    ("'{other}' eq Datastream/id", [7]),
    ("Datastream/@iot.id eq {pm10}", [40.5, 55]),
    ("Datastream/id eq 'FOI_1'", []),
    ("id eq {first}", [100]),
    ("Datastream/properties/class eq 'A' and result eq 7", [7]),
    ("Datastream/properties/depth gt 2 and result lt 8", [7]),
    ("Datastream/properties/depth gt 2.5", []),
    ("Datastream/properties/missing eq 'A'", []),
    ("Datastream/unitOfMeasurement/name eq 'centymetr' and result lt 8", [7]),
    ("Datastream/unitOfMeasurement/name ne 'centymetr'", [40.5, 55, True, False]),
    (
        "concat(concat(Datastream/unitOfMeasurement/symbol,', '),Datastream/unitOfMeasurement/name) "
        "eq 'cm, centymetr'",
        [*LEVELS, 7],
    ),
    ("Datastream/Thing/name eq 'Bobrza'", [7]),
    ("Datastream/Thing/properties/parts/pump eq 'P-1' and result lt 50", [40.5]),
    ("Datastream/Thing/properties/rank eq 3 and result lt 50", [40.5]),
    ("Datastream/Thing/properties/open eq true and result lt 50", [40.5]),
    ("Datastream/Thing/properties/open eq 'true' and result lt 50", [40.5]),
    ("Datastream/Thing/Locations/name eq 'Bobrza'", [7]),
    ("Datastream/ObservedProperty/name eq 'Pył PM10'", [40.5, 55]),
    ("Datastream/Sensor/encodingType eq 'application/pdf' and result eq 7", [7]),
    ("FeatureOfInterest/name eq 'Bobrza'", [7]),
    ("FeatureOfInterest/name eq 'Bobrza' or result eq 55", [55, 7]),
]
TIMES = [
    ("year(phenomenonTime) eq 2026", ALL),
    ("year(phenomenonTime) eq 2025", []),
    ("month(resultTime) eq 1", LEVELS),
    ("day(resultTime) eq 15 and result gt 104", [105]),
    ("hour(phenomenonTime) eq 1", [55]),
    ("minute(phenomenonTime) eq 40", [104]),
    ("second(phenomenonTime) eq 0 and result eq 7", [7]),
    ("fractionalseconds(phenomenonTime) eq 0 and result eq 7", [7]),
    ("date(phenomenonTime) eq 2026-01-15 and result eq 7", [7]),
    ("date(phenomenonTime) gt 2026-01-15", []),
    ("date(phenomenonTime) eq date(validTime)", [40.5]),
    ("date(resultTime) ne date(validTime)", []),
    ("time(phenomenonTime) ge 00:50:00", [105, 55]),
    ("totaloffsetminutes(phenomenonTime) eq 0 and result eq 7", [7]),
    ("resultTime ge now()", []),
    ("resultTime lt now()", LEVELS),
    ("resultTime gt mindatetime() and result eq 100", [100]),
    ("resultTime lt maxdatetime() and result eq 100", [100]),
    ("phenomenonTime eq 2026-01-15T00:10:00Z", [101]),
    ("phenomenonTime eq 2026-01-15T00:10:00.000Z", [101]),
    ("phenomenonTime eq 2026-01-15T01:10:00+01:00", [101]),
    ("phenomenonTime eq 2026-01-14T17:10:00-0700", [101]),
    ("phenomenonTime eq '2026-01-15T00:10:00Z'", [101]),
    ("phenomenonTime gt 2026-01-15T00:40:00Z", [105, 55]),
    ("phenomenonTime ge 2026-01-15T00:40:00Z", [104, 105, 55]),
    ("phenomenonTime lt 2026-01-15T00:10:00Z", [100, 7, True, False]),
    ("phenomenonTime eq 2026-01-15T00:00:00Z/2026-01-15T01:00:00Z", [40.5]),
    ("phenomenonTime gt 2026-01-14T00:00:00Z/2026-01-15T00:30:00Z", [103, 104, 105, 55]),
    ("resultTime le 2026-01-15T01:00:00Z and result gt 104", [105]),
    ("phenomenonTime add duration'PT10M' eq 2026-01-15T00:20:00Z", [101]),
    ("phenomenonTime sub duration'PT1H' ge 2026-01-15T00:00:00Z", [55]),
    ("resultTime sub phenomenonTime eq duration'PT10M'", [105]),
    ("totalseconds(duration'PT1H') eq 3600 and result eq 7", [7]),
    ("maxdatetime() add duration'P400D' gt phenomenonTime", []),
    ("validTime gt 2026-01-14T00:00:00Z", [40.5]),
    ("validTime eq null and result lt 60", [55, 7]),
    ("before(phenomenonTime,2026-01-15T00:05:00Z)", [100, 7, True]),
    ("after(phenomenonTime,2026-01-15T00:40:00Z)", [105, 55]),
    ("during(phenomenonTime,2026-01-15T00:35:00Z/2026-01-15T00:55:00Z)", [104, 105]),
    ("during(phenomenonTime,validTime)", [40.5]),
    ("overlaps(phenomenonTime,2026-01-15T00:55:00Z/2026-01-15T00:58:00Z)", [40.5]),
    ("meets(phenomenonTime,2026-01-15T02:00:00Z/2026-01-15T03:00:00Z)", [55]),
    ("starts(phenomenonTime,2026-01-15T01:00:00Z/2026-01-15T05:00:00Z)", [55]),
    ("finishes(phenomenonTime,2026-01-15T01:30:00Z/2026-01-15T02:00:00Z)", [55]),
]
THINGS = [
    ("substringof('most',description)", ["Silnica"]),
    ("substringof(description,'x Wodowskaz O''Hara x')", ["Bobrza"]),
    ("contains(description,'O''Hara')", ["Bobrza"]),
    ("description eq 'Wodowskaz O''Hara'", ["Bobrza"]),
    ("endswith(description,'(stary)')", ["Silnica"]),
    ("startswith(description,'Wodowskaz O')", ["Bobrza"]),
    ("not startswith(description,'test')", BOTH),
    ("length(description) eq 16", ["Bobrza"]),
    ("indexof(description,'most') eq 11", ["Silnica"]),
    ("indexof(description,'zzz') eq -1", BOTH),
    ("substring(description,11) eq 'most (stary)'", ["Silnica"]),
    ("substring(description,11,4) eq 'most'", ["Silnica"]),
    ("substring(description,1e18) eq ''", BOTH),
    ("tolower(name) eq 'silnica'", ["Silnica"]),
    ("toupper(name) eq 'BOBRZA'", ["Bobrza"]),
    ("trim(concat('  ',name)) eq 'Silnica'", ["Silnica"]),
    ("concat(concat(name,', '),description) eq 'Silnica, Wodowskaz, most (stary)'", ["Silnica"]),
    ("name gt 'Bobrza'", ["Silnica"]),
    ("name in ('Silnica','X')", ["Silnica"]),
    ("id eq {bobrza}", ["Bobrza"]),
    ("@iot.id eq {bobrza}", ["Bobrza"]),
    ("id in ({bobrza},{home})", ["Bobrza"]),
    ("properties/owner eq 'miasto'", ["Silnica"]),
    ("properties/rank gt 2.5", ["Silnica"]),
    ("properties/rank add 1 eq 4", ["Silnica"]),
    ("properties/open", ["Silnica"]),
    ("properties/parts/pump eq 'P-1'", ["Silnica"]),
    ("properties/owner eq null", ["Bobrza"]),
    ("startswith(properties/owner,'mia')", ["Silnica"]),
    ("Datastreams/name eq 'Pył PM10 Silnica'", ["Silnica"]),
    ("Datastreams/unitOfMeasurement/name eq 'mikrogram'", ["Silnica"]),
    ("Datastreams/ObservedProperty/name eq 'Stan wody'", BOTH),
    ("Datastreams/Observations/result lt 8", ["Bobrza"]),
    (
        "Datastreams/Observations/FeatureOfInterest/id eq 'FOI_1' and Datastreams/Observations/resultTime ge "
        "2010-06-01T00:00:00Z and Datastreams/Observations/resultTime le 2010-07-01T00:00:00Z",
        [],
    ),
    (
        "Datastreams/Observations/FeatureOfInterest/name eq 'Silnica' and Datastreams/Observations/resultTime ge "
        "2026-01-15T01:00:00Z and Datastreams/Observations/resultTime le 2026-01-15T01:00:00Z",
        ["Silnica"],
    ),
    ("Datastreams/any()", BOTH),
    ("Datastreams/any(d:d/name eq 'Drzwi Silnica')", ["Silnica"]),
    ("Datastreams/all(d:d/unitOfMeasurement/symbol eq 'cm')", ["Bobrza"]),
    ("Datastreams/any(d:d/Observations/any(o:o/result gt 100))", ["Silnica"]),
    ("not Datastreams/any(d:d/unitOfMeasurement/symbol eq 'ug/m3')", ["Bobrza"]),
    ("Locations/name eq 'Bobrza'", ["Bobrza"]),
    ("HistoricalLocations/Locations/name eq 'Bobrza'", ["Bobrza"]),
    ("geo.distance(Locations/location,geography'POINT(-122 43)') gt 1", BOTH),
    ("geo.distance(Locations/location,geography'POINT(20.55 50.9)') lt 0.001", ["Bobrza"]),
]


@pytest.mark.parametrize(("expression", "results"), tiered([*OPERATORS, *PATHS, *TIMES]))
def test_observations_satisfy_a_filter(network: Network, get: Get, expression: str, results: list[Any]) -> None:
    found = get(network.fill(f"Observations?$select=result&$filter={expression}"))
    assert [one["result"] for one in found["value"]] == results


@pytest.mark.parametrize(("expression", "names"), tiered(THINGS))
def test_things_satisfy_a_filter(network: Network, get: Get, expression: str, names: list[str]) -> None:
    found = get(network.fill(f"Things?$select=name&$orderby=id&$filter={expression}"))
    assert [one["name"] for one in found["value"]] == names


STREAMS = [
    ("unitOfMeasurement/name eq 'centymetr'", ["Stan wody Silnica", "Stan wody Bobrza"]),
    ("unitOfMeasurement/symbol ne 'cm'", ["Pył PM10 Silnica", "Drzwi Silnica"]),
    ("phenomenonTime gt 2026-01-14T00:00:00Z and ObservedProperty/name eq 'Drzwi'", ["Drzwi Silnica"]),
    ("phenomenonTime eq 2026-01-15T00:00:00Z/2026-01-15T02:00:00Z", ["Pył PM10 Silnica"]),
    ("phenomenonTime eq 2026-01-15T00:00:00Z", ["Stan wody Bobrza"]),
    ("Observations/result eq 7", ["Stan wody Bobrza"]),
    (
        "geo.intersects(observedArea,geography'POLYGON((20.5 50.8,20.6 50.8,20.6 50.95,20.5 50.95,20.5 50.8))')",
        ["Stan wody Bobrza"],
    ),
    (
        "observationType eq 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_TruthObservation'",
        ["Drzwi Silnica"],
    ),
]


@pytest.mark.parametrize(("expression", "names"), tiered(STREAMS))
def test_datastreams_satisfy_a_filter(network: Network, get: Get, expression: str, names: list[str]) -> None:
    found = get(f"Datastreams?$select=name&$orderby=id&$filter={expression}")
    assert [one["name"] for one in found["value"]] == names


LINE, SQUARE = "LINESTRING(20 51,20 52,21 52)", "POLYGON((20 51,22 51,22 53,20 53,20 51))"
PLACES = {
    "corner": {"type": "Point", "coordinates": [20, 51]},
    "inside": {"type": "Point", "coordinates": [21, 52]},
    "far": {"type": "Point", "coordinates": [-114.133, 51.08]},
    "way": {"type": "LineString", "coordinates": [[19, 52], [23, 52]]},
    "area": {"type": "Polygon", "coordinates": [[[21, 52], [24, 52], [24, 54], [21, 54], [21, 52]]]},
}
SPATIAL = [
    ("st_equals(location,geography'POINT (-114.133 51.08)')", ["far"]),
    ("st_disjoint(location,geography'{SQUARE}')", ["far"]),
    ("st_touches(location,geography'{LINE}')", ["corner", "inside", "area"]),
    ("st_within(location,geography'{SQUARE}')", ["inside"]),
    ("st_overlaps(location,geography'{SQUARE}')", ["area"]),
    ("st_crosses(location,geography'{SQUARE}')", ["way"]),
    ("st_intersects(location,geography'{LINE}')", ["corner", "inside", "way", "area"]),
    ("st_contains(location,geography'POINT (21 52)')", ["inside", "way"]),
    ("st_relate(location,geography'{SQUARE}','T*F**F***')", ["inside"]),
    ("geo.distance(location,geography'POINT (-114.133 52.08)') eq 1", ["far"]),
    ("geo.length(location) eq 4", ["way"]),
    ("geo.length(geography'LINESTRING (0 0,3 4)') eq 5 and name eq 'far'", ["far"]),
    ("geo.intersects(location,geography'{SQUARE}')", ["corner", "inside", "way", "area"]),
    ("geo.intersects(location,'{SQUARE}')", ["corner", "inside", "way", "area"]),
]


def test_places_satisfy_spatial_relationships(network: Network, get: Get, send: Any) -> None:
    for name, shape in PLACES.items():
        place = {"name": name, "description": "p", "encodingType": "application/vnd.geo+json", "location": shape}
        send("POST", "Locations", place, 201)
    secret = send("GET", "Locations").request["HTTP_AUTHORIZATION"]
    for expression, names in SPATIAL:
        written = expression.replace("{LINE}", LINE).replace("{SQUARE}", SQUARE)
        query = f"Locations?$select=name&$orderby=id&$filter=description eq 'p' and {written}"
        found = get(query, headers={"Authorization": secret})
        assert [one["name"] for one in found["value"]] == names, written


def test_letters_in_an_address_that_were_not_encoded_are_read(network: Network, web: Client) -> None:
    """curl and others send the bytes of UTF-8 as they are."""
    name = "Pył PM10".encode().decode("latin-1")  # as a WSGI server gives bytes
    expression = f"$filter=ObservedProperty/name%20eq%20'{name.replace(' ', '%20')}'&$select=name"
    answer = web.get("/sta/v1.1/Datastreams", QUERY_STRING=expression)
    assert answer.json() == {"value": [{"name": "Pył PM10 Silnica"}]}


def test_letters_in_the_address_of_a_batch_are_read(network: Network, send: Any) -> None:
    url = "Datastreams?$filter=ObservedProperty/name eq 'Pył PM10'&$select=name"
    answer = send("POST", "$batch", {"requests": [{"id": "1", "method": "GET", "url": url}]})
    assert answer.json()["responses"][0]["body"] == {"value": [{"name": "Pył PM10 Silnica"}]}
