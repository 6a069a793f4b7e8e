"""What editors decided against a source: features they drew stay, features they ended stay ended.

Decided 2026-11-25. A snapshot closes what its file lacks, but not what the city's editors drew into its dataset;
those features carry source ids of their own sort. The other way round, a feature that an editor ended does not come
back with the next load of the same file: the record is turned away with the reason `ended_by_editor`, so that each
run says so. When the source says something else of it than at that time (another payload hash), the source has news
that the editor did not know: the feature comes back, with the warning `returned`. The decision is no table of its
own. It is read from the end of the last version, so that taking the edit back, or the taking back, moves it along.
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
    """That an editor's run ended a feature, and the hash of what its source had said of it until then."""

    payload_hash: UUID
    run: int
    at: datetime

    def kept(self, row: int | None, source_id: str) -> Refusal:
        """Why a record that says nothing new is turned away."""
        message = f"An editor ended this feature on {self.at:%Y-%m-%d} (run {self.run}); its source says nothing new."
        return Refusal(row, source_id, "ended_by_editor", message)

    def given_up(self, row: int | None, source_id: str) -> Refusal:
        """The warning that a feature is back."""
        message = (
            f"An editor ended this feature on {self.at:%Y-%m-%d} (run {self.run}); its source changed, it is back."
        )
        return Refusal(row, source_id, "returned", message, severity="value")


def endings_exist() -> bool:
    """Whether editors ever ended anything; most loads need not look further."""
    return Run.objects.filter(kind=Run.Kind.EDIT, closed__gt=0).exists()


def endings(kind: LayerKind, namespace: UUID, source_ids: Iterable[str]) -> dict[str, Ending]:
    """Which of these features, none of them current, an editor ended. Asks by identity, which has an index."""
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
    """Those runs that ended features because an editor wished so; taking the taking back of one back counts as it."""
    found = set()
    for run in Run.objects.filter(pk__in=runs).select_related("undoes__undoes"):
        meant: Run | None = run
        while meant is not None and meant.kind == Run.Kind.ROLLBACK:
            meant = meant.undoes.undoes if meant.undoes is not None else None
        if meant is not None and meant.kind == Run.Kind.EDIT:
            found.add(run.pk)
    return found
