"""The history of a feature: its versions as events, with the changes of visible fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from geoportal.wording.values import in_words
from layers.access.rules import Access, fields_for, record_read
from layers.runs.models import Run
from layers.schema.feature import CityFeature, difference
from layers.schema.kind import KindField, LayerKind

MOST_VERSIONS = 50
"""Most events returned, the latest."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A changed field with both values as text; `field` is None for the geometry, which has no text."""

    field: KindField | None
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event in a feature's history; `version` is the version it created or ended."""

    what: Literal["added", "changed", "removed", "returned"]
    version: CityFeature
    at: datetime
    run: Run
    changes: tuple[FieldChange, ...] = ()


def events(access: Access, kind: LayerKind, feature_id: UUID) -> list[Event] | None:
    """Events, latest first; None where the layer never had the feature.

    A version that differs only in hidden fields is no event.
    """
    record_read(kind)
    rows = kind.model._default_manager.filter(feature_id=feature_id).select_related(
        "run__dataset", "closed_by__dataset"
    )
    versions = list(rows.order_by("-recorded_from", "-version_id")[: MOST_VERSIONS + 1])[::-1]
    if not versions:
        return None
    return [] if kind.history == "none" else list(_events(access, kind, versions))[::-1][:MOST_VERSIONS]


def _events(access: Access, kind: LayerKind, versions: list[Any]) -> Iterator[Event]:
    older: Any = None
    for version in versions:
        if older is None:
            yield Event("added", version, version.recorded_from, version.run)
        elif older.recorded_to != version.recorded_from:
            yield _end(older)
            changes = field_changes(access, kind, older, version)
            yield Event("returned", version, version.recorded_from, version.run, changes)
        elif changes := field_changes(access, kind, older, version):
            yield Event("changed", version, version.recorded_from, version.run, changes)
        older = version
    if older.recorded_to is not None:
        yield _end(older)


def _end(version: Any) -> Event:
    return Event("removed", version, version.recorded_to, version.closed_by or version.run)


def field_changes(access: Access, kind: LayerKind, older: CityFeature, newer: CityFeature) -> tuple[FieldChange, ...]:
    """Each visible field that differs between two versions."""
    fields = {field.name: field for field in fields_for(access, kind)}
    return tuple(
        FieldChange(None)
        if name == "geom"
        else FieldChange(fields[name], in_words(fields[name], old), in_words(fields[name], new))
        for name, (old, new) in difference(older, newer, tuple(fields)).items()
    )
