"""Creating, changing and ending entities, each request as a run that can be rolled back.

A Thing with a place becomes a feature of its layer, written through the store as an editor's change; where the layer
does not take the place (not a point, far from the city) the Thing has its location all the same and waits in the list
of stations to place. Ended entities are hidden, with what belongs to them, until the run is rolled back.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils.timezone import now
from shapely.geometry.base import BaseGeometry

from geoportal.accounts.visitors import Visitor
from geoportal.sensorthings.entities import BY_NAME, EntityType
from geoportal.sensorthings.errors import BadEntity, NotAllowed
from geoportal.sensorthings.given import geometry_in, refuse_unusable, values_of
from geoportal.sensorthings.observations import add_observations, store_feature
from geoportal.sensorthings.paths import only
from layers.access.rules import may_see
from layers.crs import WGS84, reproject, storage_srid
from layers.errors import DraftRefused, WriteRefused
from layers.kinds import KINDS, kind_of
from layers.observations.daily import series_dataset
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
from layers.observations.placing import add_history, place_thing
from layers.observations.replacing import remove_observations
from layers.observations.streams import NO_COORDINATES
from layers.runs.models import EDITS, Dataset, Run
from layers.schema.feature import feature_identity
from layers.store import editing
from layers.store.drafts import checked
from layers.store.endings import drawn_id
from layers.store.writer import Writer, writing

SOURCE = "sensorthings"
LAYER = "layer"
"""The member of a Thing's properties that names its layer; without it `stations`."""
MOST_RELATED = 1000
Links = Mapping[str, int]
"""Keys of entities that the new one belongs to, by the name of the relation."""


@contextmanager
def changing(visitor: Visitor, what: str) -> Iterator["Changes"]:
    """The changes of one request, as a run. Raises NotAllowed; a refused run is stored with its reason."""
    if not visitor.can("sensors"):
        raise NotAllowed("Changing entities needs the right to manage sensors: a token with the scope “sensors”.")
    dataset, _ = Dataset.objects.get_or_create(slug=EDITS, defaults={"source": "edit"})
    run = Run.objects.create(
        kind=Run.Kind.EDIT,
        source=SOURCE,
        dataset=dataset,
        account=visitor.name,
        parameters={"what": what[:200]},
        status=Run.Status.RUNNING,
    )
    try:
        with writing(run) as writer:
            yield Changes(visitor, writer)
            writer.tally.read += 1
    except Exception as fault:
        refused = isinstance(fault, WriteRefused | BadEntity)
        status = Run.Status.REFUSED if refused else Run.Status.FAILED
        Run.objects.filter(pk=run.pk).update(status=status, message=str(fault)[:1000])
        raise


class Changes:
    """Changes within one run."""

    def __init__(self, visitor: Visitor, writer: Writer) -> None:
        self.visitor, self.writer, self.run = visitor, writer, writer.run

    def create(self, entity: EntityType, document: Any, links: Links) -> int:
        """Store a new entity with those given inside it; returns its key. Raises BadEntity."""
        if entity.name == "Observation":
            (key,) = self._observations([document], links)
            return key
        refuse_unusable(_without_sets(document))
        values = values_of(entity.name, document, entity.relations, whole=True)
        make = getattr(self, f"_create_{entity.name.lower()}")
        row = make(values, document, links)
        self.writer.tally.stored += 1
        return int(row.pk)

    def _create_thing(self, values: dict[str, Any], document: Mapping[str, Any], links: Links) -> Thing:
        layer = values["properties"].get(LAYER, "stations")
        kind = KINDS.get(layer) if isinstance(layer, str) else None
        if kind is None or not kind.series or not may_see(self.visitor.access, kind):
            raise BadEntity(f"properties/{LAYER} is “{str(layer)[:40]}”; expected a layer of stations.")
        thing = Thing.objects.create(
            kind=kind.slug,
            dataset=series_dataset(),
            code=drawn_id(),
            unplaced=NO_COORDINATES,
            created_by=self.run,
            **values,
        )
        places = self._related_set("Location", document, "Locations", links)
        if places:
            self.place(thing, places)
        inside = {"Thing": thing.pk}
        self._create_inside("HistoricalLocation", document, "HistoricalLocations", inside)
        self._create_inside("Datastream", document, "Datastreams", inside)
        return thing

    def _create_location(self, values: dict[str, Any], document: Mapping[str, Any], links: Links) -> Location:
        geom = geometry_in(values["encoding_type"], "location", values["location"])
        place = Location.objects.create(geom=geom, created_by=self.run, **values)
        if "HistoricalLocations" in document:
            raise BadEntity("Give HistoricalLocations at their Thing, not in a Location.")
        for thing in self._related_set("Thing", document, "Things", links):
            self.place(thing, [place])
        if history := links.get("HistoricalLocation"):
            HistoricalLocation.objects.get(pk=history).locations.add(place)
        return place

    def _create_historicallocation(
        self, values: dict[str, Any], document: Mapping[str, Any], links: Links
    ) -> HistoricalLocation:
        thing = self._related("Thing", document, links)
        places = self._related_set("Location", document, "Locations", links)
        if not places:
            raise BadEntity("A HistoricalLocation needs Locations.")
        if thing.historical_locations.filter(ended_by=None, time__gt=values["time"]).exists():
            return add_history(self.run, thing, places, moment=values["time"])
        return self.place(thing, places, moment=values["time"])

    def _create_datastream(self, values: dict[str, Any], document: Mapping[str, Any], links: Links) -> Datastream:
        thing = self._related("Thing", document, links)
        stream = Datastream.objects.create(
            thing=thing,
            sensor=self._related("Sensor", document, links),
            observed_property=self._related("ObservedProperty", document, links),
            code=_free(Datastream.objects.filter(thing=thing), values["name"]),
            created_by=self.run,
            **values,
        )
        if documents := _list(document, "Observations"):
            self._observations(documents, {"Datastream": stream.pk})
        return stream

    def _create_sensor(self, values: dict[str, Any], document: Mapping[str, Any], links: Links) -> Sensor:
        code = _free(Sensor.objects.all(), values["name"])
        sensor = Sensor.objects.create(code=code, created_by=self.run, **values)
        self._create_inside("Datastream", document, "Datastreams", {"Sensor": sensor.pk})
        return sensor

    def _create_observedproperty(
        self, values: dict[str, Any], document: Mapping[str, Any], links: Links
    ) -> ObservedProperty:
        code = _free(ObservedProperty.objects.all(), values["name"])
        made = ObservedProperty.objects.create(code=code, created_by=self.run, **values)
        self._create_inside("Datastream", document, "Datastreams", {"ObservedProperty": made.pk})
        return made

    def _create_featureofinterest(
        self, values: dict[str, Any], document: Mapping[str, Any], links: Links
    ) -> FeatureOfInterest:
        feature = store_feature(self.run, values)
        if documents := _list(document, "Observations"):
            self._observations(documents, {"FeatureOfInterest": feature.pk})
        return feature

    def update(self, entity: EntityType, key: int, document: Any, *, whole: bool) -> None:
        """Change the given properties of an entity; `whole`: the others get their empty values. Raises BadEntity."""
        refuse_unusable(document)
        row = entity.model._default_manager.get(pk=key)
        values = values_of(entity.name, document, entity.relations, whole=whole)
        for name, relation in entity.relations.items():
            if name in document and relation.many and name != "Locations":
                raise BadEntity(f"{name} of a {entity.name} cannot be changed here; change them themselves.")
            if name in document and not relation.many:
                values[relation.path or name] = self._related(name, document, {})
        change_row = getattr(self, f"_change_{entity.name.lower()}", None)
        if change_row is None:
            change(self.run, row, values)
        else:
            change_row(row, values, document)
        self.writer.tally.stored += 1

    def _change_thing(self, thing: Thing, values: dict[str, Any], document: Mapping[str, Any]) -> None:
        if values.get("properties", {}).get(LAYER, thing.kind) != thing.kind:
            raise BadEntity("A Thing cannot move to another layer; end it and create it there.")
        if thing.feature_id is not None and values.get("name", thing.name) != thing.name:
            self._change_feature(thing, {"name": values.pop("name")}, None)
        change(self.run, thing, values)
        if "Locations" in document:
            places = self._related_set("Location", document, "Locations", {})
            if not places:
                raise BadEntity("Locations is empty; a Thing that stood somewhere stands somewhere.")
            self.place(thing, places)

    def _change_location(self, place: Location, values: dict[str, Any], document: Mapping[str, Any]) -> None:
        things = list(place.things.filter(ended_by=None))
        moved = {"location", "encoding_type"} & {name for name in values if values[name] != getattr(place, name)}
        if moved:
            self._leave_history(place)
            encoding = values.get("encoding_type", place.encoding_type)
            values["geom"] = geometry_in(encoding, "location", values.get("location", place.location))
        change(self.run, place, values)
        for thing in things if moved else ():
            self.place(thing, [place])

    def _leave_history(self, place: Location) -> None:
        """Give the past of a location that moves a location of its own, which stays where it was."""
        past = HistoricalLocation.objects.filter(locations=place)
        if past.exists():
            names = ("name", "description", "properties", "encoding_type", "location", "geom")
            copy = Location.objects.create(created_by=self.run, **{name: getattr(place, name) for name in names})
            for one in past:
                change(
                    self.run, one, {"locations": [copy if other == place else other for other in one.locations.all()]}
                )

    def _change_historicallocation(
        self, row: HistoricalLocation, values: dict[str, Any], document: Mapping[str, Any]
    ) -> None:
        if "Locations" in document:
            values["locations"] = self._related_set("Location", document, "Locations", {})
        change(self.run, row, values)

    def _change_featureofinterest(
        self, row: FeatureOfInterest, values: dict[str, Any], document: Mapping[str, Any]
    ) -> None:
        if "feature" in values or "encoding_type" in values:
            if row.thing is not None and values.get("feature", row.feature) != row.feature:
                raise BadEntity(f"This feature is the place of Thing {row.thing_id}; move the Thing's Location.")
            encoding = values.get("encoding_type", row.encoding_type)
            values["geom"] = geometry_in(encoding, "feature", values.get("feature", row.feature))
        change(self.run, row, values)

    def end(self, entity: EntityType, key: int) -> None:
        """End an entity, and hide with it what cannot be without it (18-088, 8.1, cascading deletes)."""
        row = only(entity, entity.model._default_manager.all(), key).get()
        getattr(self, f"_end_{entity.name.lower()}", self._hide)(row)
        self.writer.tally.closed += 1

    def _hide(self, row: Any) -> None:
        change(self.run, row, {"ended_by": self.run})

    def _end_thing(self, thing: Thing) -> None:
        Datastream.objects.filter(thing=thing, ended_by=None).update(ended_by=self.run)
        HistoricalLocation.objects.filter(thing=thing, ended_by=None).update(ended_by=self.run)
        Thing.objects.filter(pk=thing.pk).update(ended_by=self.run)
        kind = kind_of(thing.kind)
        feature = thing.feature_id
        rows = kind.model._default_manager.filter(recorded_to=None)
        if feature is not None and rows.filter(feature_id=feature).exists():
            editing.close(self.writer, kind, feature)

    def _end_location(self, place: Location) -> None:
        if Thing.objects.filter(locations=place, ended_by=None, feature_id__isnull=False, unplaced="").exists():
            raise BadEntity("This Location is where a station stands in its layer; move or end the Thing instead.")
        place.historical_locations.filter(ended_by=None).update(ended_by=self.run)
        Location.objects.filter(pk=place.pk).update(ended_by=self.run)

    def _end_sensor(self, sensor: Sensor) -> None:
        Datastream.objects.filter(sensor=sensor, ended_by=None).update(ended_by=self.run)
        Sensor.objects.filter(pk=sensor.pk).update(ended_by=self.run)

    def _end_observedproperty(self, row: ObservedProperty) -> None:
        Datastream.objects.filter(observed_property=row, ended_by=None).update(ended_by=self.run)
        ObservedProperty.objects.filter(pk=row.pk).update(ended_by=self.run)

    def _end_datastream(self, stream: Datastream) -> None:
        Datastream.objects.filter(pk=stream.pk).update(ended_by=self.run)

    def _end_observation(self, row: Observation) -> None:
        remove_observations(self.run, Observation.objects.filter(pk=row.pk))

    def _end_featureofinterest(self, feature: FeatureOfInterest) -> None:
        if feature.thing_id is not None:
            raise BadEntity(f"This feature is the place of Thing {feature.thing_id}; end the Thing instead.")
        remove_observations(self.run, Observation.objects.filter(feature_of_interest=feature))
        FeatureOfInterest.objects.filter(pk=feature.pk).update(ended_by=self.run)

    def place(self, thing: Thing, places: Sequence[Location], *, moment: Any = None) -> HistoricalLocation:
        """Put a Thing at these locations since `moment` (None: now); in its layer too, where that takes the place."""
        made = place_thing(self.run, thing, places, moment=moment or now())
        point = next((one.geom for one in places if one.geom is not None and one.geom.geom_type == "Point"), None)
        if point is None:
            self._not_in_layer(thing, "The location is not a point in GeoJSON.")
        elif thing.feature_id is not None and not thing.unplaced:
            self._change_feature(thing, {}, _in_storage(point))
        else:
            self._add_feature(thing, _in_storage(point))
        return made

    def _not_in_layer(self, thing: Thing, reason: str) -> None:
        if thing.feature_id is not None and not thing.unplaced:
            raise BadEntity(f"{reason} The station stands in its layer, which needs one.")
        change(self.run, thing, {"unplaced": reason})

    def _add_feature(self, thing: Thing, point: BaseGeometry) -> None:
        kind = kind_of(thing.kind)
        try:
            values, shape = checked(kind, {"name": thing.name}, point, whole=True)
        except DraftRefused as fault:
            self._not_in_layer(thing, str(fault))
            return
        assert shape is not None
        Thing.objects.filter(pk=thing.pk).update(feature_id=feature_identity(thing.dataset.slug, thing.code))
        editing.create(self.writer, kind, values, shape, dataset=thing.dataset, source_id=thing.code)

    def _change_feature(self, thing: Thing, values: dict[str, Any], point: BaseGeometry | None) -> None:
        assert thing.feature_id is not None
        try:
            good, shape = checked(kind_of(thing.kind), values, point)
        except DraftRefused as fault:
            raise BadEntity(str(fault)) from fault
        if shape is not None:
            good["geom"] = shape
        editing.amend(self.writer, kind_of(thing.kind), thing.feature_id, good)

    def _observations(self, documents: Sequence[Any], links: Links) -> list[int]:
        counted = self.writer.tally
        written = add_observations(self.run, self.visitor, documents, links)
        counted.stored += len(written)
        return written

    def _create_inside(self, name: str, document: Mapping[str, Any], key: str, links: Links) -> None:
        for one in _list(document, key):
            self.create(BY_NAME[name], one, links)

    def _related(self, name: str, document: Mapping[str, Any], links: Links) -> Any:
        """The entity that the document refers to or has inside, or that the address names. Raises BadEntity."""
        if name in links:
            return BY_NAME[name].model._default_manager.get(pk=links[name])
        if name not in document:
            raise BadEntity(f'{name} is missing; refer to one by {{"@iot.id": 1}}, or give it inside.')
        return self._resolved(name, document[name])

    def _related_set(self, name: str, document: Mapping[str, Any], key: str, links: Links) -> list[Any]:
        found = [BY_NAME[name].model._default_manager.get(pk=links[name])] if name in links else []
        return found + [self._resolved(name, one) for one in _list(document, key)]

    def _resolved(self, name: str, given: Any) -> Any:
        entity = BY_NAME[name]
        if not isinstance(given, Mapping):
            raise BadEntity(f'{name}: expected {{"@iot.id": 1}} or the entity itself.')
        if "@iot.id" not in given:
            key = self.create(entity, given, {})
            return entity.model._default_manager.get(pk=key)
        key = given["@iot.id"]
        rows = entity.visible(self.visitor.access)
        row = rows.filter(pk=key).first() if type(key) is int and 0 < key < 2**63 else None
        if row is None:
            raise BadEntity(f"There is no {name} {str(key)[:40]}.")
        return row


def _list(document: Mapping[str, Any], name: str) -> Sequence[Any]:
    given = document.get(name, [])
    if not isinstance(given, list) or len(given) > MOST_RELATED:
        raise BadEntity(f"{name}: expected a list of at most {MOST_RELATED}.")
    return given


def _without_sets(document: Any) -> Any:
    """The document without its observations, each of which is checked by itself."""
    if not isinstance(document, Mapping):
        return document
    return {name: one for name, one in document.items() if name != "Observations"}


def _free(rows: Any, name: str) -> str:
    """The name as a code, with random digits where it is taken."""
    code = name.strip()[:180]
    return f"{code}-{uuid4().hex[:8]}" if rows.filter(code=code).exists() else code


def _in_storage(point: GEOSGeometry) -> BaseGeometry:
    shapes = np.array([shapely.from_wkb(bytes(point.wkb))])
    shape: BaseGeometry = reproject(shapes, WGS84, storage_srid())[0]
    return shape
