"""Stations: carriers of sensors at a place - air, water, weather, forest, structures."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source
from layers.schema.live import STATION_VALUES
from layers.schema.report_items import Nearest
from layers.text import Text
from layers.words import word_index

STATION_TYPES = {
    "air": Text("jakość powietrza", "air quality"),
    "river": Text("stan wody", "water level"),
    "weather": Text("pogoda", "weather"),
    "forest": Text("ściółka leśna", "forest litter"),
    "structure": Text("stan budowli", "structure"),
    "other": Text("inna", "other"),
}
STANDINGS = {
    "reference": Text("odniesienia (urzędowa)", "reference (official)"),
    "indicative": Text("wskaźnikowa", "indicative"),
    "test": Text("próbna", "on trial"),
    "ended": Text("zamknięta", "closed"),
}


class Station(CityFeature):
    """One version of one station."""

    name = models.CharField(max_length=200, null=True)
    station_type = models.CharField(max_length=24, null=True)
    operator = models.CharField(max_length=120, null=True)
    standing = models.CharField(max_length=24, null=True)
    address = models.CharField(max_length=200, null=True)
    geom: models.Field = CityGeometryField(shape="POINT")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("station", "name")]
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("station", "station_type", STATION_TYPES),
            one_of("station", "standing", STANDINGS),
        ]


KIND = LayerKind(
    slug="stations",
    order=82,
    model=Station,
    title=Text("Stacje pomiarowe", "Measuring stations"),
    singular=Text("Stacja pomiarowa", "Measuring station"),
    description=Text(
        "Stacje, które mierzą powietrze, rzeki, pogodę, ściółkę leśną i stan budowli.",
        "Stations that measure air, rivers, weather, forest litter and the condition of structures.",
    ),
    theme=Text("Środowisko", "Environment"),
    shape="POINT",
    fields=(
        KindField("name", Text("Nazwa", "Name"), synonyms=("nazwa", "stacja", "station")),
        KindField(
            "station_type", Text("Rodzaj", "Type"), choices=STATION_TYPES, synonyms=("rodzaj", "typ_stacji", "type")
        ),
        KindField("operator", Text("Prowadzący", "Operator"), synonyms=("prowadzacy", "wlasciciel")),
        KindField("standing", Text("Status", "Standing"), choices=STANDINGS, synonyms=("status",)),
        KindField("address", Text("Adres", "Address"), synonyms=("adres",)),
    ),
    source=Source(
        Text("Operatorzy stacji", "Operators of the stations"),
        "CC-BY-4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        Text("po każdej zmianie", "after every change"),
    ),
    portal=Portal(
        themes=("ENVI",),
        high_value="environment",
        keywords=(Text("czujniki", "sensors"), Text("pomiary", "measurements"), Text("stacje", "stations")),
    ),
    style=(
        {
            "type": "circle",
            "paint": {
                "circle-radius": 5,
                "circle-color": "#6a3d9a",
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 1.5,
            },
        },
    ),
    legend=(Legend(Text("Stacja pomiarowa", "Measuring station"), "#6a3d9a", "circle"),),
    public_fields="all",
    name_field="name",
    report_items=(
        Nearest(
            title=Text("Najbliższa stacja pomiarowa", "Nearest measuring station"),
            show=("station_type", "operator", "standing"),
        ),
    ),
    min_zoom=9,
    tile_fields=((0, ("name", "station_type", "standing")),),
    visible=False,
    series=True,
    live=STATION_VALUES,
    search=Findable("station", Text("Stacja pomiarowa", "Measuring station"), "point", ("name",), weight=8),
)
