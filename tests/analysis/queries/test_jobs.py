"""Questions as jobs: the stored answer, cancelling, and running again after a kill."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now

from analysis.errors import QueryBusy, UnknownResult
from analysis.queries import jobs
from analysis.queries.answer import count, nearest_of
from analysis.queries.chosen import Chosen, chosen
from analysis.queries.groups import groups
from analysis.queries.jobs import query_run, queue_query
from analysis.queries.kept import QueryMember, QueryResult, ResultFeatures, result_features
from analysis.queries.question import question_of
from layers.access.rules import ANONYMOUS, Access
from layers.jobs.queue import cancel
from layers.kinds import KINDS
from layers.runs.models import Run
from layers.store.editing import erase
from layers.store.writer import writing
from layers.tasks import look_after_runs
from tests.analysis.queries.random_city import RandomCity, drawn, found_ids, stored
from tests.factories import feature_id, new_run
from tests.geoportal.logins import account

pytestmark = pytest.mark.django_db(transaction=True)
STAFF = Access("staff")
NEAR = {"layer": "buildings", "relation": "near", "to": "roads", "distance_m": "25"}


@pytest.fixture
def city() -> RandomCity:
    """One random city."""
    return stored(drawn(7))


def chosen_now(words: dict[str, str]) -> Chosen:
    """What the page would find."""
    found = chosen(question_of(STAFF, words))
    assert found is not None
    return found


def kept_by(result: QueryResult) -> ResultFeatures:
    """What an answer keeps."""
    found = result_features(STAFF, result)
    assert found is not None
    return found


def queued(**words: str) -> QueryResult:
    """A question in the queue of an analyst."""
    return queue_query(question_of(STAFF, words), account("analysts"))


def answered(**words: str) -> QueryResult:
    """The answer of a job."""
    result = queued(**words)
    assert query_run.func(result.run_id) == "committed"
    return QueryResult.opened(STAFF, result.token)


@pytest.mark.parametrize("first", ["buildings", "roads"])
def test_a_job_finds_what_the_page_finds(city, first):
    second = "roads" if first == "buildings" else "buildings"
    words = {"layer": first, "relation": "near", "to": second, "distance_m": "25"}
    result = answered(**words)
    at_once = chosen_now(words)
    assert found_ids(kept_by(result)) == found_ids(at_once)
    assert result.total == count(at_once, 20)
    assert (result.run.kind, result.run.account, result.run.progress_done) == ("query", "analysts", jobs.PARTS)


def test_a_job_keeps_the_figures_and_the_nearest(city):
    words = {"layer": "buildings", "relation": "nearest", "to": "hydrants", "measure": "mean"}
    words |= {"of": "nearest_distance_m", "by": "district"}
    result = answered(**words)
    question = question_of(STAFF, words)
    features, mine = chosen_now(words), kept_by(result)
    with connection.cursor() as cursor:
        assert result.figures() == groups(question, features, cursor)
    ids = [feature_id(key) for key in city.shapes["buildings"]]
    assert nearest_of(mine, ids, 20) == nearest_of(features, ids, 20)


def test_an_erased_feature_is_gone_from_an_answer(city):
    result = answered(**NEAR)
    gone: Any = kept_by(result).rows().first()
    with writing(new_run(kind=Run.Kind.ERASE)) as writer:
        erase(writer, KINDS["buildings"], gone.feature_id, "a wish of its owner")
    assert gone.source_id not in found_ids(kept_by(result))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("buildings", {"layer": "buildings", "measure": "max", "of": "storeys_above"}),
        ("roads", NEAR | {"by": "use_class"}),
        ("roads", {"layer": "buildings", "relation": "nearest", "to": "roads"}),
        ("districts", {"layer": "buildings", "by": "district"}),
    ],
)
def test_figures_go_with_the_first_feature_that_is_erased_of_their_layers(city, kind, words):
    figures, members, others = answered(**words), answered(**NEAR), answered(layer="bus_stops", measure="count")
    found: Any = KINDS[kind].model._default_manager.first()
    with writing(new_run(kind=Run.Kind.ERASE)) as writer:
        erase(writer, KINDS[kind], found.feature_id, "a wish of its owner")
    with pytest.raises(UnknownResult):
        QueryResult.opened(STAFF, figures.token)
    assert QueryResult.prune() == 1
    assert not QueryResult.objects.filter(pk=figures.pk).exists()
    again = answered(**words)
    for kept_still in (members, others, again):
        assert QueryResult.opened(STAFF, kept_still.token) == kept_still


def test_an_answer_made_with_rights_is_closed_to_those_without(city):
    result = answered(**NEAR)
    for access, token in ((ANONYMOUS, result.token), (STAFF, "x" * 24)):
        with pytest.raises(UnknownResult) as fault:
            QueryResult.opened(access, token)
        assert "is not there" in str(fault.value)
    assert QueryResult.opened(Access("services"), result.token) == result


def test_an_answer_past_its_time_is_closed_and_dropped(city):
    result = answered(**NEAR)
    QueryResult.objects.update(expires_at=now() - timedelta(seconds=1))
    with pytest.raises(UnknownResult):
        QueryResult.opened(STAFF, result.token)
    assert QueryResult.prune() == 1
    assert not QueryMember.objects.exists()


def test_an_account_has_two_questions_open_at_most(city):
    queued(**NEAR)
    second = queued(**NEAR)
    with pytest.raises(QueryBusy):
        queued(**NEAR)
    cancel(second.run)
    queued(**NEAR)


def test_a_waiting_job_is_cancelled_at_once(city):
    result = queued(**NEAR)
    cancel(result.run)
    assert query_run.func(result.run_id) == "left alone"
    assert Run.objects.get(pk=result.run_id).status == Run.Status.CANCELLED


def test_cancelling_ends_the_statement_that_runs(city, monkeypatch):
    result = queued(**NEAR)
    slow = ("INSERT INTO analysis_querymember (result_id, version_id) SELECT %s, 1 FROM pg_sleep(60)", [result.pk])
    monkeypatch.setattr(jobs, "_insertion", lambda *given: slow)

    def ask_to_stop() -> None:
        while Run.objects.get(pk=result.run_id).status != Run.Status.RUNNING:
            time.sleep(0.05)
        time.sleep(0.5)
        cancel(result.run)
        connection.close()

    asking = threading.Thread(target=ask_to_stop)
    asking.start()
    began = time.monotonic()
    assert query_run.func(result.run_id) == "cancelled"
    asking.join()
    assert time.monotonic() - began < 15
    assert not QueryMember.objects.exists()


def test_a_job_that_takes_too_long_says_so(city, monkeypatch, settings):
    settings.QUERY_JOB_SECONDS = 1
    result = queued(**NEAR)
    slow = ("INSERT INTO analysis_querymember (result_id, version_id) SELECT %s, 1 FROM pg_sleep(60)", [result.pk])
    monkeypatch.setattr(jobs, "_insertion", lambda *given: slow)
    assert query_run.func(result.run_id) == "refused"
    assert "longer than 1 seconds" in Run.objects.get(pk=result.run_id).message


def test_a_job_whose_process_died_is_taken_up_and_answered(city):
    result = queued(**NEAR)
    long_ago = now() - timedelta(minutes=5)
    Run.objects.filter(pk=result.run_id).update(status=Run.Status.RUNNING, heartbeat_at=long_ago)
    assert look_after_runs.func() == 1
    assert query_run.func(result.run_id) == "committed"
    assert Run.objects.get(pk=result.run_id).attempt == 2
    assert QueryResult.opened(STAFF, result.token).total > 0


def test_a_statement_is_told_to_end_when_its_process_is_gone(city, monkeypatch):
    result = queued(**NEAR)
    asked = "SELECT 1 / (current_setting('client_connection_check_interval') = '5s')::int"
    monkeypatch.setattr(jobs, "_insertion", lambda *given: (asked, []))
    assert query_run.func(result.run_id) == "committed"
