"""OGC API Features Part 3: what any CQL2 filter finds, against the same condition on the whole download.

The second opinion is shapely and plain Python over a GeoJSON download in the city's own system; unknown values follow
SQL's three-valued logic: None is neither true nor false.
"""

import json
import operator
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
import shapely
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from shapely.geometry import shape

from layers.access.rules import ANONYMOUS
from layers.filters.calculations import MAX_SUMS
from layers.filters.cql2 import parsed
from layers.kinds import KINDS
from layers.reading.selection import select
from layers.record import Record
from tests.geoportal.conftest import RYNEK_2178, bring_in
from tests.tiers import examples

ITEMS = "/ogc/collections/buildings/items"
STORAGE = "http://www.opengis.net/def/crs/EPSG/0/2178"
X, Y = RYNEK_2178
Truth = bool | None
Case = tuple[str, Callable[[Any], Truth]]
"""A filter as CQL2 text, and its result for a row."""

NAMES = [None, "Blok", "blok nr 5", "Żłobek", "100%", "a_b", "O'Hara", "Łącznik"]
USES = [None, "public", "office", "residential"]
DAYS = [None, date(2024, 2, 29), date(2025, 1, 1), date(2026, 6, 30)]


@pytest.fixture
def town(db, tmp_path, settings):
    """Forty buildings of every combination, some of them round, over 1,200 metres."""
    settings.TILE_CACHE_DIR, settings.TILE_VERSION_SECONDS = str(tmp_path), 0.0
    for day in DAYS:
        records = []
        for at in range(10):
            number = DAYS.index(day) * 10 + at
            east, north = X + 37 * number, Y + 53 * (number % 7)
            ring = (
                shapely.box(east, north, east + 20, north + 12) if at % 3 else shapely.Point(east, north).buffer(11)
            )
            values = {
                "name": NAMES[number % len(NAMES)],
                "use_class": USES[number % 4],
                "storeys_above": None if number % 5 == 0 else number % 6,
                "height_m": None if number % 7 == 0 else 2.5 * (number % 9),
                "year_built": None if number % 3 == 0 else 1900 + number,
            }
            records.append(Record(f"t{number}", ring, values, data_date=day))
        bring_in("buildings", records)


def negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def known(*values: Any) -> bool:
    return not any(one is None for one in values)


COMPARE = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NUMBERS = st.sampled_from(["storeys_above", "height_m", "year_built"])
VALUES = st.one_of(st.integers(-2, 8), st.sampled_from([2.5, 7.5, 17.5, 1910, 1925, 1939]))
TEXTS = st.sampled_from([one for one in NAMES if one] + ["public", "office", "B", "%", "x"])


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def like(pattern: str, text: str) -> bool:
    parts = [".*" if one == "%" else "." if one == "_" else re.escape(one) for one in pattern]
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


@st.composite
def numbers(draw) -> Case:
    name, op, value = draw(NUMBERS), draw(st.sampled_from(sorted(COMPARE))), draw(VALUES)
    form = draw(st.sampled_from(["plain", "turned", "between", "in", "null", "other", "sum"]))
    test = COMPARE[op]
    if form == "between":
        high = draw(VALUES)
        return (
            f"{name} BETWEEN {value} AND {high}",
            lambda row: (value <= row[name] <= high) if known(row[name]) else None,
        )
    if form == "in":
        more = draw(st.lists(VALUES, min_size=1, max_size=3))
        return f"{name} IN ({', '.join(map(str, more))})", lambda row: row[name] in more if known(row[name]) else None
    if form == "null":
        return f"{name} IS NULL", lambda row: row[name] is None
    if form == "other":
        other = draw(NUMBERS)
        return (
            f"{name} {op} {other}",
            lambda row: test(row[name], row[other]) if known(row[name], row[other]) else None,
        )
    if form == "sum":
        other = draw(NUMBERS)
        return (
            f"{name} * 2 - {other} / 4 {op} {value}",
            lambda row: test(row[name] * 2 - row[other] / 4, value) if known(row[name], row[other]) else None,
        )
    if form == "turned":
        return f"{value} {op} {name}", lambda row: test(value, row[name]) if known(row[name]) else None
    return f"{name} {op} {value}", lambda row: test(row[name], value) if known(row[name]) else None


@st.composite
def texts(draw) -> Case:
    name, value = draw(st.sampled_from(["name", "use_class"])), draw(TEXTS)
    form = draw(st.sampled_from(["=", "<>", "like", "in", "null", "casei"]))
    if form == "like":
        pattern = draw(st.sampled_from(["%l%", "_lok", "B%", "%", "100%", "a_b", "%'%", value]))
        return f"{name} LIKE {quoted(pattern)}", lambda row: like(pattern, row[name]) if known(row[name]) else None
    if form == "in":
        more = draw(st.lists(TEXTS, min_size=1, max_size=3))
        words = ", ".join(map(quoted, more))
        return f"{name} IN ({words})", lambda row: row[name] in more if known(row[name]) else None
    if form == "null":
        return f"{name} IS NOT NULL", lambda row: row[name] is not None
    if form == "casei":
        return (
            f"CASEI({name}) = CASEI({quoted(value.upper())})",
            lambda row: row[name].lower() == value.lower() if known(row[name]) else None,
        )
    test = COMPARE[form]
    return f"{name} {form} {quoted(value)}", lambda row: test(row[name], value) if known(row[name]) else None


@st.composite
def days(draw) -> Case:
    value = draw(st.sampled_from([one for one in DAYS if one] + [date(2025, 1, 2), date(2020, 1, 1)]))
    later = draw(st.sampled_from([date(2025, 6, 1), date(2027, 1, 1)]))
    told, instant = "data_date", f"DATE('{value}')"
    span = f"INTERVAL('{value}', '{later}')"
    start, end = f"INTERVAL('..', '{value}')", f"INTERVAL('{value}', '..')"
    cases: list[tuple[str, Callable[[date], bool]]] = [
        (f"{told} = {instant}", lambda day: day == value),
        (f"{told} < {instant}", lambda day: day < value),
        (f"T_AFTER({told}, {instant})", lambda day: day > value),
        (f"T_BEFORE({told}, {instant})", lambda day: day < value),
        (f"T_EQUALS({told}, {instant})", lambda day: day == value),
        (f"T_DURING({told}, {span})", lambda day: value < day < later),
        (f"T_INTERSECTS({told}, {span})", lambda day: value <= day <= later),
        (f"T_DISJOINT({told}, {span})", lambda day: not value <= day <= later),
        (f"T_INTERSECTS({told}, {start})", lambda day: day <= value),
        (f"T_INTERSECTS({told}, {end})", lambda day: day >= value),
        (f"T_INTERSECTS(INTERVAL({told}, {told}), {end})", lambda day: day >= value),
    ]
    text, test = draw(st.sampled_from(cases))
    return text, lambda row: test(row[told]) if known(row[told]) else None


SHAPES = st.builds(
    lambda kind, east, north, size: {
        "point": shapely.Point(X + east, Y + north),
        "box": shapely.box(X + east, Y + north, X + east + size, Y + north + size),
        "line": shapely.LineString([(X + east, Y + north), (X + east + 3 * size, Y + north + size)]),
        "stored": shapely.box(X + 37, Y + 53, X + 57, Y + 65),
    }[kind],
    st.sampled_from(["point", "box", "line", "stored"]),
    st.integers(-100, 1500),
    st.integers(-50, 400),
    st.integers(1, 400),
)
RELATIONS = ("intersects", "disjoint", "within", "contains", "touches", "crosses", "overlaps", "equals")


def northing_first(given) -> str:
    return shapely.to_wkt(shapely.transform(given, lambda points: points[:, ::-1]), rounding_precision=-1)


@st.composite
def places(draw) -> Case:
    given, metres = draw(SHAPES), draw(st.sampled_from([0, 1, 15.5, 120, 1000]))
    wkt = northing_first(given)
    if draw(st.booleans()):
        return f"S_DWITHIN(geom, {wkt}, {metres})", lambda row: bool(shapely.dwithin(row["geom"], given, metres))
    relation = draw(st.sampled_from(RELATIONS))
    test = getattr(shapely, relation)
    if draw(st.booleans()):
        return f"S_{relation.upper()}({wkt}, geom)", lambda row: bool(test(given, row["geom"]))
    return f"S_{relation.upper()}(geom, {wkt})", lambda row: bool(test(row["geom"], given))


def joined(inner: st.SearchStrategy) -> st.SearchStrategy:
    def both(one: Case, other: Case) -> Case:
        def truth(row: Any) -> Truth:
            found = {one[1](row), other[1](row)}
            return False if False in found else None if None in found else True

        return f"({one[0]} AND {other[0]})", truth

    def either(one: Case, other: Case) -> Case:
        def truth(row: Any) -> Truth:
            found = {one[1](row), other[1](row)}
            return True if True in found else None if None in found else False

        return f"({one[0]} OR {other[0]})", truth

    return st.one_of(
        st.builds(both, inner, inner),
        st.builds(either, inner, inner),
        st.builds(lambda one: (f"NOT ({one[0]})", lambda row: negated(one[1](row))), inner),
    )


CASES = st.recursive(st.one_of(numbers(), texts(), days(), places()), joined, max_leaves=5).filter(
    lambda case: len(re.findall(r" [-+*/] ", case[0])) <= MAX_SUMS
)
"""Filters that calculate no more often than one may."""


def features(client: Client, **query: str) -> list[dict]:
    response: Any = client.get(ITEMS, {"limit": "10000", "crs": STORAGE, **query})
    text = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == 200, (query, text)
    return json.loads(text)["features"]


def downloaded(client: Client) -> pd.DataFrame:
    """The whole layer, each row with its shape, easting first."""
    rows = [{"id": one["id"], "at": one["geometry"], **one["properties"]} for one in features(client)]
    frame = pd.DataFrame(rows).astype(object).where(lambda found: found.notna(), None)
    shapes: list[Any] = [shapely.transform(shape(one), lambda xy: xy[:, ::-1]) for one in frame["at"]]
    frame["geom"] = shapes
    frame["data_date"] = [date.fromisoformat(one) if one else None for one in frame["data_date"]]
    return frame


def test_any_filter_finds_what_shapely_and_pandas_find(client, town):
    frame = downloaded(client)
    assert len(frame) == 40

    @tried(max_examples=examples(250), suppress_health_check=list(HealthCheck), deadline=None)
    @given(case=CASES, language=st.sampled_from(["cql2-text", "cql2-json"]))
    def agree(case: Case, language: str) -> None:
        words, truth = case
        expected = set(frame.loc[frame.apply(lambda row: truth(row) is True, axis=1), "id"])
        text = words if language == "cql2-text" else _as_json(words)
        answer = features(client, filter=text, **{"filter-lang": language, "filter-crs": STORAGE})
        assert {one["id"] for one in answer} == expected, words

    agree()


def _as_json(words: str) -> str:
    return json.dumps(parsed(words))


def test_a_distance_is_found_by_the_index(town):
    """A million rows are not looked at one by one: the plan uses the index on current geometries."""
    chosen = select(ANONYMOUS, KINDS["buildings"], filter="S_DWITHIN(geom, POINT(20.6314 50.8703), 50)")
    assert chosen is not None
    where, values = chosen.where()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_building")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT 1 FROM layers_building WHERE {where}", values)
        assert "building_geom" in "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(("op", "found"), [("S_INTERSECTS", 2), ("S_DISJOINT", 38)])
def test_a_collection_of_unlike_shapes_is_compared(client, town, op, found):
    """A point in one building and a line through another one."""
    corner = f"POINT({Y + 53 + 1} {X + 37 + 1})"
    line = f"LINESTRING({Y + 2 * 53 - 1} {X + 74 + 5}, {Y + 2 * 53 + 1} {X + 74 + 5})"
    text = f"{op}(geom, GEOMETRYCOLLECTION({corner}, {line}))"
    assert len(features(client, filter=text, **{"filter-crs": STORAGE})) == found


def test_kilometres_are_a_unit(client, town):
    near = {"filter": f"S_DWITHIN(geom, POINT({Y} {X}), 0.1, 'km')", "filter-crs": STORAGE}
    same = {"filter": f"S_DWITHIN(geom, POINT({Y} {X}), 100)", "filter-crs": STORAGE}
    assert features(client, **near) == features(client, **same) != []
