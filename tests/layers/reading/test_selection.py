"""Filters and moments: what a selection finds, and how bad words are answered."""

import json

import pytest
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.access.rules import ANONYMOUS, Access
from layers.city import city
from layers.errors import BadFilter, BadMoment
from layers.kinds import KINDS
from layers.reading.selection import instant, select
from tests.databases import MadeOnce
from tests.factories import building, load
from tests.tiers import examples

STAFF = Access("staff")
HOUSES: dict[str, dict] = {
    "b1": {"name": "Żłobek", "use_class": "education", "storeys_above": 1, "year_built": 1950, "residents": 0.0},
    "b2": {"name": "Blok", "use_class": "residential_multi", "storeys_above": 11, "year_built": 1975},
    "b3": {"name": None, "use_class": "residential", "storeys_above": 2, "year_built": None, "residents": 4.0},
    "b4": {"name": "100% wool_shop", "use_class": None, "storeys_above": None},
}


@MadeOnce
def store_houses():
    load("buildings", [building(name, 30 * at, **values) for at, (name, values) in enumerate(HOUSES.items())])


@pytest.fixture
def houses(db):
    store_houses()


def found(text: str, access: Access = STAFF, at: str = "") -> set[str]:
    chosen = select(access, KINDS["buildings"], filter=text, at=at)
    assert chosen is not None
    return set(chosen.rows().values_list("source_id", flat=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"b1", "b2", "b3", "b4"}),
        ("use_class = 'education'", {"b1"}),
        ("use_class <> 'education'", {"b2", "b3"}),
        ("NOT use_class = 'education'", {"b2", "b3"}),
        ("use_class IS NULL", {"b4"}),
        ("use_class IS NOT NULL AND year_built IS NULL", {"b3"}),
        ("use_class IN ('education', 'residential')", {"b1", "b3"}),
        ("use_class NOT IN ('education', 'residential')", {"b2"}),
        ("storeys_above >= 2 AND storeys_above < 11", {"b3"}),
        ("storeys_above > 1.5", {"b2", "b3"}),
        ("storeys_above BETWEEN 1 AND 2 OR year_built = 1975", {"b1", "b2", "b3"}),
        ("name LIKE 'Bl%'", {"b2"}),
        ("name LIKE '100%wool_shop'", {"b4"}),
        ("casei(name) LIKE casei('bLO%')", {"b2"}),
        ("accenti(casei(name)) LIKE accenti(casei('%ZŁOB%'))", {"b1"}),
        ('{"op": "=", "args": [{"property": "year_built"}, 1975]}', {"b2"}),
        ("synthetic = TRUE", set()),
    ],
)
def test_a_filter_finds_what_sql_would(houses, text, expected):
    assert found(text) == expected


def test_a_spatial_filter_is_in_longitude_and_latitude(houses):
    near = "S_INTERSECTS(geom, POLYGON((20.631 50.870, 20.632 50.870, 20.632 50.871, 20.631 50.871, 20.631 50.870)))"
    assert found(near) == {"b1", "b2"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("owner = 'x'", "owner"),
        ("residents > 1", "residents"),
        ("recorded_to IS NULL", "recorded_to"),
        ("year_built = 'old'", "whole numbers"),
        ("use_class = 3", "texts"),
        ("year_built =", "CQL2"),
        ("pg_sleep(5) = 1", "property"),
        ("owner + 1 = 2", "owner"),
        ("use_class + 1 = 2", "only numbers"),
        ("year_built * 1e12 = 2", "1e9"),
        ("year_built" + " + 1" * 9 + " = 2", "at most 8"),
        ("year_built = use_class", "cannot be compared"),
        ("year_built =\n  ", "line 2, column 3"),
        ("S_DWITHIN(geom, POINT(20.6 50.8), -1)", "metres"),
        ("S_DWITHIN(geom, POINT(20.6 50.8), 1, 'parsec')", "units"),
        ("S_EQUALS(use_class, POINT(20.6 50.8))", "geom or point"),
        ("T_AFTER(year_built, DATE('2020-01-01'))", "no dates"),
        ("T_AFTER(data_date, DATE('soon'))", "“soon” is no date"),
        ("(" * 65 + "year_built = 1" + ")" * 65, "nested"),
        ("NOT " * 64 + "year_built = 1", "nested"),
        ("year_built = 1 OR " * 600 + "year_built = 1", "characters"),
        ("year_built", "condition"),
        ("feature_id = 'x'", "identities"),
        ("S_INTERSECTS(geom, POINT(2000 1))", "longitude"),
        ("casei(year_built) = 'x'", "texts"),
        ("name = 'a\0b'", "texts"),
    ],
)
def test_a_bad_filter_is_named(houses, text, words):
    with pytest.raises(BadFilter, match=words):
        found(text, ANONYMOUS)


LEAVES = st.sampled_from(
    [
        *({"property": name} for name in ("name", "use_class", "year_built", "height_m", "owner", "geom", "point")),
        *({"property": name} for name in ("feature_id", "data_date", "synthetic", "")),
        {"date": "2020-01-01"},
        {"date": "x"},
        {"bbox": [20.6, 50.8, 20.7, 50.9]},
        {"bbox": [1, 2]},
        {"type": "Point", "coordinates": [20.63, 50.87]},
        {"type": "Point", "coordinates": [2000, 50.87]},
        {"op": "feature", "args": ["districts", "x"]},
        *("Blok", "%", "a\0b", "", 3, -1e300, 10**20, True, None, [], ["a", 1]),
    ]
)
OPS = st.sampled_from(
    [
        "and",
        "or",
        "not",
        "=",
        "<>",
        "<",
        ">=",
        "between",
        "in",
        "like",
        "isNull",
        "casei",
        "accenti",
        "s_intersects",
        "s_within",
        "+",
        "f",
    ]
)
TREES = st.recursive(
    LEAVES, lambda inner: st.builds(lambda op, args: {"op": op, "args": args}, OPS, st.lists(inner, max_size=3))
)


@settings(max_examples=examples(400), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TREES)
def test_any_tree_is_a_filter_or_a_named_fault(houses, tree):
    try:
        found(json.dumps(tree), ANONYMOUS)
    except BadFilter as fault:
        assert str(fault)


def test_a_hidden_field_and_an_unknown_one_are_answered_alike(houses):
    said = []
    for name in ("residents", "nothing"):
        with pytest.raises(BadFilter) as fault:
            found(f"{name} = 1", ANONYMOUS)
        said.append(str(fault.value).replace(name, "X"))
    assert said[0] == said[1]


def test_a_selection_of_the_past_holds_what_was_known_then(houses):
    before = now()
    load("buildings", [building("b1", **(HOUSES["b1"] | {"use_class": "health"})), building("b9", 300)])
    assert found("use_class = 'education'", at=before.isoformat()) == {"b1"}
    assert found("use_class = 'education'") == set()
    assert found("", at=before.isoformat()) == set(HOUSES)
    assert found("", at="2020-01-01") == set()


def test_a_day_means_its_end_in_the_city():
    assert instant("2026-07-01").isoformat() == "2026-07-01T21:59:59+00:00"
    assert instant("2026-01-01T12:00:00+01:00").isoformat() == "2026-01-01T11:00:00+00:00"
    with pytest.raises(BadMoment, match="yesterday"):
        instant("yesterday")


def test_the_sql_of_a_selection_counts_what_its_rows_do(houses):
    from django.db import connection

    chosen = select(
        STAFF,
        KINDS["buildings"],
        filter="storeys_above >= 2",
        at=now().astimezone(city().timezone).date().isoformat(),
    )
    assert chosen is not None
    condition, values = chosen.where()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM layers_building WHERE {condition}", values)
        assert cursor.fetchone() == (chosen.rows().count(),) == (2,)
