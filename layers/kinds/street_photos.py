"""Street photos: where, when and in which direction each was taken. Staff only; the picture needs an ability."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import KindField, LayerKind, Legend, Portal, Source
from layers.text import Text

PROJECTIONS = {
    "flat": Text("zwykłe", "ordinary"),
    "equirectangular": Text("sferyczne (360°)", "spherical (360°)"),
}
ORIGINS = {
    "exif": Text("metadane EXIF", "EXIF metadata"),
    "xmp": Text("metadane XMP", "XMP metadata"),
    "sidecar": Text("plik obok zdjęcia", "file beside the photo"),
    "description": Text("opis w zdjęciu", "description in the photo"),
    "track": Text("ślad GPX", "GPX track"),
    "gps": Text("czas GPS", "GPS time"),
    "clock": Text("zegar aparatu", "the camera's clock"),
    "clock_in_zone": Text("zegar aparatu w strefie czasu miasta", "the camera's clock in the city's time zone"),
    "magnetic": Text("kompas z deklinacją", "compass with declination"),
    "pose": Text("orientacja zdjęcia sferycznego", "pose of the spherical photo"),
    "course": Text("kurs odbiornika", "the receiver's course"),
    "neighbour": Text("kierunek do następnego zdjęcia", "the way to the next photo"),
}
"""Where a position, time or heading is from (`ingest.photos.resolving.Origin`)."""


class StreetPhoto(CityFeature):
    """One version of one photo's place, time and heading. `picture` is the key of its medium."""

    photo_run = models.CharField(max_length=80, null=True)
    number = models.IntegerField(null=True)
    name = models.CharField(max_length=300, null=True)
    taken_at = models.DateTimeField(null=True)
    heading_deg = models.FloatField(null=True)
    hfov_deg = models.FloatField(null=True)
    projection = models.CharField(max_length=16, null=True)
    altitude_m = models.FloatField(null=True)
    accuracy_m = models.FloatField(null=True)
    position_from = models.CharField(max_length=16, null=True)
    time_from = models.CharField(max_length=16, null=True)
    heading_from = models.CharField(max_length=16, null=True)
    picture = models.CharField(max_length=36, null=True)
    geom: models.Field = CityGeometryField(shape="POINT")

    class Meta(CityFeature.Meta):
        indexes = [
            *CityFeature.Meta.indexes,
            models.Index(fields=["photo_run", "number"], name="streetphoto_order"),
            models.Index(fields=["picture"], name="streetphoto_picture"),
        ]
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("streetphoto", "projection", PROJECTIONS),
            one_of("streetphoto", "position_from", ORIGINS),
            one_of("streetphoto", "time_from", ORIGINS),
            one_of("streetphoto", "heading_from", ORIGINS),
        ]


KIND = LayerKind(
    slug="street_photos",
    order=94,
    model=StreetPhoto,
    title=Text("Zdjęcia ulic (robocze)", "Street photos (working)"),
    singular=Text("Zdjęcie ulicy", "Street photo"),
    description=Text(
        "Gdzie, kiedy i w którą stronę zrobiono każde zdjęcie. Samo zdjęcie widzą osoby z uprawnieniem „zdjęcia”.",
        "Where, when and in which direction each photo was taken. The picture itself needs the ability “photos”.",
    ),
    theme=Text("Zdjęcia ulic", "Street photos"),
    shape="POINT",
    fields=(
        KindField("photo_run", Text("Przejazd", "Run")),
        KindField("number", Text("Numer", "Number")),
        KindField("name", Text("Plik", "File")),
        KindField("taken_at", Text("Czas wykonania", "Taken at")),
        KindField("heading_deg", Text("Kierunek", "Heading"), unit="°", decimals=2),
        KindField("hfov_deg", Text("Kąt widzenia", "Field of view"), unit="°", decimals=2),
        KindField("projection", Text("Odwzorowanie", "Projection"), choices=PROJECTIONS),
        KindField("altitude_m", Text("Wysokość n.p.m.", "Altitude"), unit="m", decimals=2),
        KindField("accuracy_m", Text("Dokładność położenia", "Accuracy of the position"), unit="m", decimals=2),
        KindField("position_from", Text("Położenie z", "Position from"), choices=ORIGINS),
        KindField("time_from", Text("Czas z", "Time from"), choices=ORIGINS),
        KindField("heading_from", Text("Kierunek z", "Heading from"), choices=ORIGINS),
        KindField("picture", Text("Klucz zdjęcia", "Key of the picture")),
    ),
    source=Source(
        Text("Fotorejestracja ulic miasta", "The city's photo registration of streets"),
        "LicenseRef-internal",
        "",
        Text("po każdym przejeździe", "after every run"),
    ),
    portal=Portal(themes=("TRAN",), keywords=(Text("zdjęcia ulic", "street photos"),)),
    style=(
        {
            "type": "circle",
            "paint": {
                "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 1.5, 17, 5],
                "circle-color": "#b0307a",
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 0.6,
            },
        },
    ),
    legend=(Legend(Text("Zdjęcie", "Photo"), "#b0307a", "circle"),),
    level="staff",
    name_field="name",
    min_zoom=13,
    tile_fields=((0, ("photo_run", "number")), (15, ("photo_run", "number", "heading_deg", "projection", "picture"))),
    visible=False,
    by_hand=False,
)
