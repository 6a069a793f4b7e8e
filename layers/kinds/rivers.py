"""Rivers and streams: Centre lines of rivers, streams and ditches."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between, one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source, themed
from layers.schema.report_items import Length, Nearest
from layers.text import Text
from layers.words import word_index

WATERWAY_CLASSES = {
    "river": Text("rzeka", "river"),
    "stream": Text("potok", "stream"),
    "canal": Text("kanał", "canal"),
    "ditch": Text("rów", "ditch"),
    "drain": Text("kanał odwadniający", "drain"),
}


class River(CityFeature):
    """One version of one watercourse."""

    name = models.CharField(max_length=120, null=True)
    waterway_class = models.CharField(max_length=24, null=True)
    width_m = models.FloatField(null=True)
    culvert = models.BooleanField(null=True)
    geom: models.Field = CityGeometryField(shape="MULTILINESTRING")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("river", "name")]
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("river", "waterway_class", WATERWAY_CLASSES),
            between("river", "width_m", 0, 2000),
        ]


KIND = LayerKind(
    slug="rivers",
    order=15,
    model=River,
    title=Text("Rzeki i cieki", "Rivers and streams"),
    singular=Text("Ciek", "Watercourse"),
    description=Text("Osie rzek, potoków i rowów.", "Centre lines of rivers, streams and ditches."),
    theme=Text("Przyroda i woda", "Nature and water"),
    shape="MULTILINESTRING",
    fields=(
        KindField("name", Text("Nazwa", "Name"), synonyms=("nazwa",)),
        KindField(
            "waterway_class",
            Text("Rodzaj", "Type"),
            choices=WATERWAY_CLASSES,
            synonyms=(
                "waterway",
                "rodzaj",
            ),
        ),
        KindField(
            "width_m",
            Text("Szerokość", "Width"),
            unit="m",
            decimals=2,
            synonyms=(
                "szerokosc",
                "width",
            ),
        ),
        KindField(
            "culvert",
            Text("Kryty", "Culvert"),
            synonyms=(
                "tunnel",
                "kryty",
            ),
        ),
    ),
    source=Source(
        Text("Wody Polskie", "National water authority"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("raz w roku", "yearly"),
        rhythm_days=366,
    ),
    portal=Portal(
        themes=("ENVI",),
        high_value="environment",
        keywords=(Text("rzeki", "rivers"), Text("hydrografia", "hydrography")),
    ),
    style=(
        {
            "type": "line",
            "layout": {"line-cap": "round", "line-join": "round"},
            "paint": {
                "line-color": "#1f7fbf",
                "line-width": [
                    "interpolate",
                    ["exponential", 1.5],
                    ["zoom"],
                    9,
                    ["match", ["get", "waterway_class"], "river", 2.2, 1],
                    14,
                    ["match", ["get", "waterway_class"], "river", 4, 2],
                    18,
                    ["match", ["get", "waterway_class"], "river", 10, 4],
                ],
            },
        },
    ),
    legend=(Legend(Text("Rzeka lub ciek", "River or stream"), "#1f7fbf", "line"),),
    basemap=(
        {
            "slot": "water",
            "type": "line",
            "layout": {"line-cap": "round", "line-join": "round"},
            "paint": {
                "line-color": themed("#a4cbe2", "#2c5468"),
                "line-width": [
                    "interpolate",
                    ["exponential", 1.6],
                    ["zoom"],
                    9,
                    ["match", ["get", "waterway_class"], "river", 1.4, 0.5],
                    13,
                    ["match", ["get", "waterway_class"], "river", 4, 1.4],
                    17,
                    ["match", ["get", "waterway_class"], "river", 24, 7],
                    20,
                    ["match", ["get", "waterway_class"], "river", 170, 44],
                ],
            },
        },
        {
            "slot": "label",
            "type": "symbol",
            "minzoom": 11.5,
            "layout": {
                "symbol-placement": "line",
                "text-field": ["get", "name"],
                "text-size": ["interpolate", ["linear"], ["zoom"], 12, 11, 17, 14],
                "text-letter-spacing": 0.08,
                "symbol-spacing": 420,
            },
            "paint": {
                "text-color": themed("#3a7196", "#86b6d1"),
                "text-halo-color": themed("#ffffff", "#1b2322"),
                "text-halo-width": 1.2,
            },
        },
    ),
    public_fields="all",
    name_field="name",
    report_items=(
        Length(title=Text("Długość cieków", "Length of watercourses"), by="waterway_class", ordered=True),
        Nearest(title=Text("Najbliższy ciek", "Nearest watercourse")),
    ),
    min_zoom=8,
    tile_fields=(
        (
            0,
            (
                "waterway_class",
                "name",
            ),
        ),
    ),
    search=Findable("river", Text("Ciek", "Watercourse"), "water", ("name",), weight=2, grouped=True),
    visible=False,
)
