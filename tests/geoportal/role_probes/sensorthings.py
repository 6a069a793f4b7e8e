"""Probes of the SensorThings API: sets, expansions, filters, data arrays, batches; and changes."""

from urllib.parse import quote

from tests.geoportal.role_probes import Probe

ROOT = "/sta/v1.1"
SECRET = quote("result gt 71717 and result lt 71718")
HIGHEST = quote("result desc")
WHOLE = quote("Locations,HistoricalLocations,Datastreams($expand=Observations($expand=FeatureOfInterest),Sensor)")
SETS = ("Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
        "FeaturesOfInterest")  # fmt: skip
BATCH = {"requests": [{"id": "a", "method": "GET", "url": f"Things?$expand={WHOLE}"}]}

PROBES: dict[str, list[Probe]] = {
    "sta": [Probe("/sta/")],
    "sta-root": [Probe(f"{ROOT}/"), Probe(f"{ROOT}")],
    "sta-resource": [
        *(Probe(f"{ROOT}/{name}?$count=true&$top=1000") for name in SETS),
        *(Probe(f"{ROOT}/{name}/$ref") for name in SETS),
        *(Probe(f"{ROOT}/{name}?$orderby={quote('id desc')}&$top=1") for name in SETS),
        Probe(f"{ROOT}/Things?$expand={WHOLE}", shows="services"),
        Probe(f"{ROOT}/Observations?$filter={SECRET}", shows="services"),
        Probe(
            f"{ROOT}/Observations?$orderby={quote('result desc')}&$top=1&$expand=Datastream/Thing", shows="services"
        ),
        Probe(f"{ROOT}/Observations?$resultFormat=dataArray", shows="services"),
        Probe(f"{ROOT}/Things?$filter={quote('Datastreams/Observations/result gt 71717')}"),
        Probe(f"{ROOT}/FeaturesOfInterest?$expand=Observations", shows="services"),
        Probe(f"{ROOT}/Locations?$expand=Things/Datastreams/Observations", shows="services"),
        Probe(f"{ROOT}/alarms"),
        Probe(f"{ROOT}/Things", "POST", {"name": "x", "description": "y", "properties": {"layer": "alarms"}}),
        Probe(f"{ROOT}/Things(1)", "PATCH", {"description": "x"}),
        Probe(f"{ROOT}/Things(1)", "DELETE"),
    ],
    "sta-batch": [Probe(f"{ROOT}/$batch", "POST", BATCH, shows="services")],
    "sta-create-observations": [Probe(f"{ROOT}/CreateObservations", "POST", [])],
}
