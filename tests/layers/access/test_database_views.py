"""What the database shows to people who write SQL, tried by connecting as each login."""

from typing import Any

import psycopg2
import pytest
from django.db import connection

from layers.access.database_views import LEVELS, logged_in, rebuild, schema_of
from layers.access.publication import DECISIONS, Publication
from layers.kinds import kind_of
from layers.store.editing import erase
from layers.store.writer import writing
from tests.databases import MadeOnce
from tests.factories import building, feature_id, load, new_run, point

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city() -> None:
    """Two current buildings, one past version of one of them, a building of another dataset, and a hydrant."""
    store_city()
    rebuild()


@MadeOnce
def store_city() -> None:
    load("buildings", [building("b1", use_class="residential", storeys_above=3, residents=7.0, owner="Jan Nowak")])
    load("buildings", [building("b1", use_class="residential", storeys_above=4, residents=8.0, owner="Ewa Lis")])
    load("buildings", [building("b2", 50, use_class="public", owner="Gmina")])
    load("buildings", [building("other", 90, use_class="public", owner="Ktoś Inny")], dataset="zzz")
    load("hydrants", [point("h1", number="H-1")])


def asked(level: Any, sql: str) -> list[Any]:
    with logged_in(level) as opened, opened.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def columns(level: Any, view: str) -> set[str]:
    sql = f"SELECT attname FROM pg_attribute WHERE attrelid = '{schema_of(level)}.{view}'::regclass AND attnum > 0"
    return {row[0] for row in asked(level, sql)}


def test_a_view_holds_current_rows_of_the_dataset_that_speaks(city):
    for level in LEVELS:
        found = asked(level, "SELECT storeys_above FROM buildings ORDER BY storeys_above NULLS LAST")
        assert found == [(4,), (None,)]


def test_columns_are_those_of_the_level(city):
    personal = {"owner", "residents", "heating"}
    assert not personal & columns("public", "buildings")
    assert {"use_class", "storeys_above", "height_m", "year_built", "geom", "feature_id"} <= columns(
        "public", "buildings"
    )
    assert personal <= columns("staff", "buildings")


def test_a_layer_of_the_staff_is_no_view_of_the_public(city):
    assert asked("staff", "SELECT number FROM hydrants") == [("H-1",)]
    with pytest.raises(psycopg2.errors.UndefinedTable):
        asked("public", "SELECT * FROM hydrants")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        asked("public", "SELECT * FROM geoportal_staff.hydrants")


@pytest.mark.parametrize("level", LEVELS)
def test_no_table_beneath_can_be_read(city, level):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        tables = sorted({row[0] for row in cursor.fetchall()} - {"spatial_ref_sys"})
    assert len(tables) > 30
    with logged_in(level) as opened, opened.cursor() as cursor:
        cursor.execute(
            "SELECT t FROM unnest(%s) t "
            "WHERE has_table_privilege(t, 'SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES') "
            "OR has_any_column_privilege(t, 'SELECT,INSERT,UPDATE,REFERENCES')",
            [tables],
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("level", LEVELS)
def test_every_view_is_a_security_barrier(city, level):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reloptions FROM pg_class WHERE relnamespace = %s::regnamespace", [schema_of(level)]
        )
        found = cursor.fetchall()
    assert found and all(options == ["security_barrier=true"] for _, options in found)


def test_a_past_version_is_not_met_by_a_function_that_tells(city):
    """Without the barrier the cast would run on past rows too and its error would show their owner."""
    with pytest.raises(psycopg2.errors.InvalidTextRepresentation) as told:
        asked("staff", "SELECT 1 FROM buildings WHERE owner::int > 0")
    assert "Jan Nowak" not in str(told.value) and "Ktoś" not in str(told.value)


FORBIDDEN = (
    "CREATE TABLE geoportal_staff.mine (id int)",
    "CREATE TEMP TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "DELETE FROM buildings",
    "SELECT lo_create(0)",
    "SELECT pg_advisory_lock(7104, 1)",
    "SELECT _postgis_stats('public.layers_building'::regclass, 'geom')",
    "SELECT ST_EstimatedExtent('public', 'layers_building', 'geom')",
    "SELECT pg_terminate_backend(pg_backend_pid())",
    "DO $$ BEGIN PERFORM 1; END $$",
    "SET ROLE geoportal_services",
    "SET SESSION AUTHORIZATION geoportal",
    "ALTER ROLE geoportal_staff SUPERUSER",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "CREATE EXTENSION dblink",
)


@pytest.mark.parametrize("read_only", ["on", "off"])
def test_a_login_changes_nothing_and_leaves_its_bounds_nowhere(city, read_only):
    for sql in FORBIDDEN:
        with logged_in("staff") as opened, opened.cursor() as cursor:
            cursor.execute(f"SET default_transaction_read_only = {read_only}")
            opened.commit()
            with pytest.raises(psycopg2.Error):
                cursor.execute(sql)
                pytest.fail(f"allowed: {sql}")


def test_a_layer_that_the_city_withdraws_leaves_the_views(city):
    Publication.objects.create(kind="buildings", level="staff")
    DECISIONS.refresh(force=True)
    rebuild()
    with pytest.raises(psycopg2.errors.UndefinedTable):
        asked("public", "SELECT * FROM buildings")
    assert len(asked("staff", "SELECT 1 FROM buildings")) == 2


def test_an_erased_feature_is_gone_from_the_views(city):
    with writing(new_run(kind="erase")) as writer:
        erase(writer, kind_of("buildings"), feature_id("b1"), "asked for")
    assert asked("staff", "SELECT count(*) FROM buildings") == [(1,)]
