"""Roads and streets: The road network, split at junctions, with start and end nodes."""

from django.db import models

from layers.constraints import between, one_of
from layers.crs import CityGeometryField
from layers.feature import CityFeature
from layers.kind import Findable, KindField, LayerKind, Legend, Says, Source
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
    ),
    style=(
        {
            "type": "line",
            "layout": {"line-cap": "round", "line-join": "round"},
            "paint": {
                "line-color": [
                    "match",
                    ["get", "road_class"],
                    ["motorway", "expressway"],
                    "#b5541c",
                    "main",
                    "#c9973f",
                    "#b9b4a8",
                ],
                "line-width": [
                    "interpolate",
                    ["exponential", 1.6],
                    ["zoom"],
                    9,
                    ["match", ["get", "road_class"], ["motorway", "expressway"], 1.6, "main", 1.1, 0.3],
                    16,
                    [
                        "match",
                        ["get", "road_class"],
                        ["motorway", "expressway"],
                        12,
                        "main",
                        10,
                        "collector",
                        8,
                        "local",
                        6.5,
                        3.4,
                    ],
                ],
            },
        },
        {
            "type": "line",
            "minzoom": 11,
            "layout": {"line-cap": "round", "line-join": "round"},
            "paint": {
                "line-color": [
                    "match",
                    ["get", "road_class"],
                    ["motorway", "expressway"],
                    "#f0a35e",
                    "main",
                    "#fbdc8f",
                    "#ffffff",
                ],
                "line-width": [
                    "interpolate",
                    ["exponential", 1.6],
                    ["zoom"],
                    11,
                    ["match", ["get", "road_class"], ["motorway", "expressway"], 2, "main", 1.4, 0.2],
                    16,
                    [
                        "match",
                        ["get", "road_class"],
                        ["motorway", "expressway"],
                        9.5,
                        "main",
                        7.6,
                        "collector",
                        6,
                        "local",
                        4.8,
                        2,
                    ],
                ],
            },
        },
        {
            "type": "symbol",
            "minzoom": 14,
            "layout": {"symbol-placement": "line", "text-field": ["get", "name"], "text-size": 11.5},
            "paint": {"text-color": "#4a463f", "text-halo-color": "#ffffff", "text-halo-width": 1.6},
        },
    ),
    legend=(
        Legend(Text("Droga ekspresowa", "Expressway"), "#f0a35e", "line"),
        Legend(Text("Droga główna", "Main road"), "#fbdc8f", "line"),
        Legend(Text("Pozostałe drogi", "Other roads"), "#b9b4a8", "line"),
    ),
    public_fields="all",
    name_field="name",
    says=(
        Says(
            "length",
            title=Text("Długość dróg według klasy", "Length of roads by class"),
            by="road_class",
            ordered=True,
            key=Text("Drogi", "Roads"),
        ),
        Says("nearest", title=Text("Najbliższa ulica", "Nearest street"), filter="name IS NOT NULL", only="point"),
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
    explode=True,
    search=Findable("street", Text("Ulica", "Street"), "street", ("name",), weight=0, grouped=True),
)
