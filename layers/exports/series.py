"""Exports of observations: CSV, streamed, and Parquet, one row an observation or a period of statistics."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from layers.errors import TooManyRows
from layers.exports.csv_dialect import BYTE_ORDER, csv_text
from layers.exports.rows import cursor_of
from layers.observations.models import Location
from layers.observations.provenance import provenance
from layers.observations.quality import Flag
from layers.observations.selection import COLUMNS, SeriesSelection
from layers.reading.cursors import BATCH
from layers.reading.time_limits import in_time, too_slow

MOST_ROWS = 2_000_000
"""Rows of one file; about 200 MB of CSV."""
MARKS = ("excluded", "synthetic", "standing")
"""What is doubtful about a value, beside its flags; `standing` is that of the station."""
GEOMETRY = "geometry"
STREAM = 2
"""The position of the datastream's key in a row."""
HEAD = ("station", "station_code", "datastream", "observed_property", "unit")


def column_names(selection: SeriesSelection) -> list[str]:
    """The columns of an exported file."""
    return [*HEAD, *COLUMNS[selection.statistic], *MARKS]


def series_csv(selection: SeriesSelection, *, seconds: float) -> Generator[bytes]:
    """The observations as CSV; times in UTC (ISO 8601), flags as words."""
    yield (BYTE_ORDER + csv_text([column_names(selection)])).encode()
    with _rows(selection, seconds) as rows:
        for batch in rows:
            yield csv_text([[_cell(cell) for cell in row] for row in batch]).encode()


def series_parquet(selection: SeriesSelection, folder: Path, *, seconds: float) -> Path:
    """The observations as GeoParquet 1.1, written into `folder`: times are UTC timestamps, `geometry` is the place of
    the station in longitude and latitude, null where it has none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "observations.parquet"
    types = {"starts_at": pa.timestamp("us", "UTC"), "ends_at": pa.timestamp("us", "UTC")}
    types |= {"result_time": pa.timestamp("us", "UTC"), "flagged": pa.int32(), "count": pa.int32()}
    types |= {name: pa.float64() for name in ("value", "mean", "lowest", "highest", "coverage")}
    types |= {name: pa.bool_() for name in ("excluded", "synthetic")} | {"datastream": pa.int64()}
    fields = [(name, types.get(name, pa.string())) for name in column_names(selection)]
    schema, places = pa.schema([*fields, (GEOMETRY, pa.binary())]), _places(selection)
    with _rows(selection, seconds) as rows, pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in rows:
            columns = [*zip(*batch, strict=True), [places.get(row[STREAM]) for row in batch]]
            writer.write_batch(
                pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema)
            )
        column = {"encoding": "WKB", "geometry_types": []}  # of any type; without a CRS it is longitude and latitude
        geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
        writer.add_key_value_metadata({"geo": json.dumps(geo)})
    return path


def _places(selection: SeriesSelection) -> dict[int, bytes]:
    """The places of the stations as WKB, by keys of their datastreams."""
    things = {one.thing_id for one in selection.streams}
    found = Location.objects.filter(things__in=things, ended_by=None).exclude(geom=None).order_by("-pk")
    shapes = {thing: bytes(geom.wkb) for thing, geom in found.values_list("things", "geom")}
    return {one.pk: shapes[one.thing_id] for one in selection.streams if one.thing_id in shapes}


@contextmanager
def _rows(selection: SeriesSelection, seconds: float) -> Iterator[Iterator[list[list[Any]]]]:
    """Batches of rows with the columns of `column_names`. Raises TooSlow; TooManyRows for more than MOST_ROWS.

    They are counted before the first is given, so that no file ends in the middle.
    """
    heads = {
        one.pk: (one.thing.name, one.thing.code, one.pk, one.observed_property.code, one.unit_symbol)
        for one in selection.streams
    }
    origins = {key: (one.synthetic, one.standing) for key, one in provenance(list(heads)).items()}
    _refuse_too_many(selection, seconds)
    statement, values = selection.query()
    raw = selection.statistic == "raw"
    with cursor_of(f"{statement} LIMIT {MOST_ROWS}", values, seconds) as cursor:

        def batches() -> Iterator[list[list[Any]]]:
            while found := cursor.fetchmany(BATCH):
                yield [[*heads[row[0]], *_in_words(row[1:], raw), *origins[row[0]]] for row in found]

        yield batches()


def _refuse_too_many(selection: SeriesSelection, seconds: float) -> None:
    statement, values = selection.more_than(MOST_ROWS)
    with in_time(seconds, too_slow(seconds, "choose a shorter period")) as cursor:
        cursor.execute(statement, values)
        if cursor.fetchone()[0]:
            raise TooManyRows(f"These are more than {MOST_ROWS} rows; choose a shorter period with start= and end=.")


def _in_words(row: tuple[Any, ...], raw: bool) -> list[Any]:
    """A row with JSON results and flags as texts."""
    cells = list(row)
    if raw:
        result, flags = cells[4], cells[5]
        cells[4] = None if result is None else json.dumps(result, ensure_ascii=False)
        cells[5] = " ".join(flag.name.lower() for flag in Flag if flags & flag and flag.name)
    return cells


def _cell(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ").replace(".000000Z", "Z") if hasattr(value, "strftime") else value
