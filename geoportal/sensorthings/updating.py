"""Changing entities (18-088, 10.3): properties, and which entities belong together. Observations: `corrections`."""

from collections.abc import Mapping
from typing import Any

from geoportal.sensorthings.changes import KEY, LAYER, Changes, moved
from geoportal.sensorthings.entities import EntityType
from geoportal.sensorthings.errors import BadEntity
from geoportal.sensorthings.given import geometry_in, refuse_unusable, values_of
from geoportal.sensorthings.hiding import split_from_hidden
from layers.observations.entity_changes import change
from layers.observations.live.board import CONTACT
from layers.observations.models import (
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Thing,
)

Document = Mapping[str, Any]


def update(changes: Changes, entity: EntityType, key: int, document: Any, *, whole: bool) -> None:
    """Change the given properties of an entity; `whole`: the others get their empty values. Raises BadEntity."""
    refuse_unusable(document)
    values = values_of(entity.name, document, entity.relations, whole=whole)
    _refuse_inline(entity, document)
    row = changes.stored(entity.name, key)
    for name, relation in entity.relations.items():
        if name in document and not relation.many:
            values[relation.path or name] = changes.related(name, document, {})
    change_row = _CHANGE.get(entity.name)
    if change_row is None:
        change(changes.run, row, values)
    else:
        change_row(changes, row, values, document)
    if "Datastreams" in document:
        for one in document["Datastreams"]:
            changes.bind("Datastream", one, entity.name, key)
    changes.writer.tally.stored += 1


def _refuse_inline(entity: EntityType, document: Document) -> None:
    """A change refers to other entities by their keys only, and adds no observations or historical locations."""
    for name, relation in entity.relations.items():
        if name not in document:
            continue
        given = document[name] if relation.many else [document[name]]
        if not isinstance(given, list) or not all(isinstance(one, Mapping) and KEY in one for one in given):
            kind = "a list of " if relation.many else ""
            raise BadEntity(f'{name}: a change only refers to stored entities; expected {kind}{{"@iot.id": 1}}.')
        if name in ("Observations", "HistoricalLocations"):
            raise BadEntity(f"{name} of a {entity.name} cannot be changed here; change them themselves.")


def _change_thing(changes: Changes, thing: Thing, values: dict[str, Any], document: Document) -> None:
    if values.get("properties", {}).get(LAYER, thing.kind) != thing.kind:
        raise BadEntity("A Thing cannot move to another layer; end it and create it there.")
    if thing.feature_id is not None and not thing.unplaced and values.get("name", thing.name) != thing.name:
        changes.change_feature(thing, {"name": values.pop("name")}, None)
    if "properties" in values:
        values["properties"] = _with_contact(thing, values["properties"])
    change(changes.run, thing, values)
    if "Locations" in document:
        places = changes.related_set("Location", document, "Locations", {})
        if not places:
            raise BadEntity("Locations is empty; a Thing that stood somewhere stands somewhere.")
        changes.place(thing, places)


def _with_contact(thing: Thing, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Given properties; a contact stays that is not given, for no answer shows it to the client. None removes it."""
    found = {CONTACT: thing.properties.get(CONTACT), **properties}
    return {name: value for name, value in found.items() if name != CONTACT or value is not None}


def _change_location(changes: Changes, place: Location, values: dict[str, Any], document: Document) -> None:
    new = {
        name
        for name in ("location", "encoding_type")
        if values.get(name, getattr(place, name)) != getattr(place, name)
    }
    if new:
        split_from_hidden(changes, place)
        _leave_history(changes, place)
        encoding = values.get("encoding_type", place.encoding_type)
        values["geom"] = geometry_in(encoding, "location", values.get("location", place.location))
    change(changes.run, place, values)
    standing = list(place.things.filter(ended_by=None)) if new else []
    arriving = changes.related_set("Thing", document, "Things", {})
    for thing in {one.pk: one for one in [*standing, *arriving]}.values():
        changes.place(thing, [place])


def _leave_history(changes: Changes, place: Location) -> None:
    """Give the past of a location that moves a location of its own, which stays where it was."""
    past = HistoricalLocation.objects.filter(locations=place)
    if past.exists():
        changes.replace_in_history(past, place, changes.copy_of(place))


def _change_datastream(changes: Changes, row: Datastream, values: dict[str, Any], document: Document) -> None:
    change(changes.run, row, moved(row, values))


def _change_history(changes: Changes, row: HistoricalLocation, values: dict[str, Any], document: Document) -> None:
    if "Locations" in document:
        values["locations"] = changes.related_set("Location", document, "Locations", {})
        if not values["locations"]:
            raise BadEntity("A HistoricalLocation needs Locations.")
    change(changes.run, row, values)


def _change_feature(changes: Changes, row: FeatureOfInterest, values: dict[str, Any], document: Document) -> None:
    if "feature" in values or "encoding_type" in values:
        if row.thing is not None and values.get("feature", row.feature) != row.feature:
            raise BadEntity(f"This feature is the place of Thing {row.thing_id}; move the Thing's Location.")
        encoding = values.get("encoding_type", row.encoding_type)
        values["geom"] = geometry_in(encoding, "feature", values.get("feature", row.feature))
    change(changes.run, row, values)


_CHANGE: dict[str, Any] = {
    "Thing": _change_thing,
    "Location": _change_location,
    "Datastream": _change_datastream,
    "HistoricalLocation": _change_history,
    "FeatureOfInterest": _change_feature,
}
