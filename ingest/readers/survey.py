"""The two operations on a file whose format is known: survey it, or stream its rows. Runs in the sandbox only.

The survey reads everything once, so that limits, coordinate system and source ids are decided before the first
record is stored. Its result reaches the calling process as `ingest.files.survey.Survey`.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc
import shapely

from ingest.errors import AmbiguousLayer, BadOption, HostileFile, UnreadableFile
from ingest.readers.formats import DRIVERS, Prepared
from ingest.readers.tables import Axes, CsvTable, Sheet, batches, find_axes
from ingest.text.names import id_columns

SAMPLE = 4000
ID_LENGTH = 200


class Layer(Protocol):
    """The interface of all readers of a layer."""

    crs: str | None
    encoding: str
    has_geometry: bool

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Rows with the geometry as the last column."""


class TableLayer:
    """A layer read from a table with coordinate columns."""

    has_geometry = True

    def __init__(self, table: CsvTable | Sheet, axes: Axes) -> None:
        self.table = table
        self.axes = axes
        self.encoding = table.encoding if isinstance(table, CsvTable) else ""
        self.crs = "OGC:CRS84" if axes.meaning == "lonlat" else None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Rows with the geometry as the last column."""
        return batches(self.table.columns, self.table.rows(), self.axes)


def open_layer(prepared: Prepared, layer: str, options: dict[str, str]) -> Layer:
    """The chosen layer of a prepared file."""
    encoding = options.get("encoding", "")
    if prepared.format == "csv":
        table = CsvTable.open(prepared.path, encoding)
        return TableLayer(table, find_axes(table.columns, options))
    if prepared.format == "xlsx":
        sheet = Sheet.open(prepared.path, layer)
        return TableLayer(sheet, find_axes(sheet.columns, options))
    from ingest.readers.vectors import GdalLayer, ParquetLayer

    if prepared.format == "parquet":
        return ParquetLayer(prepared.path)
    return GdalLayer(prepared, layer, encoding)


def choose_layer(prepared: Prepared, options: dict[str, str], several: bool) -> tuple[str, list[str]]:
    """The layer to read ("" if there are several and the caller wants to see them) and all names.

    Raises AmbiguousLayer, BadOption, UnreadableFile.
    """
    if prepared.format == "csv":
        return prepared.name, [prepared.name]
    if prepared.format == "xlsx":
        chosen = Sheet.open(prepared.path, options.get("layer", "")).name
        return chosen, [chosen]
    from ingest.readers.vectors import layer_names

    names = layer_names(prepared)
    wanted = options.get("layer", "")
    if wanted in names:
        return wanted, names
    if not names:
        raise UnreadableFile("There is no layer with features in the file.")
    if len(names) == 1 and wanted in ("", prepared.name, *names):
        return names[0], names
    if several and not wanted:
        return "", names
    if wanted and wanted != prepared.name:
        raise BadOption(f"There is no layer “{wanted}”; the layers are: {', '.join(names)}.")
    raise AmbiguousLayer(f"There are {len(names)} layers: {', '.join(names)}; choose one with --option layer=NAME.")


def survey(job: dict[str, Any], prepared: Prepared) -> dict[str, Any]:
    """Read a layer once; returns the JSON values of `ingest.files.survey.Survey`. Raises IngestError."""
    options = job["options"]
    layer, names = choose_layer(prepared, options, job["several"])
    answer: dict[str, Any] = {
        "path": str(prepared.path),
        "format": prepared.format,
        "name": prepared.name,
        "driver": DRIVERS.get(prepared.format, ""),
        "layer": layer,
        "layers": names,
    }
    if not layer:
        return answer
    reader = open_layer(prepared, layer, options)
    if not reader.has_geometry:
        raise UnreadableFile(
            f"The table has no geometry; its columns are: {', '.join(_columns(reader)[:40])}. Save it as CSV or XLSX "
            "with columns of coordinates."
        )
    axes = reader.axes.meaning if isinstance(reader, TableLayer) else "file"
    return {**answer, "crs": reader.crs, "encoding": reader.encoding, "axes": axes, **_look(reader, job["limits"])}


def _columns(reader: Layer) -> list[str]:
    first = next(reader.batches(), None)
    return [] if first is None else list(first.schema.names[:-1])


def _look(reader: Layer, limits: dict[str, int]) -> dict[str, Any]:
    features, columns = 0, []
    filled: set[str] = set()
    sample = Sample()
    identifiers = Identifiers()
    for batch in reader.batches():
        features += batch.num_rows
        if features > limits["features"]:
            raise HostileFile(f"The file has more than {limits['features']:,} features (INGEST_FEATURES); split it.")
        columns = list(batch.schema.names[:-1])
        filled.update(name for i, name in enumerate(columns) if batch.column(i).null_count < batch.num_rows)
        shapes = shapely.from_wkb(batch.column(batch.num_columns - 1).to_pylist(), on_invalid="ignore")
        most = int(shapely.get_num_coordinates(shapes).max(initial=0))
        if most > limits["vertices"]:
            raise HostileFile(f"A feature has {most:,} vertices; at most {limits['vertices']:,} (INGEST_VERTICES).")
        sample.add(shapes)
        identifiers.add(batch)
    return {
        "features": features,
        "columns": columns,
        "empty": [name for name in columns if name not in filled],
        "points": sample.points(),
        "unique": identifiers.unique(),
    }


class Sample:
    """A sample of first vertices, of features spread evenly over a file."""

    def __init__(self) -> None:
        self.step = 1
        self.seen = 0
        self.kept: list[tuple[float, float]] = []

    def add(self, shapes: np.ndarray) -> None:
        """Add every step-th feature's first vertex; double the step when there are too many."""
        coordinates, index = shapely.get_coordinates(shapes, return_index=True)
        finite = np.isfinite(coordinates).all(axis=1)
        coordinates, index = coordinates[finite], index[finite]
        _, first = np.unique(index, return_index=True)
        for pair in coordinates[first]:
            if self.seen % self.step == 0:
                self.kept.append((float(pair[0]), float(pair[1])))
                if len(self.kept) > SAMPLE:
                    self.kept, self.step = self.kept[::2], self.step * 2
            self.seen += 1

    def points(self) -> list[tuple[float, float]]:
        """The sampled vertices (x, y)."""
        return self.kept


class Identifiers:
    """Finds columns that can identify the objects: filled in every row and unique."""

    def __init__(self) -> None:
        self.order: list[str] | None = None
        self.values: dict[str, list[pa.Array]] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Check a batch's candidate columns; one with an empty or overlong cell is dropped."""
        if self.order is None:
            self.order = [name for name in id_columns(batch.schema.names[:-1]) if _usable(batch.schema.field(name))]
            self.values = {name: [] for name in self.order}
        for name in list(self.values):
            column = batch.column(name).cast(pa.string())
            longest = pc.max(pc.utf8_length(column)).as_py() or 0
            blank = pc.any(pc.equal(pc.utf8_trim_whitespace(column), "")).as_py()
            if column.null_count or blank or longest > ID_LENGTH:
                del self.values[name]
            else:
                self.values[name].append(column)

    def unique(self) -> list[str]:
        """The identifying columns, best first."""
        good = []
        for name in self.order or []:
            if name in self.values:
                column = pa.chunked_array(self.values[name], pa.string())
                if pc.count_distinct(column).as_py() == len(column):
                    good.append(name)
        return good


def _usable(field: pa.Field) -> bool:
    return pa.types.is_string(field.type) or pa.types.is_large_string(field.type) or pa.types.is_integer(field.type)


def stream(job: dict[str, Any], prepared: Prepared, sink: int) -> dict[str, Any]:
    """Write the layer's batches to the descriptor `sink` as an Arrow stream; all have the first one's schema."""
    reader = open_layer(prepared, job["layer"], job["options"])
    rows = 0
    with open(sink, "wb", closefd=True) as pipe:  # noqa: PTH123 (a descriptor, not a path)
        writer = None
        for batch in reader.batches():
            if writer is None:
                writer = ipc.new_stream(pipe, batch.schema)
            writer.write_batch(batch)
            rows += batch.num_rows
        if writer is not None:
            writer.close()
    return {"rows": rows}
