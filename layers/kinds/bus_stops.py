"""Bus stops: Public transport stops."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source
from layers.schema.report_items import Count, Nearest
from layers.text import Text
from layers.words import word_index


class BusStop(CityFeature):
    """One version of one bus stop."""

    name = models.CharField(max_length=120, null=True)
    stop_code = models.CharField(max_length=20, null=True)
    platform = models.CharField(max_length=12, null=True)
    shelter = models.BooleanField(null=True)
    display = models.BooleanField(null=True)
    operator = models.CharField(max_length=80, null=True)
    geom: models.Field = CityGeometryField(shape="POINT")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("busstop", "name"), word_index("busstop", "stop_code")]


KIND = LayerKind(
    slug="bus_stops",
    order=97,
    model=BusStop,
    title=Text("Przystanki", "Bus stops"),
    singular=Text("Przystanek", "Bus stop"),
    description=Text("Przystanki komunikacji miejskiej.", "Public transport stops."),
    theme=Text("Transport", "Transport"),
    shape="POINT",
    fields=(
        KindField(
            "name",
            Text("Nazwa", "Name"),
            synonyms=(
                "nazwa",
                "nazwa_przystanku",
                "stop_name",
            ),
        ),
        KindField(
            "stop_code",
            Text("Numer", "Stop code"),
            synonyms=(
                "nr",
                "numer",
                "stop_code",
                "stop_id",
            ),
        ),
        KindField(
            "platform",
            Text("Stanowisko", "Platform"),
            synonyms=(
                "stanowisko",
                "platform_code",
            ),
        ),
        KindField("shelter", Text("Wiata", "Shelter"), synonyms=("wiata",)),
        KindField("display", Text("Tablica odjazdów", "Departure display"), synonyms=("tablica",)),
        KindField("operator", Text("Organizator", "Operator")),
    ),
    source=Source(
        Text("Zarząd Transportu Miejskiego", "City transport authority"),
        "CC-BY-4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        Text("co tydzień", "weekly"),
        rhythm_days=7,
    ),
    portal=Portal(
        themes=("TRAN",), keywords=(Text("przystanki", "stops"), Text("transport publiczny", "public transport"))
    ),
    style=(
        {
            "type": "circle",
            "paint": {
                "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2.5, 16, 5],
                "circle-color": "#1f6f54",
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 1.2,
            },
        },
        {
            "type": "symbol",
            "minzoom": 15,
            "layout": {
                "text-field": ["get", "name"],
                "text-size": 11,
                "text-offset": [0, 1.1],
                "text-anchor": "top",
            },
            "paint": {"text-color": "#175240", "text-halo-color": "#ffffff", "text-halo-width": 1.3},
        },
    ),
    legend=(Legend(Text("Przystanek", "Bus stop"), "#1f6f54", "circle"),),
    public_fields="all",
    name_field="name",
    report_items=(
        Count(title=Text("Liczba przystanków", "Number of stops"), key=Text("Przystanki", "Bus stops")),
        Nearest(title=Text("Najbliższy przystanek", "Nearest stop"), key=Text("Przystanek", "Bus stop")),
    ),
    min_zoom=12,
    tile_fields=(
        (
            0,
            (
                "name",
                "stop_code",
            ),
        ),
    ),
    visible=False,
    search=Findable(
        "stop",
        Text("Przystanek", "Bus stop"),
        "stop",
        (
            "name",
            "stop_code",
        ),
        weight=3,
        detail=("platform",),
    ),
)
