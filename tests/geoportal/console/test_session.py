"""Statements on a real database: what they find, and how they end."""

import csv
import json
import os
import threading
import time
from collections.abc import Iterator

import psycopg2
import pytest
import shapely
from django.db import connection
from pyproj import Transformer
from pytest_django.plugin import DjangoDbBlocker

from geoportal.console.answers import as_csv, as_geojson, as_json
from geoportal.console.errors import ConsoleError, StatementCancelled, StatementFailed, StatementTooSlow
from geoportal.console.examples import EXAMPLES, examples_for
from geoportal.console.session import Answer, Bounds, Column, end, run_statement
from geoportal.console.statement import checked
from layers.access.database_views import logged_in, more_views, rebuild
from layers.access.rules import Access, visible_kinds
from layers.crs import WGS84, storage_srid
from tests.databases import restored
from tests.factories import building, load, place

pytestmark = pytest.mark.django_db
BOUNDS = Bounds(rows=5, bytes=100_000, seconds=3)
ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000)"


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Eight houses, stored for good: the logins have connections of their own."""
    with django_db_blocker.unblock(), restored():
        load("buildings", [building(f"b{n}", 30 * n, storeys_above=n, name=f"Dom {n}") for n in range(8)])
        rebuild()
        yield


def asked(text: str, bounds: Bounds = BOUNDS, stopping=lambda: False) -> Answer:
    staff = Access("staff")
    views = [kind.slug for kind in visible_kinds(staff)] + [view.name for view in more_views(staff)]
    return run_statement(checked(text, "geoportal_staff", views, frozenset()), "staff", bounds, stopping)


def test_columns_keep_their_names_order_and_types():
    found = asked(
        "SELECT 1 AS a, 2.5 AS a, true, NULL, now()::date AS d, now() AS t, '{}'::json AS j, "
        "ST_SetSRID(ST_MakePoint(1, 2), 2178) AS g, ROW(1, 'x'), ARRAY[1, 2] AS l -- end"
    )
    assert [column.type for column in found.columns] == [
        *("whole", "number", "boolean", "text", "date", "time", "json", "geometry", "text", "text")
    ]
    assert [column.name for column in found.columns][:2] == ["a", "a"]
    assert found.rows[0][:4] == ("1", "2.5", "true", None) and found.rows[0][-2:] == ("(1,x)", "{1,2}")


def test_rows_stand_in_the_asked_order_and_end_at_the_limit():
    found = asked("SELECT storeys_above FROM buildings ORDER BY storeys_above DESC")
    assert [row[0] for row in found.rows] == ["7", "6", "5", "4", "3"] and found.more
    assert not asked("SELECT storeys_above FROM buildings LIMIT 5").more


def test_bytes_end_an_answer_too():
    found = asked("SELECT repeat('x', 1000) FROM buildings", Bounds(rows=100, bytes=2_500, seconds=3))
    assert len(found.rows) == 2 and found.more


def test_a_row_of_a_hundred_megabytes_never_leaves_the_database():
    found = asked("SELECT repeat(repeat('x', 10000), 10000) UNION ALL SELECT 'short'")
    assert found.rows == [("short",)] and found.large == 1


def test_a_fault_of_the_database_says_line_and_column():
    with pytest.raises(StatementFailed) as told:
        asked("SELECT 'ż' AS a,\n  ownr\nFROM buildings")
    assert told.value.place is not None and (told.value.place.line, told.value.place.column) == (2, 3)


def test_a_fault_of_a_value_is_told_without_a_place():
    with pytest.raises(StatementFailed, match="division by zero") as told:
        asked("SELECT 1 / (storeys_above - storeys_above) FROM buildings")
    assert told.value.place is None


def test_time_is_over_for_all_fetches_together():
    began = time.monotonic()
    with pytest.raises(StatementTooSlow):
        asked(ENDLESS, Bounds(5, 1000, 1.0))
    assert time.monotonic() - began < 3


def test_the_owner_stops_a_statement():
    began = time.monotonic()
    with pytest.raises(StatementCancelled):
        asked(ENDLESS, Bounds(5, 1000, 30), stopping=lambda: time.monotonic() - began > 0.7)
    assert time.monotonic() - began < 4


def test_space_for_sorting_is_limited():
    with logged_in("staff") as opened, opened.cursor() as cursor:
        cursor.execute("SHOW temp_file_limit")
        assert cursor.fetchone() == ("1GB",)
        with pytest.raises(psycopg2.Error):
            cursor.execute("SET temp_file_limit = -1")


def test_a_cut_line_ends_what_runs_on_the_server():
    with logged_in("staff") as opened:
        backend, line = opened.info.backend_pid, os.dup(opened.fileno())
        faults: list[Exception] = []
        thread = threading.Thread(target=lambda: faults.append(pytest.raises(psycopg2.Error, _runs, opened).value))
        thread.start()
        time.sleep(0.5)
        assert _alive(backend)
        end(opened, line, patient=False)
        thread.join(5)
        os.close(line)
        assert faults and not thread.is_alive()
    until = time.monotonic() + 5
    while _alive(backend) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _alive(backend)


def _runs(opened) -> None:
    with opened.cursor() as cursor:
        cursor.execute(ENDLESS)


def _alive(backend: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [backend])
        return bool(cursor.fetchone()[0])


def test_more_connections_than_the_login_may_have_are_a_plain_answer():
    opened = [logged_in("staff") for _ in range(8)]
    try:
        for one in opened:
            one.__enter__()
        with pytest.raises(ConsoleError) as told:
            asked("SELECT 1")
        assert told.value.outcome == "busy"
    finally:
        for one in opened:
            one.__exit__(None, None, None)


def test_geometries_are_drawn_where_pyproj_puts_them():
    found = as_json(asked("SELECT geom, 1 AS n, ST_Centroid(geom) AS c FROM buildings WHERE storeys_above = 0"))
    assert found["rows"] == [[{"geometry": "MULTIPOLYGON", "points": 5}, 1, {"geometry": "POINT", "points": 1}]]
    shapes = {one["properties"]["column"]: one["geometry"] for one in found["features"]["features"]}
    to_degrees = Transformer.from_crs(storage_srid(), WGS84, always_xy=True)
    corner = place(0, 0)
    expected = to_degrees.transform(corner.x + 5, corner.y + 5)
    assert shapes["c"]["coordinates"] == pytest.approx(expected, abs=2e-7)
    assert (
        shapely.from_geojson(str(shapes["geom"]).replace("'", '"')).centroid.distance(shapely.Point(expected)) < 2e-7
    )


def test_geometries_without_a_place_are_left_off_the_map():
    found = as_json(
        asked("SELECT ST_MakePoint(1, 2) AS a, ST_GeomFromText('POINT EMPTY', 2178) AS b, NULL::geometry AS c")
    )
    assert found["features"]["features"] == [] and found["rows"][0][2] is None


def test_a_curve_is_told_as_the_database_writes_it():
    found = asked("SELECT ST_GeomFromText('CIRCULARSTRING(0 0, 1 1, 2 0)', 2178) AS g")
    assert as_json(found)["rows"][0][0].startswith("0108") and as_json(found)["features"]["features"] == []
    assert "0108" in "".join(as_csv(found)) and '"geometry": null' in "".join(as_geojson(found))


def test_a_system_that_nobody_knows_is_left_off_the_map():
    found = as_json(asked("SELECT ST_SetSRID(ST_MakePoint(1, 2), 990001) AS g"))
    assert found["rows"] == [[{"geometry": "POINT", "points": 1}]] and found["features"]["features"] == []


def test_a_file_of_comma_separated_values_is_read_back():
    answer = Answer((Column("a", "text"), Column("g", "geometry")), [('x,"\ny', None), (None, None)])
    lines = list(csv.reader("".join(as_csv(answer)).removeprefix("\ufeff").splitlines(keepends=True)))
    assert lines == [["a", "g"], ['x,"\ny', ""], ["", ""]]
    found = "".join(as_csv(asked("SELECT geom FROM buildings WHERE storeys_above = 0")))
    wkt = found.splitlines()[1].strip('"').removeprefix(f"SRID={storage_srid()};")
    assert shapely.from_wkt(wkt).area == pytest.approx(100)


def test_a_geojson_file_is_read_by_shapely():
    found = json.loads(
        "".join(as_geojson(asked("SELECT name, geom, storeys_above AS n FROM buildings ORDER BY n LIMIT 2")))
    )
    assert [one["properties"] for one in found["features"]] == [{"name": "Dom 0", "n": 0}, {"name": "Dom 1", "n": 1}]
    assert all(shapely.from_geojson(json.dumps(one["geometry"])).is_valid for one in found["features"])


def test_numbers_that_json_cannot_hold_stay_text():
    found = as_json(asked("SELECT 9007199254740993 AS a, 'NaN'::float8 AS b, 1e300::float8 AS c, 0.1::numeric AS d"))
    assert found["rows"] == [["9007199254740993", "NaN", 1e300, 0.1]]


def test_the_examples_run():
    layers = frozenset().union(*(one.layers for one in EXAMPLES))
    assert all(asked(one.sql).columns for one in examples_for(layers))
