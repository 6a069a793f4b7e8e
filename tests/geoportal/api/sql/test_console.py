"""The SQL console for programs: answers, files, refusals, the audit, stopping, and keeping statements."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from geoportal.accounts.audit import AuditEntry
from geoportal.console.runs import KEPT_OF_EACH, StatementRun, recent_runs
from geoportal.console.saved import SavedStatement
from layers.access.database_views import rebuild
from layers.access.publication import DECISIONS, Publication
from tests.databases import restored
from tests.factories import building, load, point
from tests.geoportal.logins import account, bearer

pytestmark = pytest.mark.django_db
ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000)"


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Three houses and a hydrant, stored for good: the logins have connections of their own."""
    with django_db_blocker.unblock(), restored():
        load("buildings", [building(f"b{n}", 30 * n, storeys_above=n, owner="Jan Nowak") for n in range(3)])
        load("hydrants", [point("h1", number="H-1")])
        rebuild()
        yield


@pytest.fixture
def analyst(client: Client) -> Client:
    client.force_login(account("analysts"))
    return client


def asked(client: Client, sql: Any, headers: dict[str, str] | None = None, **more: Any) -> Any:
    return client.post("/sql.json", json.dumps({"sql": sql, **more}), "application/json", headers=headers or {})


def test_an_answer_has_columns_rows_and_shapes(analyst):
    answer = asked(analyst, "SELECT storeys_above, geom FROM buildings ORDER BY 1")
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    found = answer.json()
    assert found["columns"] == [{"name": "storeys_above", "type": "whole"}, {"name": "geom", "type": "geometry"}]
    assert [row[0] for row in found["rows"]] == [0, 1, 2] and len(found["features"]["features"]) == 3


@pytest.mark.parametrize(
    ("sql", "status", "outcome", "place"),
    [
        ("SELECT * FROM\npublic.auth_user", 400, "refused", (2, 1)),
        ("SELECT\n ownr FROM buildings", 400, "failed", (2, 2)),
        ("SELECT 1 / 0", 400, "failed", (None, None)),
    ],
)
def test_a_fault_says_where_and_is_written_down(analyst, sql, status, outcome, place):
    answer = asked(analyst, sql)
    told = answer.json()
    assert (answer.status_code, told["outcome"]) == (status, outcome)
    assert (told.get("line"), told.get("column")) == place
    entry = AuditEntry.objects.get(action="sql")
    assert entry.details["outcome"] == outcome and entry.details["statement"] == sql and entry.account == "analysts"


def test_an_answer_is_written_down_with_rows_and_time(analyst):
    asked(analyst, "SELECT 1 FROM buildings")
    details = AuditEntry.objects.get(action="sql").details
    assert (details["rows"], details["outcome"], details["level"]) == (3, "ok", "staff") and details["seconds"] > 0


def test_a_layer_of_the_services_that_is_read_stands_in_the_audit(client):
    Publication.objects.create(kind="hydrants", level="services")
    DECISIONS.refresh(force=True)
    client.force_login(account("analysts", "services"))
    asked(client, "SELECT 1 FROM buildings")
    assert not AuditEntry.objects.filter(action="read").exists()
    # The views of this database are as they were before the decision: the fault comes after the check.
    asked(client, "SELECT number FROM hydrants")
    assert AuditEntry.objects.get(action="read").subject == "hydrants"
    assert "hydrants" not in asked(_logged_in("analysts"), "SELECT 1 FROM hydrants").json().get("rows", [])


def _logged_in(group: str) -> Client:
    other = Client()
    other.force_login(account(group))
    return other


def test_files_are_csv_and_geojson(analyst):
    csv = asked(analyst, "SELECT storeys_above AS n, NULL AS x FROM buildings ORDER BY 1", format="csv")
    assert csv["Content-Type"].startswith("text/csv") and csv["X-Complete"] == "yes"
    assert csv.content.decode("utf-8-sig") == "n,x\r\n0,\r\n1,\r\n2,\r\n"
    shapes = asked(analyst, "SELECT storeys_above AS n, geom FROM buildings", format="geojson")
    assert shapes["Content-Type"] == "application/geo+json" and len(json.loads(shapes.content)["features"]) == 3


def test_limits_are_said(analyst, settings):
    settings.SQL_ROWS, settings.SQL_FILE_ROWS = 2, 1
    assert asked(analyst, "SELECT 1 FROM buildings").json()["more"]
    assert asked(analyst, "SELECT 1 FROM buildings", format="csv")["X-Complete"] == "no"


def test_time_that_is_over_is_said(analyst, settings):
    settings.SQL_SECONDS = 1.0
    answer = asked(analyst, ENDLESS)
    assert (answer.status_code, answer.json()["outcome"]) == (503, "limit")


@pytest.mark.parametrize(
    "body",
    [
        " ",
        "[]",
        '{"sql": 1}',
        '{"sql": "SELECT 1", "format": "xml"}',
        '{"sql": "SELECT 1", "key": "x"}',
        '{"more": 1}',
    ],
)
def test_what_is_no_question_is_refused(analyst, body):
    assert analyst.post("/sql.json", body, "application/json").status_code == 400


def test_a_session_needs_the_token_against_forgery():
    client = Client(enforce_csrf_checks=True)
    client.force_login(account("analysts"))
    assert asked(client, "SELECT 1").status_code == 403


def test_a_program_asks_with_its_token_and_sees_what_the_token_may(client):
    user = account("analysts")
    assert asked(client, "SELECT owner FROM buildings LIMIT 1", bearer(user, "read", "sql")).json()["rows"]
    narrow = asked(client, "SELECT owner FROM buildings", bearer(user, "sql"))
    assert narrow.status_code == 400 and "Jan Nowak" not in narrow.content.decode()
    assert asked(client, "SELECT number FROM hydrants", bearer(user, "sql")).json()["outcome"] == "refused"
    assert asked(client, "SELECT 1", bearer(user, "read")).status_code == 403


@pytest.mark.parametrize("group", ["planners", "editors", "services", "admins"])
def test_only_analysts_have_the_console(group):
    client = _logged_in(group)
    assert asked(client, "SELECT 1").status_code == 403
    assert client.get("/sql/", headers={"Accept": "text/html"}).status_code == 403


def test_places_are_counted(analyst, settings):
    settings.SQL_AT_ONCE_OF_EACH = 1
    mine = StatementRun.objects.create(user=account("analysts"), text="SELECT 1")
    answer = asked(analyst, "SELECT 1")
    assert (answer.status_code, answer.json()["outcome"]) == (503, "busy") and answer["Retry-After"]
    mine.end("ok", 1.0)
    assert asked(analyst, "SELECT 1").status_code == 200
    settings.SQL_AT_ONCE = 1
    StatementRun.objects.create(user=account("analysts", name="other"), text="SELECT 1")
    assert asked(analyst, "SELECT 1").json()["outcome"] == "busy"


def test_nobody_stops_what_another_runs(analyst):
    theirs = StatementRun.objects.create(user=account("analysts", name="other"), text="SELECT 1")
    body = json.dumps({"key": str(theirs.key)})
    assert analyst.post("/sql/stop.json", body, "application/json").status_code == 404
    assert not StatementRun.objects.get(pk=theirs.key).stop_asked


def test_the_last_statements_are_offered_once_each_and_old_ones_forgotten():
    user = account("analysts")
    for number in range(KEPT_OF_EACH + 5):
        StatementRun.objects.create(user=user, text=f"SELECT {number % 20}").end("ok", 0.1)
    assert StatementRun.objects.filter(user=user).count() == KEPT_OF_EACH
    assert len({one.text for one in recent_runs(user)}) == len(recent_runs(user)) == 10


def test_a_saved_statement_is_opened_by_its_link_and_deleted_by_its_owner(analyst):
    answer = analyst.post("/sql/saved/", {"title": "Moje", "sql": "SELECT 42 AS answer"})
    assert answer.status_code == 302
    kept = SavedStatement.objects.get()
    other = Client()
    other.force_login(account("analysts", name="other"))
    assert "SELECT 42 AS answer" in other.get(answer["Location"]).content.decode()
    assert other.post("/sql/saved/", {"forget": kept.link}, headers={"Accept": "text/html"}).status_code == 404
    analyst.post("/sql/saved/", {"title": "Moje", "sql": "SELECT 43"})
    assert SavedStatement.objects.get().link == kept.link
    analyst.post("/sql/saved/", {"forget": kept.link})
    assert not SavedStatement.objects.exists()


def test_a_statement_without_a_title_is_not_saved_and_not_lost(analyst):
    answer = analyst.post("/sql/saved/", {"title": " ", "sql": "SELECT 'kept'"})
    assert answer.status_code == 400 and "SELECT &#x27;kept&#x27;" in answer.content.decode()


def test_the_page_asks_few_questions_of_the_database(analyst, django_assert_max_num_queries):
    analyst.get("/sql/")
    with django_assert_max_num_queries(12):
        page = analyst.get("/sql/").content.decode()
    assert "kondygnacje nadziemne" in page.lower() and "Konsola SQL" in page


@pytest.mark.django_db(transaction=True)
def test_a_button_elsewhere_stops_a_running_statement():
    """Two requests, each in a thread with a connection of its own, as two processes would have."""
    load("buildings", [building("b1")])
    rebuild()
    user, key, found = account("analysts"), str(uuid.uuid4()), []

    def running() -> None:
        client = Client()
        client.force_login(user)
        found.append(asked(client, ENDLESS, key=key))
        connection.close()

    thread = threading.Thread(target=running)
    thread.start()
    client = Client()
    client.force_login(user)
    until = time.monotonic() + 10
    while not StatementRun.objects.filter(pk=key).exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert client.post("/sql/stop.json", json.dumps({"key": key}), "application/json").status_code == 202
    thread.join(10)
    assert found[0].json()["outcome"] == "cancelled"
    assert StatementRun.objects.get(pk=key).outcome == "cancelled"
