"""Sizes of sheets and the positions of map and panel on them, in millimetres from the top left corner."""

from dataclasses import dataclass
from itertools import product

SIZES_MM = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}
"""ISO 216: width and height in portrait orientation."""
ORIENTATIONS = ("landscape", "portrait")
MARGIN_MM = 8.0
TITLE_MM = 11.0
COORDINATES_MM = 4.5
"""The strip around the map in which its coordinates stand."""
GAP_MM = 4.0
PANEL_MM = {("A4", "landscape"): 60.0, ("A3", "landscape"): 74.0, ("A4", "portrait"): 66.0, ("A3", "portrait"): 84.0}
"""Size of the panel of explanations: its width beside a landscape map, its height below a portrait map."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the sheet."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A surface of that width and height, and where on it the map is."""

    width: float
    height: float
    map: Area


@dataclass(frozen=True, slots=True)
class Paper(Layout):
    """A sheet with its two parts: the map and the panel of explanations."""

    panel: Area
    size: str
    orientation: str

    @property
    def is_portrait(self) -> bool:
        """Whether the sheet is higher than wide."""
        return self.orientation == "portrait"


def _paper(size: str, orientation: str) -> Paper:
    is_portrait = orientation == "portrait"
    width, height = SIZES_MM[size] if is_portrait else SIZES_MM[size][::-1]
    panel = PANEL_MM[size, orientation]
    edge = MARGIN_MM + COORDINATES_MM
    top = MARGIN_MM + TITLE_MM + COORDINATES_MM
    if is_portrait:
        below = Area(MARGIN_MM, height - MARGIN_MM - panel, width - 2 * MARGIN_MM, panel)
        frame = Area(edge, top, width - 2 * edge, below.top - GAP_MM - COORDINATES_MM - top)
        return Paper(width, height, frame, below, size, orientation)
    beside = Area(width - MARGIN_MM - panel, MARGIN_MM + TITLE_MM, panel, height - 2 * MARGIN_MM - TITLE_MM)
    frame = Area(edge, top, beside.left - GAP_MM - COORDINATES_MM - edge, height - edge - top)
    return Paper(width, height, frame, beside, size, orientation)


PAPERS = {(size, orientation): _paper(size, orientation) for size, orientation in product(SIZES_MM, ORIENTATIONS)}
