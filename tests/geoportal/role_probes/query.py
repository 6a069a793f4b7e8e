"""Probes of spatial questions: filters, second layers, groups and figures can reveal a secret as rows can."""

from urllib.parse import quote

from tests.geoportal.role_probes import Probe

OWNER = quote("owner LIKE 'Tajny%'")
HEATING = quote("heating = 'gas'")
NEAR_SECRET = "layer=buildings&relation=near&to=fire_stations&distance_m=900"
NO_TOKEN = "nosuchtokennosuchtoken12"

ASKED: list[tuple[str, bool, str]] = [
    ("layer=buildings", False, "planners"),
    (f"layer=buildings&filter={OWNER}", True, "planners"),
    (f"layer=buildings&filter={HEATING}&measure=count", True, ""),
    ("layer=buildings&by=owner", True, "planners"),
    ("layer=buildings&by=heating", True, ""),
    ("layer=buildings&measure=sum&of=residents", False, ""),
    ("layer=buildings&relation=near&to=hydrants&distance_m=900", True, ""),
    ("layer=buildings&relation=nearest&to=hydrants", True, "planners"),
    ("layer=bus_stops&relation=nearest&to=fire_stations", True, "services"),
    ("layer=bus_stops&relation=nearest&to=buildings", False, "planners"),
    (f"layer=bus_stops&relation=near&distance_m=900&to=buildings&to_filter={OWNER}", True, ""),
    (NEAR_SECRET, True, ""),
    ("layer=hydrants", True, "planners"),
    ("layer=hydrants&by=district", True, ""),
    ("layer=fire_stations&by=name", True, "services"),
    ("layer=bus_stops&district={district}", False, ""),
    ("layer=bus_stops&district={hydrant}", False, ""),
    ("layer=bus_stops&by=name", False, ""),
]
"""Questions: words, whether they ask for something hidden, and who must get a secret by it."""


def asked(address: str, keep: bool = True) -> list[Probe]:
    """Each question at an address."""
    return [Probe(f"{address}?{words}", hidden=hidden, shows=shows if keep else "") for words, hidden, shows in ASKED]


POSTED = [
    Probe("/query.json", "POST", {"layer": "buildings", "by": "owner"}, hidden=True, shows="planners"),
    Probe("/query.json", "POST", {"layer": "hydrants"}, hidden=True, shows="planners"),
    Probe("/query.json", "POST", {"layer": "buildings", "filter": "owner = 'Tajny'"}, hidden=True),
    Probe("/query.json", "POST", "layer=buildings"),
]

PROBES: dict[str, list[Probe]] = {
    "query": [Probe("/query/"), Probe(f"/query/?saved={NO_TOKEN}"), *asked("/query/")],
    "query-json": [*asked("/query.json"), *POSTED],
    "query-file": [
        *asked("/query.geojson", keep=False),
        *asked("/query.csv", keep=False),
        Probe("/query.csv?layer=bus_stops&relation=nearest&to=buildings", shows="planners"),
        Probe("/query.gpkg?layer=hydrants", hidden=True, shows="planners"),
        Probe("/query.geojson?layer=buildings&limit=10", shows="planners"),
    ],
    "query-area": [Probe("/query/area.json", "POST", {"file": "nothing"}, form=True)],
    "query-jobs": [
        Probe("/query/jobs/", "POST", {"layer": "buildings", "by": "owner"}, form=True),
        Probe("/query/jobs/", "POST", {"layer": "fire_stations"}, form=True),
    ],
    "query-result": [Probe(f"/query/results/{NO_TOKEN}/")],
    "query-result-state": [Probe(f"/query/results/{NO_TOKEN}.json")],
    "query-result-file": [Probe(f"/query/results/{NO_TOKEN}.csv")],
    "query-cancel": [Probe(f"/query/results/{NO_TOKEN}/cancel/", "POST", {}, form=True)],
    "saved-queries": [
        Probe("/query/saved/"),
        Probe("/query/saved/", "POST", {"layer": "buildings", "title": "Domy"}, form=True),
    ],
    "saved-query": [Probe(f"/query/saved/{NO_TOKEN}/", "POST", {"title": "x"}, form=True)],
}
