"""Reads files with a source without the database, and lists what it yields."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.source import IngestSource, Request, Series, SeriesReading
from layers.city import city
from layers.observations.specs import StreamSpec, ThingSpec
from layers.record import Refusal

Observed = tuple[str, str, datetime, datetime, float, int]


@dataclass(frozen=True)
class Read:
    """What a source yields. Observations: code of the Thing, of the datastream, start, end (UTC), value, row."""

    observations: list[Observed]
    refusals: list[Refusal]
    streams: Mapping[str, StreamSpec]
    things: Mapping[str, ThingSpec]
    notes: tuple[str, ...]
    total: int | None

    def values(self, stream: str) -> list[float]:
        """Values of a datastream ("gios/SkKielJagiel PM10/1h") in the order of the file."""
        return [one[4] for one in self.observations if f"{one[0]} {one[1]}" == stream]


def read(source: IngestSource, path: Path, **options: str) -> Read:
    """Everything that the source yields for a file."""
    with TemporaryDirectory() as scratch:
        (reading,) = source.read(Request(path, options, city(), Path(scratch), lambda done, total: None))
        assert isinstance(reading, SeriesReading)
        found = list(reading.series)
    observations: list[Observed] = []
    streams: dict[str, StreamSpec] = {}
    for one in found:
        if isinstance(one, Series):
            thing, code = one.stream.thing.code, one.stream.code
            streams[f"{thing} {code}"] = one.stream
            columns = (one.starts.tolist(), one.ends.tolist(), one.values.tolist(), one.rows.tolist())
            observations += [(thing, code, *row) for row in zip(*columns, strict=True)]
    refusals = [one for one in found if isinstance(one, Refusal)]
    things = {one.code: one for one in reading.things} | {one.thing.code: one.thing for one in streams.values()}
    return Read(observations, refusals, streams, things, reading.notes, reading.total)
