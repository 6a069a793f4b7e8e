"""Reads a file by a source without storing anything, for the tests of readers."""

from dataclasses import dataclass
from pathlib import Path

from ingest.source import Reading, Request
from ingest.sources import source_of
from layers.city import city
from layers.record import Record, Refusal


@dataclass(frozen=True)
class Read:
    """One reading carried out."""

    reading: Reading
    records: list[Record]
    refusals: list[Refusal]


def read_all(path: Path, scratch: Path, source: str = "file", **options: str) -> list[Read]:
    """All readings of a file; `map__field` stands for `map.field`."""
    scratch.mkdir(exist_ok=True)
    named = {name.replace("__", "."): value for name, value in options.items()}
    request = Request(path, named, city(), scratch, lambda done, total: None)
    result = []
    for reading in source_of(source).read(request):
        items = list(reading.records)
        result.append(
            Read(
                reading,
                [one for one in items if isinstance(one, Record)],
                [one for one in items if isinstance(one, Refusal)],
            )
        )
    return result


def read_one(path: Path, scratch: Path, **options: str) -> Read:
    """The only reading of a file by the source file."""
    (only,) = read_all(path, scratch, **options)
    return only
