"""Reads tables with coordinate columns (CSV, TSV, XLSX) as batches with a geometry. Runs in the sandbox only."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from ingest.errors import AmbiguousLayer, BadOption, UnreadableFile
from ingest.text.encodings import chosen_encoding, text_encoding
from ingest.text.names import distinct, plain
from ingest.text.numbers import coordinate

GEOMETRY = "__geometry__"
BATCH_ROWS = 5000
CELL_CHARACTERS = 10_000_000
SURPLUS = "surplus_cells"
"""Column for cells beyond the header's last one."""

_LONGITUDE = ("lon", "lng", "long", "longitude", "dlugosc", "dlugoscgeograficzna", "wgs84λe", "wgs84lon", "stoplon")
_LATITUDE = ("lat", "latitude", "szerokosc", "szerokoscgeograficzna", "wgs84φn", "wgs84lat", "stoplat")
_EASTING = ("easting", "east", "e", "wspe")
_NORTHING = ("northing", "north", "n", "wspn")
_X = ("x", "geox", "wspx", "wspolrzednax", "coordx", "xcoord", "pointx", "posx")
_Y = ("y", "geoy", "wspy", "wspolrzednay", "coordy", "ycoord", "pointy", "posy")
_WKT = ("wkt", "geometry", "geom", "thegeom", "geometria", "wkbgeometry")


@dataclass(frozen=True, slots=True)
class Axes:
    """Columns of the coordinates: (easting or longitude, northing or latitude), or one with WKT.

    `meaning` "lonlat": degrees by their names; "named": easting and northing by their names; "xy": the order is
    unknown (Polish surveyors call the northing X); "wkt": one column of texts.
    """

    columns: tuple[str, ...]
    meaning: str


def find_axes(columns: Iterable[str], options: Mapping[str, str]) -> Axes:
    """The coordinate columns among the names. Raises BadOption, and UnreadableFile where there are none."""
    names = list(columns)
    if "x" in options or "y" in options:
        chosen = tuple(options.get(axis, "") for axis in ("x", "y"))
        if missing := [one for one in chosen if one not in names]:
            raise BadOption(f"Columns of coordinates {missing} are not there; columns are: {', '.join(names[:40])}.")
        return Axes(chosen, "named")
    by_name = {plain(one): one for one in reversed(names)}
    pairs = ((_LONGITUDE, _LATITUDE, "lonlat"), (_EASTING, _NORTHING, "named"))
    for first, second, meaning in pairs:
        left, right = _first(by_name, first), _first(by_name, second)
        if left and right:
            return Axes((left, right), meaning)
    for left_name, right_name in zip(_X, _Y, strict=True):
        if left_name in by_name and right_name in by_name:
            return Axes((by_name[left_name], by_name[right_name]), "xy")
    if text := _first(by_name, _WKT):
        return Axes((text,), "wkt")
    raise UnreadableFile(
        "The table has no geometry and no columns of coordinates (lon and lat, x and y, easting and northing, wkt); "
        f"name them with --option x=COLUMN --option y=COLUMN. Columns: {', '.join(names[:40])}."
    )


def _first(by_name: Mapping[str, str], wanted: Iterable[str]) -> str | None:
    return next((by_name[one] for one in wanted if one in by_name), None)


def batches(columns: list[str], rows: Iterable[list[str]], axes: Axes) -> Iterator[pa.RecordBatch]:
    """Rows of texts as record batches with a WKB column; unusable coordinates become a missing geometry."""
    names = distinct([*columns, SURPLUS])
    places = [columns.index(one) for one in axes.columns]
    stream = iter(rows)
    while chunk := list(islice(stream, BATCH_ROWS)):
        cells = [_fitted(row, len(columns)) for row in chunk]
        geometry = _points(cells, places) if len(places) == 2 else _from_wkt(cells, places[0])
        arrays = [pa.array([row[i] or None for row in cells], pa.string()) for i in range(len(names))]
        yield pa.RecordBatch.from_arrays([*arrays, geometry], names=[*names, GEOMETRY])


def _fitted(row: list[str], width: int) -> list[str]:
    """A row of exactly `width` cells and one for the surplus."""
    if len(row) <= width:
        return [*row, *[""] * (width + 1 - len(row))]
    return [*row[:width], " ".join(cell for cell in row[width:] if cell)]


def _points(cells: list[list[str]], places: list[int]) -> pa.Array:
    pairs = [(coordinate(row[places[0]]), coordinate(row[places[1]])) for row in cells]
    known = np.array([None not in pair for pair in pairs])
    result = np.full(len(pairs), None, dtype=object)
    if known.any():
        numbers = np.array([pair for pair in pairs if None not in pair], dtype=float)
        result[known] = shapely.to_wkb(shapely.points(numbers))
    return pa.array(result.tolist(), pa.binary())


def _from_wkt(cells: list[list[str]], place: int) -> pa.Array:
    texts = [row[place].partition(";")[2] if row[place].startswith("SRID=") else row[place] for row in cells]
    read = shapely.from_wkt([text or None for text in texts], on_invalid="ignore")
    return pa.array(shapely.to_wkb(read).tolist(), pa.binary())


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV file with its encoding, delimiter and header."""

    path: Path
    encoding: str
    delimiter: str
    columns: list[str]

    @classmethod
    def open(cls, path: Path, encoding: str) -> "CsvTable":
        """Detect encoding, delimiter and header from the beginning of a file. Raises UnreadableFile, BadOption."""
        csv.field_size_limit(CELL_CHARACTERS)
        encoding = chosen_encoding(encoding) if encoding else text_encoding(path)
        with path.open(encoding=encoding, errors="replace", newline="") as stream:
            lines = [line for line in islice(stream, 40) if line.strip()]
        if not lines:
            raise UnreadableFile("The file is empty.")
        delimiter = _delimiter(lines)
        header = next(csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter))
        columns = distinct([one.strip() or f"column_{i}" for i, one in enumerate(header, 1)])
        return cls(path, encoding, delimiter, columns)

    def rows(self) -> Iterator[list[str]]:
        """The rows after the header, without blank ones. Raises UnreadableFile."""
        return (row for _, row in islice(self.numbered_rows(), 1, None))

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """All rows with their number (from 1), the header too, without blank ones. Raises UnreadableFile."""
        csv.field_size_limit(CELL_CHARACTERS)
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as stream:
            reader = csv.reader(stream, delimiter=self.delimiter)
            try:
                for number, row in enumerate(reader, 1):
                    if any(cell.strip() for cell in row):
                        yield number, row
            except csv.Error as fault:
                raise UnreadableFile(f"Line {reader.line_num} of the table cannot be read ({fault}).") from fault


def _delimiter(lines: list[str]) -> str:
    """The delimiter that divides the first lines into most cells, equally many in each."""

    def quality(sign: str) -> tuple[bool, int]:
        widths = [len(row) for row in csv.reader(io.StringIO("".join(lines), newline=""), delimiter=sign)]
        even = len(set(widths[:-1] or widths)) == 1
        return even and widths[0] > 1, widths[0]

    return max((";", "\t", ",", "|"), key=quality)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook; its first filled row is the header."""

    path: Path
    name: str
    columns: list[str]

    @classmethod
    def open(cls, path: Path, wanted: str) -> "Sheet":
        """The sheet named `wanted`, or the only filled one. Raises AmbiguousLayer, UnreadableFile."""
        first = {name: next(_sheet_rows(path, name), None) for name in sheet_names(path)}
        filled = {name: found[1] for name, found in first.items() if found}
        if wanted in filled:
            filled = {wanted: filled[wanted]}
        if not filled:
            raise UnreadableFile("The workbook holds no filled sheet.")
        if len(filled) > 1:
            raise AmbiguousLayer(
                f"There are {len(filled)} sheets: {', '.join(filled)}; choose one with --option layer=NAME."
            )
        name, header = next(iter(filled.items()))
        return cls(path, name, distinct([one.strip() or f"column_{i}" for i, one in enumerate(header, 1)]))

    def rows(self) -> Iterator[list[str]]:
        """The rows after the header."""
        return (row for _, row in islice(self.numbered_rows(), 1, None))

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """All rows with their number in the sheet (from 1), the header too, without blank ones."""
        return _sheet_rows(self.path, self.name)


def sheet_names(path: Path) -> list[str]:
    """Names of a workbook's sheets."""
    import openpyxl

    try:
        return list(openpyxl.load_workbook(path, read_only=True, keep_links=False).sheetnames)
    except Exception as fault:  # openpyxl raises many types of errors over damaged files
        raise UnreadableFile(f"The workbook is damaged ({type(fault).__name__}: {fault}).") from fault


def _sheet_rows(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        for number, row in enumerate(book[name].iter_rows(values_only=True), 1):
            cells = [_cell(value) for value in row]
            if any(cells):
                yield number, cells
    finally:
        book.close()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()
