"""Selections: features of one dataset of a layer, at one moment, that satisfy a filter.

Map tiles, tables, downloads, prints and reports all take a Selection, so they show the same features.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from layers.access.rules import Access, Serving, record_read, serving
from layers.city import city
from layers.errors import BadMoment, UnknownDataset
from layers.filters.cql2 import condition
from layers.schema.feature import CURRENT, FeatureQuerySet, known_at
from layers.schema.kind import LayerKind


@dataclass(frozen=True, slots=True)
class Selection:
    """Features of a kind. `filter` is CQL2 as given ("" for none); `at` a moment of recorded time, None for now."""

    access: Access
    kind: LayerKind
    shown: Serving
    filter: str = ""
    at: datetime | None = None

    def __post_init__(self) -> None:
        record_read(self.kind)

    @property
    def condition(self) -> Q:
        """Dataset, time and filter as one condition."""
        time = CURRENT if self.at is None else known_at(self.at)
        rows = Q(dataset_id=self.shown.dataset_id) & time
        return rows & condition(self.access, self.kind, self.filter, self.at) if self.filter else rows

    def rows(self) -> FeatureQuerySet:
        """The features as a queryset, unordered."""
        found: FeatureQuerySet = self.kind.model._default_manager.filter(self.condition)
        return found

    def where(self) -> tuple[str, list[Any]]:
        """The condition as SQL with parameters, for a statement that reads FROM the kind's table without an alias."""
        query = self.rows().query
        compiler = query.get_compiler(connection=connection)
        compiler.pre_sql_setup()
        try:
            sql, values = compiler.compile(query.where)
        except EmptyResultSet:  # raised by Django where no row can satisfy the condition
            return "FALSE", []
        return sql, list(values)


def select(access: Access, kind: LayerKind, *, dataset: str = "", filter: str = "", at: str = "") -> Selection | None:
    """The selection of a visitor's parameters; None when the kind has no rows.

    `at` is a day ("2026-01-31", its end in the city's time zone) or a moment with its offset. Raises BadFilter,
    BadMoment, UnknownDataset.
    """
    moment = instant(at) if at else None
    shown = serving(kind, dataset or None)
    if shown is None:
        if dataset:
            raise UnknownDataset(f"Layer {kind.slug} holds no data in dataset {dataset}.")
        return None
    chosen = Selection(access, kind, shown, filter, moment)
    if filter:
        condition(access, kind, filter, moment)
    return chosen


def instant(text: str) -> datetime:
    """A moment from a day or a date-time with offset. Raises BadMoment."""
    try:
        if len(text) == 10:
            midnight = datetime.fromisoformat(text)
            return midnight.replace(hour=23, minute=59, second=59, tzinfo=city().timezone).astimezone(UTC)
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=city().timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadMoment(f"“{text[:40]}” is no moment; write 2026-01-31 or 2026-01-31T12:00:00+01:00.") from None
