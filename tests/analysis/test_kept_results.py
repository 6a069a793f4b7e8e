"""Results behind links: one base, whose rows and links outlive the move to it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now

from analysis.errors import UnknownResult
from analysis.queries.kept import QueryResult
from analysis.results import PrivateResult
from layers.access.rules import ANONYMOUS, Access
from layers.jobs.results import KeptResult
from layers.runs.models import Run
from layers.tasks import prune_results
from tests.geoportal.logins import account

BEFORE = ("analysis", "0002_queries")


def run_of(kind: str) -> Run:
    return Run.objects.create(kind=kind, status=Run.Status.COMMITTED)


@pytest.mark.django_db
def test_a_link_opens_until_the_end_and_not_below_the_level():
    result = QueryResult.objects.create(run=run_of("query"), words={}, level="staff")
    assert (
        QueryResult.by_token(Access("services"), result.token)
        == result
        == QueryResult.by_token(Access("staff"), result.token)
    )
    assert QueryResult.by_token(ANONYMOUS, result.token) is None
    assert QueryResult.by_token(Access("services"), result.token + "x") is None
    QueryResult.objects.update(expires_at=now())
    assert QueryResult.by_token(Access("services"), result.token) is None


@pytest.mark.django_db
def test_a_result_without_a_level_is_open_to_nobody_below_the_highest():
    result = QueryResult.objects.create(run=run_of("query"), words={})
    assert QueryResult.by_token(Access("staff"), result.token) is None


@pytest.mark.django_db
def test_one_job_prunes_the_expired_results_of_every_table():
    assert {QueryResult, PrivateResult} <= set(KeptResult.__subclasses__())
    past = {"expires_at": now() - timedelta(seconds=1)}
    QueryResult.objects.create(run=run_of("query"), words={}, **past)
    PrivateResult.objects.create(run=run_of("study"), **past)
    left = PrivateResult.objects.create(run=run_of("study"))
    assert prune_results.call() == 2
    assert PrivateResult.objects.get() == left and not QueryResult.objects.exists()


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_results_and_links_of_the_version_before_are_kept():
    try:
        MigrationExecutor(connection).migrate([BEFORE])
        planner = account("planners")
        old = MigrationExecutor(connection).loader.project_state([BEFORE]).apps
        end = now() + timedelta(days=3)
        runs = [run_of("study"), run_of("study"), run_of("query")]
        Run.objects.filter(pk=runs[0].pk).update(account=planner.get_username())
        trials = old.get_model("analysis", "PrivateResult").objects
        trials.create(run_id=runs[0].pk, token="planners-trial", expires_at=end)
        trials.create(run_id=runs[1].pk, token="visitors-trial", expires_at=end)
        query = {"words": {}, "level": "staff", "user_id": planner.pk}
        old.get_model("analysis", "QueryResult").objects.create(
            run_id=runs[2].pk, token="query", expires_at=end, **query
        )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes("analysis"))
    opened = [PrivateResult.opened(token) for token in ("planners-trial", "visitors-trial")]
    assert [(one.user_id, one.level, one.expires_at) for one in opened] == [
        (planner.pk, "public", end),
        (None, "public", end),
    ]
    assert QueryResult.opened(Access("staff"), "query").user_id == planner.pk
    with pytest.raises(UnknownResult):
        QueryResult.opened(ANONYMOUS, "query")
