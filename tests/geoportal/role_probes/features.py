"""Probes of OGC API Features."""

from urllib.parse import quote

from tests.geoportal.role_probes import Probe

AT = "/ogc/collections"
BUILDINGS = f"{AT}/buildings/items"
OWNER = quote("owner LIKE 'Tajny%'")
AS_JSON = quote('{"op":"like","args":[{"property":"owner"},"Tajny%"]}')
NEAR = quote("S_DWITHIN(geom, feature('hydrants', '{hydrant}'), 50)")
SAME = quote("owner = name")

PROBES: dict[str, list[Probe]] = {
    "ogc-collections": [Probe(AT), Probe(f"{AT}?f=html")],
    "ogc-collection": [
        Probe(f"{AT}/buildings"),
        Probe(f"{AT}/hydrants", hidden=True),
        Probe(f"{AT}/fire_stations?f=html", hidden=True),
    ],
    "ogc-queryables": [
        Probe(f"{AT}/buildings/queryables"),
        Probe(f"{AT}/buildings/queryables?f=html"),
        Probe(f"{AT}/hydrants/queryables", hidden=True),
    ],
    "ogc-schema": [Probe(f"{AT}/buildings/schema"), Probe(f"{AT}/hydrants/schema", hidden=True)],
    "ogc-items": [
        Probe(BUILDINGS, shows="planners"),
        Probe(f"{BUILDINGS}?f=html", shows="planners"),
        Probe(f"{BUILDINGS}?f=csv", shows="planners"),
        Probe(f"{BUILDINGS}?f=fgb", shows="planners"),
        Probe(f"{BUILDINGS}?filter={OWNER}", hidden=True, shows="planners"),
        Probe(f"{BUILDINGS}?filter={OWNER}&f=csv", hidden=True, shows="planners"),
        Probe(f"{BUILDINGS}?filter={AS_JSON}&filter-lang=cql2-json", hidden=True, shows="planners"),
        Probe(f"{BUILDINGS}?filter={SAME}", hidden=True),
        Probe(f"{BUILDINGS}?filter={NEAR}", hidden=True),
        Probe(f"{BUILDINGS}?sortby=owner", hidden=True, shows="planners"),
        Probe(f"{BUILDINGS}?sortby=-owner&limit=1", hidden=True),
        Probe(f"{BUILDINGS}?properties=owner", hidden=True, shows="planners"),
        Probe(f"{BUILDINGS}?owner=Tajny", hidden=True),
        Probe(f"{BUILDINGS}?datetime=../..", shows="planners"),
        Probe(f"{BUILDINGS}?datetime=2020-01-01"),
        Probe(f"{AT}/bus_stops/items?datetime=../.."),
        Probe(f"{AT}/hydrants/items", hidden=True, shows="planners"),
        Probe(f"{AT}/hydrants/items?f=html", hidden=True, shows="planners"),
        Probe(f"{AT}/fire_stations/items?f=csv", hidden=True, shows="services"),
    ],
    "ogc-item": [
        Probe(f"{BUILDINGS}/{{building}}", shows="planners"),
        Probe(f"{BUILDINGS}/{{building}}?f=html", shows="planners"),
        Probe(f"{AT}/hydrants/items/{{hydrant}}", hidden=True, shows="planners"),
        Probe(f"{AT}/fire_stations/items/{{station}}", hidden=True, shows="services"),
        Probe(f"{AT}/bus_stops/items/{{erased}}"),
    ],
}
