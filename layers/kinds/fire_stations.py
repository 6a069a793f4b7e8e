"""Fire stations: Fire and rescue units."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source
from layers.schema.report_items import Nearest
from layers.text import Text
from layers.words import word_index


class FireStation(CityFeature):
    """One version of one fire station."""

    name = models.CharField(max_length=120, null=True)
    unit = models.CharField(max_length=60, null=True)
    crews_24h = models.SmallIntegerField(null=True)
    geom: models.Field = CityGeometryField(shape="POINT")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("firestation", "name"), word_index("firestation", "unit")]
        constraints = [
            *CityFeature.Meta.constraints,
            between("fire_station", "crews_24h", 0, 20),
        ]


KIND = LayerKind(
    slug="fire_stations",
    order=95,
    model=FireStation,
    title=Text("Straż pożarna", "Fire stations"),
    singular=Text("Strażnica", "Fire station"),
    description=Text("Jednostki straży pożarnej.", "Fire and rescue units."),
    theme=Text("Bezpieczeństwo", "Safety"),
    shape="POINT",
    fields=(
        KindField("name", Text("Nazwa", "Name"), synonyms=("nazwa",)),
        KindField("unit", Text("Jednostka", "Unit"), synonyms=("jednostka",)),
        KindField("crews_24h", Text("Załogi całodobowe", "Crews, 24 h")),
    ),
    source=Source(
        Text("Komenda Miejska PSP", "City fire service"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("raz w roku", "yearly"),
        rhythm_days=366,
    ),
    portal=Portal(
        themes=("JUST",), keywords=(Text("straż pożarna", "fire service"), Text("bezpieczeństwo", "safety"))
    ),
    style=(
        {
            "type": "circle",
            "paint": {
                "circle-radius": 7,
                "circle-color": "#b3202c",
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 2,
            },
        },
        {
            "type": "symbol",
            "minzoom": 13,
            "layout": {
                "text-field": ["get", "name"],
                "text-size": 11.5,
                "text-offset": [0, 1.3],
                "text-anchor": "top",
            },
            "paint": {"text-color": "#8f1620", "text-halo-color": "#ffffff", "text-halo-width": 1.4},
        },
    ),
    legend=(Legend(Text("Strażnica", "Fire station"), "#b3202c", "circle"),),
    public_fields="all",
    name_field="name",
    report_items=(
        Nearest(
            title=Text("Najbliższa strażnica", "Nearest fire station"),
            key=Text("Straż pożarna", "Fire station"),
        ),
    ),
    min_zoom=9,
    tile_fields=((0, ("name",)),),
    search=Findable(
        "fire_station",
        Text("Strażnica", "Fire station"),
        "flame",
        (
            "name",
            "unit",
        ),
        weight=4,
    ),
)
