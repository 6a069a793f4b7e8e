"""Probes of the SQL console: only analysts may use it, and its answers have nothing hidden."""

import uuid

from tests.geoportal.role_probes import Probe

EVERYTHING = {"sql": "SELECT b::text, h::text FROM buildings b, hydrants h"}

PROBES: dict[str, list[Probe]] = {
    "sql-console": [Probe("/sql/", shows=""), Probe("/sql/?saved=unknown")],
    "sql-saved": [Probe("/sql/saved/", "POST", {"title": "walk", "sql": "SELECT 1"}, form=True)],
    "sql-answer": [
        Probe("/sql.json", "POST", EVERYTHING, shows="analysts"),
        Probe("/sql.json", "POST", {"sql": "SELECT owner FROM buildings"}),
        Probe("/sql.json", "POST", {"sql": "SELECT * FROM hydrants", "format": "csv"}),
        Probe("/sql.json", "POST", {"sql": "SELECT * FROM datastreams JOIN observations USING (datastream_id)"}),
        Probe("/sql.json", "POST", {"sql": "SELECT * FROM datastreams JOIN latest_values USING (datastream_id)"}),
        Probe("/sql.json", "POST", {"sql": "SELECT * FROM hydrants", "format": "geojson"}),
        Probe("/sql.json", "POST", {"sql": "SELECT * FROM public.layers_building"}),
        Probe("/sql.json", "POST", {"sql": "SELECT * FROM geoportal_services.buildings"}),
    ],
    "sql-stop": [Probe("/sql/stop.json", "POST", {"key": str(uuid.UUID(int=7))})],
}
