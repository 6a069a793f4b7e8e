"""Records of a geodata file: parsed in the sandbox, then reprojected and mapped to a kind's fields here.

`survey_file` returns what is in a file; `Layer.records` yields its objects as one kind's records in the storage
system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from django.conf import settings

from ingest.errors import UnreadableFile
from ingest.files.coordinates import Placement, place
from ingest.files.identity import Identity
from ingest.files.rows import Wanted
from ingest.files.survey import Survey
from ingest.mapping.columns import FieldMapping
from ingest.source import Request
from layers.record import Record, Refusal

if TYPE_CHECKING:
    import pyarrow as pa

OPTIONS = frozenset({"layer", "crs", "axes", "encoding", "id", "x", "y"})
"""Options for all files; `map.<field>` in addition."""
_GEOMETRY = "__geometry__"


def _job(request: Request, options: Mapping[str, str]) -> dict[str, Any]:
    return {"limits": dict(settings.INGEST_LIMITS), "options": dict(options)}


def survey_file(request: Request, *, layer: str = "", several: bool = False) -> Survey:
    """The content of a file, read once in the sandbox.

    With `several`, a file of several layers is accepted without a choice. Raises IngestError.
    """
    from ingest.sandbox.child import ask

    path = _existing(request.path)
    options = {name: request.options[name] for name in OPTIONS & request.options.keys()}
    if layer:
        options["layer"] = layer
    folder = request.scratch / f"survey-{len(list(request.scratch.iterdir()))}"
    folder.mkdir(parents=True)
    job = {**_job(request, options), "operation": "survey", "path": str(path), "folder": str(folder)}
    answer = ask({**job, "several": several}, folder, lambda: request.progress(0, None))
    answer["layers"] = tuple(answer["layers"])
    for name in ("columns", "empty", "unique"):
        answer[name] = tuple(answer.get(name, ()))
    answer["points"] = np.array(answer.get("points") or np.empty((0, 2)), dtype=float)
    return Survey(**answer)


def _existing(path: Path | None) -> Path:
    if path is None:
        raise UnreadableFile("No file was named; give its path after the source's name.")
    path = Path(path).absolute()
    if not path.exists():
        raise UnreadableFile(f"There is no file {path}.")
    return path


@dataclass(frozen=True, slots=True)
class Layer:
    """A surveyed layer and how it is read as one kind."""

    request: Request
    survey: Survey
    placement: Placement
    mapping: FieldMapping
    identity: Identity
    wanted: Wanted

    @property
    def notes(self) -> tuple[str, ...]:
        """Decisions about columns, coordinates and source ids, to report with the run."""
        encoding = self.survey.encoding
        letters = (f"Text read as {encoding}.",) if encoding and encoding not in ("utf-8", "utf-8-sig") else ()
        return (*self.placement.notes, *letters, *self.mapping.notes, *self.identity.notes, *self.wanted.notes)

    def rows(self) -> Iterator[tuple[int, Any, dict[str, Any]]]:
        """Yields row number from 1, geometry in the city's system, and columns of each object."""
        from ingest.sandbox.child import stream

        number = 0
        survey = self.survey
        job = {**_job(self.request, self.request.options), "operation": "read", "path": survey.path}
        job |= {"format": survey.format, "name": survey.name, "layer": survey.layer}
        for batch in stream(job, self.request.scratch):
            geometries = self.placement.move(_geometries(batch))
            columns = list(batch.schema.names[:-1])
            values = [_cells(batch.column(i)) for i in range(len(columns))]
            for at, geometry in enumerate(geometries):
                number += 1
                yield number, geometry, {name: values[i][at] for i, name in enumerate(columns)}
            self.request.progress(number, survey.features)

    def records(self) -> Iterator[Record | Refusal]:
        """Yields a record of each object and then refusals of its unusable values, or a refusal of the object."""
        for number, geometry, row in self.rows():
            if not self.wanted(row):
                continue
            source_id = self.identity.of(geometry, row)
            if source_id is None:
                message = f"Column {self.identity.column} is empty here; it should name each object."
                yield Refusal(number, "", "no_id", message, field=self.identity.column or "")
                continue
            mapped = self.mapping.apply(row)
            yield Record(source_id, geometry, mapped.values, row=number, extra=mapped.extra or None)
            for refusal in mapped.refusals:
                yield replace(refusal, row=number, source_id=source_id)


def _geometries(batch: pa.RecordBatch) -> np.ndarray:
    found = shapely.from_wkb(batch.column(batch.num_columns - 1).to_pylist(), on_invalid="ignore")
    return np.asarray(found, dtype=object)


def _cells(column: pa.Array) -> list[Any]:
    """A column's cells; bytes that are not UTF-8 become replacement characters."""
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        import pyarrow as pa

        raw = column.cast(pa.binary()).to_pylist()
        return [None if cell is None else cell.decode("utf-8", "replace") for cell in raw]


def layer_of(request: Request, survey: Survey, mapping: FieldMapping) -> Layer:
    """The surveyed layer with its coordinate system and source ids decided. Raises CrsUnknown, BadOption."""
    placement = place(survey, request.options, request.city)
    identity = Identity.choose(survey, request.options.get("id", ""))
    wanted = Wanted.choose(survey.columns, request.options)
    return Layer(request, survey, placement, mapping, identity, wanted)
