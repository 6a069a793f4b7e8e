"""Access by level, against the table of the design, which is repeated here."""

import pytest

from layers.access.rules import ANONYMOUS, Access, fields_for, may_see, open_kinds, serving, visible_kinds
from layers.city import city
from layers.kinds import KINDS
from layers.runs.models import Dataset
from layers.tiles.vector import tile_columns
from tests.factories import load, point

ALL_PUBLIC = [
    *("districts", "roads", "addresses", "rivers", "green", "flood_zones"),
    *("monuments", "bus_stops", "zoning_plans", "fire_stations"),
]
PUBLIC_FIELDS = {
    "buildings": {"name", "use_class", "storeys_above", "height_m", "year_built"},
    "parcels": {"parcel_no", "area_m2", "land_use"},
    "hydrants": set(),
}
PERSONAL = {"residents", "heating", "condition", "fire_class", "owner", "owner_group"}


def names(access: Access, slug: str) -> set[str]:
    return {field.name for field in fields_for(access, KINDS[slug])}


def test_every_kind_is_in_the_table():
    assert set(KINDS) >= {*ALL_PUBLIC, *PUBLIC_FIELDS}


@pytest.mark.parametrize("slug", ALL_PUBLIC)
def test_open_kinds_show_all_their_fields(slug):
    assert may_see(ANONYMOUS, KINDS[slug])
    assert names(ANONYMOUS, slug) == set(KINDS[slug].field_names)


@pytest.mark.parametrize("slug", PUBLIC_FIELDS)
def test_anonymous_sees_exactly_the_listed_fields(slug):
    assert names(ANONYMOUS, slug) == PUBLIC_FIELDS[slug]
    assert not names(ANONYMOUS, slug) & PERSONAL
    assert names(Access("staff"), slug) == names(Access("services"), slug) == set(KINDS[slug].field_names)


def test_hydrants_do_not_exist_for_anonymous():
    hydrants = KINDS["hydrants"]
    assert not may_see(ANONYMOUS, hydrants)
    assert hydrants not in visible_kinds(ANONYMOUS) and hydrants not in open_kinds()
    assert may_see(Access("staff"), hydrants) and hydrants in visible_kinds(Access("services"))


@pytest.mark.parametrize("slug", sorted(KINDS))
@pytest.mark.parametrize("zoom", range(0, 18))
def test_tiles_carry_only_fields_whoever_asks_may_see(slug, zoom):
    assert set(tile_columns(ANONYMOUS, KINDS[slug], zoom)) <= names(ANONYMOUS, slug)


def test_levels_include_the_ones_below():
    ladder = [Access("public"), Access("staff"), Access("services")]
    assert [[one.reaches(other.level) for other in ladder] for one in ladder] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


@pytest.mark.django_db
def test_the_citys_order_of_authority_chooses_the_dataset_and_synthetic_comes_last():
    addresses = KINDS["addresses"]
    assert serving(addresses) is None
    assert city().authority["addresses"] == ("osm",)
    Dataset.objects.create(slug="demo_city", synthetic=True)
    for dataset, expected in (("demo_city", "demo_city"), ("zz_survey", "zz_survey"), ("osm", "osm")):
        load("addresses", [point("a", house_no="1")], dataset)
        shown = serving(addresses)
        assert shown is not None and shown.slug == expected
    chosen = serving(addresses, "demo_city")
    assert chosen is not None and chosen.synthetic and chosen.rows == 1
    assert serving(addresses, "nobody") is None


@pytest.mark.django_db
def test_a_dataset_that_became_empty_no_longer_speaks():
    load("addresses", [point("a")], "osm")
    load("addresses", [point("b")], "survey")
    load("addresses", [], "osm", mode="snapshot", allow_close=1)
    shown = serving(KINDS["addresses"])
    assert shown is not None and shown.slug == "survey"
