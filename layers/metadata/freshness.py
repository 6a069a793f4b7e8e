"""The board of freshness: how old every dataset is against what was promised, and how its last run ended."""

from dataclasses import dataclass
from typing import Literal

from django.db.models import Count

from layers.access.rules import Access, Serving, as_serving, servings, visible_kinds
from layers.metadata.quality import Age, age
from layers.runs.models import Dataset, DatasetKind, Rejection, Run
from layers.schema.kind import LayerKind

State = Literal["fresh", "due", "late", "unpromised", "invented"]
"""fresh: within the promise. due: past it. late: twice past it. unpromised: comes when something changes."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """A dataset of a kind: what it holds, how old it is, and the last run that tried to change it."""

    kind: LayerKind
    shown: Serving
    speaks: bool
    """Whether it is the one that the map shows."""
    age: Age | None
    state: State
    run: Run | None
    refused: int
    """Records and values of the kind that the last run turned away."""


def board(access: Access) -> list[Freshness]:
    """Every dataset of the kinds whoever asks may see, in their order; asks the database four times."""
    kinds = {kind.slug: kind for kind in visible_kinds(access)}
    held = DatasetKind.objects.filter(kind__in=kinds, current_rows__gt=0).select_related("dataset")
    rows = sorted(held, key=lambda one: (kinds[one.kind].order, one.dataset.synthetic, one.dataset.pk))
    runs = _last_runs({one.dataset_id for one in rows})
    refused = _refused([run.pk for run in runs.values()])
    speaking = servings()
    return [
        _freshness(
            kinds[one.kind],
            one.dataset,
            one,
            speaking[one.kind].dataset_id == one.dataset_id,
            runs.get(one.dataset_id),
            refused,
        )
        for one in rows
    ]


def state_of(known: Age | None, shown: Serving, promised: int | None) -> State:
    """How an age stands to the promise."""
    if shown.synthetic:
        return "invented"
    if known is None or promised is None:
        return "unpromised"
    if known.late:
        return "late"
    return "due" if known.days > promised else "fresh"


def _freshness(
    kind: LayerKind,
    dataset: Dataset,
    held: DatasetKind,
    speaks: bool,
    run: Run | None,
    refused: dict[tuple[int, str], int],
) -> Freshness:
    shown = as_serving(dataset, held)
    known = age(kind, shown)
    state = state_of(known, shown, kind.source.rhythm_days)
    count = refused.get((run.pk, kind.slug), 0) if run else 0
    return Freshness(kind, shown, speaks, known, state, run, count)


def _last_runs(datasets: set[int]) -> dict[int, Run]:
    """The last ended run of each dataset, however it ended."""
    ended = Run.objects.filter(dataset__in=datasets, finished_at__isnull=False).exclude(mode="private")
    newest = ended.order_by("dataset", "-finished_at", "-pk").distinct("dataset")
    return {run.dataset_id: run for run in newest if run.dataset_id is not None}


def _refused(runs: list[int]) -> dict[tuple[int, str], int]:
    rows = Rejection.objects.filter(run__in=runs).values_list("run", "kind").annotate(n=Count("pk"))
    return {(run, kind): count for run, kind, count in rows}
