"""The program that parses files of one measuring network within limits, in a fork of the sandbox's server.

Its job has format, path, folder, limits and the options of its parser. It writes into the folder and answers with the
headings of the series, notes and facts, or with an error.
"""

from pathlib import Path
from typing import Any

from ingest.sandbox.job import Program


def _operate(job: dict[str, Any], _sink: int) -> dict[str, Any]:
    from ingest.sensors import declared, gios, imgw, waterml
    from ingest.sensors.parsed import write

    parsers = {"gios": gios.parse, "imgw": imgw.parse, "sensor_csv": declared.parse, "waterml": waterml.parse}
    notes: list[str] = []
    facts: dict[str, Any] = {}
    answer = write(parsers[job["format"]](job, notes, facts), Path(job["folder"]))
    return {**answer, "notes": notes, "facts": facts}


PROGRAM = Program(
    _operate,
    (
        "ingest.sensors.declared",
        "ingest.sensors.gios",
        "ingest.sensors.imgw",
        "ingest.sensors.parsed",
        "ingest.sensors.waterml",
    ),
)
