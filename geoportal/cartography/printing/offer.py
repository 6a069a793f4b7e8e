"""Options of the print dialog, which draws the frame without a request."""

from typing import Any

from geoportal.cartography.printing.ground import SCALES
from geoportal.cartography.printing.paper import PAPERS


def offer() -> dict[str, Any]:
    """Scales, and the width and height in millimetres of the map on each paper, by "A4-landscape" and the like."""
    frames = {"-".join(name): [paper.map.width, paper.map.height] for name, paper in PAPERS.items()}
    return {"scales": list(SCALES), "frames": frames}
