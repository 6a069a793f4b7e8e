"""The spatial and temporal coverage of a layer: its box in degrees, and the first and last date of its data."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Max, Min

from layers.access.rules import ANONYMOUS, Serving
from layers.feed.versions import VERSIONS
from layers.kinds import KINDS
from layers.metadata.extents import extents
from layers.reading.selection import Selection
from layers.schema.kind import LayerKind


@dataclass(frozen=True, slots=True)
class Coverage:
    """West, south, east, north in degrees (None of no rows); first and last data date, None where none is known."""

    box: tuple[float, float, float, float] | None
    first: date | None
    last: date | None

    @property
    def wkt(self) -> str | None:
        """The box as a polygon, longitude first."""
        if self.box is None:
            return None
        west, south, east, north = (round(degrees, 6) for degrees in self.box)
        ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
        return f"POLYGON(({', '.join(f'{x} {y}' for x, y in ring)}))"


def coverage(kind: LayerKind, shown: Serving) -> Coverage:
    """The coverage of the layer's current features; cached until the next change."""
    return _covered(kind.slug, shown, VERSIONS.layer(kind, shown.dataset_id), shown.updated_at)


@lru_cache(maxsize=256)
def _covered(slug: str, shown: Serving, version: int, updated_at: datetime | None) -> Coverage:
    """`version` and `updated_at` are cache keys."""
    selection = Selection(ANONYMOUS, KINDS[slug], shown)
    dates = selection.rows().aggregate(first=Min("data_date"), last=Max("data_date"))
    return Coverage(extents({slug: shown})[slug].bbox, dates["first"], dates["last"])
