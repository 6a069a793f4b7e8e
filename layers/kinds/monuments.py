"""Monuments: Objects in the register or record of monuments."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between, one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source
from layers.schema.report_items import Count, Nearest
from layers.text import Text
from layers.words import word_index

MONUMENT_CLASSES = {
    "sacral": Text("sakralny", "sacral"),
    "residential": Text("mieszkalny", "residential"),
    "public": Text("użyteczności publicznej", "public"),
    "industrial": Text("przemysłowy", "industrial"),
    "cemetery": Text("cmentarz", "cemetery"),
    "memorial": Text("pomnik", "memorial"),
    "other": Text("inny", "other"),
}


class Monument(CityFeature):
    """One version of one monument."""

    name = models.CharField(max_length=200, null=True)
    register_no = models.CharField(max_length=60, null=True)
    monument_class = models.CharField(max_length=24, null=True)
    year_built = models.SmallIntegerField(null=True)
    protection = models.CharField(max_length=80, null=True)
    geom: models.Field = CityGeometryField(shape="POINT")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("monument", "name"), word_index("monument", "register_no")]
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("monument", "monument_class", MONUMENT_CLASSES),
            between("monument", "year_built", 900, 2100),
        ]


KIND = LayerKind(
    slug="monuments",
    order=80,
    model=Monument,
    title=Text("Zabytki", "Monuments"),
    singular=Text("Zabytek", "Monument"),
    description=Text(
        "Obiekty wpisane do rejestru lub ewidencji zabytków.",
        "Objects in the register or record of monuments.",
    ),
    theme=Text("Kultura", "Culture"),
    shape="POINT",
    fields=(
        KindField(
            "name",
            Text("Nazwa", "Name"),
            synonyms=(
                "nazwa",
                "title",
            ),
        ),
        KindField("register_no", Text("Numer rejestru", "Register number"), synonyms=("nr_rejestru",)),
        KindField("monument_class", Text("Rodzaj", "Type"), choices=MONUMENT_CLASSES, synonyms=("rodzaj",)),
        KindField("year_built", Text("Rok budowy", "Year built"), synonyms=("rok",)),
        KindField("protection", Text("Ochrona", "Protection")),
    ),
    source=Source(
        Text("Wojewódzki Urząd Ochrony Zabytków", "Voivodeship monument office"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("raz w roku", "yearly"),
        rhythm_days=366,
    ),
    portal=Portal(themes=("EDUC",), keywords=(Text("zabytki", "monuments"), Text("dziedzictwo", "heritage"))),
    style=(
        {
            "type": "circle",
            "paint": {
                "circle-radius": 5,
                "circle-color": "#8a3b3b",
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 1.5,
            },
        },
        {
            "type": "symbol",
            "minzoom": 16.3,
            "layout": {
                "text-field": ["get", "name"],
                "text-size": 11,
                "text-offset": [0, 1.2],
                "text-anchor": "top",
            },
            "paint": {"text-color": "#6d2b2b", "text-halo-color": "#ffffff", "text-halo-width": 1.3},
        },
    ),
    legend=(Legend(Text("Zabytek", "Monument"), "#8a3b3b", "circle"),),
    public_fields="all",
    name_field="name",
    report_items=(
        Count(
            title=Text("Zabytki według rodzaju", "Monuments by kind"),
            by="monument_class",
            key=Text("Zabytki", "Monuments"),
        ),
        Nearest(title=Text("Najbliższy zabytek", "Nearest monument"), show=("protection", "year_built")),
    ),
    min_zoom=12,
    tile_fields=(
        (
            0,
            (
                "name",
                "monument_class",
            ),
        ),
    ),
    visible=False,
    search=Findable(
        "monument",
        Text("Zabytek", "Monument"),
        "monument",
        (
            "name",
            "register_no",
        ),
        weight=5,
        detail=("register_no",),
    ),
)
