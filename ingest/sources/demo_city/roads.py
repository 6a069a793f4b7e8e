"""Roads: the street network with class, number, width, surface and speed; bridges where it crosses water."""

from dataclasses import dataclass

import numpy as np
import shapely
import shapely.ops
from shapely import LineString, STRtree

from ingest.source import Reading
from ingest.sources.demo_city.ground import rng_for
from ingest.sources.demo_city.reading import numbered, reading
from ingest.sources.demo_city.town import Town

LANES = {"expressway": 4, "main": 2, "collector": 2, "local": 2, "internal": 1, "track": 1}
SPEED_KM_H = {"expressway": 100, "main": 50, "collector": 50, "local": 50, "internal": 20, "track": 30}
SURFACES = {
    "local": (("asphalt", 0.62), ("paving", 0.14), ("gravel", 0.15), ("dirt", 0.06), ("setts", 0.03)),
    "internal": (("paving", 0.5), ("asphalt", 0.3), ("gravel", 0.2)),
    "track": (("dirt", 0.7), ("gravel", 0.3)),
}


@dataclass(slots=True)
class Pieces:
    """Segments divided at bridges: line, original segment, ends, and whether it is a bridge."""

    lines: list[LineString]
    segment: list[int]
    ends: list[tuple[str, str]]
    bridge: list[bool]


def make(town: Town) -> Reading:
    """One record a segment between two nodes."""
    streets, rng = town.streets, rng_for(town.seed, "roads")
    pieces = _bridged(town)
    segment = np.array(pieces.segment)
    classes = streets.road_class[segment]
    mains = [town.ground.table.roads[index] if index >= 0 else None for index in streets.main[segment]]
    surface = _surfaces(streets.street[segment], classes, rng)
    managers = [
        main.manager if main else {"collector": "county", "internal": "internal"}.get(kind, "municipal")
        for main, kind in zip(mains, classes, strict=True)
    ]
    speed = [
        30 if kind == "local" and calm else SPEED_KM_H[kind]
        for kind, calm in zip(classes, _calm(town, segment), strict=True)
    ]
    return reading(
        "roads",
        numbered("road", len(segment)),
        pieces.lines,
        {
            "name": [streets.names[index] for index in streets.street[segment]],
            "road_no": [main.road_no or None if main else None for main in mains],
            "road_class": classes,
            "manager": managers,
            "lanes": [LANES[kind] for kind in classes],
            "width_m": streets.width[segment],
            "surface": surface,
            "maxspeed_km_h": speed,
            "oneway": (rng.random(len(streets.names)) < 0.05)[streets.street[segment]] & (classes == "local"),
            "lit": ~np.isin(classes, ["track"]),
            "bridge": pieces.bridge,
            "tunnel": [False] * len(segment),
            "from_node": [start for start, _ in pieces.ends],
            "to_node": [end for _, end in pieces.ends],
        },
    )


def _calm(town: Town, segment: np.ndarray) -> np.ndarray:
    """Whether a segment's street is in a zone of 30 km/h: the centre and some others."""
    middles = shapely.get_coordinates(
        shapely.line_interpolate_point(town.streets.lines[segment], 0.5, normalized=True)
    )
    return (town.ground.reach(middles) < 1100) | (town.ground.noise(middles, 1500.0, 3) > 0.5)


def _surfaces(street: np.ndarray, classes: np.ndarray, rng: np.random.Generator) -> list[str]:
    """A random surface for each street, by its class."""
    chance = rng.random(int(street.max()) + 1)[street]
    surfaces = []
    for kind, value in zip(classes.tolist(), chance.tolist(), strict=True):
        names, shares = zip(*SURFACES.get(kind, (("asphalt", 1.0),)), strict=True)
        surfaces.append(names[int(np.searchsorted(np.cumsum(shares), value).clip(0, len(names) - 1))])
    return surfaces


def _bridged(town: Town) -> Pieces:
    """Divide segments that cross a watercourse into bridge and road."""
    streets, rivers = town.streets, town.ground.rivers
    water = np.array([line for _, line in rivers])
    crossed: dict[int, list[tuple[float, float]]] = {}
    for river, segment in STRtree(streets.lines).query(water, predicate="intersects").T.tolist():
        for point in shapely.get_parts(shapely.intersection(streets.lines[segment], water[river])):
            at = streets.lines[segment].project(shapely.centroid(point))
            crossed.setdefault(segment, []).append((at, rivers[river][0].width_m))
    pieces = Pieces([], [], [], [])
    for segment, line in enumerate(streets.lines):
        names = (f"n{streets.start[segment]}", f"n{streets.end[segment]}")
        spans = _spans(crossed.get(segment, []), line.length)
        cuts = sorted({0.0, line.length, *(edge for span in spans for edge in span)})
        nodes = [names[0], *(f"b{segment}.{number}" for number in range(1, len(cuts) - 1)), names[1]]
        for number, (low, high) in enumerate(zip(cuts, cuts[1:], strict=False)):
            pieces.lines.append(
                LineString(shapely.get_coordinates(shapely.ops.substring(line, low, high))) if len(cuts) > 2 else line
            )
            pieces.segment.append(segment)
            pieces.ends.append((nodes[number], nodes[number + 1]))
            pieces.bridge.append(any(span[0] <= (low + high) / 2 <= span[1] for span in spans))
    return pieces


def _spans(crossings: list[tuple[float, float]], length: float) -> list[tuple[float, float]]:
    """Start and end of each bridge along the segment, in metres; those near an end or each other are joined."""
    spans: list[tuple[float, float]] = []
    for at, width in sorted(crossings):
        low, high = at - width / 2 - 4.0, at + width / 2 + 4.0
        low, high = (0.0 if low < 4.0 else low), (length if high > length - 4.0 else high)
        if spans and low < spans[-1][1] + 4.0:
            spans[-1] = (spans[-1][0], max(high, spans[-1][1]))
        else:
            spans.append((low, high))
    return spans
