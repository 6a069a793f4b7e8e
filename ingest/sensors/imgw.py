"""Parses tables of IMGW, the Polish weather service: CSV without a header in windows-1250, mostly in zip archives.

Values come with a status: 8 is no measurement, 9 is a phenomenon that did not occur. Times are days or months. The
service's own day of precipitation is from 6 to 6 UTC and that of extreme temperatures from 18 to 18 UTC; here each is
the UTC day (or month) by whose date it is published. Runs in the sandbox only.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import UnreadableFile
from ingest.sensors.cells import numbers, utc_array
from ingest.sensors.files import members
from ingest.sensors.imgw_columns import LAYOUTS, Layout, Quantity, layout_named
from ingest.sensors.parsed import Fault, Heading, Part

ENCODING = "cp1250"
NO_MEASUREMENT = "8"
NO_EVENT = "9"


def parse(job: dict[str, Any], notes: list[str], _facts: dict[str, Any]) -> Iterator[Part | Fault]:
    """Parts of all tables of `path`. Option of the job: `stations`, patterns of names or codes, empty for all."""
    path = Path(job["path"])
    found = False
    for member in members(path, Path(job["folder"]) / "files", job["limits"]):
        layout = layout_named(member.name) if member.name.lower().endswith(".csv") else None
        if layout is None:
            notes.append(f"{member.name} was not read: it is no CSV whose name begins with {', '.join(LAYOUTS)}.")
            continue
        if left := [one for one in layout.columns if isinstance(one, str)]:
            notes.append(f"{member.name}: these columns are no measurements and were not read: {', '.join(left)}.")
        with member.path.open(encoding=ENCODING, errors="replace", newline="") as stream:
            for one in parse_rows(enumerate(_rows(stream), 1), member.name, layout, job["stations"]):
                found = True
                yield one
    if not found:
        raise UnreadableFile(
            f"{path.name} has no rows to read; expected tables whose names begin with {', '.join(LAYOUTS)}"
            + (f" and stations {','.join(job['stations'])}." if job["stations"] else ".")
        )


def _rows(stream: Iterable[str]) -> Iterator[list[str]]:
    reader = csv.reader(stream)
    try:
        yield from reader
    except csv.Error as fault:
        raise UnreadableFile(f"Line {reader.line_num} of the table cannot be read ({fault}).") from fault


@dataclass
class _Station:
    name: str
    starts: list[datetime] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


def parse_rows(
    rows: Iterable[tuple[int, list[str]]], name: str, layout: Layout, wanted: Sequence[str] = ()
) -> Iterator[Part | Fault]:
    """Parts and faults of one table of numbered rows; `name` is that of its file.

    Raises UnreadableFile where the first row is not of the layout.
    """
    stations: dict[str, _Station] = {}
    matched: set[str] = set()
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != layout.width and not matched:
            raise UnreadableFile(
                f"{name} has {len(row)} cells in row {number}; a table {layout.prefix} has {layout.width}."
            )
        matched.add(row[0])
        code, station_name = row[0].strip(), row[1].strip() if len(row) > 1 else ""
        if wanted and not any(fnmatchcase(one, pattern) for pattern in wanted for one in (code, station_name)):
            continue
        period = _period(row, layout) if len(row) == layout.width else None
        if period is None:
            message = f"{name}: row {number} has no date, or not the {layout.width} cells of its table."
            yield Fault(Heading(code, "", layout.period), number, "row", message, ",".join(row)[:300])
            continue
        station = stations.setdefault(code, _Station(station_name))
        station.starts.append(period[0])
        station.ends.append(period[1])
        station.numbers.append(number)
        station.rows.append(row)
    for code, station in stations.items():
        yield from _series(code, station, layout, name)


def _period(row: Sequence[str], layout: Layout) -> tuple[datetime, datetime] | None:
    """Start and end of a row's month or day."""
    try:
        date = [int(cell) for cell in row[2 : 2 + layout.date_cells]]
        if layout.period == "day":
            start = datetime(*date)  # type: ignore[arg-type]  # noqa: DTZ001 (UTC)
            return start, start + timedelta(days=1)
        year, month = date
        following = (year + 1, 1) if month == 12 else (year, month + 1)
        return datetime(year, month, 1), datetime(*following, 1)  # noqa: DTZ001 (UTC)
    except ValueError:
        return None


def _series(code: str, station: _Station, layout: Layout, name: str) -> Iterator[Part | Fault]:
    starts, ends = utc_array(station.starts), utc_array(station.ends)
    rows = np.array(station.numbers, dtype=np.int64)
    place = 2 + layout.date_cells
    for quantity in layout.columns:
        if isinstance(quantity, str):
            place += 1
            continue
        heading = Heading(
            code, quantity.code, layout.period, quantity.unit, {"name": station.name, "table": layout.prefix}
        )
        cells = [row[place] for row in station.rows]
        states = np.array([row[place + 1].strip() for row in station.rows])
        values, bad = numbers(cells, ".")
        faults = _faults(quantity, cells, states, bad, name)
        for at, (reason, message) in faults.items():
            yield Fault(heading, station.numbers[at], reason, message, f"{cells[at]} ({states[at]})")
        values[(states == NO_EVENT) & quantity.event] = 0.0
        known = np.isfinite(values) & (states != NO_MEASUREMENT)
        known[list(faults)] = False
        yield Part(heading, starts[known], ends[known], values[known], rows[known])
        place += 2


def _faults(
    quantity: Quantity, cells: Sequence[str], states: Iterable[str], bad: Sequence[int], name: str
) -> dict[int, tuple[str, str]]:
    """Why cells are no observations, by place: a value that is no number, or a status that has no meaning here."""
    known = ("", NO_MEASUREMENT, NO_EVENT) if quantity.event else ("", NO_MEASUREMENT)
    found = dict.fromkeys(bad, ("number", f"{name}: the value of {quantity.code} is no number."))
    for at, state in enumerate(states):
        if state not in known:
            found[at] = (
                "status",
                f"{name}: {quantity.code} has the status {state!s}; known are {', '.join(known[1:])}.",
            )
    return found
