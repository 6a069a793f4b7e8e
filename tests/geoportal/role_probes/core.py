"""Probes of the pages and answers that were there before accounts."""

from urllib.parse import quote

from tests.geoportal.role_probes import Probe

TILE = "17/73047/43954"
"""The web map tile with the market square, and so with all features of the walk."""
MARKET = [20.63139, 50.87028]
AREA = quote(
    '{"type":"Polygon","coordinates":[[[20.62,50.865],[20.64,50.865],[20.64,50.875],[20.62,50.875],[20.62,50.865]]]}'
)
OWNER = quote("owner LIKE 'Tajny%'")
SHEET = {"title": "Rynek", "center": MARKET, "scale": 1000}

PROBES: dict[str, list[Probe]] = {
    "map": [Probe("/"), Probe("/?lang=en")],
    "catalogue": [Probe("/catalogue/"), Probe("/catalogue/?q=hydrant"), Probe("/catalogue/?q=właściciel")],
    "layer": [
        Probe("/catalogue/buildings/"),
        Probe("/catalogue/hydrants/", hidden=True),
        Probe("/catalogue/fire_stations/", hidden=True),
        Probe("/catalogue/stations/"),
        Probe("/catalogue/alarms/?lang=en", hidden=True, shows="services"),
    ],
    "series": [
        Probe("/catalogue/stations/series/{level}/"),
        Probe("/catalogue/stations/series/{gas}/?lang=en"),
        Probe("/catalogue/alarms/series/{gas}/?lang=en", hidden=True, shows="services"),
        Probe("/catalogue/alarms/series/{level}/", hidden=True),
        Probe("/catalogue/hydrants/series/{level}/", hidden=True),
    ],
    "live-values": [
        Probe("/live/stations.json"),
        Probe("/live/stations.json?after=0"),
        Probe("/live/alarms.json", hidden=True, shows="services"),
        Probe("/live/alarms.json?after=wrong", hidden=True),
    ],
    "live-history": [
        Probe("/live/stations/last-48-hours.json"),
        Probe("/live/alarms/last-48-hours.json", hidden=True),
    ],
    "sensors": [
        Probe("/catalogue/stations/sensors/", shows="planners"),
        Probe("/catalogue/stations/sensors/?show=silent&type=river&sort=battery&lang=en"),
        Probe("/catalogue/alarms/sensors/", hidden=True, shows="services"),
        Probe("/catalogue/hydrants/sensors/", hidden=True),
    ],
    "sensors-file": [
        Probe("/catalogue/stations/sensors.csv", shows="planners"),
        Probe("/catalogue/alarms/sensors.csv?show=excluded", hidden=True, shows="services"),
        Probe("/catalogue/hydrants/sensors.csv", hidden=True),
    ],
    "station": [
        Probe("/catalogue/stations/stations/{river}/"),
        Probe("/catalogue/stations/stations/{home}/?lang=en"),
        Probe("/catalogue/stations/stations/{river}/?series={gas}"),
        Probe("/catalogue/alarms/stations/{home}/?lang=en", hidden=True, shows="services"),
        Probe("/catalogue/alarms/stations/{river}/", hidden=True),
        Probe("/catalogue/hydrants/stations/{river}/", hidden=True),
    ],
    "compare": [
        Probe("/catalogue/stations/compare/"),
        Probe("/catalogue/stations/compare/?series={gas}"),
        Probe("/catalogue/alarms/compare/?lang=en", hidden=True, shows="services"),
        Probe("/catalogue/alarms/compare/?by=years&property=gas", hidden=True),
    ],
    "chart-json": [
        Probe("/live/stations/chart.json?series={level}"),
        Probe("/live/stations/chart.json?series={gas}"),
        Probe("/live/alarms/chart.json?series={gas}&from=2026-01-15&to=2026-01-15", hidden=True, shows="services"),
        Probe("/live/alarms/chart.json?series={level}&statistic=wrong", hidden=True),
    ],
    "chart-csv": [
        Probe("/live/stations/chart.csv?series={level}&range=year"),
        Probe("/live/stations/chart.csv?series={gas}"),
        Probe("/live/alarms/chart.csv?series={gas}&from=2026-01-15&to=2026-01-15", hidden=True, shows="services"),
        Probe("/live/alarms/chart.csv", hidden=True),
    ],
    "table": [
        Probe("/catalogue/buildings/table/", shows="planners"),
        Probe(f"/catalogue/buildings/table/?filter={OWNER}", hidden=True),
        Probe("/catalogue/buildings/table/?sort=owner", hidden=True),
        Probe("/catalogue/buildings/table/?q=Tajny"),
        Probe("/catalogue/buildings/table/?at=2020-01-01"),
        Probe("/catalogue/buildings/table/?feature={building}"),
        Probe("/catalogue/hydrants/table/", hidden=True, shows="planners"),
        Probe("/catalogue/fire_stations/table/", hidden=True, shows="services"),
        Probe("/catalogue/bus_stops/table/"),
        Probe("/catalogue/alarms/table/", hidden=True, shows="services"),
    ],
    "reports": [Probe("/reports/"), Probe("/reports/?q=TAJNY-HYDRAN"), Probe("/reports/?q=TAJN")],
    "place_report": [
        Probe("/reports/place/?layer=buildings&feature={building}"),
        Probe("/reports/place/?point=20.63139,50.87028"),
        Probe(f"/reports/place/?area={AREA}"),
        Probe("/reports/place/?layer=hydrants&feature={hydrant}", hidden=True),
        Probe("/reports/place/?layer=fire_stations&feature={station}", hidden=True),
        Probe("/reports/place/?layer=bus_stops&feature={erased}"),
    ],
    "place_report_pdf": [
        Probe("/reports/place.pdf?layer=buildings&feature={building}"),
        Probe("/reports/place.pdf?layer=hydrants&feature={hydrant}", hidden=True),
    ],
    "studies": [Probe("/studies/")],
    "study": [Probe("/studies/flood_exposure/")],
    "study-report": [Probe("/studies/flood_exposure/report/")],
    "study-report-map": [Probe("/studies/flood_exposure/report/map/")],
    "study-pdf": [Probe("/studies/flood_exposure/report.pdf")],
    "study-result": [Probe("/studies/flood_exposure/results/no-such-token/")],
    "study-cancel": [Probe("/studies/flood_exposure/results/no-such-token/cancel/", "POST", {}, form=True)],
    "study-figures": [Probe("/studies/flood_exposure.json")],
    "study-features": [
        Probe("/studies/flood_exposure/flood_exposure.geojson"),
        Probe("/studies/flood_exposure/flood_exposure_grid.geojson"),
    ],
    "study-result-state": [Probe("/studies/flood_exposure/results/no-such-token.json")],
    "study-result-features": [Probe("/studies/flood_exposure/results/no-such-token/flood_exposure.geojson")],
    "accessibility": [Probe("/accessibility/")],
    "health": [Probe("/health")],
    "tile": [
        Probe(f"/tiles/buildings/{TILE}.mvt"),
        Probe(f"/tiles/buildings/{TILE}.mvt?filter={OWNER}", hidden=True),
        Probe(f"/tiles/hydrants/{TILE}.mvt", hidden=True),
        Probe(f"/tiles/fire_stations/{TILE}.mvt", hidden=True, shows="services"),
        Probe(f"/tiles/bus_stops/{TILE}.mvt"),
    ],
    "tile-json": [
        Probe("/tiles/buildings.json"),
        Probe(f"/tiles/buildings.json?filter={OWNER}", hidden=True),
        Probe("/tiles/hydrants.json", hidden=True),
        Probe("/tiles/fire_stations.json", hidden=True),
    ],
    "layer-fields": [
        Probe("/catalogue/buildings/fields.json"),
        Probe("/catalogue/hydrants/fields.json", hidden=True),
    ],
    "feature-card": [
        Probe("/tiles/buildings/features/{building}.json", shows="editors"),
        Probe("/tiles/buildings/features/{building}.json?at=2020-01-01"),
        Probe("/tiles/hydrants/features/{hydrant}.json", hidden=True, shows="planners"),
        Probe("/tiles/fire_stations/features/{station}.json", hidden=True, shows="services"),
        Probe("/tiles/bus_stops/features/{erased}.json"),
    ],
    "feature-history": [
        Probe("/tiles/buildings/features/{building}/history.json", shows="planners"),
        Probe("/tiles/hydrants/features/{hydrant}/history.json", hidden=True),
        Probe("/tiles/bus_stops/features/{erased}/history.json"),
    ],
    "selection": [
        Probe("/selection.json", "POST", {"layers": {"buildings": ["{building}"]}}),
        Probe("/selection.json", "POST", {"layers": {"hydrants": ["{hydrant}"]}}, hidden=True, shows="planners"),
        Probe("/selection.json", "POST", {"layers": {"fire_stations": ["{station}"]}}, hidden=True),
    ],
    "measure": [Probe("/measure.json", "POST", {"type": "Point", "coordinates": MARKET})],
    "buffer": [
        Probe("/buffer.json", "POST", {"layer": "buildings", "feature": "{building}", "distance_m": 5}),
        Probe("/buffer.json", "POST", {"layer": "hydrants", "feature": "{hydrant}", "distance_m": 5}, hidden=True),
    ],
    "search": [
        Probe("/search.json?q=TAJNY-HYDRAN"),
        Probe("/search.json?q=TAJNA-STRA", shows="services"),
        Probe("/search.json?q=Tajny+W%C5%82a%C5%9Bcici"),
        Probe("/search.json?q=WYMAZANY-PRZYSTAN"),
    ],
    "print": [
        Probe("/print/", "POST", SHEET | {"layers": [{"slug": "buildings"}]}),
        Probe("/print/", "POST", SHEET | {"layers": [{"slug": "hydrants"}]}, hidden=True),
        Probe("/print/", "POST", SHEET | {"layers": [{"slug": "buildings", "filter": "owner = 'x'"}]}, hidden=True),
    ],
    "print-frame": [Probe("/print/frame.json?paper=a4&orientation=landscape&scale=1000&center=20.63139,50.87028")],
    "layer-file": [
        *(Probe(f"/open-data/buildings.{ending}", shows="planners") for ending in ("geojson", "csv", "gpkg")),
        *(Probe(f"/open-data/hydrants.{ending}", hidden=True) for ending in ("geojson", "csv", "gpkg")),
        Probe("/open-data/fire_stations.csv", hidden=True, shows="services"),
        Probe(f"/open-data/buildings.csv?filter={OWNER}", hidden=True),
        Probe("/open-data/buildings.csv?sort=owner", hidden=True),
        Probe("/open-data/buildings.geojson?at=2020-01-01"),
        Probe("/open-data/bus_stops.geojson"),
    ],
    "account": [Probe("/account/")],
    "token-revoke": [Probe("/account/tokens/1/revoke/", "POST", {}, form=True)],
    "account_login": [Probe("/accounts/login/")],
    "account_logout": [Probe("/accounts/logout/")],
    "account_change_password": [Probe("/accounts/password/change/")],
    "openid_connect_login": [Probe("/accounts/oidc/city/login/")],
    "openid_connect_callback": [Probe("/accounts/oidc/city/login/callback/")],
    "socialaccount_login_cancelled": [Probe("/accounts/login/cancelled/")],
    "socialaccount_login_error": [Probe("/accounts/login/error/")],
    "admin:index": [Probe("/admin/")],
}
