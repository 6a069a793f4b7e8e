"""The result of surveying a file: its layers, columns, coordinate system and a sample of points.

Only the data type, for the calling process; `ingest.readers.survey` makes the survey in the sandbox.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Survey:
    """The content of a file: one layer, or only the names of several if none was chosen (`layer` "")."""

    path: str
    format: str
    name: str
    driver: str
    layer: str
    layers: tuple[str, ...]
    crs: str | None = None
    encoding: str = ""
    axes: str = "file"
    features: int = 0
    columns: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    """Columns without a value in any row."""
    points: np.ndarray | None = None
    unique: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The layer's own name, or the file's where the reader gave it a default name."""
        return self.name if self.layer == "data" else self.layer
