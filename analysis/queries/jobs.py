"""Long questions as background jobs: progress by parts, cancelled within a statement, retried when interrupted."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.timezone import now
from django_tasks import task

from analysis.errors import QueryBusy
from analysis.queries.chosen import Chosen, chosen, table, where_of
from analysis.queries.groups import groups
from analysis.queries.kept import (
    ERASURES,
    QueryMember,
    QueryResult,
    as_stored,
    erasures,
    result_features,
)
from analysis.queries.question import Question, question_of
from layers.access.rules import Access
from layers.errors import LayersError, TooSlow
from layers.jobs.monitor import Monitor, watched
from layers.jobs.queue import claim, enqueue_run, open_runs
from layers.locks import AdvisoryLock
from layers.reading.time_limits import limit_statements, was_cancelled
from layers.runs.models import Run
from layers.tasks import look_after_runs

PARTS = 12
OPEN_AT_ONCE = 2
"""Questions of one account that may wait or run at once, so that one account cannot fill the queue."""
log = logging.getLogger(__name__)


def queue_query(question: Question, user: Any) -> QueryResult:
    """Queue a question and return its result, still empty. Raises BadFilter, BadQuestion, QueryBusy."""
    features = chosen(question)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [AdvisoryLock.QUERY_QUEUE, user.pk % 2**31])
        waiting = QueryResult.objects.filter(user=user, run__in=Run.objects.filter(open_runs())).count()
        if waiting >= OPEN_AT_ONCE:
            raise QueryBusy(f"{waiting} of your questions are still being answered; wait for one, or cancel it.")
        run = Run.objects.create(
            kind=Run.Kind.QUERY,
            source=question.kind.slug,
            mode="private",
            parameters=dict(question.words),
            account=user.get_username(),
            progress_total=PARTS,
        )
        result = QueryResult.objects.create(
            run=run,
            user=user,
            words=dict(question.words),
            level=question.access.level,
            dataset_id=features.shown.dataset_id if features else None,
        )
        enqueue_run(run)
    return result


@task()
def query_run(run_id: int) -> str:
    """Answer a queued question and return its status; one that another worker has, or that ended, is skipped."""
    if not claim(run_id):
        return "left alone"
    result = QueryResult.objects.select_related("run").get(run_id=run_id)
    try:
        answer(result)
    except (LayersError, DatabaseError) as fault:
        log.warning("Run %s: %s", run_id, fault)
    return str(Run.objects.get(pk=run_id).status)


look_after_queries = look_after_runs
"""Rows queued by earlier versions hold this path."""


def answer(result: QueryResult) -> None:
    """Compute and store the features and figures of a result, in one transaction. Raises LayersError."""
    connection.ensure_connection()
    with watched(result.run, [], ended=connection.connection.cancel) as monitor, _statements_end(monitor):
        access = Access(result.level)  # type: ignore[arg-type]
        question = question_of(access, result.words)
        features = chosen(question)
        known = erasures(question.words)  # Counted before reading, so that an erasure meanwhile is noticed.
        with transaction.atomic():
            if features is not None:
                _find(result, features, monitor)
            _finish(result, question, monitor, known)


@contextmanager
def _statements_end(monitor: Monitor) -> Iterator[None]:
    """Raise RunCancelled or TooSlow for a statement that the database ended, by a cancel or its time limit."""
    try:
        yield
    except OperationalError as fault:
        if not was_cancelled(fault):
            raise
        monitor.progress(0, PARTS)  # Raises RunCancelled where a cancel was requested.
        raise TooSlow(f"This took longer than {settings.QUERY_JOB_SECONDS} seconds; narrow the question.") from fault


def _find(result: QueryResult, features: Chosen, monitor: Monitor) -> None:
    """Insert the result's members part by part and report the progress."""
    bounds = _bounds(features)
    with connection.cursor() as cursor:
        # The statement of an interrupted run ends by itself instead of using the database up to its limit.
        cursor.execute("SELECT set_config('client_connection_check_interval', '5s', true)")
        began = time.monotonic()
        for done, part in enumerate(zip(bounds, bounds[1:], strict=False)):
            monitor.progress(done, PARTS)
            left = settings.QUERY_JOB_SECONDS - (time.monotonic() - began)
            limit_statements(cursor, left)
            cursor.execute(*_insertion(result, replace(features, part=part)))
    monitor.progress(PARTS - 1, PARTS)


def _bounds(features: Chosen) -> list[int]:
    """Version numbers that divide the features into parts of equal size."""
    where, values = where_of(features.plain())
    cuts = [number / (PARTS - 1) for number in range(PARTS)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY version_id) "
            f"FROM {table(features.kind)} WHERE {where}",
            [cuts, *values],
        )
        (found,) = cursor.fetchone()
    return [found[0] - 1, *sorted(set(found[1:]))] if found else []


def _insertion(result: QueryResult, features: Chosen) -> tuple[str, list[Any]]:
    mine = table(features.kind)
    assert features.question is not None
    nearest = features.question.finds_nearest
    join, join_values = features.nearest() if nearest else ("", [])
    columns = "near.near_version, near.distance_m" if nearest else "NULL::bigint, NULL::float8"
    where, values = features.where()
    sql = (
        f"INSERT INTO {QueryMember._meta.db_table} (result_id, version_id, near_version, distance_m) "
        f"SELECT %s, {mine}.version_id, {columns} FROM {mine} {join} WHERE {where}"
    )
    return sql, [result.pk, *join_values, *values]


def _finish(result: QueryResult, question: Question, monitor: Monitor, known: int) -> None:
    """Store the figures and the end of the run, in the same commit as the members."""
    result.total = result.members.count()
    found = result_features(question.access, result)
    if question.measure and found is not None:
        with connection.cursor() as cursor:
            result.groups = [as_stored(one) for one in groups(question, found, cursor)]
    elif question.measure:
        result.groups = []
    result.save(update_fields=["total", "groups"])
    monitor.progress(PARTS, PARTS)
    monitor.rest()
    Run.objects.filter(pk=result.run_id).update(
        status=Run.Status.COMMITTED,
        finished_at=now(),
        progress_done=PARTS,
        progress_total=PARTS,
        details={"features": result.total, ERASURES: known},
    )
