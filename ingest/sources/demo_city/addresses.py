"""Addresses: a point just inside each entrance, odd numbers left of the street and even ones right of it."""

import numpy as np
import shapely

from ingest.source import Reading
from ingest.sources.demo_city.ground import rng_for
from ingest.sources.demo_city.reading import numbered, reading, surveyed_points
from ingest.sources.demo_city.town import Town


def make(town: Town) -> Reading:
    """One record an address, in the order of the buildings."""
    plans, streets = town.footprints, town.streets
    row, place = _entrances(town)
    segment = plans.segment[row]
    street = streets.street[segment]
    names = np.array(streets.names)[street]
    postcode = _postcodes(town, place)
    return reading(
        "addresses",
        numbered("address", len(row)),
        surveyed_points(place),
        {
            "street": names,
            "house_number": _numbers(town, segment, street, place),
            "postcode": postcode,
            "locality": [town.city.name.pl] * len(row),
        },
    )


def _entrances(town: Town) -> tuple[np.ndarray, np.ndarray]:
    """Buildings with an address and where: main buildings once, long blocks of flats once for each stairwell."""
    plans, facts = town.footprints, town.facts
    stairs = np.where(facts.use_class == "residential_multi", np.clip(facts.length_m // 17, 1, 5), 1).astype(int)
    stairs = np.where(plans.is_shed, 0, stairs)
    row = np.repeat(np.arange(len(plans.lot)), stairs)
    first = np.repeat(np.cumsum(stairs) - stairs, stairs)
    share = (np.arange(len(row)) - first + 0.5) / stairs[row] - 0.5
    centre = shapely.get_coordinates(shapely.point_on_surface(plans.shape))[row]
    place = plans.entrance[row] + facts.axis[row] * (share * facts.length_m[row] * 0.9)[:, None]
    inside = shapely.contains_xy(plans.shape[row], place)
    one = stairs[row] == 1
    place = np.where(inside[:, None], place, np.where(one[:, None], plans.entrance[row], centre))
    place = np.where(shapely.contains_xy(plans.shape[row], place)[:, None], place, centre)
    rank = rng_for(town.seed, "addresses").random(len(row))
    keep = np.sort(np.argsort(rank, kind="stable")[: town.addresses_wanted])
    return row[keep], place[keep]


def _numbers(town: Town, segment: np.ndarray, street: np.ndarray, place: np.ndarray) -> np.ndarray:
    """House numbers that increase along each street, odd on one side and even on the other."""
    streets = town.streets
    lines = streets.lines[segment]
    at = shapely.line_locate_point(lines, shapely.points(place))
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines, at))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.minimum(at + 2, shapely.length(lines))))
    back = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(at - 2, 0)))
    step, away = ahead - back, place - here
    left = step[:, 0] * away[:, 1] - step[:, 1] * away[:, 0] > 0
    order = np.lexsort((at, streets.along[segment], left, street))
    group = street[order] * 2 + left[order]
    starts = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    number = np.zeros(len(order), dtype=int)
    number[order] = rank * 2 + np.where(left[order], 1, 2)
    return number.astype(str)


def _postcodes(town: Town, place: np.ndarray) -> list[str]:
    """Postcodes by district, two to a district."""
    district = town.ground.district(place)
    second = (town.ground.noise(place, 900.0, 1) > 0).astype(int)
    prefix = town.ground.table.postcode
    return [f"{prefix}-{code:03d}" for code in (1 + district * 24 + second * 11).tolist()]
