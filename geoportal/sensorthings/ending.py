"""Ending entities (18-088, 10.4): they are hidden, with what cannot be without them, until the run is rolled back."""

from typing import Any

from django.db.models import QuerySet

from geoportal.sensorthings.changes import Changes
from geoportal.sensorthings.entities import EntityType
from geoportal.sensorthings.errors import BadEntity
from geoportal.sensorthings.hiding import hidden_streams, split_from_hidden
from geoportal.sensorthings.paths import only
from layers.kinds import kind_of
from layers.observations.entity_changes import change
from layers.observations.models import (
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Observation,
    ObservedProperty,
    Sensor,
    Thing,
)
from layers.observations.replacing import remove_observations
from layers.observations.selection import visible_streams
from layers.store import editing


def end(changes: Changes, entity: EntityType, key: int) -> None:
    """End an entity, and hide with it what cannot be without it. Raises BadEntity."""
    row = only(entity, entity.model._default_manager.all(), key).get()
    _END.get(entity.name, _hide)(changes, row)
    changes.writer.tally.closed += 1


def _hide(changes: Changes, row: Any) -> None:
    change(changes.run, row, {"ended_by": changes.run})


def _end_streams(changes: Changes, streams: QuerySet[Datastream]) -> None:
    """Datastreams are locked in the order of their keys, as writers of observations do."""
    rows = streams.filter(ended_by=None).order_by("pk").select_for_update(no_key=True)
    Datastream.objects.filter(pk__in=[one.pk for one in rows]).update(ended_by=changes.run)


def _end_thing(changes: Changes, thing: Thing) -> None:
    _end_streams(changes, Datastream.objects.filter(thing=thing))
    HistoricalLocation.objects.filter(thing=thing, ended_by=None).update(ended_by=changes.run)
    Thing.objects.filter(pk=thing.pk).update(ended_by=changes.run)
    _end_feature_of(changes, thing)


def _end_feature_of(changes: Changes, thing: Thing) -> None:
    """End the row of a Thing in its layer; the Thing without a place has its series all the same."""
    kind = kind_of(thing.kind)
    feature = thing.feature_id
    rows = kind.model._default_manager.filter(recorded_to=None)
    if feature is not None and rows.filter(feature_id=feature).exists():
        editing.close(changes.writer, kind, feature)


def _end_location(changes: Changes, place: Location) -> None:
    split_from_hidden(changes, place)
    for thing in Thing.objects.filter(locations=place, ended_by=None, feature_id__isnull=False, unplaced=""):
        _end_feature_of(changes, thing)
    place.historical_locations.filter(ended_by=None).update(ended_by=changes.run)
    Location.objects.filter(pk=place.pk).update(ended_by=changes.run)


def _end_sensor(changes: Changes, sensor: Sensor) -> None:
    _end_used(changes, sensor, sensor=sensor)


def _end_observed_property(changes: Changes, row: ObservedProperty) -> None:
    _end_used(changes, row, observed_property=row)


def _end_used(changes: Changes, row: Sensor | ObservedProperty, **of: Any) -> None:
    """End what the visitor sees of it; where others use it too it remains, and is theirs alone from now on."""
    hidden = hidden_streams(changes, **of)
    _end_streams(changes, visible_streams(changes.visitor.access).filter(**of))
    if not hidden:
        type(row)._default_manager.filter(pk=row.pk).update(ended_by=changes.run)


def _end_datastream(changes: Changes, stream: Datastream) -> None:
    _end_streams(changes, Datastream.objects.filter(pk=stream.pk))


def _end_observation(changes: Changes, row: Observation) -> None:
    remove_observations(changes.run, Observation.objects.filter(pk=row.pk))


def _end_feature(changes: Changes, feature: FeatureOfInterest) -> None:
    if feature.thing_id is not None:
        raise BadEntity(f"This feature is the place of Thing {feature.thing_id}; end the Thing instead.")
    remove_observations(changes.run, Observation.objects.filter(feature_of_interest=feature))
    FeatureOfInterest.objects.filter(pk=feature.pk).update(ended_by=changes.run)


_END: dict[str, Any] = {
    "Thing": _end_thing,
    "Location": _end_location,
    "Sensor": _end_sensor,
    "ObservedProperty": _end_observed_property,
    "Datastream": _end_datastream,
    "Observation": _end_observation,
    "FeatureOfInterest": _end_feature,
}
