"""The program that reads one geodata file within limits, in a fork of the sandbox's server.

Its job has one of two operations. "survey" reads the whole file once and answers with JSON: format, layers, columns,
coordinate system, counts, a sample of points. "read" writes the chosen layer as an Arrow stream.
"""

import os
from pathlib import Path
from typing import Any

from ingest.sandbox.job import Program


def _operate(job: dict[str, Any], sink: int) -> dict[str, Any]:
    from ingest.readers.formats import DRIVERS, Bounds, Prepared, prepare
    from ingest.readers.survey import stream, survey
    from ingest.readers.vectors import allow_driver

    if job["operation"] == "read":
        prepared = Prepared(Path(job["path"]), job["format"], job["name"])
    else:
        limits = job["limits"]
        bounds = Bounds(limits["file_bytes"], limits["unpacked_bytes"], limits["nesting"])
        prepared = prepare(Path(job["path"]), Path(job["folder"]), job["options"].get("layer", ""), bounds)
    allow_driver(DRIVERS.get(prepared.format, ""))
    if prepared.format == "shapefile" and not prepared.path.with_suffix(".shx").exists():
        os.environ["SHAPE_RESTORE_SHX"] = "YES"
    return stream(job, prepared, sink) if job["operation"] == "read" else survey(job, prepared)


PROGRAM = Program(_operate, ("ingest.readers.formats", "ingest.readers.survey", "ingest.readers.vectors"))
