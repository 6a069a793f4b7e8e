"""Editors' decisions that survive later loads: drawn features are not closed by snapshots, ended ones are not created
again by unchanged rows.

Decided 2026-11-25. A snapshot closes the features that its file lacks, except those that editors drew into its
dataset, which have source ids of their own pattern (`drawn_id`). A feature that an editor ended is not created again
by the next load of the same row: the record is rejected with the reason `ended_by_editor`. When the row has changed
(another payload hash), the source has news that the editor did not know: the feature is created again, with the
warning `returned`. The decision has no table: it is derived from the run that closed the last version, so a rollback
of the edit, or of that rollback, changes it too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from layers.record import Refusal
from layers.runs.models import Run
from layers.schema.kind import LayerKind

DRAWN = "edit-"
DRAWN_LIKE = f"{DRAWN}________-____-4___-____-____________"
"""The SQL pattern of `drawn_id`."""


def drawn_id() -> str:
    """A source id for a feature that an editor draws."""
    return f"{DRAWN}{uuid4()}"


@dataclass(frozen=True, slots=True)
class Ending:
    """The editor's run that ended a feature, and the payload hash of its last version."""

    payload_hash: UUID
    run: int
    at: datetime

    def refusal(self, row: int | None, source_id: str) -> Refusal:
        """The refusal of an unchanged record."""
        message = f"An editor ended this feature on {self.at:%Y-%m-%d} (run {self.run}); its source says nothing new."
        return Refusal(row, source_id, "ended_by_editor", message)

    def warning(self, row: int | None, source_id: str) -> Refusal:
        """The warning that a changed record makes the feature current again."""
        message = (
            f"An editor ended this feature on {self.at:%Y-%m-%d} (run {self.run}); its source changed, it is back."
        )
        return Refusal(row, source_id, "returned", message, severity="value")


def endings_exist() -> bool:
    """Whether any editor ever ended a feature; if not, loads skip `endings`."""
    return Run.objects.filter(kind=Run.Kind.EDIT, closed__gt=0).exists()


def endings(kind: LayerKind, namespace: UUID, source_ids: Iterable[str]) -> dict[str, Ending]:
    """The endings by editors among these features, none of them current, by source id."""
    identities = {uuid5(namespace, one): one for one in source_ids}
    last = (
        kind.model._default_manager.filter(feature_id__in=list(identities), recorded_to__isnull=False)
        .order_by("feature_id", "-recorded_to")
        .distinct("feature_id")
        .values_list("feature_id", "payload_hash", "closed_by_id", "recorded_to")
    )
    found = [row for row in last if row[2] is not None]
    editors = _of_editors({run for _, _, run, _ in found})
    return {identities[one]: Ending(digest, run, at) for one, digest, run, at in found if run in editors and at}


def _of_editors(runs: set[int]) -> set[int]:
    """Those runs that are edits, or rollbacks of rollbacks of edits."""
    found = set()
    for run in Run.objects.filter(pk__in=runs).select_related("undoes__undoes"):
        meant: Run | None = run
        while meant is not None and meant.kind == Run.Kind.ROLLBACK:
            meant = meant.undoes.undoes if meant.undoes is not None else None
        if meant is not None and meant.kind == Run.Kind.EDIT:
            found.add(run.pk)
    return found
