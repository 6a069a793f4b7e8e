"""A feature's title, ETag, bounding box and point for the map."""

from collections.abc import Sequence
from typing import Any

from layers.access.rules import Access, fields_for
from layers.crs import WGS84
from layers.schema.feature import CityFeature
from layers.schema.kind import LayerKind


def feature_title(access: Access, kind: LayerKind, row: CityFeature) -> str:
    """The feature's name; "Parcel 146/5" where that is a number, "Grunwaldzka 12" for an address."""
    visible = {field.name for field in fields_for(access, kind)}
    how = kind.search
    if how and how.number and {how.number, how.fields[0]} <= visible:
        parts = (getattr(row, how.fields[0]), getattr(row, how.number))
        return " ".join(str(part) for part in parts if part) or str(kind.singular)
    name = getattr(row, kind.name_field) if kind.name_field in visible else None
    if name and str(name)[:1].isdigit():
        return f"{kind.singular} {name}"
    return str(name or kind.singular)


def entity_tag(access: Access, version: int) -> str:
    """The ETag of a feature for an access level, as the levels see different fields."""
    return f'"{version}-{access.level}"'


def version_of(tag: str) -> str:
    """The version in such an ETag, or in a text that is only the version."""
    return tag.strip().removeprefix("W/").strip('"').partition("-")[0]


def whereabouts(row: Any) -> dict[str, list[float] | None]:
    """Bounding box (west, south, east, north) and a point on the feature (lon, lat), in degrees."""
    center = row.geom.point_on_surface.transform(WGS84, clone=True)
    return {
        "bbox": box_around([row]),
        "center": [round(center.x, 6), round(center.y, 6)],
    }


def box_around(rows: Sequence[Any]) -> list[float] | None:
    """The bounding box (west, south, east, north) of features, in degrees; None without any."""
    if not rows:
        return None
    corners = [row.geom.transform(WGS84, clone=True).extent for row in rows]
    west, south = (min(box[edge] for box in corners) for edge in (0, 1))
    east, north = (max(box[edge] for box in corners) for edge in (2, 3))
    return [round(edge, 6) for edge in (west, south, east, north)]
