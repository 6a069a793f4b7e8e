"""Studies as background jobs: trial runs that visitors ask for, and standing runs when the city changed.

The run is committed before anybody gets an answer. A job whose process died is taken up again by the sweep.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now
from django_tasks import task

from analysis.errors import ParameterForbidden, StudyBusy, TooManyRuns
from analysis.results import KEPT, PrivateResult, StandingParameters, prune_private_results
from analysis.runner import StudyOrder, new_run, run_study, standing_is_due
from analysis.studies import STUDIES, study_of
from analysis.study import Study
from layers.access.rules import Access
from layers.errors import LayersError
from layers.feed.changes import last_change
from layers.jobs.monitor import sweep
from layers.jobs.queue import OPEN, taken_up, took
from layers.runs.models import Run

_LOCK_CLASS = 7107
log = logging.getLogger(__name__)


def queue_private(
    slug: str, parameters: Mapping[str, Any], access: Access, *, account: str = "", outputs: Sequence[str] = ()
) -> PrivateResult:
    """Put a trial run into the queue; the result that its link will open, still empty.

    Parameters not given are those of the published result. `account` is the name of whose wish it is, `outputs` what
    of the results is wanted (nothing: all). Raises UnknownStudy, BadParameter, ParameterForbidden, StudyBusy,
    TooManyRuns.
    """
    study = study_of(slug)
    for one in study.parameters:
        if one.name in parameters and not access.reaches(one.level):
            raise ParameterForbidden(f"Other values of “{one.title}” are tried by the city's planners only.")
    order = StudyOrder(slug, StandingParameters.of(slug) | dict(parameters), private=True)
    run = new_run(order)
    run.account = account
    run.details = {"job": True} | ({"outputs": list(outputs)} if outputs else {})
    with transaction.atomic():
        _one_at_a_time(study)
        _refuse_too_many(study)
        run.save()
        result = PrivateResult.objects.create(run=run, expires_at=now() + KEPT)
        study_run.enqueue(run.pk)
    return result


def queue_standing(study: Study) -> Run | None:
    """Put a standing run into the queue where the city changed; None where there is nothing to do.

    One run is open at a time. A run that failed is not tried again until something changes.
    """
    with transaction.atomic():
        _one_at_a_time(study)
        newest = Run.objects.filter(kind=Run.Kind.STUDY, source=study.slug, mode="standing").order_by("-pk").first()
        if newest is not None and (newest.status in OPEN or _failed_at_this_state(newest)):
            return None
        if not standing_is_due(study):
            return None
        run = new_run(StudyOrder(study.slug))
        run.details = {"job": True, "wanted": last_change()}
        run.save()
        study_run.enqueue(run.pk)
    return run


@task()
def study_run(run_id: int) -> str:
    """Carry out a queued run; how it ended. A run that another worker has, or that ended already, is left alone."""
    if not took(run_id):
        return "left alone"
    run = Run.objects.get(pk=run_id)
    run.details["started"] = now().isoformat()
    order = StudyOrder(run.source, run.parameters, private=run.mode == "private")
    try:
        run_study(order, run)
    except (LayersError, DatabaseError) as fault:
        log.warning("Run %s: %s", run_id, fault)
    return str(Run.objects.get(pk=run_id).status)


@task()
def look_after_studies() -> int:
    """Take up jobs whose process died, three attempts in all, and queue standing runs that are due; says how many."""
    sweep()
    again = taken_up(Run.objects.filter(kind=Run.Kind.STUDY, details__job=True), study_run)
    due = [run for study in STUDIES.values() if (run := queue_standing(study))]
    return again + len(due)


@task()
def prune_results() -> int:
    """Drop private results past their time; says how many."""
    return prune_private_results()


def _one_at_a_time(study: Study) -> None:
    """Two visitors who ask at once, or two schedulers, are told apart."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_CLASS, study.slug])


def _refuse_too_many(study: Study) -> None:
    jobs = Run.objects.filter(kind=Run.Kind.STUDY, source=study.slug, mode="private", details__job=True)
    if jobs.filter(status__in=OPEN).exists():
        raise StudyBusy(f"Another trial of {study.slug} is being computed; ask again in a minute.")
    if jobs.filter(created_at__gt=now() - timedelta(hours=1)).count() >= settings.STUDY_TRIALS_PER_HOUR:
        raise TooManyRuns(f"{settings.STUDY_TRIALS_PER_HOUR} trials of {study.slug} were asked for within the hour.")


def _failed_at_this_state(run: Run) -> bool:
    """Whether a queued run failed and nothing changed since it was queued."""
    return run.status != Run.Status.COMMITTED and run.details.get("wanted", -1) >= last_change()
