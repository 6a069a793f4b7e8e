"""Released street photos: pictures in which people are blurred, which everybody may see and use."""

from django.db import models

from layers.crs import CityGeometryField
from layers.kinds.street_photos import PROJECTIONS
from layers.schema.constraints import one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import KindField, LayerKind, Legend, Portal, Source
from layers.text import Text


class ReleasedPhoto(CityFeature):
    """One version of one released photo. `picture` is the public key of its medium, which is its source id too."""

    photo_run = models.CharField(max_length=80, null=True)
    number = models.IntegerField(null=True)
    taken_at = models.DateTimeField(null=True)
    heading_deg = models.FloatField(null=True)
    hfov_deg = models.FloatField(null=True)
    projection = models.CharField(max_length=16, null=True)
    author = models.CharField(max_length=120, null=True)
    picture = models.CharField(max_length=36, null=True)
    geom: models.Field = CityGeometryField(shape="POINT")

    class Meta(CityFeature.Meta):
        indexes = [
            *CityFeature.Meta.indexes,
            models.Index(fields=["photo_run", "number"], name="releasedphoto_order"),
        ]
        constraints = [*CityFeature.Meta.constraints, one_of("releasedphoto", "projection", PROJECTIONS)]


KIND = LayerKind(
    slug="street_photos_released",
    order=96,
    model=ReleasedPhoto,
    title=Text("Zdjęcia ulic", "Street photos"),
    singular=Text("Zdjęcie ulicy", "Street photo"),
    description=Text(
        "Zdjęcia ulic, na których zamazano osoby, przejrzane i udostępnione przez pracownika. "
        "O usunięcie zdjęcia może poprosić każdy.",
        "Street photos in which people are blurred, reviewed and released by a person. "
        "Anybody may ask for the removal of a picture.",
    ),
    theme=Text("Zdjęcia ulic", "Street photos"),
    shape="POINT",
    fields=(
        KindField("photo_run", Text("Przejazd", "Run")),
        KindField("number", Text("Numer", "Number")),
        KindField("taken_at", Text("Czas wykonania", "Taken at")),
        KindField("heading_deg", Text("Kierunek", "Heading"), unit="°", decimals=2),
        KindField("hfov_deg", Text("Kąt widzenia", "Field of view"), unit="°", decimals=2),
        KindField("projection", Text("Odwzorowanie", "Projection"), choices=PROJECTIONS),
        KindField("author", Text("Autor", "Author")),
        KindField("picture", Text("Klucz zdjęcia", "Key of the picture")),
    ),
    source=Source(
        Text("Fotorejestracja ulic miasta", "The city's photo registration of streets"),
        "CC-BY-4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        Text("po każdym udostępnieniu", "after every release"),
    ),
    portal=Portal(
        themes=("TRAN",),
        keywords=(Text("zdjęcia ulic", "street photos"), Text("fotorejestracja", "photo registration")),
    ),
    style=(
        {
            "type": "circle",
            "paint": {
                "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 1.5, 17, 5],
                "circle-color": "#0a7f5a",
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 0.6,
            },
        },
    ),
    legend=(Legend(Text("Zdjęcie ulicy", "Street photo"), "#0a7f5a", "circle"),),
    public_fields="all",
    min_zoom=13,
    tile_fields=((0, ("photo_run", "number")), (15, ("photo_run", "number", "heading_deg", "projection", "picture"))),
    visible=False,
    by_hand=False,
)
