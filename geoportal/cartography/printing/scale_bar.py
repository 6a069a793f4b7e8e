"""The scale bar of printed sheets, study reports and the maps of places: its length, unit and numbers.

Sheets and study reports draw it in four parts (templates/print/panel.html), the map of a place as one line
(`geoportal.reports.place.place_map`), which is shorter and has kilometres from 1000 m on instead of 2000 m.
"""

import math
from dataclasses import dataclass

from django.utils.formats import number_format

from geoportal.cartography.printing.ground import Ground

BAR_MM = 50.0
"""Greatest length of the bar on a sheet."""
KILOMETRES_FROM_M = 2000.0


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of four parts; `metres` of ground are `width` millimetres of paper."""

    metres: float
    width: float
    unit: str
    marks: tuple[str, str, str]

    @property
    def parts(self) -> list[tuple[float, float, str]]:
        """Left edge, width and colour of its parts."""
        part = self.width / 4
        return [(number * part, part, color) for number, color in enumerate(("#1c2826", "#ffffff") * 2)]

    @property
    def labels(self) -> list[tuple[float, str]]:
        """Left edge and text of its numbers."""
        first, middle, _ = self.marks
        return [(0, first), (self.width / 2, middle), (self.width, self.length)]

    @property
    def length(self) -> str:
        """The bar's length on the ground, with its unit."""
        return f"{self.marks[-1]} {self.unit}"

    @property
    def room(self) -> float:
        """Millimetres that the bar needs with its numbers."""
        return self.width + 10


def round_length(most: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above `most`. Example: 92 gives 50."""
    power: float = 10 ** math.floor(math.log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-9))


def scale_bar(ground: Ground, most_mm: float = BAR_MM, kilometres_from_m: float = KILOMETRES_FROM_M) -> ScaleBar:
    """The bar of a ground's scale: the longest round length of ground that takes at most `most_mm` of paper."""
    metres = round_length(most_mm / ground.mm_per_m)
    unit, factor = ("km", 1000) if metres >= kilometres_from_m else ("m", 1)
    first, middle, last = (written(metres * share / factor) for share in (0, 0.5, 1))
    return ScaleBar(metres, metres * ground.mm_per_m, unit, (first, middle, last))


def written(number: float) -> str:
    """A number as people here write it, with as many decimals as it has. Example: 2.50 gives 2,5 in Polish."""
    return number_format(int(number) if number == int(number) else float(f"{number:.4g}"), force_grouping=True)
