"""The pipeline as a background job: queued with its run, repeatable, queued again when its run was interrupted."""

import logging
from pathlib import Path

from django.db import DatabaseError, transaction
from django.utils.timezone import now
from django_tasks import task

from ingest.pipeline import Order, ingest, new_run, plan
from layers.errors import LayersError
from layers.jobs.queue import claim, enqueue_run
from layers.runs.models import Run
from layers.tasks import look_after_runs

log = logging.getLogger(__name__)


def queue(order: Order) -> Run:
    """Queue an order; returns its saved run, which shows progress. Raises UnknownSource, BadOption."""
    run = new_run(order, plan(order))
    run.status = Run.Status.QUEUED
    run.details = {"job": True, "path": str(order.path.resolve()) if order.path else None}
    with transaction.atomic():
        run.save()
        enqueue_run(run)
    return run


@task()
def ingest_run(run_id: int) -> str:
    """Carry out a queued run and return its status. A run that another worker has, or that ended, is skipped."""
    claimed = claim(run_id)
    run = Run.objects.select_related("dataset").get(pk=run_id)
    if not claimed:
        return str(run.status)
    path = run.details.get("path")
    try:
        ingest(Order(run.source, Path(path) if path else None, run.parameters), run)
    except (LayersError, DatabaseError) as fault:
        log.warning("Run %s: %s", run_id, fault)
        # An order that is refused before its run is monitored has no status of its end yet.
        unended = Run.objects.filter(pk=run_id, status=Run.Status.RUNNING)
        unended.update(status=Run.Status.REFUSED, message=str(fault), finished_at=now())
    return str(Run.objects.get(pk=run_id).status)


sweep_runs = look_after_runs
"""Queue rows of earlier versions refer to this path."""
