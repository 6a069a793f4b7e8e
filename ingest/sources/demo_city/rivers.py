"""Rivers and streams: their axes; culverts under the centre are not distinguished."""

from shapely import MultiLineString

from ingest.source import Reading
from ingest.sources.demo_city.reading import numbered, reading
from ingest.sources.demo_city.town import Town


def make(town: Town) -> Reading:
    """One record a watercourse."""
    rivers = town.ground.rivers
    return reading(
        "rivers",
        numbered("river", len(rivers)),
        [MultiLineString([line]) for _, line in rivers],
        {
            "name": [axis.name for axis, _ in rivers],
            "waterway_class": [axis.waterway_class for axis, _ in rivers],
            "width_m": [axis.width_m for axis, _ in rivers],
            "culvert": [False for _ in rivers],
        },
    )
