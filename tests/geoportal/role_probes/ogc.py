"""Probes of OGC API Common, Tiles, Records and Processes."""

from tests.geoportal.role_probes import Probe

AT = "/ogc/collections"
QUAD = "WebMercatorQuad"
TILE = f"{QUAD}/15/11124/18260"

PROBES: dict[str, list[Probe]] = {
    "ogc-landing": [Probe("/ogc/"), Probe("/ogc/?f=html"), Probe("/ogc/?f=xml")],
    "ogc-conformance": [Probe("/ogc/conformance"), Probe("/ogc/conformance?f=html")],
    "ogc-api": [Probe("/ogc/api"), Probe("/ogc/api?f=html")],
    "ogc-nothing": [Probe("/ogc/nothing/at/all"), Probe("/ogc/hydrants", "POST", {})],
    "ogc-catalogue": [Probe(f"{AT}/catalogue")],
    "ogc-records": [
        Probe(f"{AT}/catalogue/items"),
        Probe(f"{AT}/catalogue/items?ids=hydrants", hidden=True),
        Probe(f"{AT}/catalogue/items?q=Tajny", hidden=True),
        Probe(f"{AT}/catalogue/items?bbox=20,50,21,51"),
    ],
    "ogc-record": [
        Probe(f"{AT}/catalogue/items/buildings"),
        Probe(f"{AT}/catalogue/items/hydrants", hidden=True),
        Probe(f"{AT}/catalogue/items/fire_stations", hidden=True),
    ],
    "ogc-matrix-sets": [Probe("/ogc/tileMatrixSets")],
    "ogc-matrix-set": [Probe(f"/ogc/tileMatrixSets/{QUAD}")],
    "ogc-all-tilesets": [Probe("/ogc/tiles")],
    "ogc-all-tileset": [Probe(f"/ogc/tiles/{QUAD}")],
    "ogc-all-tile": [
        Probe(f"/ogc/tiles/{TILE}"),
        Probe(f"/ogc/tiles/{TILE}?collections=buildings,hydrants", hidden=True),
        Probe(f"/ogc/tiles/{TILE}?collections=fire_stations", hidden=True),
    ],
    "ogc-tilesets": [Probe(f"{AT}/buildings/tiles"), Probe(f"{AT}/hydrants/tiles", hidden=True)],
    "ogc-tileset": [
        Probe(f"{AT}/buildings/tiles/{QUAD}"),
        Probe(f"{AT}/buildings/tiles/{QUAD}?f=tilejson"),
        Probe(f"{AT}/hydrants/tiles/{QUAD}", hidden=True),
        Probe(f"{AT}/buildings/tiles/{QUAD}?f=tilejson&filter=owner%20LIKE%20'Tajny%25'", hidden=True),
    ],
    "ogc-tile": [
        Probe(f"{AT}/buildings/tiles/{TILE}"),
        Probe(f"{AT}/hydrants/tiles/{TILE}", hidden=True),
        Probe(f"{AT}/fire_stations/tiles/{TILE}", hidden=True),
        Probe(f"{AT}/buildings/tiles/{TILE}?filter=owner%20LIKE%20'Tajny%25'", hidden=True),
    ],
    "ogc-styles": [Probe("/ogc/styles")],
    "ogc-style": [
        Probe("/ogc/styles/map"),
        Probe("/ogc/styles/buildings?theme=dark"),
        Probe("/ogc/styles/hydrants", hidden=True),
    ],
    "ogc-processes": [Probe("/ogc/processes")],
    "ogc-process": [Probe("/ogc/processes/flood_exposure"), Probe("/ogc/processes/echo")],
    "ogc-execution": [
        Probe("/ogc/processes/flood_exposure/execution", "POST", {"inputs": {"colour": 1}}),
        Probe("/ogc/processes/flood_exposure/execution", "POST", {"inputs": {"exposed_share": 0.5}}),
        Probe("/ogc/processes/echo/execution", "POST", {"inputs": {"text": "x"}}),
    ],
    "ogc-jobs": [Probe("/ogc/jobs"), Probe("/ogc/jobs?status=successful")],
    "ogc-job": [Probe("/ogc/jobs/unknown"), Probe("/ogc/jobs/unknown", "DELETE")],
    "ogc-job-results": [Probe("/ogc/jobs/unknown/results")],
}
