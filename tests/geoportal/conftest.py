"""A small city for the tests of the portal's answers, written by the real store."""

from collections.abc import Iterable

import pytest
from shapely import LineString, Point, box

from layers.feed.versions import VERSIONS
from layers.kinds import kind_of
from layers.record import Record
from layers.runs.models import Dataset, Run
from layers.store.validation import accept
from layers.store.writer import Mode, writing
from tests.databases import MadeOnce

RYNEK_2178 = (7474054.383, 5637285.400)
"""The market square in EPSG:2178, from the table of transformed points."""


def bring_in(
    kind: str, records: Iterable[Record], dataset: str = "egib", synthetic: bool = False, mode: Mode = "upsert"
) -> Run:
    """One committed run of records; returns it."""
    owner, _ = Dataset.objects.get_or_create(slug=dataset, defaults={"synthetic": synthetic})
    run = Run.objects.create(kind=Run.Kind.INGEST, source="test", dataset=owner)
    with writing(run) as writer:
        writer.write(kind_of(kind), accept(kind_of(kind), records), mode=mode)
    VERSIONS.refresh(force=True)
    return run


def house(source_id: str, east_m: float = 0.0, side_m: float = 20.0, **values: object) -> Record:
    """A square building `east_m` metres east of the market square."""
    x, y = RYNEK_2178
    known = {
        "use_class": "residential",
        "storeys_above": 3,
        "residents": 12.0,
        "owner": "Jan Nowak",
        "heating": "gas",
    }
    return Record(source_id, box(x + east_m, y, x + east_m + side_m, y + side_m), known | values)


@pytest.fixture
def small_city(db, tmp_path, settings):
    """Three buildings, a road, a stop and a hydrant (which only staff may see)."""
    settings.TILE_CACHE_DIR = str(tmp_path / "tiles")
    settings.TILE_VERSION_SECONDS = 0.0
    store_small_city()
    VERSIONS.refresh(force=True)


@MadeOnce
def store_small_city() -> None:
    """Store the objects of `small_city`."""
    x, y = RYNEK_2178
    bring_in("buildings", [house("b1"), house("b2", 40, use_class="public"), house("b3", -30, side_m=4)])
    bring_in("roads", [Record("r1", LineString([(x - 500, y - 10), (x + 500, y - 10)]), {"name": "Sienkiewicza"})])
    bring_in("bus_stops", [Record("s1", Point(x, y), {"name": "Rynek; „Stary”"})])
    bring_in("hydrants", [Record("h1", Point(x, y), {"number": "H-1"})], dataset="waterworks")
