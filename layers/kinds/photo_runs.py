"""Runs of street photos: drives and walks whose pictures were taken and brought in together. Staff only."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.feature import CityFeature
from layers.schema.kind import KindField, LayerKind, Legend, Portal, Source
from layers.text import Text


class PhotoRunTrack(CityFeature):
    """One version of one run."""

    name = models.CharField(max_length=120, null=True)
    taken_on = models.DateField(null=True)
    camera = models.CharField(max_length=120, null=True)
    author = models.CharField(max_length=120, null=True)
    photos = models.IntegerField(null=True)
    located = models.IntegerField(null=True)
    clock_offset_s = models.FloatField(null=True)
    mount_offset_deg = models.FloatField(null=True)
    geom: models.Field = CityGeometryField(shape="MULTILINESTRING")


KIND = LayerKind(
    slug="photo_runs",
    order=93,
    model=PhotoRunTrack,
    title=Text("Przejazdy fotograficzne", "Photo runs"),
    singular=Text("Przejazd fotograficzny", "Photo run"),
    description=Text(
        "Przejazdy i przejścia, podczas których fotografowano ulice. Tylko dla pracowników.",
        "Drives and walks on which the streets were photographed. For staff only.",
    ),
    theme=Text("Zdjęcia ulic", "Street photos"),
    shape="MULTILINESTRING",
    fields=(
        KindField("name", Text("Nazwa", "Name")),
        KindField("taken_on", Text("Dzień", "Day")),
        KindField("camera", Text("Aparat", "Camera")),
        KindField("author", Text("Autor", "Author")),
        KindField("photos", Text("Liczba zdjęć", "Photos")),
        KindField("located", Text("Zdjęcia z położeniem", "Photos with a position")),
        KindField("clock_offset_s", Text("Poprawka zegara", "Clock correction"), unit="s", decimals=3),
        KindField("mount_offset_deg", Text("Kąt mocowania", "Mounting angle"), unit="°", decimals=2),
    ),
    source=Source(
        Text("Fotorejestracja ulic miasta", "The city's photo registration of streets"),
        "LicenseRef-internal",
        "",
        Text("po każdym przejeździe", "after every run"),
    ),
    portal=Portal(themes=("TRAN",), keywords=(Text("fotorejestracja", "photo registration"),)),
    style=({"type": "line", "paint": {"line-color": "#b0307a", "line-width": 2.5}},),
    legend=(Legend(Text("Przejazd fotograficzny", "Photo run"), "#b0307a", "line"),),
    level="staff",
    name_field="name",
    min_zoom=9,
    tile_fields=((0, ("name", "taken_on")),),
    visible=False,
    by_hand=False,
)
