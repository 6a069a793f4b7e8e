"""Buildings: footprints with use, storeys and year built; some fields are for staff only (`KIND.public_fields`)."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between, one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source, themed
from layers.schema.report_items import Count, Sum, Within
from layers.text import Text
from layers.words import word_index

USE_CLASSES = {
    "residential": Text("mieszkalny", "residential"),
    "residential_multi": Text("mieszkalny wielorodzinny", "multi-family residential"),
    "commercial": Text("handlowo-usługowy", "commercial"),
    "office": Text("biurowy", "office"),
    "industrial": Text("przemysłowy", "industrial"),
    "storage": Text("magazynowy", "storage"),
    "transport": Text("transport i garaże", "transport and garages"),
    "education": Text("oświata i nauka", "education"),
    "health": Text("ochrona zdrowia", "health care"),
    "public": Text("użyteczność publiczna", "public"),
    "worship": Text("kult religijny", "worship"),
    "agricultural": Text("gospodarczy i rolniczy", "farm and outbuilding"),
    "other": Text("inny", "other"),
}

WALL_MATERIALS = {
    "masonry": Text("mur", "masonry"),
    "concrete": Text("beton", "concrete"),
    "timber": Text("drewno", "timber"),
    "other": Text("inny", "other"),
}

HEATINGS = {
    "district": Text("sieć ciepłownicza", "district heat"),
    "gas": Text("gaz", "gas"),
    "electric": Text("elektryczne", "electric"),
    "heat_pump": Text("pompa ciepła", "heat pump"),
    "oil": Text("olej", "oil"),
    "pellet": Text("pelet", "pellet"),
    "coal_classless": Text("węgiel, kocioł bezklasowy", "coal, classless boiler"),
    "coal_class_3_4": Text("węgiel, kocioł klasy 3-4", "coal, class 3-4 boiler"),
    "coal_class_5": Text("węgiel, kocioł klasy 5", "coal, class 5 boiler"),
    "tiled_stove": Text("piec kaflowy", "tiled stove"),
    "none": Text("brak", "none"),
}

CONDITIONS = {
    "very_good": Text("bardzo dobry", "very good"),
    "good": Text("dobry", "good"),
    "fair": Text("zadowalający", "fair"),
    "mediocre": Text("średni", "mediocre"),
    "bad": Text("zły", "bad"),
    "emergency": Text("awaryjny", "emergency"),
}

FIRE_CLASSES = {
    "A": Text("A", "A"),
    "B": Text("B", "B"),
    "C": Text("C", "C"),
    "D": Text("D", "D"),
    "E": Text("E", "E"),
}

VERTICAL_DATUMS = {
    "evrf2007": Text("PL-EVRF2007-NH", "PL-EVRF2007-NH"),
    "kron86": Text("PL-KRON86-NH", "PL-KRON86-NH"),
}


class Building(CityFeature):
    """One version of one building."""

    name = models.CharField(max_length=120, null=True)
    use_class = models.CharField(max_length=24, null=True)
    function_code = models.CharField(max_length=40, null=True)
    storeys_above = models.SmallIntegerField(null=True)
    storeys_below = models.SmallIntegerField(null=True)
    height_m = models.FloatField(null=True)
    year_built = models.SmallIntegerField(null=True)
    residents = models.FloatField(null=True)
    wall_material = models.CharField(max_length=24, null=True)
    heating = models.CharField(max_length=24, null=True)
    condition = models.CharField(max_length=24, null=True)
    fire_class = models.CharField(max_length=24, null=True)
    owner = models.CharField(max_length=200, null=True)
    floor_elevation_m = models.FloatField(null=True)
    vertical_datum = models.CharField(max_length=24, null=True)
    geom: models.Field = CityGeometryField(shape="MULTIPOLYGON")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("building", "name")]
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("building", "use_class", USE_CLASSES),
            between("building", "storeys_above", 0, 120),
            between("building", "storeys_below", 0, 12),
            between("building", "height_m", 0, 400),
            between("building", "year_built", 900, 2100),
            between("building", "residents", 0, 20000),
            one_of("building", "wall_material", WALL_MATERIALS),
            one_of("building", "heating", HEATINGS),
            one_of("building", "condition", CONDITIONS),
            one_of("building", "fire_class", FIRE_CLASSES),
            between("building", "floor_elevation_m", -50, 2600),
            one_of("building", "vertical_datum", VERTICAL_DATUMS),
        ]


KIND = LayerKind(
    slug="buildings",
    order=30,
    model=Building,
    title=Text("Budynki", "Buildings"),
    singular=Text("Budynek", "Building"),
    description=Text(
        "Obrysy budynków z funkcją, liczbą kondygnacji i rokiem budowy.",
        "Building footprints with use, storeys and year built.",
    ),
    theme=Text("Zabudowa i grunty", "Buildings and land"),
    shape="MULTIPOLYGON",
    fields=(
        KindField("name", Text("Nazwa", "Name"), synonyms=("nazwa",)),
        KindField(
            "use_class",
            Text("Funkcja", "Use"),
            choices=USE_CLASSES,
            synonyms=(
                "funkcja",
                "use",
                "przeznaczenie",
            ),
        ),
        KindField(
            "function_code",
            Text("Kod funkcji w ewidencji", "Register function code"),
            synonyms=(
                "fuz",
                "rodzajwgkst",
                "funszcz",
                "kst",
                "building",
            ),
        ),
        KindField(
            "storeys_above",
            Text("Kondygnacje nadziemne", "Storeys above ground"),
            synonyms=(
                "lkn",
                "liczbakondygnacjinadziemnych",
                "kondygnacje",
                "liczba_kondygnacji",
                "building_levels",
            ),
        ),
        KindField(
            "storeys_below",
            Text("Kondygnacje podziemne", "Storeys below ground"),
            synonyms=("liczbakondygnacjipodziemnych",),
        ),
        KindField(
            "height_m",
            Text("Wysokość", "Height"),
            unit="m",
            decimals=2,
            synonyms=(
                "wysokosc",
                "height",
            ),
        ),
        KindField(
            "year_built",
            Text("Rok budowy", "Year built"),
            synonyms=(
                "rok_budowy",
                "rok",
            ),
        ),
        KindField("residents", Text("Mieszkańcy (szacunek)", "Residents (estimate)"), decimals=1),
        KindField("wall_material", Text("Materiał ścian", "Wall material"), choices=WALL_MATERIALS),
        KindField("heating", Text("Ogrzewanie", "Heating"), choices=HEATINGS),
        KindField("condition", Text("Stan techniczny", "Technical condition"), choices=CONDITIONS),
        KindField("fire_class", Text("Klasa odporności pożarowej", "Fire-resistance class"), choices=FIRE_CLASSES),
        KindField("owner", Text("Właściciel", "Owner")),
        KindField("floor_elevation_m", Text("Rzędna parteru", "Ground floor elevation"), unit="m", decimals=2),
        KindField("vertical_datum", Text("Układ wysokości", "Vertical datum"), choices=VERTICAL_DATUMS),
    ),
    source=Source(
        Text("Ewidencja gruntów i budynków", "Land and building register"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("codziennie", "daily"),
        rhythm_days=1,
    ),
    portal=Portal(
        themes=("REGI",),
        high_value="geospatial",
        keywords=(Text("budynki", "buildings"), Text("obrysy budynków", "building footprints")),
    ),
    style=(
        {
            "type": "fill",
            "paint": {
                "fill-color": [
                    "match",
                    ["get", "use_class"],
                    ["industrial", "storage"],
                    "#b9b3c9",
                    ["commercial", "office"],
                    "#e3b9a0",
                    ["education", "health", "public", "worship"],
                    "#c79a9a",
                    "#d8cbb6",
                ],
                "fill-outline-color": [
                    "interpolate",
                    ["linear"],
                    ["zoom"],
                    14,
                    "rgba(157, 143, 122, 0)",
                    16,
                    "rgba(157, 143, 122, 1)",
                ],
            },
        },
    ),
    legend=(
        Legend(Text("Mieszkalne i inne", "Residential and other"), "#d8cbb6", "fill"),
        Legend(Text("Handel, usługi, biura", "Commerce and offices"), "#e3b9a0", "fill"),
        Legend(Text("Publiczne", "Public"), "#c79a9a", "fill"),
        Legend(Text("Przemysł i magazyny", "Industry and storage"), "#b9b3c9", "fill"),
    ),
    basemap=(
        {
            "slot": "building",
            "type": "fill",
            "paint": {
                "fill-color": themed("#e4ddd2", "#2d3836"),
                "fill-outline-color": [
                    "interpolate",
                    ["linear"],
                    ["zoom"],
                    14,
                    themed("#e4ddd2", "#2d3836"),
                    16,
                    themed("#cbc1b2", "#43504d"),
                ],
            },
        },
    ),
    public_fields=(
        "name",
        "use_class",
        "storeys_above",
        "height_m",
        "year_built",
    ),
    name_field="name",
    report_items=(
        Within(only="point", show=("use_class", "storeys_above", "height_m", "year_built", "residents")),
        Count(
            title=Text("Budynki według funkcji", "Buildings by use"),
            by="use_class",
            key=Text("Budynki", "Buildings"),
        ),
        Count(
            title=Text("Budynki według liczby kondygnacji", "Buildings by storeys"),
            by="storeys_above",
            bins=(2, 3, 5, 10),
        ),
        Count(
            title=Text("Budynki według roku budowy", "Buildings by year built"),
            by="year_built",
            bins=(1919, 1946, 1971, 1991, 2011),
        ),
        Sum(
            title=Text("Mieszkańcy budynków", "Residents of the buildings"),
            of=("residents",),
            key=Text("Mieszkańcy (szacunek)", "Residents (estimate)"),
        ),
    ),
    min_zoom=11,
    tile_fields=(
        (0, ("use_class",)),
        (
            15,
            (
                "use_class",
                "storeys_above",
                "height_m",
                "name",
            ),
        ),
    ),
    merge_small=True,
    search=Findable("building", Text("Budynek", "Building"), "building", ("name",), weight=4, detail=("use_class",)),
)
