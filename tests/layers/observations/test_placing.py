"""Things, their locations and historical locations follow the rows of the layers."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.contrib.gis.geos import Point
from shapely.geometry import Point as Shape

from layers.kinds import kind_of
from layers.observations.models import (
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Observation,
    ObservedProperty,
    Revision,
    Thing,
)
from layers.observations.specs import PropertySpec, ThingSpec
from layers.observations.streams import declare
from layers.store import editing
from layers.store.edits import Editor, change_feature, end_feature
from layers.store.rollback import rollback_run
from layers.store.writer import writing
from tests.layers.observations.streams import new_run, observations, spec, store, stream

pytestmark = pytest.mark.django_db

STATIONS = kind_of("stations")
KIELCE = (20.6286, 50.8661)
EDITOR = Editor("anna")


def storage(lon: float, lat: float) -> Shape:
    point = Point(lon, lat, srid=4326)
    point.transform(2178)
    return Shape(point.x, point.y)


def placed(code: str = "silnica", place: tuple[float, float] = KIELCE, **values: Any) -> Thing:
    with writing(new_run()) as writer:
        declare(writer, [], [ThingSpec(code, f"Stacja {code}", geometry=storage(*place), values=values)])
    return Thing.objects.get(code=code)


def feature_of(thing: Thing) -> UUID:
    assert thing.feature_id is not None
    return thing.feature_id


def version_of(thing: Thing) -> int:
    row = STATIONS.model._default_manager.get(feature_id=feature_of(thing), recorded_to=None)
    return int(row.version_id)


def test_a_declared_place_is_a_location_a_historical_location_and_a_feature_of_interest():
    thing = placed(address="ul. Warszawska 1")
    (place,) = thing.locations.all()
    assert place.location["type"] == "Point"
    assert place.location["coordinates"] == pytest.approx(KIELCE, abs=1e-6)
    assert (place.name, place.description) == ("Stacja silnica", "ul. Warszawska 1")
    (history,) = thing.historical_locations.all()
    assert list(history.locations.all()) == [place]
    assert history.version == version_of(thing)
    assert FeatureOfInterest.objects.get(thing=thing).feature == place.location


def test_a_move_in_the_layer_is_a_new_location_and_the_old_one_stays_in_the_history():
    thing = placed()
    (old,) = thing.locations.all()
    change_feature(STATIONS, feature_of(thing), {}, storage(20.64, 50.87), EDITOR, expected_version=version_of(thing))
    (new,) = thing.locations.all()
    assert new.location["coordinates"] == pytest.approx((20.64, 50.87), abs=1e-6)
    assert [list(one.locations.all()) for one in thing.historical_locations.order_by("time")] == [[old], [new]]
    assert FeatureOfInterest.objects.get(thing=thing).feature == new.location


def test_another_name_in_the_layer_is_the_things_name_and_no_new_location():
    thing = placed()
    change_feature(STATIONS, feature_of(thing), {"name": "Most"}, None, EDITOR, expected_version=version_of(thing))
    placed()  # a later import gives its own name again; the editor's stays
    thing.refresh_from_db()
    assert thing.name == "Most"
    assert Location.objects.count() == HistoricalLocation.objects.count() == 1


def test_a_station_drawn_by_an_editor_is_a_thing():
    run = new_run()
    with writing(run) as writer:
        feature = editing.create(writer, STATIONS, {"name": "Nowa"}, storage(*KIELCE))
    thing = Thing.objects.get(feature_id=feature)
    assert (thing.name, thing.kind, thing.locations.count()) == ("Nowa", "stations", 1)


def test_a_station_that_ended_in_the_layer_waits_for_a_place_until_it_is_back():
    thing = placed()
    ended = end_feature(STATIONS, feature_of(thing), EDITOR, expected_version=version_of(thing))
    placed()
    thing.refresh_from_db()
    assert thing.unplaced == "Its object in the layer has ended."
    rollback_run(ended.run.pk)
    thing.refresh_from_db()
    assert thing.unplaced == ""
    assert thing.locations.count() == 1


def test_an_erased_station_takes_its_series_along():
    level, other = stream(), stream(thing="bobrza")
    thing = placed()
    store(observations(level, {0: 1.0, 10: 2.0}))
    store(observations(level, {0: 5.0}))
    store(observations(other, {0: 7.0}))
    run = new_run()
    with writing(run) as writer:
        editing.erase(writer, STATIONS, feature_of(thing), "na wniosek")
    assert not Thing.objects.filter(code="silnica").exists()
    assert list(Datastream.objects.all()) == [other]
    assert list(Observation.objects.values_list("value", flat=True)) == [7.0]
    assert not Revision.objects.exists()
    assert not Location.objects.exists()
    assert not FeatureOfInterest.objects.exists()


def test_a_source_that_knows_only_the_code_of_a_property_takes_nothing_from_it():
    stream()
    with writing(new_run()) as writer:
        declare(writer, [replace(spec("other"), observed_property=PropertySpec("water_level", "water_level"))])
        declare(writer, [replace(spec("third"), observed_property=PropertySpec("water_level", "", "http://x", "d"))])
    found = ObservedProperty.objects.get(code="water_level")
    assert (found.name, found.definition, found.description) == ("Stan wody", "http://x", "d")


def test_a_property_that_was_ended_is_taken_up_again_with_its_name():
    level, run = stream(), new_run()
    ObservedProperty.objects.update(ended_by=run, name="water_level")
    stream()
    assert ObservedProperty.objects.filter(ended_by=None, name="Stan wody", pk=level.observed_property_id).exists()
