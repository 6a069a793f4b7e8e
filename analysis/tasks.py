"""Studies as background jobs: trial runs that visitors ask for, and standing runs when the city changed.

The run is committed before the request is answered. An interrupted job is queued again by `look_after_runs`.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now
from django_tasks import task
from shapely.geometry.base import BaseGeometry

from analysis.errors import ParameterForbidden, StudyBusy, TooManyRuns
from analysis.results import PrivateResult, StandingParameters
from analysis.running.runner import (
    StudyOrder,
    followed,
    new_run,
    note_up_to_date,
    order_of,
    run_study,
    standing_is_due,
)
from analysis.studies import STUDIES, study_of
from analysis.study import Study
from layers.access.rules import Access
from layers.errors import LayersError
from layers.feed.changes import last_change
from layers.jobs.queue import claim, enqueue_run, is_open, open_runs
from layers.locks import AdvisoryLock
from layers.runs.models import Run
from layers.tasks import prune_results as prune_all_results

log = logging.getLogger(__name__)


def queue_private(
    slug: str,
    parameters: Mapping[str, Any],
    access: Access,
    *,
    area: BaseGeometry | None = None,
    account: str = "",
    outputs: Sequence[str] = (),
) -> PrivateResult:
    """Queue a private run and return its result, still empty.

    Parameters not given are those of the published result. `area` (storage system) limits the result. `account` is
    the name of the account that asks ("": none), `outputs` the kinds of results to compute (empty: all). Raises
    UnknownStudy, BadParameter, ParameterForbidden, StudyBusy, TooManyRuns.
    """
    study = study_of(slug)
    for one in study.parameters:
        if one.name in parameters and not access.reaches(one.level):
            raise ParameterForbidden(f"Other values of “{one.title}” are tried by the city's planners only.")
    order = StudyOrder(slug, StandingParameters.of(slug) | dict(parameters), private=True, area=area)
    run = new_run(order)
    run.account = account
    run.details |= {"job": True} | ({"outputs": list(outputs)} if outputs else {})
    with transaction.atomic():
        _one_at_a_time(study)
        _refuse_too_many(study)
        run.save()
        result = PrivateResult.objects.create(run=run, user=_account(account))
        enqueue_run(run)
    return result


def queue_standing(study: Study) -> Run | None:
    """Queue a standing run if its inputs changed and return it; None where there is nothing to compute.

    One run is open at a time. A run that failed is not tried again until something changes.
    """
    with transaction.atomic():
        _one_at_a_time(study)
        newest = Run.objects.filter(kind=Run.Kind.STUDY, source=study.slug, mode="standing").order_by("-pk").first()
        if newest is not None and (is_open(newest) or _failed_at_this_state(newest)):
            return None
        seq = last_change()
        if not standing_is_due(study):
            note_up_to_date(study, seq)
            return None
        run = new_run(StudyOrder(study.slug))
        run.details = {"job": True, "wanted": last_change()}
        run.save()
        enqueue_run(run)
    return run


@task()
def study_run(run_id: int) -> str:
    """Carry out a queued run and return its status. A run that another worker has, or that ended, is skipped."""
    if not claim(run_id):
        return "left alone"
    run = Run.objects.get(pk=run_id)
    run.details["started"] = now().isoformat()
    try:
        run_study(order_of(run), run)
    except (LayersError, DatabaseError) as fault:
        log.warning("Run %s: %s", run_id, fault)
    return str(Run.objects.get(pk=run_id).status)


@task()
def look_after_studies() -> int:
    """Queue standing runs that are due; returns how many."""
    return sum(queue_standing(study) is not None for study in STUDIES.values())


def changes_read() -> int | None:
    """The change number up to which every published result is computed; None where none is updated from changes."""
    read = [run.details["seq"] for study in STUDIES.values() if (run := followed(study)) is not None]
    return min(read, default=None)


prune_results = prune_all_results
"""Queue rows of earlier versions refer to this path."""


def _account(name: str) -> Any:
    """The account of that name, None for a visitor without one."""
    return get_user_model().objects.filter(username=name).first() if name else None


def _one_at_a_time(study: Study) -> None:
    """Take the study's queue lock until the transaction ends, so that concurrent callers queue one run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [AdvisoryLock.STUDY_QUEUE, study.slug])


def _refuse_too_many(study: Study) -> None:
    jobs = Run.objects.filter(kind=Run.Kind.STUDY, source=study.slug, mode="private", details__job=True)
    if jobs.filter(open_runs()).exists():
        raise StudyBusy(f"Another trial of {study.slug} is being computed; ask again in a minute.")
    if jobs.filter(created_at__gt=now() - timedelta(hours=1)).count() >= settings.STUDY_TRIALS_PER_HOUR:
        raise TooManyRuns(f"{settings.STUDY_TRIALS_PER_HOUR} trials of {study.slug} were asked for within the hour.")


def _failed_at_this_state(run: Run) -> bool:
    """Whether a queued run failed and nothing changed since it was queued."""
    return run.status != Run.Status.COMMITTED and run.details.get("wanted", -1) >= last_change()
