"""Rollback of a run, as a run of its own."""

from collections.abc import Callable

from layers.errors import RollbackRefused
from layers.runs.models import Run
from layers.store.editing import roll_back
from layers.store.writer import writing

ROLLED_BACK_TOO: list[Callable[[Run, Run], dict[str, int]]] = []
"""Functions that roll back other sorts of data than features: called with the new run and the run to roll back,
inside the transaction; they return counts for the details of the new run, and may raise RollbackRefused."""


def rollback_run(run_id: int, *, account: str = "") -> Run:
    """Roll back a committed run by a new run, which can be rolled back in turn. Raises RollbackRefused; then
    nothing is stored.

    `account` is the account that requested it, "" for the city's own commands.
    """
    run = Run.objects.select_related("dataset").filter(pk=run_id).first()
    if run is None:
        raise RollbackRefused(f"There is no run {run_id}.", [])
    made = Run.objects.create(
        kind=Run.Kind.ROLLBACK,
        source=run.source,
        dataset=run.dataset,
        undoes=run,
        account=account,
        status=Run.Status.RUNNING,
    )
    try:
        with writing(made) as writer:
            Run.objects.select_for_update(no_key=True).get(pk=run.pk)  # one rollback of a run after the other
            _refuse_taken_back(run)
            roll_back(writer, run)
            for roll_back_more in ROLLED_BACK_TOO:
                made.details |= roll_back_more(made, run)
    except RollbackRefused as fault:
        Run.objects.filter(pk=made.pk).update(status=Run.Status.REFUSED, message=str(fault))
        raise
    return made


def _refuse_taken_back(run: Run) -> None:
    """Refuse a run that a rollback took back: what looks like its effect now is that of a later run."""
    last = _standing_rollback(run)
    if last is not None:
        raise RollbackRefused(
            f"Run {run.pk} was taken back by run {last.pk}; roll run {last.pk} back to have it again.", []
        )


def _standing_rollback(run: Run) -> Run | None:
    """The last rollback of a run, unless that was taken back itself."""
    last = Run.objects.filter(undoes=run, status=Run.Status.COMMITTED).order_by("-pk").first()
    return last if last is not None and _standing_rollback(last) is None else None
