"""The list of escapes, tried through the console and directly as each login."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.utils.timezone import now

from geoportal.accounts.audit import AuditEntry
from geoportal.console.errors import ConsoleError
from geoportal.console.schema import closed_attributes
from geoportal.console.session import Answer, Bounds, run_statement
from geoportal.console.statement import checked
from layers.access.database_views import logged_in, rebuild, schema_of
from layers.access.rules import Access, visible_kinds
from layers.schema.kind import Level
from tests.factories import building, load, point
from tests.geoportal.console.escapes import BOMBS, ESCAPES, OWN_LOGIN, Escape
from tests.geoportal.logins import account, bearer

pytestmark = pytest.mark.django_db(transaction=True)

PAST = ("SEKRET-DAWNY", "SEKRET-DAWNY-WLASCICIEL", "SEKRET-INNY-ZBIOR")
ACCOUNTS = ("SEKRET-KONTO", "SEKRET-MAIL", "SEKRET-AUDYT")
SECRETS: dict[Level, tuple[str, ...]] = {
    "public": (*PAST, *ACCOUNTS, "SEKRET-WLASCICIEL", "SEKRET-HYDRANT"),
    "staff": (*PAST, *ACCOUNTS),
}
"""Texts that stand in the database and that a level may not see."""
TRACE = Path("/tmp/geoportal-escape")
BOUNDS = Bounds(rows=100, bytes=100_000, seconds=1.5)
SOON = Bounds(rows=100, bytes=100_000, seconds=0.4)
"""For what would never end."""
LEVELS: tuple[Level, ...] = ("public", "staff")


@pytest.fixture
def city() -> Iterator[list[str]]:
    """Secrets in every hidden place, with statistics about them; afterwards nothing was done."""
    load("buildings", [building("b1", name="SEKRET-DAWNY", owner="SEKRET-DAWNY-WLASCICIEL")])
    load("buildings", [building("b1", name="Szkoła", owner="SEKRET-WLASCICIEL")])
    load("buildings", [building("b2", 50, name="SEKRET-INNY-ZBIOR", owner="SEKRET-INNY-ZBIOR")], dataset="zzz")
    load("hydrants", [point("h1", number="SEKRET-HYDRANT")])
    user = account("analysts", name="SEKRET-KONTO")
    type(user).objects.filter(pk=user.pk).update(email="SEKRET-MAIL@example.org")
    digest = bearer(user)["Authorization"]
    AuditEntry.objects.create(at=now(), account="x", action="sql", subject="SEKRET-AUDYT")
    with connection.cursor() as cursor:
        for table in ("layers_building", "layers_hydrant", "auth_user", "geoportal_auditentry"):
            cursor.execute(f"ANALYZE {table}")
    rebuild()
    before = state()
    yield [digest.removeprefix("Bearer "), user.password]
    assert state() == before
    assert not TRACE.exists()


def state() -> list[Any]:
    """What an attempt could have changed: objects, rows, rights, settings, locks, large objects."""
    counted: tuple[str, ...] = (
        "pg_class",
        "pg_proc",
        "pg_operator",
        "pg_cast",
        "pg_roles",
        "pg_auth_members",
        "pg_extension",
    )
    counted += ("pg_largeobject_metadata", "pg_namespace", "pg_replication_slots", "pg_foreign_server", "pg_trigger")
    counted += ("layers_building", "layers_hydrant", "spatial_ref_sys", "auth_user", "pg_db_role_setting")
    questions = [f"SELECT count(*) FROM {table}" for table in counted]
    here = "(SELECT oid FROM pg_database WHERE datname = current_database())"
    questions.append(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = {here}")
    questions.append("SELECT string_agg(rolname || rolsuper || rolbypassrls, ' ' ORDER BY rolname) FROM pg_roles")
    questions.append(
        "SELECT string_agg(relname || reloptions::text, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'v'"
    )
    questions.append("SELECT md5(string_agg(b::text, ' ' ORDER BY version_id)) FROM layers_building b")
    with connection.cursor() as cursor:
        found = []
        for question in questions:
            cursor.execute(question)
            found.append(cursor.fetchone())
    return found


def views(level: Level) -> list[str]:
    return [kind.slug for kind in visible_kinds(Access(level))]


def through_console(escape: Escape, level: Level, bounds: Bounds = BOUNDS) -> tuple[str, str]:
    """Its outcome, and all of its output."""
    schema = schema_of(level)
    try:
        statement = checked(escape.sql.replace("{schema}", schema), schema, views(level), closed_attributes())
        answer = run_statement(statement, level, bounds, lambda: False)
    except ConsoleError as fault:
        return fault.outcome, f"{fault} {fault.as_json()}"
    return "ok", spoken(answer)


def spoken(answer: Answer) -> str:
    return f"{answer.columns} {answer.rows}"


def directly(escape: Escape, level: Level) -> tuple[str, str]:
    """The same as a login that lifted its own bound against writing, in a transaction that is committed."""
    with logged_in(level) as opened, opened.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off; SET statement_timeout = '1500ms'")
        opened.commit()
        try:
            cursor.execute(escape.sql.replace("{schema}", schema_of(level)))
            told = str(cursor.fetchall() if cursor.description else "")
            opened.commit()
        except psycopg2.Error as fault:
            return "refused", f"{fault} {opened.notices}"
        return "ok", f"{told} {opened.notices}"


def keeps(text: str, level: Level, more: list[str]) -> None:
    # A statement's own words come back in error messages; what it did not write, it read.
    assert [secret for secret in (*SECRETS[level], *more) if secret in text] == []


def test_the_list_is_long_enough():
    assert len({escape.sql for escape in (*ESCAPES, *BOMBS)}) >= 200


@pytest.mark.parametrize("level", LEVELS)
def test_the_console_shows_nothing_hidden(city, level):
    found = {escape.sql: through_console(escape, level) for escape in ESCAPES}
    for _, text in found.values():
        keeps(text, level, city)
    wrong = {escape.sql: found[escape.sql] for escape in ESCAPES if found[escape.sql][0] != escape.console}
    assert wrong == {}, wrong


@pytest.mark.parametrize(
    ("level", "each"), [("staff", 1), ("public", 5), pytest.param("public", 1, marks=pytest.mark.thorough)]
)
def test_the_login_alone_shows_nothing_hidden(city, level, each):
    """The public's login tries each fifth in the quick tier: a connection for each takes long."""
    tried = ESCAPES[::each]
    found = {escape.sql: directly(escape, level) for escape in tried}
    for _, text in found.values():
        keeps(text, level, city)
    wrong = {escape.sql: found[escape.sql] for escape in tried if found[escape.sql][0] != escape.direct}
    assert wrong == {}, wrong


def test_a_refusal_names_its_place():
    for escape in ESCAPES:
        if escape.console == "refused":
            with pytest.raises(ConsoleError) as told:
                checked(
                    escape.sql.replace("{schema}", "geoportal_staff"),
                    "geoportal_staff",
                    views("staff"),
                    closed_attributes(),
                )
            assert told.value.place is not None, escape.sql


def test_bombs_end_in_time_and_hold_nobody_up(city):
    found = {}
    for bomb in BOMBS:
        began = time.monotonic()
        bounds = SOON if bomb.console == "limit" else BOUNDS
        found[bomb.sql[:80]] = through_console(bomb, "staff", bounds)[0]
        assert time.monotonic() - began < 8, bomb.sql[:80]
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
    assert found == {bomb.sql[:80]: bomb.console for bomb in BOMBS}


@pytest.mark.parametrize("escape", OWN_LOGIN, ids=range(len(OWN_LOGIN)))
def test_the_own_login_is_left_alone_by_the_console_and_by_a_session_that_only_reads(city, escape):
    assert through_console(escape, "staff")[0] == "refused"
    with logged_in("staff") as opened, opened.cursor() as cursor:
        opened.set_session(readonly=True)
        with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
            cursor.execute(escape.sql.replace("{schema}", schema_of("staff")))
