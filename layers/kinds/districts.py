"""Districts: Parts of the city by their customary names; they have no council of their own."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source, themed
from layers.schema.report_items import Within
from layers.text import Text
from layers.words import word_index


class District(CityFeature):
    """One version of one district."""

    name = models.CharField(max_length=120, null=True)
    code = models.CharField(max_length=40, null=True)
    population = models.IntegerField(null=True)
    geom: models.Field = CityGeometryField(shape="MULTIPOLYGON")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("district", "name")]
        constraints = [
            *CityFeature.Meta.constraints,
            between("district", "population", 0, 10000000),
        ]


KIND = LayerKind(
    slug="districts",
    order=10,
    model=District,
    title=Text("Dzielnice", "Districts"),
    singular=Text("Dzielnica", "District"),
    description=Text(
        "Części miasta o zwyczajowych nazwach; nie są jednostkami samorządu.",
        "Parts of the city by their customary names; they have no council of their own.",
    ),
    theme=Text("Podział miasta", "City division"),
    shape="MULTIPOLYGON",
    fields=(
        KindField(
            "name",
            Text("Nazwa", "Name"),
            synonyms=(
                "nazwa",
                "nazwa_jpt",
                "jpt_nazwa",
                "jpt_nazwa_",
            ),
        ),
        KindField(
            "code",
            Text("Kod", "Code"),
            synonyms=(
                "kod",
                "teryt",
                "terc",
                "jpt_kod_je",
            ),
        ),
        KindField(
            "population",
            Text("Liczba mieszkańców", "Population"),
            synonyms=(
                "ludnosc",
                "mieszkancy",
            ),
        ),
    ),
    source=Source(
        Text("Państwowy Rejestr Granic", "National Register of Boundaries"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("raz w roku", "yearly"),
        rhythm_days=366,
    ),
    portal=Portal(
        themes=("REGI", "GOVE"),
        high_value="geospatial",
        keywords=(Text("dzielnice", "districts"), Text("granice", "boundaries")),
    ),
    style=(
        {"type": "fill", "paint": {"fill-color": "#7a4fa3", "fill-opacity": 0.05}},
        {
            "type": "line",
            "source-layer": "districts_borders",
            "layout": {"line-join": "round"},
            "paint": {
                "line-color": "#7a4fa3",
                "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1.6, 15, 3.2],
            },
        },
        {
            "type": "symbol",
            "minzoom": 10,
            "layout": {
                "text-field": ["get", "name"],
                "text-font": ["Noto Sans Bold"],
                "text-size": ["interpolate", ["linear"], ["zoom"], 10, 10.5, 15, 15],
                "text-max-width": 7,
            },
            "paint": {"text-color": "#5a3583", "text-halo-color": "#ffffff", "text-halo-width": 1.6},
        },
    ),
    legend=(Legend(Text("Granica dzielnicy", "District boundary"), "#7a4fa3", "line"),),
    basemap=(
        {
            "slot": "boundary",
            "type": "line",
            "source-layer": "districts_borders",
            "minzoom": 10,
            "layout": {"line-join": "round"},
            "paint": {
                "line-color": themed("#a697b3", "#6f6480"),
                "line-opacity": ["interpolate", ["linear"], ["zoom"], 10, 0.35, 12, 0.7],
                "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.7, 14, 1.4, 18, 2.4],
                "line-dasharray": [5, 2, 1, 2],
            },
        },
        {
            "slot": "label",
            "type": "symbol",
            "minzoom": 11,
            "maxzoom": 16.5,
            "layout": {
                "text-field": ["get", "name"],
                "text-font": ["Noto Sans Bold"],
                "text-size": ["interpolate", ["linear"], ["zoom"], 11, 10, 14, 13.5, 16, 15],
                "text-transform": "uppercase",
                "text-letter-spacing": 0.12,
                "text-max-width": 7,
                "text-padding": 6,
            },
            "paint": {
                "text-color": themed("#6b5d7b", "#b3a6c4"),
                "text-halo-color": themed("#faf8f4", "#1b2322"),
                "text-halo-width": 1.6,
            },
        },
    ),
    public_fields="all",
    name_field="name",
    report_items=(
        Within(
            title=Text("Dzielnica", "District"),
            key=Text("Dzielnica", "District"),
            none=Text("poza dzielnicami miasta", "outside the city's districts"),
        ),
    ),
    min_zoom=8,
    tile_fields=((0, ("name",)),),
    borders=True,
    search=Findable("district", Text("Dzielnica", "District"), "district", ("name",), weight=1, encloses=True),
    visible=False,
)
