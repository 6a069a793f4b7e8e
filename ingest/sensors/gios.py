"""Parses the archive of GIOŚ, the Polish air quality network: one table a year, pollutant and averaging time.

A table has a column of times and one column a station, with several lines above: codes of the stations, pollutant,
averaging time ("1g" an hour, "24g" a day), from 2016 on also units and codes of the measuring posts. Each line is
recognised by its cells, because their order and labels changed over the years.

All times are Polish winter time (UTC+1) the whole year. An hourly mean has the time of its END: "1/1/2016 0:00" is
the last hour of 2015. A daily mean has the midnight at which its day begins. Runs in the sandbox only.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import UnreadableFile
from ingest.sensors.cells import moment, nearest_second, numbers, utc_array
from ingest.sensors.files import members, table
from ingest.sensors.gios_stations import METADATA, Register, read_register
from ingest.sensors.parsed import Fault, Heading, Part
from ingest.sensors.pollutants import POLLUTANTS, pollutant_named, unit_named

WINTER_TIME = timedelta(hours=1)
PERIODS = {"1g": timedelta(hours=1), "24g": timedelta(days=1)}
UNKNOWN = -999.0
MOST_HEADER_ROWS = 12
SUFFIXES = (".csv", ".txt", ".xlsx", ".xls")
_FILE_NAME = re.compile(r"^\d{4}_(?P<pollutant>.+)_(?P<period>1g|24g)$", re.IGNORECASE)
_POST = re.compile(r".+-.+-\d*[a-z]+")
_NUMBERED = re.compile(r"(Column)?\d+")


@dataclass
class Header:
    """What stands above the values: for each column after the times a code, pollutant, averaging time and unit."""

    codes: list[str] = field(default_factory=list)
    pollutants: list[str] = field(default_factory=list)
    periods: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)


def parse(job: dict[str, Any], notes: list[str], facts: dict[str, Any]) -> Iterator[Part | Fault]:
    """Parts of all wanted stations in all tables of `path`; `facts["stations"]` describes the stations.

    Options of the job: `metadata`, a folder or "", and `stations`, a list of patterns ("SkKiel*"), empty for all.
    """
    path = Path(job["path"])
    beside = path if path.is_dir() else path.parent
    register = read_register(Path(job["metadata"]) if job["metadata"] else beside, job["limits"])
    if not register.stations:
        notes.append("There is no stations.csv beside the data; stations have no names and places.")
    seen: set[str] = set()
    files = 0
    for member in members(path, Path(job["folder"]) / "files", job["limits"]):
        if member.name in METADATA:
            continue
        if PurePosixPath(member.name).suffix.lower() not in SUFFIXES:
            notes.append(f"{member.name} was not read: it is no CSV or XLSX.")
            continue
        files += 1
        for one in parse_table(table(member).numbered_rows(), member.name, register, job["stations"]):
            seen.add(one.heading.station)
            yield one
    if not files:
        raise UnreadableFile(f"{path.name} has no tables of measurements; expected .csv, .csv.gz or .xlsx.")
    if not seen:
        raise UnreadableFile(f"No station matches stations={','.join(job['stations'])}.")
    facts["stations"] = {code: register.stations[code] for code in sorted(seen) if code in register.stations}
    facts["posts"] = {key: post for key, post in register.posts.items() if key.split(" ")[0] in seen}


def parse_table(
    rows: Iterable[tuple[int, list[str]]], name: str, register: Register, wanted: Sequence[str] = ()
) -> Iterator[Part | Fault]:
    """Parts, and faults of single cells, of one table of numbered rows. `name` is that of its file.

    Raises UnreadableFile where the lines above the values are not those of an archive.
    """
    stream = iter(rows)
    header, first = _header(stream, name)
    columns = _columns(header, name, register, wanted)
    if not columns:
        return
    body = _Body(columns, len(header.codes), name)
    if first:
        yield from body.add(*first)
    for number, row in stream:
        yield from body.add(number, row)
    yield from body.parts()


def _header(stream: Iterator[tuple[int, list[str]]], name: str) -> tuple[Header, tuple[int, list[str]] | None]:
    """The lines before the first time, and the first row of values."""
    header = Header()
    labels: list[str] = []
    for number, row in stream:
        if moment(row[0]):
            return _complete(header, name, labels), (number, row)
        labels.append(row[0].strip() or row[1].strip() if len(row) > 1 else row[0].strip())
        if len(labels) > MOST_HEADER_ROWS:
            break
        _classify(header, [cell.strip() for cell in row[1:]])
    raise UnreadableFile(
        f"{name} has no row that begins with a time such as 2016-01-01 01:00 or 1/1/2016 1:00; its first lines begin "
        f"with: {', '.join(labels[:6])}."
    )


def _classify(header: Header, cells: list[str]) -> None:
    """Keep a line above the values as what its cells are; running numbers and codes of posts are not needed."""
    filled = [cell for cell in cells if cell]
    if not filled or all(_NUMBERED.fullmatch(cell) for cell in filled):
        return
    if all(cell in PERIODS or _is_other_period(cell) for cell in filled):
        header.periods = cells
    elif all(unit_named(cell) for cell in filled):
        header.units = [unit_named(cell) for cell in cells]
    elif all(pollutant_named(cell) for cell in filled):
        header.pollutants = [pollutant_named(cell) for cell in cells]
    elif all(pollutant_named(cell.rpartition(" - ")[2]) for cell in filled):
        header.codes = [cell.rpartition(" - ")[0] for cell in cells]
        header.pollutants = [pollutant_named(cell.rpartition(" - ")[2]) for cell in cells]
    elif not header.codes:
        header.codes = cells
    elif not header.pollutants and not all(_POST.fullmatch(cell) for cell in filled):
        header.pollutants = cells


def _is_other_period(cell: str) -> bool:
    return bool(re.fullmatch(r"\d+ ?(g|m|t|d|h)|m-c|miesięczny|tygodniowy|inny", cell))


def _complete(header: Header, name: str, labels: list[str]) -> Header:
    """The header with facts of the file's name. Raises UnreadableFile where something is still missing."""
    width = len(header.codes)
    if not any(header.codes):
        raise UnreadableFile(f"{name} has no line with codes of stations; its first lines begin with: {labels}.")
    stem = PurePosixPath(name).stem
    named = _FILE_NAME.match(stem)
    if not header.pollutants:
        header.pollutants = [pollutant_named(named["pollutant"]) or named["pollutant"] if named else ""] * width
    if not header.periods:
        header.periods = [_period_named(stem, named)] * width
    for one in (header.pollutants, header.periods, header.units):
        one += [""] * (width - len(one))
    for code, pollutant, period in zip(header.codes, header.pollutants, header.periods, strict=False):
        if code and pollutant not in POLLUTANTS:
            raise UnreadableFile(
                f"{name}: the pollutant of column {code} is {pollutant or 'not given'}; expected one of "
                f"{', '.join(POLLUTANTS)}, in the header or in a file name such as 2016_PM10_1g.csv."
            )
        if code and period not in PERIODS:
            raise UnreadableFile(
                f"{name}: the averaging time of column {code} is {period or 'not given'}; expected 1g or 24g, in the "
                "header or in a file name such as 2016_PM10_1g.csv."
            )
    return header


def _period_named(stem: str, named: re.Match[str] | None) -> str:
    if named:
        return named["period"].lower()
    words = re.split(r"[_\W]+", stem.lower())
    return "24g" if "daily" in words or "24g" in words else "1g" if "hourly" in words or "1g" in words else ""


def _columns(header: Header, name: str, register: Register, wanted: Sequence[str]) -> dict[int, Heading]:
    """The headings of the wanted columns by their place in the row."""
    found = {}
    for place, published in enumerate(header.codes, 1):
        code = register.present_code(published)
        if not published or (wanted and not any(fnmatchcase(one, p) for p in wanted for one in (code, published))):
            continue
        pollutant = header.pollutants[place - 1]
        unit = header.units[place - 1] or POLLUTANTS[pollutant].unit
        if unit != POLLUTANTS[pollutant].unit:
            raise UnreadableFile(
                f"{name}: column {published} is in {unit}; {pollutant} is read in {POLLUTANTS[pollutant].unit}."
            )
        details = {"file": name, "published": published}
        found[place] = Heading(code, pollutant, header.periods[place - 1], unit, details)
    return found


class _Body:
    """The rows below the header: times, row numbers and the cells of the wanted columns."""

    def __init__(self, columns: dict[int, Heading], width: int, name: str) -> None:
        self.columns = columns
        self.width = width
        self.name = name
        self.times: list[datetime] = []
        self.rows: list[int] = []
        self.cells: list[list[str]] = []

    def add(self, number: int, row: list[str]) -> Iterator[Fault]:
        """Add a row. One without a time, or with more cells than the header, is refused cell by cell."""
        surplus = any(cell.strip() for cell in row[self.width + 1 :])
        row = row + [""] * (self.width + 1 - len(row))
        found = moment(row[0])
        if found is not None and found.tzinfo is None and not surplus:
            self.times.append(nearest_second(found))
            self.rows.append(number)
            self.cells.append([row[place] for place in self.columns])
            return
        reason = "width" if surplus else "time"
        message = f"{self.name}: “{row[0].strip()[:80]}” is no time such as 2016-01-01 01:00 or 1/1/2016 1:00."
        if surplus:
            message = f"{self.name}: the row has more cells than the header; is a decimal comma without quotes?"
        for place, heading in self.columns.items():
            if value := row[place].strip():
                yield Fault(heading, number, reason, message, value[:300])

    def parts(self) -> Iterator[Part | Fault]:
        """A part for each column, and its faults. -999 means unknown and is left out like a blank cell."""
        rows = np.array(self.rows, dtype=np.int64)
        ends = utc_array(self.times, WINTER_TIME)
        daily = np.array([time() == one.time() for one in self.times], dtype=bool)
        cells = zip(*self.cells, strict=True) if self.cells else ((),) * len(self.columns)
        for heading, column in zip(self.columns.values(), cells, strict=True):
            values, bad = numbers(column)
            for at in bad:
                message = f"{self.name}: the value of {heading.details['published']} is no number."
                yield Fault(heading, self.rows[at], "number", message, column[at].strip()[:300])
            known = np.isfinite(values) & (values != UNKNOWN)
            if heading.period == "24g":
                for at in np.flatnonzero(known & ~daily).tolist():
                    message = f"{self.name}: the time {self.times[at]} of a daily mean is not the start of a day."
                    yield Fault(heading, self.rows[at], "time", message, column[at].strip()[:300])
                known &= daily
            yield _part(heading, ends[known], values[known], rows[known])


def _part(
    heading: Heading, stamps: NDArray[np.datetime64], values: NDArray[np.float64], rows: NDArray[np.int64]
) -> Part:
    length = np.timedelta64(PERIODS[heading.period], "us")
    if heading.period == "24g":
        return Part(heading, stamps, stamps + length, values, rows)
    return Part(heading, stamps - length, stamps, values, rows)
