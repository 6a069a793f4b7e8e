"""Which street photos a visitor sees, and the ways from one to others: along its run, at its place, towards a point.

The only place that decides between pictures as taken (ability `photos`, layer `street_photos`) and released ones
(everybody, layer `street_photos_released`). Places are those of the layer's serving dataset, as on the map.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.gis.db.models.functions import Distance, GeometryDistance
from django.contrib.gis.geos import Point
from django.db.models import Q

from geoportal.accounts.visitors import Visitor
from layers.access.rules import may_see
from layers.crs import WGS84, storage_srid, transformer
from layers.feed.versions import VERSIONS
from layers.kinds import KINDS
from layers.media.models import Medium
from layers.reading.selection import Selection
from layers.schema.feature import FeatureQuerySet
from layers.schema.kind import LayerKind

SPHERE = "equirectangular"
HERE_M, ALIKE_DEG = 25.0, 60.0
"""Pictures of other runs show the same place alike up to this distance and difference of headings."""
LOOKS_M = 60.0
"""How far a picture shows things well."""
USUAL_HFOV_DEG = 60.0
"""The field of view of an ordinary picture that states none."""
MOST_CANDIDATES = 500


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture and its place in the layer: row, medium, longitude and latitude."""

    row: Any
    medium: Medium
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Near:
    """A picture near a point: the point's distance (m) and bearing (degrees) from it, and whether it looks there."""

    key: UUID
    distance_m: float
    bearing_deg: float
    looks: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """The street photos of a visitor. `raw`: as taken, addressed by their own keys; else by their public keys."""

    visitor: Visitor
    raw: bool
    kind: LayerKind
    chosen: Selection | None

    def rows(self) -> FeatureQuerySet:
        """Their places in the layer; none where the layer is empty or closed to the visitor."""
        return self.kind.model._default_manager.none() if self.chosen is None else self.chosen.rows()

    def shot(self, key: UUID) -> Shot | None:
        """The picture with that public key, or for the ability `photos` with that key of its own."""
        known = Q(released_key=key, state=Medium.State.RELEASED) | (Q(key=key) if self.raw else Q())
        medium = Medium.objects.filter(known).prefetch_related("variants").first()
        row = self.rows().filter(picture=str(self.key_of(medium))).first() if medium else None
        if medium is None or row is None:
            return None
        lon, lat = degrees(row.geom)
        return Shot(row, medium, lon, lat)

    def key_of(self, medium: Medium) -> UUID | None:
        """The key under which the visitor's layer has a picture."""
        return medium.key if self.raw else medium.released_key

    def beside(self, row: Any) -> tuple[str | None, str | None]:
        """The keys of the pictures before and after one along its run."""
        run = self.rows().filter(photo_run=row.photo_run, picture__isnull=False)
        before = run.filter(number__lt=row.number).order_by("-number").values_list("picture", flat=True).first()
        after = run.filter(number__gt=row.number).order_by("number").values_list("picture", flat=True).first()
        return before, after

    def alike(self, row: Any) -> list[Any]:
        """The nearest picture of each other run at the same place that looks the same way; oldest first."""
        around = self.rows().filter(geom__dwithin=(row.geom, HERE_M), picture__isnull=False)
        others = around.exclude(photo_run=row.photo_run).annotate(away=Distance("geom", row.geom))
        found: dict[str, Any] = {}
        for other in others.order_by("away", "version_id")[:MOST_CANDIDATES]:
            if other.photo_run not in found and _same_way(row, other):
                found[other.photo_run] = other
        return sorted(found.values(), key=lambda one: (one.taken_at is None, one.taken_at, one.photo_run))

    def near(self, lon: float, lat: float) -> Near | None:
        """The nearest picture that looks at a point, else the nearest at all; None where there is no picture."""
        x, y = transformer(WGS84, storage_srid()).transform(lon, lat)
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        point = Point(x, y, srid=storage_srid())
        nearest = self.rows().filter(picture__isnull=False).order_by(GeometryDistance("geom", point))
        around = [_seen(row, x, y) for row in nearest.filter(geom__dwithin=(point, LOOKS_M))[:MOST_CANDIDATES]]
        return next((one for one in around if one.looks), None) or next(iter(around), None) or _first(nearest, x, y)


def kind_of_sight(visitor: Visitor) -> LayerKind:
    """The layer of the street photos that a visitor may see."""
    return KINDS["street_photos" if visitor.can("photos") else "street_photos_released"]


def sight_of(visitor: Visitor) -> Sight:
    """The street photos that a visitor may see."""
    kind = kind_of_sight(visitor)
    shown = VERSIONS.serving(kind) if may_see(visitor.access, kind) else None
    chosen = Selection(visitor.access, kind, shown) if shown else None
    return Sight(visitor, visitor.can("photos"), kind, chosen)


def degrees(geometry: Any) -> tuple[float, float]:
    """Longitude and latitude of a point of the storage system."""
    lon, lat = transformer(storage_srid(), WGS84).transform(geometry.x, geometry.y)
    return round(lon, 7), round(lat, 7)


def apart(one: float, other: float) -> float:
    """The angle between two bearings, 0 to 180 degrees."""
    return abs((one - other + 180) % 360 - 180)


def _same_way(one: Any, other: Any) -> bool:
    if SPHERE in (one.projection, other.projection):
        return True
    if one.heading_deg is None or other.heading_deg is None:
        return False
    return apart(one.heading_deg, other.heading_deg) <= ALIKE_DEG


def _seen(row: Any, x: float, y: float) -> Near:
    east, north = x - row.geom.x, y - row.geom.y
    bearing = math.degrees(math.atan2(east, north)) % 360
    looks = row.projection == SPHERE
    if not looks and row.heading_deg is not None:
        looks = apart(row.heading_deg, bearing) <= (row.hfov_deg or USUAL_HFOV_DEG) / 2
    return Near(UUID(row.picture), math.hypot(east, north), bearing, looks)


def _first(rows: Iterable[Any], x: float, y: float) -> Near | None:
    found = next(iter(rows[:1]), None)  # type: ignore[index]
    return None if found is None else _seen(found, x, y)
