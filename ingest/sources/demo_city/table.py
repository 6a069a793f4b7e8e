"""Types of the table that a demo city is generated from: rivers, main roads, districts and woods, in lon, lat.

For a city without a table one is invented that fits its outline (`invented.py`).
"""

from dataclasses import dataclass

Line = tuple[tuple[float, float], ...]


def line(*texts: str) -> Line:
    """Points written as "lon lat, lon lat, ...", in one text or several."""
    pairs = (pair.split() for text in texts for pair in text.split(","))
    return tuple((float(lon), float(lat)) for lon, lat in pairs)


@dataclass(frozen=True, slots=True)
class RiverAxis:
    """A named watercourse, from its upper to its lower end."""

    name: str
    width_m: float
    axis: Line
    waterway_class: str = "river"


@dataclass(frozen=True, slots=True)
class MainRoad:
    """A main road. `names` are the streets it consists of, from its first point to its last."""

    road_no: str
    road_class: str
    manager: str
    names: tuple[str, ...]
    axis: Line


@dataclass(frozen=True, slots=True)
class DistrictSeed:
    """A district's name, its centre and its predominant character."""

    name: str
    lon: float
    lat: float
    character: str


@dataclass(frozen=True, slots=True)
class Wood:
    """A forest as an ellipse: middle, half axes in metres and the turn of the first axis in degrees."""

    name: str
    lon: float
    lat: float
    half_axes_m: tuple[float, float]
    turn_deg: float
    green_class: str = "forest"


@dataclass(frozen=True, slots=True)
class CityTable:
    """The table of one city. `industry` are axes along which plants and depots stand."""

    centre: tuple[float, float]
    rivers: tuple[RiverAxis, ...]
    roads: tuple[MainRoad, ...]
    districts: tuple[DistrictSeed, ...]
    woods: tuple[Wood, ...]
    industry: tuple[Line, ...]
    lowest_m: float
    postcode: str
    stations: tuple[tuple[str, float, float], ...]
