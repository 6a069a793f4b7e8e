"""Quality of a layer's data: completeness, age, rejections, and the changes of its last runs."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count
from django.utils.timezone import now

from layers.access.rules import Access, Serving, fields_for
from layers.city import city
from layers.feed.versions import VERSIONS
from layers.kinds import KINDS
from layers.runs.models import Rejection, Run
from layers.runs.reasons import REASONS
from layers.schema.kind import KindField, LayerKind
from layers.text import Text

RUNS_SHOWN = 20
GRACE = 2
"""Data are late when they are older than this many times their rhythm."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the rows have a value of a field."""

    field: KindField
    known: int
    rows: int

    @property
    def percent(self) -> float:
        """The share in percent, rounded down to a tenth, so that 100 means every row."""
        return int(1000 * self.known / self.rows) / 10 if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Age:
    """The age of data in days. `late` is None where no rhythm is promised.

    `dated`: `since` is the date that the source gave; else the day on which the data last changed here.
    """

    days: int
    since: date
    late: bool | None
    dated: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What one run changed in the layer."""

    run: Run
    added: int
    changed: int
    ended: int
    refused: int


def completeness(access: Access, kind: LayerKind, shown: Serving) -> list[Completeness]:
    """Completeness of each field that the visitor may see, over current rows; cached until the next change."""
    version = VERSIONS.layer(kind, shown.dataset_id)
    rows, known = _counted(kind.slug, shown.dataset_id, version, shown.updated_at)
    return [Completeness(field, known[field.name], rows) for field in fields_for(access, kind)]


@lru_cache(maxsize=256)
def _counted(slug: str, dataset_id: int, version: int, updated_at: datetime | None) -> tuple[int, dict[str, int]]:
    """Rows, and rows with a value of each field. `version` and `updated_at` are cache keys."""
    kind = KINDS[slug]
    counts = "".join(f", count({name})" for name in kind.field_names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*){counts} FROM {kind.model._meta.db_table} WHERE dataset_id = %s AND recorded_to IS NULL",
            [dataset_id],
        )
        rows, *known = cursor.fetchone()
    return rows, dict(zip(kind.field_names, known, strict=True))


def age(kind: LayerKind, shown: Serving) -> Age | None:
    """The age of the data: from their own date, else from the last change here; None where both are unknown."""
    moment: datetime | None = shown.updated_at
    since = shown.data_date or (moment.astimezone(city().timezone).date() if moment else None)
    if since is None:
        return None
    days = max(0, (now().astimezone(city().timezone).date() - since).days)
    promised = None if shown.synthetic else kind.source.rhythm_days
    late = None if promised is None else days > GRACE * promised
    return Age(days, since, late, shown.data_date is not None)


def changes(kind: LayerKind, shown: Serving) -> list[Change]:
    """The last runs that wrote the layer, newest first."""
    runs = Run.objects.filter(
        dataset_id=shown.dataset_id, status=Run.Status.COMMITTED, details__kinds__has_key=kind.slug
    ).order_by("-finished_at", "-pk")[:RUNS_SHOWN]
    found = list(runs)
    refused = _refused(kind, [run.pk for run in found])
    return [_change(kind, run, refused.get(run.pk, 0)) for run in found]


def _change(kind: LayerKind, run: Run, refused: int) -> Change:
    counts: dict[str, Any] = run.details["kinds"][kind.slug]
    return Change(run, counts["added"], counts["changed"], counts["ended"], refused)


def _refused(kind: LayerKind, runs: list[int]) -> dict[int, int]:
    rows = Rejection.objects.filter(run__in=runs, kind=kind.slug, severity="row")
    return dict(rows.values_list("run").annotate(n=Count("pk")))


def refusals(kind: LayerKind, runs: list[Run]) -> list[tuple[Text, bool, int]]:
    """Rejections of these runs: (reason, whether whole records were rejected, how many), most frequent first.

    Counts only: the values of a rejected record may be personal data.
    """
    rows = Rejection.objects.filter(run__in=runs, kind=kind.slug).values_list("reason", "severity")
    counted = rows.annotate(n=Count("pk")).order_by("-n", "reason")
    return [(REASONS[reason], severity == "row", n) for reason, severity, n in counted]
