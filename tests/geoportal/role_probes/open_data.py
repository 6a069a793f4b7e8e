"""Probes of open data: its catalogue, feeds, snapshots, pictures and the board of freshness."""

from tests.geoportal.role_probes import Probe

PROBES: dict[str, list[Probe]] = {
    "open-data": [
        Probe("/open-data/"),
        Probe("/open-data/?q=TAJNY"),
        Probe("/open-data/?q=hydrant&lang=en"),
        Probe("/open-data/?theme=safety&licence=LicenseRef-internal&state=fresh"),
    ],
    "open-data-jsonld": [Probe("/open-data/catalog.jsonld"), Probe("/open-data/catalog.jsonld?synthetic=yes")],
    "open-data-ttl": [Probe("/open-data/catalog.ttl"), Probe("/open-data/catalog.ttl?synthetic=yes")],
    "open-data-rdf": [Probe("/open-data/catalog.rdf")],
    "open-data-preview": [
        Probe("/open-data/buildings/preview.png"),
        Probe("/open-data/hydrants/preview.png", hidden=True),
        Probe("/open-data/fire_stations/preview.png", hidden=True),
    ],
    "freshness": [Probe("/open-data/freshness/"), Probe("/open-data/freshness/?lang=en")],
    "freshness-json": [Probe("/open-data/freshness.json")],
    "snapshots": [
        Probe("/open-data/buildings/snapshots/"),
        Probe("/open-data/hydrants/snapshots/", hidden=True),
        Probe("/open-data/fire_stations/snapshots/", hidden=True),
    ],
    "snapshots-json": [
        Probe("/open-data/buildings/snapshots.json"),
        Probe("/open-data/hydrants/snapshots.json", hidden=True),
    ],
    "snapshot-latest": [
        *(
            Probe(f"/open-data/buildings/snapshots/latest.{ending}")
            for ending in ("gpkg", "geojson", "csv", "parquet", "fgb", "shp.zip", "pmtiles", "doc")
        ),
        Probe("/open-data/hydrants/snapshots/latest.gpkg", hidden=True),
        Probe("/open-data/fire_stations/snapshots/latest.csv", hidden=True),
    ],
    "snapshot-file": [
        Probe("/open-data/buildings/snapshots/2020-01-01/buildings-2020-01-01.csv"),
        Probe("/open-data/buildings/snapshots/latest/buildings.csv", headers={"Range": "bytes=0-9"}),
        Probe("/open-data/hydrants/snapshots/latest/hydrants.csv", hidden=True),
    ],
    "series-file": [
        Probe("/open-data/stations/observations.csv"),
        Probe("/open-data/stations/observations.parquet?statistic=daily"),
        Probe("/open-data/stations/observations.csv?station=TAJNY-CZUJNIK-77"),
        Probe("/open-data/alarms/observations.csv", hidden=True, shows="services"),
        Probe("/open-data/alarms/observations.parquet", hidden=True, shows="services"),
        Probe("/open-data/alarms/observations.csv?statistic=hourly", hidden=True),
        Probe("/open-data/alarms/observations.csv?statistic=wrong", hidden=True),
    ],
    "layer-file": [
        Probe("/open-data/buildings.parquet", shows="planners"),
        Probe("/open-data/buildings.fgb", shows="planners"),
        *(Probe(f"/open-data/hydrants.{ending}", hidden=True) for ending in ("parquet", "fgb")),
        Probe("/open-data/fire_stations.parquet", hidden=True, shows="services"),
    ],
}
