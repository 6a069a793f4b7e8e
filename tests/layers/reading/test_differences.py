"""What a run changed, before and after, read while it may still be taken back."""

import pytest
from django.db import transaction

from layers.kinds import KINDS
from layers.reading.differences import differences
from layers.store.writer import writing
from tests.factories import load, new_run, point

pytestmark = pytest.mark.django_db
STOPS = KINDS["bus_stops"]


def test_changes_come_first_then_ends_then_what_is_new():
    load(STOPS, [point("a", name="Rynek"), point("b", 50, name="Dworzec"), point("c", 90, name="Las")])
    with transaction.atomic(), writing(new_run("register")) as writer:
        records = [point("a", name="Rynek Główny"), point("b", 51, name="Dworzec"), point("d", 10, name="Nowy")]
        writer.write(STOPS, records, mode="snapshot", allow_close=1)
        found = list(differences(STOPS))
    told = [(one.what, one.source_id, one.fields, one.moved) for one in found]
    assert told == [
        ("changed", "a", {"name": ("Rynek", "Rynek Główny")}, False),
        ("changed", "b", {}, True),
        ("ended", "c", {}, False),
        ("added", "d", {"name": (None, "Nowy")}, False),
    ]


def test_shapes_are_in_degrees_and_no_more_than_asked_for():
    with transaction.atomic(), writing(new_run("register")) as writer:
        writer.write(STOPS, [point(str(n), n) for n in range(5)])
        found = list(differences(STOPS, first=3))
    assert len(found) == 3 and found[0].geometry.srid == 4326
    west, south, _, _ = found[0].geometry.extent
    assert (west, south) == pytest.approx((20.63139, 50.87028), abs=1e-5)
