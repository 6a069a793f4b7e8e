"""What a look through a file found: its layers, columns, coordinate system and a sample of points."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file holds: one layer looked through, or the names of several of which none was chosen (`layer` "")."""

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
    """Columns that say nothing in any row."""
    points: np.ndarray | None = None
    unique: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name people know the layer by: its own, or the file's where a reader made one up."""
        return self.name if self.layer == "data" else self.layer
