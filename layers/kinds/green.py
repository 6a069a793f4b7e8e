"""Green areas: Forests, parks, cemeteries, allotments, meadows and sports grounds."""

from django.db import models

from layers.constraints import one_of
from layers.crs import CityGeometryField
from layers.feature import CityFeature
from layers.kind import Findable, KindField, LayerKind, Legend, Says, Source
from layers.text import Text
from layers.words import word_index

GREEN_CLASSES = {
    "forest": Text("las", "forest"),
    "park": Text("park", "park"),
    "cemetery": Text("cmentarz", "cemetery"),
    "allotments": Text("ogrody działkowe", "allotments"),
    "meadow": Text("łąka", "meadow"),
    "grass": Text("trawnik", "grass"),
    "orchard": Text("sad", "orchard"),
    "scrub": Text("zarośla", "scrub"),
    "sports": Text("teren sportowy", "sports ground"),
    "reserve": Text("rezerwat", "nature reserve"),
}

NEARBY = "green_class IN ('park', 'forest')"


class GreenArea(CityFeature):
    """One version of one green area."""

    name = models.CharField(max_length=120, null=True)
    green_class = models.CharField(max_length=24, null=True)
    geom: models.Field = CityGeometryField(shape="MULTIPOLYGON")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("greenarea", "name")]
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("green", "green_class", GREEN_CLASSES),
        ]


KIND = LayerKind(
    slug="green",
    order=5,
    model=GreenArea,
    title=Text("Zieleń", "Green areas"),
    singular=Text("Teren zieleni", "Green area"),
    description=Text(
        "Lasy, parki, cmentarze, ogrody działkowe, łąki i tereny sportowe.",
        "Forests, parks, cemeteries, allotments, meadows and sports grounds.",
    ),
    theme=Text("Przyroda i woda", "Nature and water"),
    shape="MULTIPOLYGON",
    fields=(
        KindField("name", Text("Nazwa", "Name"), synonyms=("nazwa",)),
        KindField(
            "green_class",
            Text("Rodzaj", "Type"),
            choices=GREEN_CLASSES,
            synonyms=(
                "rodzaj",
                "landuse",
            ),
        ),
    ),
    source=Source(
        Text("Wydział Zieleni", "City greenery department"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("raz w roku", "yearly"),
    ),
    style=(
        {
            "type": "fill",
            "paint": {
                "fill-color": [
                    "match",
                    ["get", "green_class"],
                    "forest",
                    "#a9c79b",
                    "park",
                    "#bcd9a5",
                    "cemetery",
                    "#c2cfb4",
                    "sports",
                    "#b5dcc2",
                    "#d5e4be",
                ],
                "fill-opacity": 0.85,
            },
        },
        {
            "type": "symbol",
            "minzoom": 13,
            "layout": {"text-field": ["get", "name"], "text-size": 11},
            "paint": {"text-color": "#44663a", "text-halo-color": "#ffffff", "text-halo-width": 1.3},
        },
    ),
    legend=(
        Legend(Text("Las", "Forest"), "#a9c79b", "fill"),
        Legend(Text("Park", "Park"), "#bcd9a5", "fill"),
        Legend(Text("Inna zieleń", "Other green"), "#d5e4be", "fill"),
    ),
    public_fields="all",
    name_field="name",
    says=(
        Says("share", by="green_class", key=Text("Zieleń", "Green")),
        Says("nearest", title=Text("Najbliższy park lub las", "Nearest park or forest"), filter=NEARBY),
    ),
    min_zoom=8,
    tile_fields=(
        (
            0,
            (
                "green_class",
                "name",
            ),
        ),
    ),
    search=Findable(
        "green", Text("Teren zieleni", "Green area"), "tree", ("name",), weight=4, detail=("green_class",)
    ),
)
