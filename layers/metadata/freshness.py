"""Freshness of every dataset: its age against the promised update rhythm, and how its last run ended."""

from dataclasses import dataclass
from typing import Literal

from django.db.models import Count

from layers.access.rules import Access, Serving, as_serving, servings, visible_kinds
from layers.metadata.quality import Age, age
from layers.runs.models import Dataset, DatasetKind, Rejection, Run
from layers.schema.kind import LayerKind

State = Literal["fresh", "due", "late", "unpromised", "invented"]
"""fresh: within the rhythm. due: older. late: older than twice the rhythm. unpromised: the kind has no rhythm."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """A dataset of a kind: its rows and dates, its age, and the last ended run, also a refused one."""

    kind: LayerKind
    shown: Serving
    is_serving: bool
    """Whether it is the serving dataset, which the map shows."""
    age: Age | None
    state: State
    run: Run | None
    refused: int
    """Records and values of the kind that the last run rejected."""


def board(access: Access) -> list[Freshness]:
    """Every dataset of the kinds that the visitor may see, in display order; four queries."""
    kinds = {kind.slug: kind for kind in visible_kinds(access)}
    held = DatasetKind.objects.filter(kind__in=kinds, current_rows__gt=0).select_related("dataset")
    rows = sorted(held, key=lambda one: (kinds[one.kind].order, one.dataset.synthetic, one.dataset.pk))
    runs = _last_runs({one.dataset_id for one in rows})
    refused = _refused([run.pk for run in runs.values()])
    serving = servings()
    return [
        _freshness(
            kinds[one.kind],
            one.dataset,
            one,
            serving[one.kind].dataset_id == one.dataset_id,
            runs.get(one.dataset_id),
            refused,
        )
        for one in rows
    ]


def state_of(known: Age | None, shown: Serving, promised: int | None) -> State:
    """The state of an age against the promised rhythm in days (None: no rhythm)."""
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
    is_serving: bool,
    run: Run | None,
    refused: dict[tuple[int, str], int],
) -> Freshness:
    shown = as_serving(dataset, held)
    known = age(kind, shown)
    state = state_of(known, shown, kind.source.rhythm_days)
    count = refused.get((run.pk, kind.slug), 0) if run else 0
    return Freshness(kind, shown, is_serving, known, state, run, count)


def _last_runs(datasets: set[int]) -> dict[int, Run]:
    """The last ended run of each dataset, whatever its status."""
    ended = Run.objects.filter(dataset__in=datasets, finished_at__isnull=False).exclude(mode="private")
    newest = ended.order_by("dataset", "-finished_at", "-pk").distinct("dataset")
    return {run.dataset_id: run for run in newest if run.dataset_id is not None}


def _refused(runs: list[int]) -> dict[tuple[int, str], int]:
    rows = Rejection.objects.filter(run__in=runs).values_list("run", "kind").annotate(n=Count("pk"))
    return {(run, kind): count for run, kind, count in rows}
