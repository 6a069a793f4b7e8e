"""A drawing in PDF operators: areas, lines, discs and words in PDF points, given to the page as one form.

The operators are those of ISO 32000-1, 8 and 9. Coordinates carry two decimals of a point (0.004 mm).
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pydyf
import shapely

from geoportal.cartography.printing.colors import Color
from geoportal.cartography.printing.fonts import Face, Letter, embedded
from geoportal.cartography.printing.ground import POINTS_PER_MM
from geoportal.cartography.printing.surfaces.surface import lines_of

CAPS = {"butt": 0, "round": 1, "square": 2}
JOINS = {"miter": 0, "round": 1, "bevel": 2}
BOW = 0.5523
"""Where a curve's handles lie to follow a quarter of a circle (4/3 times the square root of 2 less 1)."""
CIRCLE = np.array(
    [(1, 0), (1, BOW), (BOW, 1), (0, 1), (-BOW, 1), (-1, BOW), (-1, 0)]
    + [(-1, -BOW), (-BOW, -1), (0, -1), (BOW, -1), (1, -BOW), (1, 0)]
)
ARC = " %.2f %.2f %.2f %.2f %.2f %.2f c"


class Canvas:
    """Collects what is drawn."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._alphas: dict[str, float] = {}
        self._faces: dict[str, Face] = {}

    def clip(self, west: float, south: float, east: float, north: float) -> None:
        """Draw only within a rectangle until the state saved before is restored."""
        self._parts.append(f"{west:.3f} {south:.3f} {east - west:.3f} {north - south:.3f} re W n")

    def save(self) -> None:
        """Save the state, to be restored."""
        self._parts.append("q")

    def restore(self) -> None:
        """Restore the state saved last."""
        self._parts.append("Q")

    def fill(self, geometries: np.ndarray, color: Color) -> None:
        """Fill areas with one colour, overlaps once."""
        rings = lines_of(geometries, 2)
        if len(rings):
            self._paint(color, "rg")
            self._parts += [self._path(rings, close=True), "f*"]

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
        self._pen(color, width_mm, cap, join, dash)
        for dimension in (1, 2):
            lines = lines_of(geometries, dimension)
            if len(lines):
                self._parts += [self._path(lines, close=dimension == 2), "S"]

    def dots(self, places: np.ndarray, color: Color, diameter_mm: float) -> None:
        """Discs of one size."""
        if not len(places) or diameter_mm <= 0:
            return
        self._paint(color, "rg")
        corners = places[:, None, :] + CIRCLE * diameter_mm * POINTS_PER_MM / 2
        self._parts += [("%.2f %.2f m" + 4 * ARC + " h\n") * len(places) % tuple(corners.ravel().tolist()), "f"]

    def words(self, letters: Iterable[Letter], size_pt: float, color: Color, halo: Color, halo_mm: float) -> None:
        """Letters at their places, first all their halos."""
        shown = list(letters)
        if halo_mm > 0 and halo.alpha:
            self._pen(halo, 2 * halo_mm, "round", "round", ())
            self._parts.append(self._text(shown, size_pt, 1))
        self._paint(color, "rg")
        self._parts.append(self._text(shown, size_pt, 0))

    def form(self, pdf: pydyf.PDF, width_pt: float, height_pt: float) -> pydyf.Stream:
        """Everything drawn, as a form of the PDF with its own fonts and opacities."""
        states = {
            name: pydyf.Dictionary({"Type": "/ExtGState", "ca": alpha, "CA": alpha})
            for name, alpha in self._alphas.items()
        }
        fonts = {name: embedded(pdf, face) for name, face in self._faces.items()}
        extra = {
            "Type": "/XObject",
            "Subtype": "/Form",
            "BBox": pydyf.Array([0, 0, width_pt, height_pt]),
            "Resources": pydyf.Dictionary(
                {"ExtGState": pydyf.Dictionary(states), "Font": pydyf.Dictionary(fonts)},
            ),
        }
        stream = pydyf.Stream(["\n".join(self._parts)], extra, compress=True)
        pdf.add_object(stream)
        return stream

    def _pen(self, color: Color, width_mm: float, cap: str, join: str, dash: Sequence[float]) -> None:
        self._paint(color, "RG")
        gaps = " ".join(f"{part * POINTS_PER_MM:.3f}" for part in dash)
        self._parts.append(f"{width_mm * POINTS_PER_MM:.4f} w {CAPS[cap]} J {JOINS[join]} j [{gaps}] 0 d")

    def _paint(self, color: Color, operator: str) -> None:
        name = f"A{round(color.alpha * 1000)}"
        self._alphas[name] = round(color.alpha, 3)
        self._parts.append(f"/{name} gs {color.red:.4f} {color.green:.4f} {color.blue:.4f} {operator}")

    def _path(self, lines: np.ndarray, *, close: bool) -> str:
        coordinates, owner = shapely.get_coordinates(lines, return_index=True)
        first = np.ones(len(owner), bool)
        first[1:] = owner[1:] != owner[:-1]
        steps = np.where(first, " m", " l")
        if close:
            last = np.roll(first, -1)
            steps = np.where(last, " l h", steps)
        pattern = "\n".join(f"%.2f %.2f{step}" for step in steps.tolist())
        return pattern % tuple(coordinates.ravel().tolist())

    def _text(self, letters: list[Letter], size_pt: float, mode: int) -> str:
        lines = [f"BT {mode} Tr"]
        for letter in letters:
            self._faces[letter.face.name] = letter.face
            cos, sin, (x, y) = letter.cos, letter.sin, letter.place
            lines.append(
                f"/{letter.face.name} {size_pt:.3f} Tf {cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {x:.2f} {y:.2f} Tm "
                f"<{letter.glyphs}> Tj"
            )
        return "\n".join([*lines, "ET"])
