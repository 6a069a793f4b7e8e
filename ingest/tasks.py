"""The pipeline as a background job: queued with its run, repeatable, queued again when its run was interrupted."""

import logging
from pathlib import Path

from django.db import DatabaseError, transaction
from django_tasks import task

from ingest.pipeline import Order, ingest, new_run, plan
from layers.errors import LayersError
from layers.jobs.queue import enqueue_run
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
    """Carry out a queued run and return its status. A run that has ended is skipped."""
    run = Run.objects.select_related("dataset").get(pk=run_id)
    if run.status not in (Run.Status.QUEUED, Run.Status.INTERRUPTED):
        return str(run.status)
    if run.cancel_requested:
        Run.objects.filter(pk=run_id).update(status=Run.Status.CANCELLED)
        return str(Run.Status.CANCELLED)
    path = run.details.get("path")
    try:
        ingest(Order(run.source, Path(path) if path else None, run.parameters), run)
    except (LayersError, DatabaseError) as fault:
        log.warning("Run %s: %s", run_id, fault)
        Run.objects.filter(pk=run_id, status=Run.Status.QUEUED).update(status=Run.Status.REFUSED, message=str(fault))
    return str(Run.objects.get(pk=run_id).status)


sweep_runs = look_after_runs
"""Queue rows of earlier versions refer to this path."""
