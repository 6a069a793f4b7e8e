"""Who may see what: the only module that decides level, rows and fields, for pages, APIs and files alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from layers.access.publication import DECISIONS, LEVELS
from layers.city import city
from layers.kinds import KINDS
from layers.runs.models import EDITS, Dataset, DatasetKind
from layers.schema.kind import KindField, LayerKind, Level


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of a visitor. Cache keys contain `level`."""

    level: Level = "public"

    def reaches(self, level: Level) -> bool:
        """Whether these rights include those of `level`."""
        return LEVELS.index(self.level) >= LEVELS.index(level)


ANONYMOUS = Access()


@dataclass(frozen=True, slots=True)
class Serving:
    """The serving dataset of a kind, with its row count, data date and last change."""

    dataset_id: int
    slug: str
    title: str
    synthetic: bool
    licence: str
    attribution: str
    rows: int
    data_date: Any
    updated_at: Any


def level_of(kind: LayerKind) -> Level:
    """The level from which a kind is visible: the declared one, or the stricter one that the city decided."""
    return cast(Level, DECISIONS.level(kind.slug, kind.level))


def may_see(access: Access, kind: LayerKind) -> bool:
    """Whether the visitor may see the kind; to others it does not exist."""
    return access.reaches(level_of(kind))


_noted: ContextVar[set[str] | None] = ContextVar("noted", default=None)


@contextmanager
def recorded_reads() -> Iterator[set[str]]:
    """Collect the slugs of services-level kinds whose features are read inside the block, for the audit."""
    kinds: set[str] = set()
    token = _noted.set(kinds)
    try:
        yield kinds
    finally:
        _noted.reset(token)


def record_read(kind: LayerKind) -> None:
    """Record that features of this kind are being read, for the audit of services-level layers.

    Selections call it; code that reads features by raw SQL must call it itself.
    """
    noted = _noted.get()
    if noted is not None and level_of(kind) == "services":
        noted.add(kind.slug)


def visible_kinds(access: Access) -> list[LayerKind]:
    """Kinds that the visitor may see, in display order."""
    return [kind for kind in KINDS.values() if may_see(access, kind)]


def fields_for(access: Access, kind: LayerKind) -> tuple[KindField, ...]:
    """Fields of a kind that the visitor may see, sort and filter by; for the public only listed fields."""
    if not may_see(access, kind):
        return ()
    if access.reaches("staff") or kind.public_fields == "all":
        return kind.fields
    return tuple(field for field in kind.fields if field.name in kind.public_fields)


def open_kinds() -> list[LayerKind]:
    """Kinds published as open data."""
    return visible_kinds(ANONYMOUS)


def servings() -> dict[str, Serving]:
    """The serving dataset of each kind that has rows, by slug; one query."""
    held: dict[str, list[DatasetKind]] = {}
    for one in DatasetKind.objects.filter(current_rows__gt=0).select_related("dataset"):
        held.setdefault(one.kind, []).append(one)
    return {slug: _first(slug, found) for slug, found in held.items() if slug in KINDS}


def datasets_of(kind: LayerKind) -> list[Serving]:
    """All datasets with rows of the kind, largest first."""
    held = DatasetKind.objects.filter(kind=kind.slug, current_rows__gt=0).select_related("dataset")
    return [as_serving(one.dataset, one) for one in held.order_by("-current_rows", "dataset__slug")]


def serving(kind: LayerKind, dataset: str | None = None) -> Serving | None:
    """The named dataset, or the serving dataset of a kind; None where it has no rows.

    Serving is the first with rows in the city file's order of authority. Datasets that the file does not name come
    after those it names, synthetic ones last, older before newer.
    """
    held = DatasetKind.objects.filter(kind=kind.slug, current_rows__gt=0).select_related("dataset")
    if dataset is not None:
        held = held.filter(dataset__slug=dataset)
    found = list(held)
    return _first(kind.slug, found) if found else None


def _first(kind: str, held: list[DatasetKind]) -> Serving:
    order = city().authority.get(kind, ())

    def rank(one: DatasetKind) -> tuple[bool, int, int]:
        slug = one.dataset.slug
        listed = order.index(slug) if slug in order else len(order) + (slug == EDITS)
        return one.dataset.synthetic, listed, one.dataset.pk

    best = min(held, key=rank)
    return as_serving(best.dataset, best)


def as_serving(dataset: Dataset, held: DatasetKind) -> Serving:
    """A dataset with its row count and dates of a kind."""
    return Serving(
        dataset.pk,
        dataset.slug,
        dataset.title,
        dataset.synthetic,
        dataset.licence,
        dataset.attribution,
        held.current_rows,
        held.data_date,
        held.updated_at,
    )


def licence(kind: LayerKind, dataset: Serving | Dataset) -> str:
    """The licence under which a dataset of a kind may be used: its own, else the kind's usual one."""
    return dataset.licence or kind.source.licence
