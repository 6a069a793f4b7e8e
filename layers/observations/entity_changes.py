"""Changes of entities in a run, recorded with the values before, so that the run can be rolled back."""

from collections.abc import Mapping
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import models
from django.utils.dateparse import parse_datetime

from layers.errors import RollbackRefused
from layers.observations.models import (
    Datastream,
    Exclusion,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)
from layers.runs.models import Run

MODELS: dict[str, Any] = {
    model.__name__: model
    for model in (
        *(Datastream, Exclusion, FeatureOfInterest, HistoricalLocation),
        *(Location, ObservedProperty, Sensor, Thing),
    )
}
LOG = "entities"
"""The key of the changes in the details of a run."""
LOCATIONS = "locations"


def change(run: Run, row: Any, values: Mapping[str, Any]) -> None:
    """Set columns of an entity, `locations` among them, and record what they were. The caller saves the run.

    Equal values are no change.
    """
    new = {name: _plain(value) for name, value in values.items()}
    before = {name: _current(row, name) for name in values}
    changed = [name for name in values if before[name] != new[name]]
    for name in changed:
        if name == LOCATIONS:
            row.locations.set(values[name])
        else:
            setattr(row, name, values[name])
    columns = [name for name in changed if name != LOCATIONS]
    if columns:
        row.save(update_fields=columns)
    if changed:
        entry = {
            "model": type(row).__name__,
            "key": row.pk,
            "before": {name: before[name] for name in changed},
            "after": {name: new[name] for name in changed},
        }
        run.details.setdefault(LOG, []).append(entry)


def roll_back_changes(made: Run, run: Run) -> None:
    """Restore the values before a run, as changes of the run `made`.

    Raises RollbackRefused where a later change lies on top.
    """
    for entry in reversed(run.details.get(LOG, [])):
        row = MODELS[entry["model"]].objects.filter(pk=entry["key"]).first()
        if row is None:
            continue
        for name, after in entry["after"].items():
            if name != LOCATIONS and _current(row, name) not in (after, entry["before"][name]):
                raise RollbackRefused(f"{row} was changed after run {run.pk}; roll the later run back first.", [])
        change(made, row, {name: _restored(row, name, value) for name, value in entry["before"].items()})


def _current(row: Any, name: str) -> Any:
    if name == LOCATIONS:
        return sorted(row.locations.values_list("pk", flat=True))
    return _plain(getattr(row, name))


def _plain(value: Any) -> Any:
    """A value as JSON."""
    if isinstance(value, GEOSGeometry):
        return value.hexewkb.decode()
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, list) and value and isinstance(value[0], models.Model):
        return sorted(one.pk for one in value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _restored(row: Any, name: str, value: Any) -> Any:
    if name == LOCATIONS or value is None:
        return value
    field = row._meta.get_field(name)
    if field.related_model is not None:
        return field.related_model._default_manager.get(pk=value)
    if isinstance(field, models.DateTimeField):
        return parse_datetime(value)
    if field.get_internal_type() == "LonLatGeometryField":
        return GEOSGeometry(value)
    return value
