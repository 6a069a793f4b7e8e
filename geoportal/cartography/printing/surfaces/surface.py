"""What a map is drawn on: `canvas` makes PDF operators of it, `svg` an SVG element. Coordinates are PDF points."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import shapely

from geoportal.cartography.printing.colors import Color
from geoportal.cartography.printing.fonts import Letter


class Surface(Protocol):
    """Areas, lines, discs and words, each drawn over what was drawn before."""

    def clip(self, west: float, south: float, east: float, north: float) -> None:
        """Draw only within a rectangle until the state saved before is restored."""

    def save(self) -> None:
        """Save the state, to be restored."""

    def restore(self) -> None:
        """Restore the state saved last."""

    def fill(self, geometries: np.ndarray, color: Color) -> None:
        """Fill areas with one colour, overlaps once."""

    def stroke(
        self,
        geometries: np.ndarray,
        color: Color,
        width_mm: float,
        *,
        dash: Sequence[float] = (),
        cap: str = "butt",
        join: str = "miter",
    ) -> None:
        """Draw lines, or the edges of areas."""

    def dots(self, places: np.ndarray, color: Color, diameter_mm: float) -> None:
        """Discs of one size."""

    def words(self, letters: Iterable[Letter], size_pt: float, color: Color, halo: Color, halo_mm: float) -> None:
        """Letters at their places, first all their halos."""


def lines_of(geometries: np.ndarray, dimension: int) -> np.ndarray:
    """The lines among geometries (dimension 1), or the rings of their areas (2)."""
    parts = shapely.get_parts(shapely.get_parts(geometries))
    chosen = parts[(shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)]
    lines: np.ndarray = shapely.get_rings(chosen) if dimension == 2 else chosen
    return lines
