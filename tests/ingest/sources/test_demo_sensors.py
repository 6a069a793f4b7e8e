"""The source demo_sensors."""

import pytest

from ingest.errors import BadOption
from ingest.pipeline import Order, ingest
from layers.observations.models import Datastream, Observation, Thing
from layers.runs.models import Dataset


@pytest.mark.django_db
def test_the_history_is_stored_once_and_marked_as_invented():
    options = {"days": "3", "until": "2026-11-20"}
    first = ingest(Order("demo_sensors", options=options))
    assert first.rejected == 0
    assert first.stored == Observation.objects.count() > 6000
    assert Dataset.objects.get(slug="demo_sensors").synthetic
    assert Thing.objects.filter(unplaced="").count() == Thing.objects.count() == 21
    assert Datastream.objects.filter(thing__kind="alarms").count() == 2
    again = ingest(Order("demo_sensors", options=options))
    assert (again.stored, again.unchanged) == (0, first.stored)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options", [{"days": "0"}, {"days": "ten"}, {"until": "yesterday"}, {"days": "1e3"}, {"until": "2026-02-30"}]
)
def test_wrong_options_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        ingest(Order("demo_sensors", options=options))
