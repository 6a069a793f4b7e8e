"""The spatial conditions of a CQL2 filter: relations and distance between a feature's geometry and another one."""

from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import BooleanField, F, FloatField, Func, Q, Value
from django.db.models.expressions import NegatedExpression
from shapely.geometry.base import BaseGeometry

from layers.access.rules import Access, may_see, record_read
from layers.crs import CRS84, System, storage_srid
from layers.errors import BadFilter, BadGeoJSON, BadGeometry
from layers.filters.columns import is_number, require_arguments
from layers.filters.literals import box_in_storage, in_storage
from layers.geojson import Limits, geometry_of
from layers.kinds import KINDS
from layers.schema.feature import CURRENT, known_at

RELATIONS = {
    "s_intersects": "ST_Intersects",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_contains": "ST_Contains",
    "s_equals": "ST_Equals",
    "s_crosses": "ST_Crosses",
    "s_overlaps": "ST_Overlaps",
}
TURNED = {"s_within": "s_contains", "s_contains": "s_within"}
"""The equivalent relation with exchanged sides, where it is another one."""
DISTANCE = "s_dwithin"
UNITS = {"": 1.0, "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "km": 1000.0}
UNITS |= {"kilometres": 1000.0, "kilometers": 1000.0}
FARTHEST_M = 100_000.0
GEOMETRIES = ("geom", "geometry", "point")
SPATIAL_OPS = frozenset({*RELATIONS, "s_disjoint", DISTANCE})
WITH_COLLECTIONS = ("s_intersects", "s_disjoint", DISTANCE)
"""What PostGIS answers for collections of unlike shapes too."""
LITERALS = Limits(latitude=None, closes_rings=True)


class Spatial(Func):
    """A spatial relation between the stored geometry and a literal."""

    output_field = BooleanField()


class BoxesMeet(Func):
    """`a && b`: the bounding boxes of two geometries intersect; uses the spatial index."""

    template = "(%(expressions)s)"
    arg_joiner = " && "
    output_field = BooleanField()


class PointOnSurface(Func):
    """The point on surface of a geometry: the one position at which a feature is require_arguments."""

    function = "ST_PointOnSurface"
    output_field = GeometryField()


class Around(Func):
    """The bounding box of a geometry, expanded by a number of metres on each side."""

    function = "ST_Expand"
    output_field = GeometryField()


class Places:
    """Translates spatial conditions for a visitor; literals are in `system`, other features as they were at `at`."""

    def __init__(self, access: Access, at: datetime | None, system: System) -> None:
        self.access, self.at, self.system = access, at, system

    def condition(self, op: str, args: list[Any]) -> Any:
        """A relation or a distance. Raises BadFilter."""
        if op == DISTANCE:
            return self._near(args)
        require_arguments(op, args, 2)
        if _geometry_name(args[0]) is None and _geometry_name(args[1]) is not None:
            op, args = TURNED.get(op, op), args[::-1]
        stored, other = self._shape(op, args[0]), self._shape(op, args[1])
        if op == "s_disjoint":
            return NegatedExpression(Q(Spatial(stored, other, function=RELATIONS["s_intersects"])))
        related = Spatial(stored, other, function=RELATIONS[op])
        by_point = _geometry_name(args[0]) == "point"
        return Q(BoxesMeet(F("geom"), other)) & Q(related) if by_point else related

    def _near(self, args: list[Any]) -> Any:
        if len(args) not in (3, 4):
            raise BadFilter(f"“{DISTANCE}” takes a geometry, another one, metres and perhaps a unit.")
        if _geometry_name(args[0]) is None:
            args = [args[1], args[0], *args[2:]]
        stored, other = self._shape(DISTANCE, args[0]), self._shape(DISTANCE, args[1])
        unit = UNITS.get(args[3] if len(args) == 4 and isinstance(args[3], str) else "" if len(args) == 3 else "?")
        if unit is None:
            raise BadFilter(f"“{DISTANCE}” knows the units {', '.join(one for one in UNITS if one)}.")
        if not is_number(args[2]) or not 0 <= args[2] * unit <= FARTHEST_M:
            raise BadFilter(f"“{DISTANCE}” reaches from 0 to {FARTHEST_M:.0f} metres.")
        metres = Value(float(args[2]) * unit, output_field=FloatField())
        near = Spatial(stored, other, metres, function="ST_DWithin")
        by_point = _geometry_name(args[0]) == "point"
        return Q(BoxesMeet(F("geom"), Around(other, metres))) & Q(near) if by_point else near

    def _shape(self, op: str, node: Any) -> Any:
        """The stored geometry, or a literal or another feature in the storage system."""
        name = _geometry_name(node)
        if name is not None:
            return F("geom") if name != "point" else PointOnSurface(F("geom"))
        if isinstance(node, dict) and node.get("op") == "feature":
            return Value(self._feature(node), output_field=GeometryField(srid=storage_srid()))
        if isinstance(node, dict) and ("property" in node or "op" in node):
            raise BadFilter(f"“{op}” compares the property geom or point with a geometry.")
        try:
            shape = _box(node, self.system) if "bbox" in node else in_storage(_literal(op, node), self.system)
        except BadGeometry as fault:
            raise BadFilter(f"The filter's geometry: {fault}") from fault
        except (TypeError, ValueError, OverflowError, shapely.GEOSException) as fault:
            raise BadFilter("The filter's geometry cannot be read; give WKT or GeoJSON.") from fault
        stored = GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=storage_srid())
        return Value(stored, output_field=GeometryField(srid=storage_srid()))

    def _feature(self, node: dict[str, Any]) -> Any:
        slug, key = self._reference(node)
        kind = KINDS.get(slug)
        rows = None
        if kind is not None and may_see(self.access, kind):
            record_read(kind)
            rows = kind.model._default_manager.filter(feature_id=key)
        time = CURRENT if self.at is None else known_at(self.at)
        found: Any = rows.filter(time).first() if rows is not None else None
        if found is None:
            raise BadFilter(f"There is no feature {key} in a layer “{slug[:40]}”.")
        return found.geom

    def _reference(self, node: dict[str, Any]) -> tuple[str, UUID]:
        args = node.get("args", ())
        require_arguments("feature", args, 2)
        try:
            return str(args[0]), UUID(str(args[1]))
        except ValueError as fault:
            raise BadFilter("“feature” takes a layer and an identity, such as feature('districts', '…').") from fault


def meeting(shape: GEOSGeometry) -> Q:
    """The condition that a feature intersects a geometry in the storage system."""
    stored = Value(shape, output_field=GeometryField(srid=storage_srid()))
    return Q(Spatial(F("geom"), stored, function="ST_Intersects"))


def _geometry_name(node: Any) -> str | None:
    name = node.get("property") if isinstance(node, dict) else None
    return str(name) if name in GEOMETRIES else None


def _literal(op: str, node: Any) -> BaseGeometry:
    """A GeoJSON geometry, in the axis order of its system. Raises BadGeometry, BadFilter."""
    try:
        found = geometry_of(node, LITERALS)
    except BadGeoJSON as fault:
        if fault.reason == "empty":
            raise BadGeometry("it is empty.") from fault
        if fault.reason in ("vertices", "nesting"):
            raise
        raise BadFilter("The filter's geometry cannot be read; give WKT or GeoJSON.") from fault
    if found.geom_type == "GeometryCollection" and op not in WITH_COLLECTIONS:
        raise BadGeometry(f"“{op}” compares no collections; only {', '.join(WITH_COLLECTIONS)} do.")
    return found


def _box(node: dict[str, Any], system: System) -> BaseGeometry:
    shape = box_in_storage([float(one) for one in node["bbox"]], system)
    return in_storage(shapely.box(-180, -90, 180, 90), CRS84) if shape is None else shape
