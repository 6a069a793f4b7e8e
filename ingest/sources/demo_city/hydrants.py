"""Hydrants along the streets with houses, about 100 to 150 m apart, close to the carriageway.

Spacing and distance follow the regulation of 24 July 2009, Dz.U. 124/1030, section 10.
"""

from datetime import date, timedelta

import numpy as np
import shapely

from ingest.source import Reading
from ingest.sources.demo_city.ground import rng_for
from ingest.sources.demo_city.reading import numbered, reading, surveyed_points
from ingest.sources.demo_city.town import Town


def make(town: Town) -> Reading:
    """One record a hydrant."""
    rng = rng_for(town.seed, "hydrants")
    place, segment = _places(town, rng)
    count = len(place)
    wide = np.isin(town.streets.road_class[segment], ["main", "collector", "expressway"])
    dn_mm = np.where(wide | (rng.random(count) < 0.12), 100, 80)
    working = rng.random(count) < 0.965
    flow = np.where(dn_mm == 100, 15.0, 10.0) * rng.normal(1.04, 0.12, count).clip(0.5, 1.4)
    return reading(
        "hydrants",
        numbered("hydrant", count),
        surveyed_points(place),
        {
            "number": [f"H{number:05d}" for number in range(1, count + 1)],
            "dn_mm": dn_mm,
            "hydrant_type": np.where(rng.random(count) < 0.68, "above", "below"),
            "flow_dm3_s": np.where(working, flow, flow * 0.3).round(1),
            "pressure_mpa": np.where(working, rng.normal(0.33, 0.07, count).clip(0.15, 0.6), 0.08).round(2),
            "working": working,
            "checked_on": [date(2025, 3, 1) + timedelta(days=int(day)) for day in rng.integers(0, 240, count)],
        },
    )


def _places(town: Town, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points 0.8 m off the carriageway, spread by the length of streets that have houses."""
    streets = town.streets
    houses = np.bincount(town.footprints.segment, minlength=len(streets.lines))
    lengths = shapely.length(streets.lines) * (houses > 0) * (streets.road_class != "expressway")
    total, wanted = lengths.sum(), town.hydrants_wanted
    at = (np.arange(wanted) + 0.5 + rng.uniform(-0.25, 0.25, wanted)) * total / wanted
    ends = np.cumsum(lengths)
    segment = np.searchsorted(ends, at).clip(0, len(lengths) - 1)
    along = at - (ends[segment] - lengths[segment])
    line = streets.lines[segment]
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, np.minimum(along + 1, lengths[segment])))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(along - 1, 0)))
    step = ahead - behind
    step /= np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    off = (streets.width[segment] / 2 + 0.8) * np.where(rng.random(wanted) < 0.5, 1, -1)
    return here + np.column_stack([-step[:, 1], step[:, 0]]) * off[:, None], segment
