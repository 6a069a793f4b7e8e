"""How a feature is named to people, and where it lies, for the map."""

from typing import Any

from layers.access import Access, fields_for
from layers.crs import WGS84
from layers.feature import CityFeature
from layers.kind import LayerKind


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


def whereabouts(row: Any) -> dict[str, list[float]]:
    """Box (west, south, east, north) and a point on the feature (lon, lat), in degrees."""
    west, south, east, north = row.geom.transform(WGS84, clone=True).extent
    center = row.geom.point_on_surface.transform(WGS84, clone=True)
    return {
        "bbox": [round(edge, 6) for edge in (west, south, east, north)],
        "center": [round(center.x, 6), round(center.y, 6)],
    }
