"""Green areas: Forests, parks, cemeteries, allotments, meadows and sports grounds."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source, themed
from layers.schema.report_items import Nearest, Share
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
        rhythm_days=366,
    ),
    portal=Portal(themes=("ENVI",), keywords=(Text("zieleń", "green areas"), Text("parki", "parks"))),
    style=(
        {
            "type": "fill",
            "paint": {
                "fill-color": [
                    "match",
                    ["get", "green_class"],
                    ["forest", "reserve"],
                    "#4f8f4c",
                    "park",
                    "#7dbb58",
                    "cemetery",
                    "#8d9d84",
                    "sports",
                    "#4fae8d",
                    "allotments",
                    "#b9a94b",
                    "#b3cf7f",
                ],
                "fill-opacity": 0.7,
            },
        },
    ),
    legend=(
        Legend(Text("Las lub rezerwat", "Forest or nature reserve"), "#4f8f4c", "fill", 0.7),
        Legend(Text("Park", "Park"), "#7dbb58", "fill", 0.7),
        Legend(Text("Cmentarz", "Cemetery"), "#8d9d84", "fill", 0.7),
        Legend(Text("Teren sportowy", "Sports ground"), "#4fae8d", "fill", 0.7),
        Legend(Text("Ogrody działkowe", "Allotments"), "#b9a94b", "fill", 0.7),
        Legend(Text("Łąka i inna zieleń", "Meadow and other green"), "#b3cf7f", "fill", 0.7),
    ),
    basemap=(
        {
            "slot": "ground",
            "type": "fill",
            "paint": {
                "fill-color": [
                    "match",
                    ["get", "green_class"],
                    ["forest", "reserve"],
                    themed("#cbdeba", "#20322a"),
                    "park",
                    themed("#d3e8c2", "#24382c"),
                    "cemetery",
                    themed("#d6dfcb", "#26302a"),
                    "sports",
                    themed("#cfe6d6", "#213732"),
                    "allotments",
                    themed("#dde8c8", "#27332a"),
                    themed("#e1ebd0", "#232f29"),
                ],
                "fill-antialias": False,
            },
        },
        {
            "slot": "label",
            "type": "symbol",
            "minzoom": 12.5,
            "layout": {
                "text-field": ["get", "name"],
                "text-size": ["interpolate", ["linear"], ["zoom"], 12, 10.5, 16, 13],
                "text-max-width": 7,
                "text-padding": 8,
            },
            "paint": {
                "text-color": themed("#4b6f41", "#93b58a"),
                "text-halo-color": themed("#f2f6ea", "#1b2723"),
                "text-halo-width": 1.3,
            },
        },
    ),
    public_fields="all",
    name_field="name",
    report_items=(
        Share(by="green_class", key=Text("Zieleń", "Green")),
        Nearest(title=Text("Najbliższy park lub las", "Nearest park or forest"), filter=NEARBY),
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
    visible=False,
)
