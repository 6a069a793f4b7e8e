"""The tag table agrees with the kinds: every field exists, every value is one of the kind's codes."""

from typing import Any

import pytest
from django.db.models import CheckConstraint

from ingest.osm import tags as osm_tags
from ingest.osm.fields import ValueUnusable
from ingest.osm.tags import KINDS, NOT_ROADS, NOT_WATER_LINES
from layers.kinds import kind_of

WORDS = [
    ("roads", "road_class", {*osm_tags.ROAD_CLASS.values(), "expressway"}),
    ("roads", "surface", set(osm_tags.SURFACE.values())),
    ("rivers", "waterway_class", set(osm_tags.WATERWAY_CLASS.values())),
    ("green", "green_class", {word for table in osm_tags.GREEN_CLASS.values() for word in table.values()}),
    ("buildings", "use_class", set(osm_tags.USE_BY_BUILDING.values())),
    ("buildings", "use_class", {*osm_tags.USE_BY_AMENITY.values(), *osm_tags.USE_BY_TOURISM.values(), "office"}),
    ("buildings", "wall_material", set(osm_tags.WALL.values())),
    ("hydrants", "hydrant_type", set(osm_tags.HYDRANT_TYPE.values())),
    ("monuments", "monument_class", set(osm_tags.MONUMENT_CLASS.values())),
]
NUMBERS = [
    ("roads", "lanes", "lanes"),
    ("roads", "width_m", "width"),
    ("roads", "maxspeed_km_h", "maxspeed"),
    ("rivers", "width_m", "width"),
    ("buildings", "storeys_above", "building:levels"),
    ("buildings", "storeys_below", "building:levels:underground"),
    ("buildings", "height_m", "height"),
    ("buildings", "year_built", "start_date"),
    ("districts", "population", "population"),
    ("hydrants", "dn_mm", "fire_hydrant:diameter"),
    ("monuments", "year_built", "start_date"),
]


@pytest.mark.parametrize("slug", KINDS)
def test_every_field_of_the_table_is_one_of_the_kind(slug):
    assert set(KINDS[slug].fields) <= set(kind_of(slug).field_names)


@pytest.mark.parametrize(("slug", "field", "words"), WORDS)
def test_every_word_of_the_table_is_a_code_of_the_kind(slug, field, words):
    assert words <= set(kind_of(slug).field(field).choices or {})


@pytest.mark.parametrize(("slug", "field", "key"), NUMBERS)
def test_the_bounds_of_a_number_are_those_of_the_kind(slug, field, key):
    low, high = _bounds(slug, field)
    read = KINDS[slug].fields[field]
    tags = {"highway": "road"}
    year = field == "year_built"
    assert read(tags | {key: f"{int(high)}"}) == high
    for outside in ("0899" if year else f"{low - 0.5:g}" if low > 0 else None, f"{int(high) + 1}"):
        if outside is not None:
            with pytest.raises(ValueUnusable):
                read(tags | {key: outside})


def _bounds(slug: str, field: str) -> tuple[float, float]:
    """The lowest and highest value that the table's check constraint allows."""
    for constraint in kind_of(slug).model._meta.constraints:
        if isinstance(constraint, CheckConstraint) and constraint.name.endswith(f"_{field}_ok"):
            bounds: Any = constraint.condition
            inside = dict(bounds.children[1].children)
            return inside[f"{field}__gte"], inside[f"{field}__lte"]
    raise AssertionError(f"{slug}.{field} has no bounds")


@pytest.mark.parametrize("slug", KINDS)
def test_a_text_too_long_for_its_column_is_turned_away(slug):
    for name in KINDS[slug].fields:
        column: Any = kind_of(slug).model._meta.get_field(name)
        if column.get_internal_type() == "CharField" and not kind_of(slug).field(name).choices:
            assert _longest(slug, name) == column.max_length, name


def _longest(slug, name):
    """The most characters the field takes, found by trying."""
    keys: tuple[str, ...] = (
        "name",
        "ref",
        "addr:street",
        "addr:housenumber",
        "addr:postcode",
        "addr:city",
        "local_ref",
        "operator",
    )
    keys += ("heritage:ref", "heritage:operator")
    read = KINDS[slug].fields[name]
    key = next(key for key in keys if read({key: "1"}) == "1")
    length = 1
    while True:
        try:
            read({key: "x" * (length + 1)})
        except ValueUnusable:
            return length
        length += 1


def test_no_word_is_both_taken_and_left_out():
    assert not set(osm_tags.ROAD_CLASS) & NOT_ROADS
    assert not set(osm_tags.WATERWAY_CLASS) & NOT_WATER_LINES
