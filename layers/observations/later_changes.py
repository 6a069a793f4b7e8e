"""Refuses to roll back a change of entities on top of which a later one lies.

What is looked for are changes and ends of the same entities, and what was added to those that the run created, by
later runs that are in force: neither rolled back, nor the rollback of a run that is.
"""

from typing import Any

from layers.errors import RollbackRefused
from layers.observations.entity_changes import LOG, MODELS
from layers.observations.models import Datastream, HistoricalLocation, Observation, Thing
from layers.runs.models import Run

Key = tuple[str, int]
"""Model and key of an entity."""


def refuse_below_later(run: Run) -> None:
    """Raise RollbackRefused, naming entity and run, where a later change lies on top of a run's."""
    created = {(name, key) for name, model in MODELS.items() for key in _keys(model, created_by=run)}
    touched = created | _changed(run)
    for later in _later_in_force(run):
        for one in sorted(_changed(later) & touched):
            _refuse(run, one, later.pk)
    for name, model in MODELS.items():
        keys = [key for model_name, key in touched if model_name == name]
        for key, later_key in _rows(model, pk__in=keys, ended_by__gt=run.pk).values_list("pk", "ended_by"):
            _refuse(run, (name, key), later_key)
    _refuse_added(run, {name: [key for model, key in created if model == name] for name in MODELS})


def _refuse_added(run: Run, created: dict[str, list[int]]) -> None:
    """Refuse where a later run added something to an entity that the run created."""
    columns = {"thing": "Thing", "sensor": "Sensor", "observed_property": "ObservedProperty"}
    added: list[tuple[Any, str, str]] = [(Datastream, column, name) for column, name in columns.items()]
    added += [(HistoricalLocation, "thing", "Thing"), (Thing, "locations", "Location")]
    for model, column, name in added:
        rows = _rows(model, **{f"{column}__in": created[name]}, ended_by=None, created_by__gt=run.pk)
        for key, later in rows.values_list(column, "created_by"):
            _refuse(run, (name, key), later)
    streams = created["Datastream"]
    if streams:
        batches = Observation.objects.filter(datastream__in=streams).exclude(batch__run=run)
        for key, later in batches.values_list("datastream", "batch__run")[:1]:
            _refuse(run, ("Datastream", key), later)


def _rows(model: Any, **of: Any) -> Any:
    return model._default_manager.filter(**of)


def _keys(model: Any, **of: Any) -> Any:
    return _rows(model, **of).values_list("pk", flat=True)


def _refuse(run: Run, one: Key, later: int) -> None:
    row = MODELS[one[0]].objects.get(pk=one[1])
    text = f"{row} was changed by run {later} after run {run.pk}; roll the later run back first."
    raise RollbackRefused(text, [(str(one[1]), later)])


def _changed(run: Run) -> set[Key]:
    return {(entry["model"], entry["key"]) for entry in run.details.get(LOG, [])}


def _later_in_force(run: Run) -> list[Run]:
    runs = {one.pk: one for one in _rows(Run, pk__gte=run.pk, status=Run.Status.COMMITTED, source=run.source)}
    undone = {one.undoes_id: one.pk for one in sorted(runs.values(), key=lambda one: one.pk) if one.undoes_id}

    def in_force(key: int) -> bool:
        return key not in undone or not in_force(undone[key])

    def is_rollback(one: Run) -> bool:
        return one.undoes_id in runs and one.undoes_id != run.pk

    return [one for one in runs.values() if one.pk != run.pk and in_force(one.pk) and not is_rollback(one)]
