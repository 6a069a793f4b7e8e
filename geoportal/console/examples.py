"""Example statements. Each works on the demo city, and on any city with these layers.

Measured on the demo city (24,000 buildings, 1,881 road segments, 302 flood zones; two busy cores), in seconds:

    buildings in water of the 1% flood, plain join          1.1     without the barrier, by index  0.07
    buildings within 20 m of a road, plain ST_DWithin      over 60
    the same with `b.geom && ST_Expand(r.geom, 20)` first  29
    the same by the squares of a grid (GRID)                1.8     without the barrier, by index  0.36
    buildings by district, ST_Intersects of centroids      12

So a join with thousands of rows on both sides should join by a grid, or be asked on /query/, which uses the indexes.
"""

from dataclasses import dataclass, replace

from layers.city import city
from layers.crs import WGS84, storage_srid
from layers.text import Text


@dataclass(frozen=True, slots=True)
class Example:
    """A statement, what it answers, and the layers it reads; with placeholders for the city's centre and CRSs."""

    title: Text
    sql: str
    layers: frozenset[str]


GRID = """\
-- Duże złączenie przez kratki 100 m: oba WITH muszą być MATERIALIZED.
WITH b AS MATERIALIZED (
  SELECT feature_id, geom, x, y FROM buildings,
    generate_series(floor(ST_XMin(geom) / 100)::int, floor(ST_XMax(geom) / 100)::int) AS x,
    generate_series(floor(ST_YMin(geom) / 100)::int, floor(ST_YMax(geom) / 100)::int) AS y
), r AS MATERIALIZED (
  SELECT road_class, geom, x, y FROM roads,
    generate_series(floor((ST_XMin(geom) - 20) / 100)::int, floor((ST_XMax(geom) + 20) / 100)::int) AS x,
    generate_series(floor((ST_YMin(geom) - 20) / 100)::int, floor((ST_YMax(geom) + 20) / 100)::int) AS y
)
SELECT r.road_class, count(DISTINCT b.feature_id) AS buildings
FROM b JOIN r USING (x, y)
WHERE ST_DWithin(b.geom, r.geom, 20)
GROUP BY r.road_class
ORDER BY buildings DESC"""

EXAMPLES: tuple[Example, ...] = (
    Example(
        Text("Budynki według funkcji i ich powierzchnia", "Buildings by use, and their area"),
        """\
SELECT use_class, count(*) AS buildings, round(sum(ST_Area(geom))::numeric) AS area_m2
FROM buildings
GROUP BY use_class
ORDER BY buildings DESC""",
        frozenset({"buildings"}),
    ),
    Example(
        Text("Największe budynki na mapie", "The largest buildings, on the map"),
        """\
SELECT name, use_class, year_built, round(ST_Area(geom)::numeric) AS area_m2, geom
FROM buildings
ORDER BY ST_Area(geom) DESC
LIMIT 50""",
        frozenset({"buildings"}),
    ),
    Example(
        Text("Budynki w wodzie powodzi 1%", "Buildings in the water of the 1% flood"),
        """\
WITH water AS MATERIALIZED (
  SELECT ST_Union(geom) AS geom FROM flood_zones WHERE scenario = 'p1'
)
SELECT b.use_class, b.storeys_above, b.geom
FROM buildings b, water w
WHERE ST_Intersects(b.geom, w.geom)""",
        frozenset({"buildings", "flood_zones"}),
    ),
    Example(
        Text("Przystanki do 500 m od środka miasta", "Bus stops within 500 m of the city's centre"),
        """\
WITH place AS (
  SELECT ST_Transform(ST_SetSRID(ST_MakePoint({longitude}, {latitude}), {degrees}), {metres}) AS geom
)
SELECT s.name, round(ST_Distance(s.geom, p.geom)::numeric) AS distance_m, s.geom
FROM bus_stops s, place p
WHERE ST_DWithin(s.geom, p.geom, 500)
ORDER BY distance_m""",
        frozenset({"bus_stops"}),
    ),
    Example(
        Text("Ostatnie wartości stacji na mapie", "Latest values of the stations, on the map"),
        """\
SELECT d.station, d.observed_property, v.value, d.unit, v.starts_at, v.freshness, v.excluded, s.geom
FROM latest_values v
JOIN datastreams d USING (datastream_id)
LEFT JOIN stations s USING (feature_id)
ORDER BY d.station, d.observed_property""",
        frozenset({"stations", "datastreams", "latest_values"}),
    ),
    Example(
        Text("Średnie miesięczne PM10 na stacjach", "Monthly means of PM10 at the stations"),
        """\
SELECT d.station, date_trunc('month', v.starts_at) AS month, round(avg(v.mean)::numeric, 1) AS mean,
  count(*) AS days, d.unit
FROM daily_values v
JOIN datastreams d USING (datastream_id)
WHERE d.observed_property = 'PM10' AND v.coverage >= 0.75 AND NOT v.excluded
GROUP BY d.station, month, d.unit
ORDER BY d.station, month""",
        frozenset({"datastreams", "daily_values"}),
    ),
    Example(
        Text("Budynki do 20 m od dróg (duże złączenie)", "Buildings within 20 m of roads (a large join)"),
        GRID,
        frozenset({"buildings", "roads"}),
    ),
)


def examples_for(layers: frozenset[str]) -> list[Example]:
    """The examples whose layers the reader may see, with this city's values filled in."""
    longitude, latitude, _ = city().view
    here = {"longitude": longitude, "latitude": latitude, "degrees": WGS84, "metres": storage_srid()}
    return [replace(one, sql=one.sql.format(**here)) for one in EXAMPLES if one.layers <= layers]
