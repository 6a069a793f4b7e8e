"""Roads and streets: The road network, split at junctions, with start and end nodes."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between, one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source, themed
from layers.schema.report_items import Length, Nearest
from layers.text import Text
from layers.words import word_index

ROAD_CLASSES = {
    "motorway": Text("autostrada", "motorway"),
    "expressway": Text("droga ekspresowa", "expressway"),
    "main": Text("droga główna", "main road"),
    "collector": Text("droga zbiorcza", "collector road"),
    "local": Text("droga lokalna", "local road"),
    "internal": Text("droga wewnętrzna", "internal road"),
    "pedestrian": Text("ciąg pieszy", "pedestrian way"),
    "cycle": Text("droga rowerowa", "cycle way"),
    "track": Text("droga gruntowa", "track"),
}

MANAGERS = {
    "national": Text("krajowa", "national"),
    "voivodeship": Text("wojewódzka", "voivodeship"),
    "county": Text("powiatowa", "county"),
    "municipal": Text("gminna", "municipal"),
    "internal": Text("wewnętrzna", "internal"),
}

SURFACES = {
    "asphalt": Text("asfalt", "asphalt"),
    "concrete": Text("beton", "concrete"),
    "paving": Text("kostka", "paving stones"),
    "setts": Text("bruk", "setts"),
    "gravel": Text("tłuczeń lub żwir", "gravel"),
    "dirt": Text("gruntowa", "dirt"),
    "other": Text("inna", "other"),
}


class Road(CityFeature):
    """One version of one road segment."""

    name = models.CharField(max_length=120, null=True)
    road_no = models.CharField(max_length=20, null=True)
    road_class = models.CharField(max_length=24, null=True)
    manager = models.CharField(max_length=24, null=True)
    lanes = models.SmallIntegerField(null=True)
    width_m = models.FloatField(null=True)
    surface = models.CharField(max_length=24, null=True)
    maxspeed_km_h = models.SmallIntegerField(null=True)
    oneway = models.BooleanField(null=True)
    lit = models.BooleanField(null=True)
    bridge = models.BooleanField(null=True)
    tunnel = models.BooleanField(null=True)
    from_node = models.CharField(max_length=60, null=True)
    to_node = models.CharField(max_length=60, null=True)
    geom: models.Field = CityGeometryField(shape="LINESTRING")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("road", "name")]
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("road", "road_class", ROAD_CLASSES),
            one_of("road", "manager", MANAGERS),
            between("road", "lanes", 1, 12),
            between("road", "width_m", 0.5, 100),
            one_of("road", "surface", SURFACES),
            between("road", "maxspeed_km_h", 5, 150),
        ]


FAST = ["motorway", "expressway"]
STREETS = ["local", "internal"]
PATHS = ["track", "cycle", "pedestrian"]
PATH = ["match", ["get", "road_class"], PATHS, True, False]
LARGE = ["match", ["get", "road_class"], [*FAST, "main", "collector"], True, False]
IMPORTANCE = ["match", ["get", "road_class"], FAST, 4, "main", 3, "collector", 2, STREETS, 1, 0]
"""Draw order: larger roads are drawn over smaller ones and labelled first."""

KIND = LayerKind(
    slug="roads",
    order=20,
    model=Road,
    title=Text("Drogi i ulice", "Roads and streets"),
    singular=Text("Odcinek drogi", "Road segment"),
    description=Text(
        "Sieć drogowa podzielona w skrzyżowaniach, z węzłami początku i końca.",
        "The road network, split at junctions, with start and end nodes.",
    ),
    theme=Text("Transport", "Transport"),
    shape="LINESTRING",
    fields=(
        KindField(
            "name",
            Text("Nazwa ulicy", "Street name"),
            synonyms=(
                "nazwa",
                "ulica",
                "street",
                "nazwa_ulicy",
                "rue",
            ),
        ),
        KindField(
            "road_no",
            Text("Numer drogi", "Road number"),
            synonyms=(
                "ref",
                "nr_drogi",
                "numer",
                "numer_drogi",
            ),
        ),
        KindField(
            "road_class",
            Text("Klasa", "Class"),
            choices=ROAD_CLASSES,
            synonyms=(
                "klasa",
                "highway",
            ),
        ),
        KindField("manager", Text("Kategoria zarządcy", "Managed as"), choices=MANAGERS, synonyms=("kategoria",)),
        KindField(
            "lanes",
            Text("Liczba pasów", "Lanes"),
            synonyms=(
                "pasy",
                "liczba_pasow",
            ),
        ),
        KindField(
            "width_m",
            Text("Szerokość jezdni", "Carriageway width"),
            unit="m",
            decimals=2,
            synonyms=(
                "szerokosc",
                "width",
            ),
        ),
        KindField("surface", Text("Nawierzchnia", "Surface"), choices=SURFACES, synonyms=("nawierzchnia",)),
        KindField(
            "maxspeed_km_h",
            Text("Dopuszczalna prędkość", "Speed limit"),
            unit="km/h",
            synonyms=(
                "maxspeed",
                "predkosc",
            ),
        ),
        KindField("oneway", Text("Jednokierunkowa", "One-way"), synonyms=("jednokierunkowa",)),
        KindField("lit", Text("Oświetlona", "Lit"), synonyms=("oswietlona",)),
        KindField("bridge", Text("Most lub wiadukt", "Bridge"), synonyms=("most",)),
        KindField("tunnel", Text("Tunel", "Tunnel"), synonyms=("tunel",)),
        KindField("from_node", Text("Węzeł początkowy", "Start node")),
        KindField("to_node", Text("Węzeł końcowy", "End node")),
    ),
    source=Source(
        Text("Miejski Zarząd Dróg", "City road authority"),
        "CC-BY-4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        Text("co tydzień", "weekly"),
        rhythm_days=7,
    ),
    portal=Portal(
        themes=("TRAN",), high_value="mobility", keywords=(Text("drogi", "roads"), Text("ulice", "streets"))
    ),
    style=(
        {
            "type": "line",
            "layout": {"line-cap": "round", "line-join": "round", "line-sort-key": IMPORTANCE},
            "paint": {
                "line-color": [
                    "match",
                    ["get", "road_class"],
                    FAST,
                    "#b8410f",
                    "main",
                    "#d98a14",
                    "collector",
                    "#5f7f8c",
                    PATHS,
                    "#8a7453",
                    "#93a5ab",
                ],
                "line-width": [
                    "interpolate",
                    ["exponential", 1.5],
                    ["zoom"],
                    9,
                    ["match", ["get", "road_class"], FAST, 1.8, "main", 1.4, "collector", 0.8, 0.4],
                    14,
                    ["match", ["get", "road_class"], FAST, 4.5, "main", 3.6, "collector", 2.6, 1.6],
                    18,
                    ["match", ["get", "road_class"], FAST, 12, "main", 10, "collector", 8, 5],
                ],
            },
        },
    ),
    legend=(
        Legend(Text("Droga ekspresowa", "Expressway"), "#b8410f", "line"),
        Legend(Text("Droga główna", "Main road"), "#d98a14", "line"),
        Legend(Text("Droga zbiorcza", "Collector road"), "#5f7f8c", "line"),
        Legend(Text("Ulica lokalna lub wewnętrzna", "Local or internal street"), "#93a5ab", "line"),
        Legend(Text("Droga gruntowa, pieszo-rowerowa", "Track, foot or cycle way"), "#8a7453", "line"),
    ),
    basemap=(
        {
            "slot": "casing",
            "type": "line",
            "minzoom": 9,
            "filter": ["!", PATH],
            "layout": {"line-cap": "round", "line-join": "round", "line-sort-key": IMPORTANCE},
            "paint": {
                "line-color": [
                    "match",
                    ["get", "road_class"],
                    FAST,
                    themed("#d9914f", "#15100b"),
                    "main",
                    themed("#dcb866", "#161510"),
                    themed("#d5cec1", "#131a19"),
                ],
                "line-width": [
                    "interpolate",
                    ["exponential", 1.6],
                    ["zoom"],
                    9,
                    ["match", ["get", "road_class"], FAST, 2.1, "main", 1.4, "collector", 0, STREETS, 0, 0],
                    11,
                    ["match", ["get", "road_class"], FAST, 3.6, "main", 2.9, "collector", 1.6, STREETS, 0.5, 0],
                    13,
                    ["match", ["get", "road_class"], FAST, 5.6, "main", 4.8, "collector", 3.8, STREETS, 2.9, 2.2],
                    15,
                    ["match", ["get", "road_class"], FAST, 10.5, "main", 9.5, "collector", 7.6, STREETS, 6, 4],
                    17,
                    ["match", ["get", "road_class"], FAST, 26.6, "main", 23.6, "collector", 18.6, STREETS, 15.6, 8.6],
                    20,
                    ["match", ["get", "road_class"], FAST, 194, "main", 169, "collector", 129, STREETS, 104, 52],
                ],
            },
        },
        {
            "slot": "way",
            "type": "line",
            "filter": ["!", PATH],
            "layout": {"line-cap": "round", "line-join": "round", "line-sort-key": IMPORTANCE},
            "paint": {
                "line-color": [
                    "match",
                    ["get", "road_class"],
                    FAST,
                    themed("#f7c793", "#8a6238"),
                    "main",
                    themed("#fdeab8", "#6c5f3c"),
                    "collector",
                    themed("#ffffff", "#4c5855"),
                    themed("#ffffff", "#3d4846"),
                ],
                "line-width": [
                    "interpolate",
                    ["exponential", 1.6],
                    ["zoom"],
                    9,
                    ["match", ["get", "road_class"], FAST, 1.3, "main", 0.8, "collector", 0.15, STREETS, 0, 0],
                    11,
                    ["match", ["get", "road_class"], FAST, 2.4, "main", 1.7, "collector", 0.7, STREETS, 0.25, 0.1],
                    13,
                    ["match", ["get", "road_class"], FAST, 4, "main", 3.2, "collector", 2.2, STREETS, 1.3, 0.6],
                    15,
                    ["match", ["get", "road_class"], FAST, 8.5, "main", 7.5, "collector", 5.6, STREETS, 4, 2],
                    17,
                    ["match", ["get", "road_class"], FAST, 24, "main", 21, "collector", 16, STREETS, 13, 6],
                    20,
                    ["match", ["get", "road_class"], FAST, 190, "main", 165, "collector", 125, STREETS, 100, 48],
                ],
            },
        },
        {
            "slot": "way",
            "type": "line",
            "minzoom": 13,
            "filter": PATH,
            "layout": {"line-join": "round"},
            "paint": {
                "line-color": themed("#bfae91", "#596561"),
                "line-dasharray": [3, 1.5],
                "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 13, 0.7, 16, 1.5, 20, 8],
            },
        },
        {
            "slot": "label",
            "type": "symbol",
            "minzoom": 13,
            "filter": ["step", ["zoom"], LARGE, 14, ["!", PATH], 15.5, True],
            "layout": {
                "symbol-placement": "line",
                "text-field": ["get", "name"],
                "text-size": [
                    "interpolate",
                    ["linear"],
                    ["zoom"],
                    13,
                    ["case", LARGE, 10.5, 10],
                    17,
                    ["case", LARGE, 14, 12.5],
                ],
                "text-max-angle": 30,
                "text-padding": 4,
                "text-letter-spacing": 0.02,
                "symbol-spacing": 340,
                "symbol-sort-key": ["-", 0, IMPORTANCE],
            },
            "paint": {
                "text-color": themed("#504a42", "#c5cecb"),
                "text-halo-color": themed("#ffffff", "#1e2725"),
                "text-halo-width": 1.5,
            },
        },
        {
            "slot": "label",
            "type": "symbol",
            "minzoom": 12,
            "filter": ["all", ["has", "road_no"], ["match", ["get", "road_class"], [*FAST, "main"], True, False]],
            "layout": {
                "symbol-placement": "line",
                "text-field": ["get", "road_no"],
                "text-font": ["Noto Sans Bold"],
                "text-size": 10.5,
                "text-rotation-alignment": "viewport",
                "symbol-spacing": 400,
                "text-padding": 12,
            },
            "paint": {
                "text-color": themed("#8a5a12", "#e3c48c"),
                "text-halo-color": themed("#fff6df", "#2b2417"),
                "text-halo-width": 2.4,
            },
        },
    ),
    public_fields="all",
    name_field="name",
    report_items=(
        Length(
            title=Text("Długość dróg według klasy", "Length of roads by class"),
            by="road_class",
            ordered=True,
            key=Text("Drogi", "Roads"),
        ),
        Nearest(title=Text("Najbliższa ulica", "Nearest street"), filter="name IS NOT NULL", only="point"),
    ),
    min_zoom=8,
    tile_fields=(
        (0, ("road_class",)),
        (
            12,
            (
                "road_class",
                "name",
                "road_no",
            ),
        ),
    ),
    visible=False,
    explode=True,
    search=Findable("street", Text("Ulica", "Street"), "street", ("name",), weight=0, grouped=True),
)
