"""Probes of the edit form: only editors pass, and nobody learns of layers or fields that do not exist for them."""

from tests.geoportal.role_probes import Probe

UNKNOWN = "00000000-0000-0000-0000-000000000000"
PROBES: dict[str, list[Probe]] = {
    "edit-feature": [
        Probe("/edit/buildings/{building}/", shows="editors"),
        Probe("/edit/hydrants/{hydrant}/", shows="editors"),
        Probe(f"/edit/fire_stations/{UNKNOWN}/"),
        Probe(f"/edit/nothing/{UNKNOWN}/"),
        Probe("/edit/buildings/{building}/", "POST", {"version": "1", "field.owner": "x"}, form=True),
    ],
    "new-feature": [
        Probe("/edit/hydrants/new/"),
        Probe("/edit/fire_stations/new/"),
        Probe("/edit/hydrants/new/", "POST", {"field.dn_mm": "900"}, form=True),
    ],
    "edit-restore": [
        Probe("/edit/hydrants/{hydrant}/restore/", "POST", {"restored": "1", "current": "1"}, form=True),
        Probe(f"/edit/fire_stations/{UNKNOWN}/restore/", "POST", {"restored": "1"}, form=True),
    ],
    "edit-undo": [Probe("/edit/runs/{run}/undo/", "POST", {}, form=True)],
    "series-exclude": [
        Probe("/edit/stations/series/{level}/exclusions/", "POST", {"since": "2026-01-15T00:00"}, form=True),
        Probe("/edit/alarms/series/{gas}/exclusions/", "POST", {"since": "2026-01-15T00:00"}, form=True),
        Probe("/edit/stations/series/{gas}/exclusions/", "POST", {}, form=True),
    ],
    "series-exclusion": [
        Probe("/edit/alarms/series/{gas}/exclusions/{exclusion}/", "POST", {"action": "withdraw"}, form=True),
        Probe("/edit/stations/series/{level}/exclusions/{exclusion}/", "POST", {"action": "withdraw"}, form=True),
    ],
    "series-limits": [
        Probe("/edit/stations/series/{level}/limits/", "POST", {"lowest": "x", "note": "y"}, form=True),
        Probe("/edit/alarms/series/{gas}/limits/", "POST", {"lowest": "1", "note": "y"}, form=True),
    ],
    "series-undo": [
        Probe("/edit/stations/series/{level}/runs/{run}/undo/", "POST", {}, form=True),
        Probe("/edit/alarms/series/{gas}/runs/{run}/undo/", "POST", {}, form=True),
    ],
    "edit-geometry": [
        Probe("/edit/geometry.json", "POST", {"layer": "hydrants", "text": "50.87 20.63"}),
        Probe("/edit/geometry.json", "POST", {"layer": "fire_stations", "text": "50.87 20.63"}),
        Probe("/edit/geometry.json", "POST", {"layer": "buildings", "geometry": 5}),
    ],
    "ogc-items": [
        Probe("/ogc/collections/hydrants/items", "POST", {"type": "Feature", "geometry": None, "properties": {}}),
        Probe("/ogc/collections/fire_stations/items", "POST", {"type": "Feature"}),
        Probe("/ogc/collections/buildings/items", "OPTIONS"),
    ],
    "ogc-item": [
        Probe("/ogc/collections/hydrants/items/{hydrant}", "PATCH", {"properties": {"nothing": 1}}),
        Probe("/ogc/collections/buildings/items/{building}", "PUT", {"type": "Feature"}),
        Probe("/ogc/collections/hydrants/items/{hydrant}", "DELETE"),
        Probe("/ogc/collections/hydrants/items/{hydrant}", "OPTIONS"),
    ],
}
