"""What a parser finds, and its way from the sandbox to the source: an Arrow file of numbers and lines of JSON."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.datetime64]
SERIES = "series.arrow"
FAULTS = "faults.jsonl"


@dataclass(frozen=True)
class Heading:
    """The description of a series in a file: texts as published, "" for nothing; `details` are further ones."""

    station: str
    observed: str
    period: str = ""
    unit: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Part:
    """Numbers of one series: `starts`, `ends` in UTC (datetime64[us]), `values`, `rows` in the file; all (n,)."""

    heading: Heading
    starts: Moments
    ends: Moments
    values: NDArray[np.float64]
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell or row that is no observation, and why."""

    heading: Heading
    row: int
    reason: str
    message: str
    value: str = ""


@dataclass(frozen=True)
class Parsed:
    """The answer of the child: headings of all parts, number of observations and faults, notes, further facts."""

    folder: Path
    headings: tuple[Heading, ...]
    total: int
    notes: tuple[str, ...]
    facts: Mapping[str, Any]

    def parts(self) -> Iterator[Part | Fault]:
        """The parts in the order of the file, then the faults."""
        import pyarrow as pa
        import pyarrow.ipc as ipc

        with pa.memory_map(str(self.folder / SERIES)) as source:
            for heading, batch in zip(self.headings, ipc.open_stream(source), strict=True):
                starts, ends, values, rows = (
                    np.array(column.to_numpy(zero_copy_only=False)) for column in batch.columns
                )
                yield Part(heading, starts, ends, values, rows)
        with (self.folder / FAULTS).open(encoding="utf-8") as lines:
            for line in lines:
                found = json.loads(line)
                yield Fault(**{**found, "heading": Heading(**found["heading"])})


def write(parts: Iterator[Part | Fault], folder: Path) -> dict[str, Any]:
    """Write parts and faults into a folder; returns the headings and the total. Runs in the sandbox only."""
    import pyarrow as pa
    import pyarrow.ipc as ipc

    moments = [("start", pa.timestamp("us")), ("end", pa.timestamp("us"))]
    schema = pa.schema([*moments, ("value", pa.float64()), ("row", pa.int64())])
    headings, total = [], 0
    with (
        (folder / FAULTS).open("w", encoding="utf-8") as lines,
        pa.OSFile(str(folder / SERIES), "wb") as sink,
        ipc.new_stream(sink, schema) as writer,
    ):
        for one in parts:
            if isinstance(one, Fault):
                lines.write(json.dumps(asdict(one)) + "\n")
                total += 1
                continue
            headings.append(asdict(one.heading))
            arrays = [pa.array(column) for column in (one.starts, one.ends, one.values, one.rows)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            total += len(one.values)
    return {"headings": headings, "total": total}


def parse(job: Mapping[str, Any], path: Path, scratch: Path, progress: Callable[[int, int | None], None]) -> Parsed:
    """Parse a file or folder in the sandbox; `job` has the `format` and its options. Raises the IngestError found.

    Every file is read to its end before the first part is given, so a damaged one gives none.
    """
    from django.conf import settings

    from ingest.errors import UnreadableFile
    from ingest.sandbox.child import ask

    folder = scratch / "sensors"
    (folder / "files").mkdir(parents=True)
    if not path.exists():
        raise UnreadableFile(f"{path} does not exist; give the path of a file or folder.")
    places = {"path": str(path.resolve()), "folder": str(folder), "limits": dict(settings.INGEST_LIMITS)}
    answer = ask({**job, **places}, folder, lambda: progress(0, None), module="ingest.sensors.program")
    headings = tuple(Heading(**one) for one in answer["headings"])
    return Parsed(folder, headings, answer["total"], tuple(answer["notes"]), answer["facts"])
