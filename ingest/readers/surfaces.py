"""Converts surfaces of triangles or faces (TIN, polyhedral surface, MultiPatch) to polygons, in well-known binary.

Shapely cannot read these types; their bytes have the layout of multipolygons and polygons.
"""

import struct

_PLAIN = {15: 6, 16: 6, 17: 3}
"""PolyhedralSurface and TIN to MultiPolygon, Triangle to Polygon."""
_CURVED = frozenset(range(8, 15))
_WKB25D = 0x80000000


def wkb_type(wkb: bytes) -> int:
    """The base type number of a WKB geometry (1 point ... 17 triangle), whatever its dimensions."""
    code = struct.unpack_from("<I" if wkb[0] == 1 else ">I", wkb, 1)[0]
    return (code & 0x0FFFFFFF) % 1000


def is_curved(wkb: bytes | None) -> bool:
    """Whether the geometry is of a curved type, which GDAL can convert to straight segments."""
    return bool(wkb) and wkb_type(wkb) in _CURVED  # type: ignore[arg-type]


def plain_surface(wkb: bytes | None) -> bytes | None:
    """The same geometry with surface types renamed to polygon types; others unchanged."""
    if not wkb or wkb_type(wkb) not in _PLAIN:
        return wkb
    changed = bytearray(wkb)
    if wkb_type(wkb) == 17:
        _rename(changed, 0)
        return bytes(changed)
    order = "<" if wkb[0] == 1 else ">"
    faces = struct.unpack_from(order + "I", wkb, 5)[0]
    _rename(changed, 0)
    at = 9
    for _ in range(faces):
        order, dimensions = _rename(changed, at)
        rings = struct.unpack_from(order + "I", changed, at + 5)[0]
        at += 9
        for _ in range(rings):
            points = struct.unpack_from(order + "I", changed, at)[0]
            at += 4 + points * 8 * dimensions
    return bytes(changed)


def _rename(wkb: bytearray, at: int) -> tuple[str, int]:
    """Rename the type of the geometry at that offset; returns its byte order and number of dimensions."""
    order = "<" if wkb[at] == 1 else ">"
    code = struct.unpack_from(order + "I", wkb, at + 1)[0]
    base, extra = (code & 0x0FFFFFFF) % 1000, (code & 0x0FFFFFFF) // 1000
    new = _PLAIN.get(base, base)
    struct.pack_into(order + "I", wkb, at + 1, code - base + new)
    return order, 2 + (1 if extra in (1, 2) or code & _WKB25D else 0) + (2 if extra == 3 else 0)
