"""Small random cities for tests of questions: every layer that a question reads, generated with a seed."""

import random
from dataclasses import dataclass
from typing import Any

import shapely
from shapely import LineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from analysis.queries.chosen import Chosen, chosen
from analysis.queries.question import question_of
from layers.access.rules import Access
from layers.record import Record
from tests.factories import load, place

USES = ("residential", "public", "industrial")
CLASSES = ("main", "local")
SIDE = 100
"""Metres of a district; the city is four by three of them."""


@dataclass
class RandomCity:
    """The shapes of a city by layer and source id, with their values, as they were before they were stored."""

    shapes: dict[str, dict[str, BaseGeometry]]
    values: dict[str, dict[str, dict[str, Any]]]


def drawn(seed: int) -> RandomCity:
    """A city of districts without gaps, and things in it, some of them exactly on a border. Nothing is stored."""
    dice, corner = random.Random(seed), place()
    x, y = corner.x, corner.y

    def at(margin: int = 0) -> tuple[float, float]:
        # Whole metres: many lie on borders of districts and at distances that are exactly those asked for.
        return x + dice.randint(-margin, 4 * SIDE + margin), y + dice.randint(-margin, 3 * SIDE + margin)

    shapes: dict[str, dict[str, BaseGeometry]] = {"districts": {}}
    for column in range(4):
        for row in range(3):
            west, south = x + column * SIDE, y + row * SIDE
            shapes["districts"][f"d{column}{row}"] = MultiPolygon([box(west, south, west + SIDE, south + SIDE)])
    shapes["buildings"] = {f"b{n}": _house(dice, at(20)) for n in range(60)}
    shapes["flood_zones"] = {f"f{n}": _blob(dice, at()) for n in range(6)}
    shapes["roads"] = {f"r{n}": LineString([at(), at()]) for n in range(12)}
    shapes["bus_stops"] = {f"s{n}": shapely.Point(at()) for n in range(25)}
    shapes["bus_stops"] |= {f"edge{n}": shapely.Point(x + SIDE * n, y + SIDE) for n in range(5)}
    shapes["hydrants"] = {f"h{n}": shapely.Point(at()) for n in range(15)}
    values = {
        "buildings": {key: _values(dice) for key in shapes["buildings"]},
        "roads": {key: {"road_class": dice.choice(CLASSES)} for key in shapes["roads"]},
        "districts": {key: {"name": key} for key in shapes["districts"]},
    }
    return RandomCity(shapes, values)


def _values(dice: random.Random) -> dict[str, Any]:
    return {
        "use_class": dice.choice(USES),
        "storeys_above": dice.choice((None, 1, 2, 5)),
        "owner": dice.choice(("Jan Nowak", "Anna Lis")),
    }


def _house(dice: random.Random, corner: tuple[float, float]) -> MultiPolygon:
    x, y = corner
    return MultiPolygon([box(x, y, x + dice.randint(2, 30), y + dice.randint(2, 30))])


def _blob(dice: random.Random, middle: tuple[float, float]) -> MultiPolygon:
    x, y = middle
    ring = [(x + dice.randint(20, 90), y), (x, y + dice.randint(20, 90)), (x - dice.randint(20, 90), y - 15)]
    return MultiPolygon([Polygon(ring)])


def stored(city: RandomCity) -> RandomCity:
    """Stores a city and returns it."""
    for kind, shapes in city.shapes.items():
        known = city.values.get(kind, {})
        extra = {"scenario": "p1"} if kind == "flood_zones" else {}
        load(kind, [Record(key, shape, known.get(key, {}) | extra) for key, shape in shapes.items()])
    return city


def asked(level: str = "staff", **words: Any) -> Chosen:
    """The features that a question selects."""
    found = chosen(question_of(Access(level), words))  # type: ignore[arg-type]
    assert found is not None
    return found


def found_ids(features: Any) -> set[str]:
    """Source ids of features."""
    return set(features.rows().values_list("source_id", flat=True))
