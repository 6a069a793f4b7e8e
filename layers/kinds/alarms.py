"""Alarms: gas and carbon monoxide detectors in homes, for the emergency services only."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import KindField, LayerKind, Legend, Portal, Source
from layers.schema.live import STATION_VALUES
from layers.text import Text

ALARM_TYPES = {
    "gas": Text("gaz ziemny", "natural gas"),
    "co": Text("tlenek węgla", "carbon monoxide"),
    "smoke": Text("dym", "smoke"),
    "other": Text("inny", "other"),
}


class Alarm(CityFeature):
    """One version of one detector."""

    name = models.CharField(max_length=200, null=True)
    alarm_type = models.CharField(max_length=24, null=True)
    operator = models.CharField(max_length=120, null=True)
    address = models.CharField(max_length=200, null=True)
    geom: models.Field = CityGeometryField(shape="POINT")

    class Meta(CityFeature.Meta):
        constraints = [*CityFeature.Meta.constraints, one_of("alarm", "alarm_type", ALARM_TYPES)]


KIND = LayerKind(
    slug="alarms",
    order=84,
    model=Alarm,
    title=Text("Czujniki gazu i czadu", "Gas and CO alarms"),
    singular=Text("Czujnik", "Alarm"),
    description=Text(
        "Czujniki gazu i tlenku węgla w mieszkaniach. Tylko dla służb.",
        "Detectors of gas and carbon monoxide in homes. For the emergency services only.",
    ),
    theme=Text("Bezpieczeństwo", "Safety"),
    shape="POINT",
    fields=(
        KindField("name", Text("Nazwa", "Name"), synonyms=("nazwa",)),
        KindField("alarm_type", Text("Rodzaj", "Type"), choices=ALARM_TYPES, synonyms=("rodzaj", "typ")),
        KindField("operator", Text("Prowadzący", "Operator"), synonyms=("prowadzacy",)),
        KindField("address", Text("Adres", "Address"), synonyms=("adres",)),
    ),
    source=Source(
        Text("Straż pożarna", "Fire brigade"),
        "LicenseRef-internal",
        "",
        Text("po każdej zmianie", "after every change"),
    ),
    portal=Portal(themes=("JUST",), keywords=(Text("czujniki gazu", "gas alarms"),)),
    style=(
        {
            "type": "circle",
            "paint": {
                "circle-radius": 4,
                "circle-color": "#b15928",
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 1,
            },
        },
    ),
    legend=(Legend(Text("Czujnik", "Alarm"), "#b15928", "circle"),),
    level="services",
    name_field="name",
    min_zoom=12,
    tile_fields=((0, ("alarm_type",)),),
    visible=False,
    series=True,
    live=STATION_VALUES,
)
