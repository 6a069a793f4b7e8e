"""A layer as a WFS feature type: current rows of the serving dataset, with the fields that the visitor may see."""

from datetime import date
from functools import cache
from typing import Any, Self, cast

from django.apps.registry import Apps
from django.db import models
from django.utils.translation import gettext
from gisserver.crs import CRS, CRS84, WEB_MERCATOR
from gisserver.crs import WGS84 as LATITUDE_FIRST
from gisserver.features import FeatureField, FeatureType
from gisserver.geometries import WGS84BoundingBox
from gisserver.types import XsdAnyType, XsdTypes

from layers.access.rules import Access, Serving, fields_for
from layers.crs import PL_1992, WGS84, padded_outline, storage_srid
from layers.reading.selection import Selection
from layers.schema.kind import LayerKind, Shape

KEY = "feature_id"
"""A feature's id; also a field, because CSV has no other place for it."""
PROVENANCE = ("synthetic", "data_date")
"""Properties of each feature beside its layer's fields, as in downloads."""
SHAPES: dict[Shape, XsdTypes] = {
    "POINT": XsdTypes.gmlPointPropertyType,
    "LINESTRING": XsdTypes.gmlCurvePropertyType,
    "MULTILINESTRING": XsdTypes.gmlMultiCurvePropertyType,
    "MULTIPOLYGON": XsdTypes.gmlMultiSurfacePropertyType,
}


class Paged(models.QuerySet):
    """Rows with a total order, so that pages are stable: ties are ordered by id."""

    def order_by(self, *names: Any) -> Self:
        """Ordered by these names, then by id."""
        return super().order_by(*names, KEY)


@cache
def read_model(kind: LayerKind, names: tuple[str, ...]) -> type[models.Model]:
    """A model of a kind's table with these columns only and `feature_id` as primary key, the id that clients use."""
    columns: dict[str, Any] = {
        name: cast(models.Field, kind.model._meta.get_field(name)).clone() for name in (*names, "geom")
    }
    # In an app registry of its own, so that no migrations and permissions are made for it.
    meta = {"apps": Apps(), "managed": False, "app_label": "wfs", "db_table": kind.model._meta.db_table}
    hidden = {"dataset_id": models.BigIntegerField(), "recorded_to": models.DateTimeField(null=True)}
    body = {
        "__module__": __name__,
        "__doc__": f"Rows of {kind.slug}, read only.",
        "Meta": type("Meta", (), meta),
        "objects": Paged.as_manager(),
        KEY: models.UUIDField(primary_key=True),
    }
    return cast(type[models.Model], type(kind.model.__name__, (models.Model,), body | hidden | columns))


class ShapeField(FeatureField):
    """The geometry, declared with the kind's geometry type."""

    def __init__(self, shape: Shape) -> None:
        super().__init__("geom")
        self.shape = shape

    def _get_xsd_type(self) -> XsdAnyType:
        return SHAPES[self.shape]


class KindColumn(FeatureField):
    """A field of a kind; ids of other features are texts."""

    def _get_xsd_type(self) -> XsdAnyType:
        known = super()._get_xsd_type()
        return XsdTypes.string if known is XsdTypes.anyType else known


class LayerType(FeatureType):
    """A layer with the fields of an access level."""

    def __init__(self, access: Access, kind: LayerKind, shown: Serving | None) -> None:
        names = (*(field.name for field in fields_for(access, kind)), *PROVENANCE)
        model = read_model(kind, names)
        first, *others = systems()
        super().__init__(
            model._default_manager.none(),
            fields=[*(KindColumn(name) for name in (KEY, *names)), ShapeField(kind.shape)],
            name=kind.slug,
            title=str(kind.title),
            abstract=_abstract(kind, shown),
            keywords=[str(kind.theme)],
            crs=first,
            other_crs=others,
            show_name_field=False,
        )
        self.access, self.kind, self.shown = access, kind, shown

    def get_queryset(self) -> models.QuerySet:
        """The layer's current rows. The only place where the layer is read, so the read is recorded here."""
        rows: models.QuerySet = self.model._default_manager.all()
        if self.shown is None:
            return rows.none()
        return rows.filter(Selection(self.access, self.kind, self.shown).condition).order_by()

    def get_bounding_box(self) -> WGS84BoundingBox:
        """The bounding box of the city with its padding, which reveals nothing about hidden features."""
        return WGS84BoundingBox(*padded_outline(WGS84).bounds)


@cache
def systems() -> tuple[CRS, ...]:
    """The CRSs offered, the storage CRS first."""
    official = dict.fromkeys((storage_srid(), PL_1992))
    return (*(CRS.from_srid(srid) for srid in official), LATITUDE_FIRST, WEB_MERCATOR, CRS84)


def _abstract(kind: LayerKind, shown: Serving | None) -> str:
    """The layer's description, whether it is estimated or invented, and the date of its data."""
    parts = [str(kind.description)]
    if kind.estimated is not None:
        parts.append(str(kind.estimated))
    if shown is not None and shown.synthetic:
        parts.append(gettext("Demonstration data: invented buildings and flood zones on a real place") + ".")
    if shown is not None and isinstance(shown.data_date, date):
        parts.append(f"{gettext('Data as of')}: {shown.data_date.isoformat()}.")
    return " ".join(parts)
