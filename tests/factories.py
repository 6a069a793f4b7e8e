"""Runs, records and loads for tests. Positions are metres east and north of the city's market square."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from shapely import MultiPolygon, Point, Polygon

from layers.crs import WGS84, storage_srid, transformer
from layers.kinds import KINDS
from layers.record import Record, Refusal
from layers.runs.models import Dataset, Run
from layers.schema.feature import feature_identity
from layers.schema.kind import LayerKind
from layers.store.writer import writing

MARKET_SQUARE = (20.63139, 50.87028)
"""Longitude, latitude."""


def place(east: float = 0, north: float = 0) -> Point:
    """A point so many metres east and north of the market square, in the storage system."""
    x, y = transformer(WGS84, storage_srid()).transform(*MARKET_SQUARE)
    return Point(round(x) + east, round(y) + north)


def square(east: float = 0, north: float = 0, side: float = 10) -> Polygon:
    """A square whose south-west corner is at this position."""
    corner = place(east, north)
    x, y = corner.x, corner.y
    return Polygon([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])


def point(source_id: str, east: float = 0, north: float = 0, **values: Any) -> Record:
    """A record of a kind of points."""
    return Record(source_id, place(east, north), values)


def building(source_id: str, east: float = 0, north: float = 0, side: float = 10, **values: Any) -> Record:
    """A square building."""
    return Record(source_id, MultiPolygon([square(east, north, side)]), values)


def new_run(dataset: str = "register", kind: str = Run.Kind.INGEST, **values: Any) -> Run:
    """A running Run that writes into a dataset, made where it is missing."""
    made, _ = Dataset.objects.get_or_create(slug=dataset)
    return Run.objects.create(
        kind=kind, source=values.pop("source", dataset), dataset=made, status=Run.Status.RUNNING, **values
    )


def load(kind: str | LayerKind, records: Iterable[Record | Refusal], dataset: str = "register", **how: Any) -> Run:
    """Write records in a new run; returns the committed run."""
    run = new_run(dataset)
    with writing(run) as writer:
        writer.write(KINDS[kind] if isinstance(kind, str) else kind, records, **how)
    return run


def feature_id(source_id: str, dataset: str = "register") -> UUID:
    """The feature_id of a source id."""
    return feature_identity(dataset, source_id)


def rows(kind: str, dataset: str = "register") -> dict[str, Any]:
    """The current rows of a dataset by source id."""
    found = KINDS[kind].model._default_manager.filter(dataset__slug=dataset, recorded_to__isnull=True)
    return {row.source_id: row for row in found}
