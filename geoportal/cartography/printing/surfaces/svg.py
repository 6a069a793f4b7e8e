"""A drawing as an SVG element, for pages and for the reports that are set from HTML.

Units are CSS pixels, y downwards. Colours and widths are attributes: it needs no style sheet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import shapely
from django.utils.html import escape

from geoportal.cartography.printing.colors import Color
from geoportal.cartography.printing.fonts import Letter
from geoportal.cartography.printing.ground import MM_PER_PX
from geoportal.cartography.printing.surfaces.surface import lines_of

PX_PER_POINT = 96 / 72
MOST_GAP, STRAY = 0.35, 0.005
"""The widest gap between two letters of a word, and by how much equal gaps may differ, in the size of the letters."""


@dataclass(slots=True)
class _Run:
    """Letters that follow each other on one line, all as far apart (`gap`, in the size of the letters)."""

    letters: list[Letter]
    gap: float = 0.0

    @property
    def width(self) -> float:
        """In the size of the letters."""
        return sum(letter.width for letter in self.letters) + self.gap * (len(self.letters) - 1)

    def takes(self, letter: Letter, size: float) -> bool:
        """Whether a letter goes on here; adds it if so."""
        first = self.letters[0]
        east, north = (letter.place[axis] - first.place[axis] for axis in (0, 1))
        ahead, aside = east * first.cos + north * first.sin, north * first.cos - east * first.sin
        gap = ahead / size - self.width
        wide = MOST_GAP if len(self.letters) == 1 else self.gap + STRAY
        if abs(aside) > STRAY * size or not self.gap - STRAY < gap < wide:
            return False
        self.gap = max(gap, 0.0) if len(self.letters) == 1 else self.gap
        self.letters.append(letter)
        return True


class SvgCanvas:
    """Collects what is drawn on a surface of that height in PDF points; `name` begins the identities it uses."""

    def __init__(self, height_pt: float, name: str) -> None:
        self.parts: list[str] = []
        self._height = height_pt
        self._names = (f"{name}-{number}" for number in count(1))
        self._open = [0]

    def save(self) -> None:
        """Save the state, to be restored."""
        self._open.append(0)

    def restore(self) -> None:
        """Restore the state saved last."""
        self.parts.append("</g>" * self._open.pop())

    def clip(self, west: float, south: float, east: float, north: float) -> None:
        """Draw only within a rectangle until the state saved before is restored."""
        name = next(self._names)
        (left, top), (right, bottom) = self._px(np.array([(west, north), (east, south)])).tolist()
        area = f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}"/>'
        self.parts.append(f'<clipPath id="{name}">{area}</clipPath><g clip-path="url(#{name})">')
        self._open[-1] += 1

    def fill(self, geometries: np.ndarray, color: Color) -> None:
        """Fill areas with one colour, overlaps once."""
        self._path(lines_of(geometries, 2), f'{_paint("fill", color)} fill-rule="evenodd"', close=True)

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
        gaps = " ".join(f"{part / MM_PER_PX:.2f}" for part in dash)
        look = f' fill="none"{_paint("stroke", color)} stroke-width="{width_mm / MM_PER_PX:.2f}"'
        look += f' stroke-linecap="{cap}" stroke-linejoin="{join}"' + (f' stroke-dasharray="{gaps}"' if gaps else "")
        for dimension in (1, 2):
            self._path(lines_of(geometries, dimension), look, close=dimension == 2)

    def dots(self, places: np.ndarray, color: Color, diameter_mm: float) -> None:
        """Discs of one size."""
        if not len(places) or diameter_mm <= 0:
            return
        radius = diameter_mm / MM_PER_PX / 2
        discs = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.2f}"/>' for x, y in self._px(places).tolist())
        self.parts.append(f"<g{_paint('fill', color)}>{discs}</g>")

    def words(self, letters: Iterable[Letter], size_pt: float, color: Color, halo: Color, halo_mm: float) -> None:
        """Letters at their places, first all their halos."""
        texts = "".join(self._text(run, size_pt) for run in _runs(letters, size_pt))
        size = f'font-size="{size_pt * PX_PER_POINT:.2f}" text-anchor="middle"'
        if halo_mm > 0 and halo.alpha:
            edge = f'{_paint("stroke", halo)} stroke-width="{2 * halo_mm / MM_PER_PX:.2f}" stroke-linejoin="round"'
            self.parts.append(f"<g {size}{_paint('fill', halo)}{edge}>{texts}</g>")
        self.parts.append(f"<g {size}{_paint('fill', color)}>{texts}</g>")

    def _text(self, run: _Run, size_pt: float) -> str:
        """A run of letters, set around its middle so that it stays there in another font."""
        first = run.letters[0]
        half = run.width * size_pt / 2
        middle = (first.place[0] + half * first.cos, first.place[1] + half * first.sin)
        x, y = self._px(np.array(middle)).tolist()
        turned = -float(np.degrees(np.arctan2(first.sin, first.cos)))
        turn = f' transform="rotate({turned:.1f} {x:.1f} {y:.1f})"' if turned else ""
        text = escape("".join(letter.text for letter in run.letters))
        apart = f' letter-spacing="{run.gap:.3f}em"' if run.gap > STRAY else ""
        return f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{first.face.weight}"{apart}{turn}>{text}</text>'

    def _path(self, lines: np.ndarray, look: str, *, close: bool) -> None:
        if not len(lines):
            return
        places, owner = shapely.get_coordinates(lines, return_index=True)
        first = np.ones(len(owner), bool)
        first[1:] = owner[1:] != owner[:-1]
        ends = np.where(np.roll(first, -1), "%.1f %.1f" + close * "Z", "%.1f %.1f")
        pattern = "".join(np.char.add(np.where(first, "M", "L"), ends).tolist())
        data = pattern % tuple(self._px(places).ravel().tolist())
        self.parts.append(f'<path d="{data}"{look}/>')

    def _px(self, places: np.ndarray) -> np.ndarray:
        """Places in PDF points from the lower left corner, in pixels from the upper left one."""
        moved: np.ndarray = (places * (1, -1) + (0, self._height)) * PX_PER_POINT
        return moved


def _runs(letters: Iterable[Letter], size: float) -> list[_Run]:
    """Letters in runs, so that a name is one text."""
    runs: list[_Run] = []
    for letter in letters:
        if not runs or not runs[-1].takes(letter, size):
            runs.append(_Run([letter]))
    return runs


def _paint(name: str, color: Color) -> str:
    """The attributes of a colour, as `name` (fill or stroke) and its opacity."""
    digits = "".join(f"{round(255 * part):02x}" for part in (color.red, color.green, color.blue))
    seen = "" if color.alpha >= 1 else f' {name}-opacity="{color.alpha:.3g}"'
    return f' {name}="#{digits}"{seen}'
