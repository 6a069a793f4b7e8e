"""The run of a request that changes entities, and creating them. A run can be rolled back.

A Thing with a place becomes a feature of its layer, written through the store as an editor's change; where the layer
does not take the place (not a point, far from the city) the Thing has its location all the same and waits in the list
of stations to place. Changing is in `updating`, ending in `ending`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils.timezone import now
from psycopg2.errorcodes import DEADLOCK_DETECTED
from shapely.geometry.base import BaseGeometry

from geoportal.accounts.visitors import Visitor
from geoportal.sensorthings.entities import BY_NAME, EntityType
from geoportal.sensorthings.errors import BadEntity, NotAllowed
from geoportal.sensorthings.given import geometry_in, refuse_unusable, values_of
from geoportal.sensorthings.observations import add_observations, store_feature
from geoportal.sensorthings.paths import only
from layers.access.rules import may_see, serving
from layers.crs import storage_point
from layers.errors import DraftRefused, LayersError, WriteRefused
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
from layers.observations.streams import NO_COORDINATES, NO_POINT
from layers.runs.models import EDITS, Dataset, Run
from layers.schema.feature import feature_identity
from layers.schema.kind import LayerKind
from layers.store import editing
from layers.store.drafts import checked
from layers.store.endings import drawn_id
from layers.store.writer import Writer, writing

SOURCE = "sensorthings"
LAYER = "layer"
"""The member of a Thing's properties that names its layer; without it `stations`."""
MOST_RELATED = 1000
KEY = "@iot.id"
Links = Mapping[str, int]
"""Keys of entities that the new one belongs to, by the name of the relation."""


@contextmanager
def changing(visitor: Visitor, what: str) -> Iterator["Changes"]:
    """The changes of one request, as a run. Raises NotAllowed; a refused run is stored with its reason."""
    if not visitor.can("sensors"):
        raise NotAllowed(
            "Changing entities needs the right to manage sensors: a token with the scope “sensors” that is not "
            "limited to datastreams."
        )
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
        refused = isinstance(fault, LayersError)
        status = Run.Status.REFUSED if refused else Run.Status.FAILED
        Run.objects.filter(pk=run.pk).update(status=status, message=str(fault)[:1000])
        if getattr(fault.__cause__, "pgcode", "") == DEADLOCK_DETECTED:
            raise WriteRefused(
                "Somebody changed the same at the same time; nothing was changed. Try again."
            ) from fault
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
            dataset=_dataset(kind),
            code=drawn_id(),
            unplaced=NO_COORDINATES,
            created_by=self.run,
            **values,
        )
        places = self.related_set("Location", document, "Locations", links)
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
        for thing in self.related_set("Thing", document, "Things", links):
            self.place(thing, [place])
        if history := links.get("HistoricalLocation"):
            HistoricalLocation.objects.get(pk=history).locations.add(place)
        return place

    def _create_historicallocation(
        self, values: dict[str, Any], document: Mapping[str, Any], links: Links
    ) -> HistoricalLocation:
        thing = self.related("Thing", document, links)
        places = self.related_set("Location", document, "Locations", links)
        if not places:
            raise BadEntity("A HistoricalLocation needs Locations.")
        if thing.historical_locations.filter(ended_by=None, time__gt=values["time"]).exists():
            return add_history(self.run, thing, places, moment=values["time"])
        return self.place(thing, places, moment=values["time"])

    def _create_datastream(self, values: dict[str, Any], document: Mapping[str, Any], links: Links) -> Datastream:
        thing = self.related("Thing", document, links)
        used = {
            "sensor": self.related("Sensor", document, links),
            "observed_property": self.related("ObservedProperty", document, links),
            "created_by": self.run,
        }
        stream: Datastream = _coded(Datastream, {"thing": thing}, values | used)
        if documents := _list(document, "Observations"):
            self._observations(documents, {"Datastream": stream.pk})
        return stream

    def _create_sensor(self, values: dict[str, Any], document: Mapping[str, Any], links: Links) -> Sensor:
        sensor: Sensor = _coded(Sensor, {}, values | {"created_by": self.run})
        self._create_inside("Datastream", document, "Datastreams", {"Sensor": sensor.pk})
        return sensor

    def _create_observedproperty(
        self, values: dict[str, Any], document: Mapping[str, Any], links: Links
    ) -> ObservedProperty:
        made: ObservedProperty = _coded(ObservedProperty, {}, values | {"created_by": self.run})
        self._create_inside("Datastream", document, "Datastreams", {"ObservedProperty": made.pk})
        return made

    def _create_featureofinterest(
        self, values: dict[str, Any], document: Mapping[str, Any], links: Links
    ) -> FeatureOfInterest:
        feature = store_feature(self.run, values)
        if documents := _list(document, "Observations"):
            self._observations(documents, {"FeatureOfInterest": feature.pk})
        return feature

    def copy_of(self, place: Location) -> Location:
        """A new location that is as this one."""
        names = ("name", "description", "properties", "encoding_type", "location", "geom")
        return Location.objects.create(created_by=self.run, **{name: getattr(place, name) for name in names})

    def replace_in_history(self, past: Iterable[HistoricalLocation], place: Location, other: Location) -> None:
        """Put another location into historical locations, instead of one."""
        for one in past:
            change(self.run, one, {"locations": [other if old == place else old for old in one.locations.all()]})

    def place(self, thing: Thing, places: Sequence[Location], *, moment: Any = None) -> HistoricalLocation:
        """Put a Thing at these locations since `moment` (None: now); in its layer too, where that takes the place."""
        made = place_thing(self.run, thing, places, moment=moment or now(), recorded=True)
        point = next((one.geom for one in places if one.geom is not None and one.geom.geom_type == "Point"), None)
        if point is None:
            self._not_in_layer(thing, NO_POINT)
        elif thing.feature_id is not None and not thing.unplaced:
            self.change_feature(thing, {}, storage_point(point.x, point.y))
        else:
            self._add_feature(thing, storage_point(point.x, point.y))
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

    def change_feature(self, thing: Thing, values: dict[str, Any], point: BaseGeometry | None) -> None:
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
            if isinstance(one, Mapping) and KEY in one:
                ((relation, parent),) = links.items()
                self.bind(name, one, relation, parent)
            else:
                self.create(BY_NAME[name], one, links)

    def bind(self, name: str, reference: Any, relation: str, key: int) -> None:
        """Let a stored entity of the type `name` belong to another one, given by its key. Raises BadEntity."""
        row = self.resolved(name, reference)
        if not isinstance(row, Datastream):
            raise BadEntity(f"A {name} cannot be moved to another {relation}.")
        change(self.run, row, moved(row, {BY_NAME[name].relations[relation].path or "": self.stored(relation, key)}))

    def stored(self, name: str, key: int) -> Any:
        """The row of a key."""
        return BY_NAME[name].model._default_manager.get(pk=key)

    def lock(self, entity: EntityType, key: int) -> None:
        """Let other changes of an entity wait until the run is stored. A Thing is locked before its locations."""
        if entity.name == "Observation":
            of = only(entity, Observation.objects.all(), key).values_list("datastream", flat=True)
            rows: QuerySet[Any] = Datastream.objects.filter(pk__in=list(of))
        else:
            rows = entity.model._default_manager.filter(pk=key)
        things = Thing.objects.filter(locations=key).order_by("pk").select_for_update(no_key=True, of=("self",))
        if entity.name == "Location":  # a moved Location moves its Things
            list(things)
        list(rows.select_for_update(no_key=True))
        if entity.name == "Location":  # Things that came meanwhile; no more can come
            list(things.all())

    def related(self, name: str, document: Mapping[str, Any], links: Links) -> Any:
        """The entity that the document refers to or has inside, or that the address names. Raises BadEntity."""
        if name in links:
            return self.stored(name, links[name])
        if name not in document:
            raise BadEntity(f'{name} is missing; refer to one by {{"@iot.id": 1}}, or give it inside.')
        return self.resolved(name, document[name])

    def related_set(self, name: str, document: Mapping[str, Any], key: str, links: Links) -> list[Any]:
        found = [self.stored(name, links[name])] if name in links else []
        return found + [self.resolved(name, one) for one in _list(document, key)]

    def resolved(self, name: str, given: Any) -> Any:
        """The entity that is referred to, or given; locked, so that nobody ends it meanwhile. Raises BadEntity."""
        entity = BY_NAME[name]
        if not isinstance(given, Mapping):
            raise BadEntity(f'{name}: expected {{"@iot.id": 1}} or the entity itself.')
        if KEY not in given:
            return self.stored(name, self.create(entity, given, {}))
        key = given[KEY]
        rows = entity.visible(self.visitor.access).select_for_update(no_key=True, of=("self",))
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


def _coded(model: type[Model], within: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """A new row whose code is its name, with random digits where that is taken `within` the same entity."""
    code = str(values["name"]).strip()[:180]
    rows = model._default_manager.filter(**within)
    try:
        with transaction.atomic():
            return rows.create(code=code, **within, **values)
    except IntegrityError:
        return rows.create(code=f"{code}-{uuid4().hex[:8]}", **within, **values)


def moved(stream: Datastream, values: dict[str, Any]) -> dict[str, Any]:
    """The new columns of a datastream, with another code where it moves to a Thing that has its code already."""
    thing = values.get("thing", stream.thing)
    if thing != stream.thing and Datastream.objects.filter(thing=thing, code=stream.code).exists():
        values["code"] = f"{stream.code[:180]}-{uuid4().hex[:8]}"
    return values


def _dataset(kind: LayerKind) -> Dataset:
    """The dataset of a new station: the one that the layer shows, so that a single station does not replace it."""
    shown = serving(kind)
    return series_dataset() if shown is None else Dataset.objects.get(pk=shown.dataset_id)
