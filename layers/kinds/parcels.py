"""Parcels: Cadastral parcels with number, area and land use."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between, one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source
from layers.schema.report_items import Count, Share, Within
from layers.text import Text
from layers.words import word_index

LAND_USES = {
    "B": Text("tereny mieszkaniowe", "residential land"),
    "Ba": Text("tereny przemysłowe", "industrial land"),
    "Bi": Text("inne tereny zabudowane", "other built-up land"),
    "Bp": Text("tereny zurbanizowane niezabudowane", "urbanised, not built"),
    "Bz": Text("tereny rekreacyjno-wypoczynkowe", "recreation"),
    "dr": Text("drogi", "roads"),
    "Tk": Text("tereny kolejowe", "railways"),
    "R": Text("grunty orne", "arable land"),
    "S": Text("sady", "orchards"),
    "L": Text("łąki", "meadows"),
    "Ps": Text("pastwiska", "pasture"),
    "Ls": Text("lasy", "forests"),
    "Lz": Text("grunty zadrzewione", "wooded land"),
    "W": Text("rowy", "ditches"),
    "Wp": Text("wody płynące", "flowing water"),
    "Ws": Text("wody stojące", "standing water"),
    "N": Text("nieużytki", "wasteland"),
    "Tr": Text("tereny różne", "miscellaneous"),
}

OWNER_GROUPS = {
    "city": Text("gmina", "city"),
    "state": Text("Skarb Państwa", "state"),
    "private": Text("prywatna", "private"),
    "other": Text("inna", "other"),
}


class Parcel(CityFeature):
    """One version of one parcel."""

    parcel_no = models.CharField(max_length=40, null=True)
    identifier = models.CharField(max_length=60, null=True)
    precinct = models.CharField(max_length=120, null=True)
    area_m2 = models.FloatField(null=True)
    land_use = models.CharField(max_length=24, null=True)
    owner_group = models.CharField(max_length=24, null=True)
    geom: models.Field = CityGeometryField(shape="MULTIPOLYGON")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("parcel", "parcel_no"), word_index("parcel", "identifier")]
        constraints = [
            *CityFeature.Meta.constraints,
            between("parcel", "area_m2", 0, 1000000000.0),
            one_of("parcel", "land_use", LAND_USES),
            one_of("parcel", "owner_group", OWNER_GROUPS),
        ]


KIND = LayerKind(
    slug="parcels",
    order=50,
    model=Parcel,
    title=Text("Działki", "Parcels"),
    singular=Text("Działka", "Parcel"),
    description=Text(
        "Działki ewidencyjne z numerem, powierzchnią i użytkiem.",
        "Cadastral parcels with number, area and land use.",
    ),
    theme=Text("Zabudowa i grunty", "Buildings and land"),
    shape="MULTIPOLYGON",
    fields=(
        KindField(
            "parcel_no",
            Text("Numer działki", "Parcel number"),
            synonyms=(
                "numer",
                "nr_dzialki",
                "numer_dzialki",
                "dzialka",
            ),
        ),
        KindField(
            "identifier",
            Text("Identyfikator", "Identifier"),
            synonyms=(
                "iddzialki",
                "id_dzialki",
                "identyfikator",
            ),
        ),
        KindField(
            "precinct",
            Text("Obręb", "Precinct"),
            synonyms=(
                "obreb",
                "precinct",
            ),
        ),
        KindField(
            "area_m2",
            Text("Powierzchnia ewidencyjna", "Registered area"),
            unit="m²",
            decimals=1,
            synonyms=(
                "powierzchnia",
                "poleewidencyjne",
                "area",
            ),
        ),
        KindField(
            "land_use",
            Text("Użytek", "Land use"),
            choices=LAND_USES,
            synonyms=(
                "ofu",
                "uzytek",
            ),
        ),
        KindField("owner_group", Text("Grupa własności", "Ownership group"), choices=OWNER_GROUPS),
    ),
    source=Source(
        Text("Ewidencja gruntów i budynków", "Land and building register"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("codziennie", "daily"),
        rhythm_days=1,
    ),
    portal=Portal(
        themes=("REGI",), high_value="geospatial", keywords=(Text("działki", "parcels"), Text("kataster", "cadastre"))
    ),
    style=(
        {"type": "line", "paint": {"line-color": "#8a6d3b", "line-width": 0.7}},
        {"type": "fill", "paint": {"fill-color": "#8a6d3b", "fill-opacity": 0.02}},
        {
            "type": "symbol",
            "minzoom": 17,
            "layout": {"text-field": ["get", "parcel_no"], "text-size": 11},
            "paint": {"text-color": "#6b5227", "text-halo-color": "#ffffff", "text-halo-width": 1.2},
        },
    ),
    legend=(Legend(Text("Granica działki", "Parcel boundary"), "#8a6d3b", "line"),),
    public_fields=(
        "parcel_no",
        "area_m2",
        "land_use",
    ),
    name_field="parcel_no",
    place_map_zoom=15.5,
    report_items=(
        Within(only="small", show=("area_m2", "land_use"), key=Text("Działka", "Parcel")),
        Share(title=Text("Użytki gruntowe", "Land use in the register"), by="land_use"),
        Count(title=Text("Liczba działek", "Number of parcels"), key=Text("Działki", "Parcels")),
    ),
    min_zoom=14,
    tile_fields=(
        (0, ("land_use",)),
        (
            16,
            (
                "land_use",
                "parcel_no",
            ),
        ),
    ),
    visible=False,
    search=Findable(
        "parcel",
        Text("Działka", "Parcel"),
        "parcel",
        (
            "parcel_no",
            "identifier",
        ),
        weight=6,
        leading=True,
        detail=("area_m2", "precinct"),
    ),
)
