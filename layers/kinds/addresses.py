"""Addresses: Address points with street, number and postcode."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source, themed
from layers.schema.report_items import Count, Nearest
from layers.text import Text
from layers.words import word_index


class Address(CityFeature):
    """One version of one address."""

    street = models.CharField(max_length=120, null=True)
    house_number = models.CharField(max_length=20, null=True)
    postcode = models.CharField(max_length=12, null=True)
    locality = models.CharField(max_length=80, null=True)
    geom: models.Field = CityGeometryField(shape="POINT")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("address", "street")]


KIND = LayerKind(
    slug="addresses",
    order=40,
    model=Address,
    title=Text("Punkty adresowe", "Addresses"),
    singular=Text("Adres", "Address"),
    description=Text(
        "Punkty adresowe z ulicą, numerem i kodem pocztowym.",
        "Address points with street, number and postcode.",
    ),
    theme=Text("Zabudowa i grunty", "Buildings and land"),
    shape="POINT",
    fields=(
        KindField(
            "street",
            Text("Ulica", "Street"),
            synonyms=(
                "ulica",
                "straatnaam",
                "addr_street",
                "nazwa_ulicy",
                "ulica_nazwa",
            ),
        ),
        KindField(
            "house_number",
            Text("Numer", "Number"),
            synonyms=(
                "numer",
                "nr",
                "huisnummer",
                "addr_housenumber",
                "numer_porzadkowy",
            ),
        ),
        KindField(
            "postcode",
            Text("Kod pocztowy", "Postcode"),
            synonyms=(
                "kod",
                "kod_pocztowy",
                "addr_postcode",
            ),
        ),
        KindField(
            "locality",
            Text("Miejscowość", "Locality"),
            synonyms=(
                "miejscowosc",
                "woonplaats",
                "addr_city",
                "miasto",
            ),
        ),
    ),
    source=Source(
        Text("Ewidencja miejscowości, ulic i adresów", "Register of places, streets and addresses"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("codziennie", "daily"),
        rhythm_days=1,
    ),
    portal=Portal(
        themes=("REGI",),
        high_value="geospatial",
        keywords=(Text("adresy", "addresses"), Text("punkty adresowe", "address points")),
    ),
    style=(
        {
            "type": "circle",
            "paint": {
                "circle-radius": 2.6,
                "circle-color": "#3d5a80",
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 1,
            },
        },
        {
            "type": "symbol",
            "minzoom": 17,
            "layout": {"text-field": ["get", "house_number"], "text-size": 11, "text-offset": [0, -0.9]},
            "paint": {"text-color": "#2c4160", "text-halo-color": "#ffffff", "text-halo-width": 1.3},
        },
    ),
    legend=(Legend(Text("Adres", "Address"), "#3d5a80", "circle"),),
    basemap=(
        {
            "slot": "label",
            "type": "symbol",
            "minzoom": 17,
            "layout": {"text-field": ["get", "house_number"], "text-size": 11.5, "text-padding": 3},
            "paint": {
                "text-color": themed("#5d5447", "#b4bebb"),
                "text-halo-color": themed("#ffffff", "#222c2a"),
                "text-halo-width": 1,
            },
        },
    ),
    public_fields="all",
    name_field="house_number",
    label=("street", "house_number"),
    report_items=(
        Count(title=Text("Punkty adresowe", "Address points")),
        Nearest(
            title=Text("Najbliższy adres", "Nearest address"),
            show=("postcode", "locality"),
            key=Text("Najbliższy adres", "Nearest address"),
            names_place=True,
        ),
    ),
    min_zoom=15,
    tile_fields=(
        (
            0,
            (
                "house_number",
                "street",
            ),
        ),
    ),
    visible=False,
    search=Findable(
        "address",
        Text("Adres", "Address"),
        "pin",
        ("street",),
        weight=2,
        number="house_number",
        detail=("postcode", "locality"),
    ),
)
