"""Parses a CSV or XLSX table whose columns the caller declares. Runs in the sandbox only.

Every row has a time and one value (a long table, with a column of properties) or several (one column a property).
Times of day are in the declared zone, or have an offset themselves.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import BadOption, UnreadableFile
from ingest.sensors.cells import LocalTimes, moment, numbers, zone_named
from ingest.sensors.files import members, table
from ingest.sensors.parsed import Fault, Heading, Part

NEEDED = ("station", "time", "value", "unit")
DECIMALS = {"": ".", ".": ".", ",": ","}
WIDTH = "The row has more cells than the header; is a decimal comma without quotes?"
TIME_MESSAGES = {
    "time": "The time cannot be read; expected ISO 8601 or day.month.year h:mm, or what --option format= says.",
    "skipped": "The clock was put forward over this time, so it did not exist in the zone.",
    "twice": "The clock showed this time twice, and the order of the rows does not tell which is meant.",
    "backwards": "The end is before the time.",
}


@dataclass(frozen=True, slots=True)
class Column:
    """Where a text is from: a cell of each row, or the same text for all."""

    place: int | None
    text: str = ""

    def of(self, row: list[str]) -> str:
        """The text for a row."""
        return self.text if self.place is None else row[self.place].strip()


@dataclass(frozen=True, slots=True)
class Values:
    """A column of values with its property and unit."""

    place: int
    observed: Column
    unit: Column


@dataclass(frozen=True, slots=True)
class Declared:
    """The declared columns of a table, by their place in a row."""

    station: Column
    time: int
    end: int | None
    values: tuple[Values, ...]
    width: int


@dataclass
class _Gathered:
    """The rows of one series: row numbers, texts of the values, times and ends as they stand."""

    rows: list[int] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)


def parse(job: dict[str, Any], _notes: list[str], _facts: dict[str, Any]) -> Iterator[Part | Fault]:
    """Parts of all stations and properties of the table. The options of the source are those of the job."""
    options: dict[str, str] = job["options"]
    found = list(members(Path(job["path"]), Path(job["folder"]) / "files", job["limits"]))
    if len(found) != 1:
        raise UnreadableFile(f"There are {len(found)} files: {', '.join(one.name for one in found)}; give one table.")
    yield from parse_rows(table(found[0], options.get("encoding", "")).numbered_rows(), options)


def parse_rows(rows: Iterable[tuple[int, list[str]]], options: Mapping[str, str]) -> Iterator[Part | Fault]:
    """Parts and faults of numbered rows, the first of which is the header. Raises BadOption, UnreadableFile."""
    stream = iter(rows)
    header = [cell.strip() for cell in next(stream, (0, []))[1]]
    declared = declare(header, options)
    decimal = _decimal(options)
    clock = _Clock(options)
    gathered: dict[tuple[str, str, str], _Gathered] = {}
    for number, row in stream:
        if any(cell.strip() for cell in row[declared.width :]):
            row_text = ",".join(row)[:300]
            yield Fault(Heading(declared.station.of(row), ""), number, "width", WIDTH, row_text)
            continue
        row = row + [""] * (declared.width - len(row))
        yield from _add(gathered, declared, clock, number, row)
    if not gathered:
        raise UnreadableFile("The table has no row with a value that can be read.")
    for (station, observed, unit), one in gathered.items():
        yield from _series(Heading(station, observed, "", unit), one, clock, decimal)


def _decimal(options: Mapping[str, str]) -> str:
    if (sign := options.get("decimal", "")) not in DECIMALS:
        raise BadOption(f"decimal={sign} is no decimal sign; give . or a comma.")
    return DECIMALS[sign]


def declare(header: list[str], options: Mapping[str, str]) -> Declared:
    """The places of the declared columns. Raises BadOption naming what is missing and what there is."""
    there = f"the columns are: {', '.join(header[:40])}"
    if missing := [name for name in NEEDED if not options.get(name)]:
        raise BadOption(f"Give --option {' '.join(f'{name}=…' for name in missing)}; {there}.")

    def place(name: str) -> int:
        if options[name] not in header:
            raise BadOption(f"{name}={options[name]} is no column; {there}.")
        return header.index(options[name])

    def either(text: str) -> Column:
        return Column(header.index(text)) if text in header else Column(None, text)

    names = [one.strip() for one in options["value"].split(",")]
    if unknown := [one for one in names if one not in header]:
        raise BadOption(f"value={','.join(unknown)} is no column; {there}.")
    properties = _spread("property", options.get("property") or ",".join(names), len(names))
    units = _spread("unit", options["unit"], len(names))
    values = tuple(
        Values(
            header.index(name),
            either(observed) if len(names) == 1 and options.get("property") else Column(None, observed),
            either(unit),
        )
        for name, observed, unit in zip(names, properties, units, strict=True)
    )
    end = place("end") if options.get("end") else None
    return Declared(either(options["station"]), place("time"), end, values, len(header))


def _spread(name: str, text: str, count: int) -> list[str]:
    """The texts of an option with one for each value column, or one for all."""
    texts = [one.strip() for one in text.split(",")]
    if len(texts) == 1 and name == "unit":
        texts *= count
    if len(texts) != count:
        raise BadOption(f"{name}={text} has {len(texts)} entries for {count} columns of values; give as many.")
    return texts


class _Clock:
    """Reads times by the options `zone` and `format`."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self.format = options.get("format", "")
        self.zone = options.get("zone", "")
        self.local = LocalTimes(zone_named(self.zone)) if self.zone else None

    def read(self, text: str, number: int) -> datetime | None:
        """A time of a cell, with or without a zone. Raises UnreadableFile where it has none and none is declared."""
        text = text.strip()
        found: datetime | None
        if self.format:
            try:
                found = datetime.strptime(text, self.format)  # noqa: DTZ007 (the zone is declared)
            except ValueError:
                return None
        elif "/" in text:
            raise UnreadableFile(
                f"Row {number}: {text[:40]} may be day/month or month/day; give --option 'format=%d/%m/%Y %H:%M'."
            )
        else:
            found = moment(text)
        if found is not None and found.tzinfo is None and self.local is None:
            raise UnreadableFile(
                f"Row {number}: the time {text[:40]} has no zone; give --option zone=Europe/Warsaw, zone=+01:00 or "
                "zone=UTC."
            )
        return found

    def utc(self, times: list[datetime]) -> tuple[NDArray[np.datetime64], dict[int, str]]:
        """Times of a series in UTC, and why some have none."""
        found = np.full(len(times), np.datetime64("NaT"), "datetime64[us]")
        local = [at for at, one in enumerate(times) if one.tzinfo is None]
        for at, one in enumerate(times):
            if one.tzinfo is not None:
                found[at] = np.datetime64(one.astimezone(UTC).replace(tzinfo=None), "us")
        if not local or self.local is None:
            return found, {}
        moved, faults = self.local.utc([times[at] for at in local])
        found[local] = moved
        return found, {local[at]: reason for at, reason in faults.items()}


def _add(
    gathered: dict[tuple[str, str, str], _Gathered], declared: Declared, clock: _Clock, number: int, row: list[str]
) -> Iterator[Fault]:
    """Add the values of a row; blank cells are no values."""
    filled = [one for one in declared.values if row[one.place].strip()]
    if not filled:
        return
    time = clock.read(row[declared.time], number)
    end = time if declared.end is None else clock.read(row[declared.end], number)
    station = declared.station.of(row)
    for one in filled:
        observed, unit, cell = one.observed.of(row), one.unit.of(row), row[one.place].strip()
        heading = Heading(station, observed, "", unit)
        if not station or not observed:
            message = "The row does not say which station or property it is of."
            yield Fault(heading, number, "unnamed", message, cell[:300])
        elif time is None or end is None:
            yield Fault(heading, number, "time", TIME_MESSAGES["time"], row[declared.time].strip()[:300])
        else:
            series = gathered.setdefault((station, observed, unit), _Gathered())
            series.rows.append(number)
            series.cells.append(cell)
            series.times.append(time)
            if declared.end is not None:
                series.ends.append(end)


def _series(heading: Heading, one: _Gathered, clock: _Clock, decimal: str) -> Iterator[Part | Fault]:
    values, bad = numbers(one.cells, decimal)
    starts, faults = clock.utc(one.times)
    ends = starts
    if one.ends:
        ends, late = clock.utc(one.ends)
        backwards = {int(at): "backwards" for at in np.flatnonzero(ends < starts)}
        faults = {**backwards, **late, **faults}
    for at, reason in faults.items():
        yield Fault(heading, one.rows[at], reason, TIME_MESSAGES[reason], one.times[at].isoformat(" "))
    sign = "a comma" if decimal == "," else "a point"
    for at in bad:
        if at not in faults:
            message = f"The value is no number with {sign} as decimal sign; see --option decimal."
            yield Fault(heading, one.rows[at], "number", message, one.cells[at][:300])
    known = np.isfinite(values)
    known[list(faults)] = False
    rows = np.array(one.rows, dtype=np.int64)
    yield Part(heading, starts[known], ends[known], values[known], rows[known])
