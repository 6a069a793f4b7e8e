"""Hydrants: Outdoor hydrants with flow and inspection date."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between, one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source
from layers.schema.report_items import Count, Nearest
from layers.text import Text
from layers.words import word_index

HYDRANT_TYPES = {
    "above": Text("nadziemny", "above ground"),
    "below": Text("podziemny", "below ground"),
}


class Hydrant(CityFeature):
    """One version of one hydrant."""

    number = models.CharField(max_length=40, null=True)
    dn_mm = models.SmallIntegerField(null=True)
    hydrant_type = models.CharField(max_length=24, null=True)
    flow_dm3_s = models.FloatField(null=True)
    pressure_mpa = models.FloatField(null=True)
    working = models.BooleanField(null=True)
    checked_on = models.DateField(null=True)
    geom: models.Field = CityGeometryField(shape="POINT")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("hydrant", "number")]
        constraints = [
            *CityFeature.Meta.constraints,
            between("hydrant", "dn_mm", 25, 300),
            one_of("hydrant", "hydrant_type", HYDRANT_TYPES),
            between("hydrant", "flow_dm3_s", 0, 100),
            between("hydrant", "pressure_mpa", 0, 2),
        ]


KIND = LayerKind(
    slug="hydrants",
    order=90,
    model=Hydrant,
    title=Text("Hydranty", "Hydrants"),
    singular=Text("Hydrant", "Hydrant"),
    description=Text(
        "Hydranty zewnętrzne z wydajnością i datą przeglądu.",
        "Outdoor hydrants with flow and inspection date.",
    ),
    theme=Text("Bezpieczeństwo", "Safety"),
    shape="POINT",
    fields=(
        KindField("number", Text("Numer", "Number"), synonyms=("numer",)),
        KindField("dn_mm", Text("Średnica", "Nominal diameter"), unit="mm", synonyms=("dn",)),
        KindField("hydrant_type", Text("Typ", "Type"), choices=HYDRANT_TYPES, synonyms=("typ",)),
        KindField("flow_dm3_s", Text("Wydajność", "Flow"), unit="dm³/s", decimals=2),
        KindField("pressure_mpa", Text("Ciśnienie", "Pressure"), unit="MPa", decimals=2),
        KindField("working", Text("Sprawny", "Working"), synonyms=("sprawny",)),
        KindField("checked_on", Text("Data przeglądu", "Checked on")),
    ),
    source=Source(
        Text("Wodociągi Kieleckie", "Water utility"),
        "LicenseRef-internal",
        "",
        Text("co tydzień", "weekly"),
        rhythm_days=7,
    ),
    portal=Portal(themes=("JUST",), keywords=(Text("hydranty", "hydrants"),)),
    style=(
        {
            "type": "circle",
            "paint": {
                "circle-radius": 4,
                "circle-color": "#c8102e",
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 1,
            },
        },
    ),
    legend=(Legend(Text("Hydrant", "Hydrant"), "#c8102e", "circle"),),
    level="staff",
    name_field="number",
    report_items=(
        Count(title=Text("Hydranty według typu", "Hydrants by type"), by="hydrant_type"),
        Nearest(
            title=Text("Najbliższy sprawny hydrant", "Nearest working hydrant"),
            show=("hydrant_type", "dn_mm", "flow_dm3_s", "checked_on"),
            filter="working = true",
        ),
    ),
    min_zoom=13,
    tile_fields=(
        (
            0,
            (
                "hydrant_type",
                "working",
            ),
        ),
    ),
    visible=False,
    search=Findable("hydrant", Text("Hydrant", "Hydrant"), "point", ("number",), weight=7, leading=True),
)
