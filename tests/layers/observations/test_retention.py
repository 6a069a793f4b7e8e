"""Raw values beyond the retention of their class are dropped; statistics stay, and a run records it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils.timezone import now

from layers.city import City, city
from layers.observations.models import HourlyRollup
from layers.observations.partitions import ensure_ahead, existing, month_of
from layers.observations.retention import drop_old_values
from layers.runs.models import Run
from tests.layers.observations.streams import START, observations, store, stored, stream

pytestmark = pytest.mark.django_db


@pytest.fixture
def limited() -> Iterator[City]:
    """A city that retains vibrations for 30 days."""
    object.__setattr__(city(), "retention_days", {"vibration": 30})
    yield city()
    object.__setattr__(city(), "retention_days", {})


def test_old_values_of_the_class_go_and_their_statistics_stay(limited: City):
    today = int((now() - START).total_seconds() // 60)
    vibration, level = stream("vibration", retention="vibration"), stream("level")
    object.__setattr__(limited, "retention_days", {})
    for one in (vibration, level):
        store(observations(one, {today - 60 * 24 * 40: 1.0, today - 60: 2.0}))
    object.__setattr__(limited, "retention_days", {"vibration": 30})
    assert drop_old_values() == {"vibration": 1}
    assert stored(vibration) == {today - 60: 2.0}
    assert len(stored(level)) == 2
    assert HourlyRollup.objects.filter(datastream=vibration).count() == 2
    run = Run.objects.get(kind=Run.Kind.RETENTION)
    assert (run.closed, run.parameters["class"], run.parameters["days"]) == (1, "vibration", 30)
    assert drop_old_values() == {}


def test_partitions_of_this_month_and_the_next_three_are_made_ahead():
    ensure_ahead(now().date() + timedelta(days=0))
    this = month_of(now().date())
    assert {this, this + 1, this + 2, this + 3} <= existing()
