"""Districts: Parts of the city by their customary names; they have no council of their own."""

from django.db import models

from layers.constraints import between
from layers.crs import CityGeometryField
from layers.feature import CityFeature
from layers.kind import Findable, KindField, LayerKind, Legend, Says, Source
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
    ),
    style=(
        {
            "type": "line",
            "layout": {"line-join": "round"},
            "paint": {
                "line-color": "#6d5a7e",
                "line-opacity": 0.35,
                "line-width": ["interpolate", ["linear"], ["zoom"], 10, 2, 15, 7],
            },
        },
        {
            "type": "symbol",
            "minzoom": 11,
            "layout": {
                "text-field": ["get", "name"],
                "text-size": 13,
                "text-letter-spacing": 0.06,
                "symbol-placement": "point",
            },
            "paint": {"text-color": "#54436a", "text-halo-color": "#ffffff", "text-halo-width": 1.5},
        },
    ),
    legend=(Legend(Text("Granica dzielnicy", "District boundary"), "#c5bcca", "line"),),
    public_fields="all",
    name_field="name",
    says=(
        Says(
            "within",
            title=Text("Dzielnica", "District"),
            key=Text("Dzielnica", "District"),
            none=Text("poza dzielnicami miasta", "outside the city's districts"),
        ),
    ),
    min_zoom=8,
    tile_fields=((0, ("name",)),),
    borders=True,
    search=Findable("district", Text("Dzielnica", "District"), "district", ("name",), weight=1, encloses=True),
)
