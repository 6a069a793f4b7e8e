"""Zoning plans: Permitted land use in local spatial development plans."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between, one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Portal, Source
from layers.schema.report_items import Share, Within
from layers.text import Text
from layers.words import word_index

LAND_USES = {
    "MN": Text("zabudowa jednorodzinna", "single-family housing"),
    "MW": Text("zabudowa wielorodzinna", "multi-family housing"),
    "U": Text("usługi", "services"),
    "P": Text("produkcja i składy", "industry and storage"),
    "ZP": Text("zieleń urządzona", "parks"),
    "ZL": Text("lasy", "forest"),
    "R": Text("rolnictwo", "farming"),
    "WS": Text("wody", "water"),
    "KD": Text("drogi publiczne", "public roads"),
    "UO": Text("oświata", "education"),
}


class ZoningPlan(CityFeature):
    """One version of one plan area."""

    plan_name = models.CharField(max_length=200, null=True)
    resolution_no = models.CharField(max_length=60, null=True)
    symbol = models.CharField(max_length=20, null=True)
    land_use = models.CharField(max_length=24, null=True)
    permitted_use = models.CharField(max_length=300, null=True)
    max_height_m = models.FloatField(null=True)
    min_green_share_pct = models.FloatField(null=True)
    adopted_on = models.DateField(null=True)
    geom: models.Field = CityGeometryField(shape="MULTIPOLYGON")

    class Meta(CityFeature.Meta):
        indexes = [*CityFeature.Meta.indexes, word_index("zoningplan", "plan_name")]
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("zoning_plan", "land_use", LAND_USES),
            between("zoning_plan", "max_height_m", 0, 400),
            between("zoning_plan", "min_green_share_pct", 0, 100),
        ]


KIND = LayerKind(
    slug="zoning_plans",
    order=60,
    model=ZoningPlan,
    title=Text("Plany miejscowe (MPZP)", "Zoning plans"),
    singular=Text("Teren planu", "Plan area"),
    description=Text(
        "Przeznaczenie terenu w miejscowych planach zagospodarowania przestrzennego.",
        "Permitted land use in local spatial development plans.",
    ),
    theme=Text("Zabudowa i grunty", "Buildings and land"),
    shape="MULTIPOLYGON",
    fields=(
        KindField(
            "plan_name",
            Text("Plan", "Plan"),
            synonyms=(
                "nazwa",
                "plan",
                "nazwa_planu",
            ),
        ),
        KindField("resolution_no", Text("Uchwała", "Resolution"), synonyms=("uchwala",)),
        KindField(
            "symbol",
            Text("Symbol", "Symbol"),
            synonyms=(
                "symbol",
                "oznaczenie",
            ),
        ),
        KindField(
            "land_use",
            Text("Przeznaczenie", "Designated use"),
            choices=LAND_USES,
            synonyms=(
                "przeznaczenie",
                "filtr_przezna",
            ),
        ),
        KindField("permitted_use", Text("Dopuszczone", "Also permitted"), synonyms=("dopuszczone",)),
        KindField(
            "max_height_m",
            Text("Największa wysokość", "Height limit"),
            unit="m",
            decimals=2,
            synonyms=(
                "wysokosc",
                "max_wysokosc",
            ),
        ),
        KindField(
            "min_green_share_pct",
            Text("Najmniejszy udział zieleni", "Minimum green share"),
            unit="%",
            decimals=1,
        ),
        KindField(
            "adopted_on",
            Text("Data uchwalenia", "Adopted on"),
            synonyms=(
                "data",
                "data_uchwalenia",
            ),
        ),
    ),
    source=Source(
        Text("Wydział Urbanistyki", "City planning department"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("po każdej zmianie", "after every change"),
    ),
    portal=Portal(
        themes=("REGI", "GOVE"),
        high_value="environment",
        keywords=(Text("MPZP", "zoning plans"), Text("planowanie przestrzenne", "spatial planning")),
    ),
    style=(
        {
            "type": "fill",
            "paint": {
                "fill-opacity": 0.6,
                "fill-color": [
                    "match",
                    ["get", "land_use"],
                    "MN",
                    "#e8c39e",
                    "MW",
                    "#d18b5f",
                    "U",
                    "#d76a6a",
                    "P",
                    "#9a86b8",
                    ["ZP", "ZL"],
                    "#7fae74",
                    "R",
                    "#e6e0a3",
                    "WS",
                    "#8fbcd4",
                    "KD",
                    "#cfcfcf",
                    "UO",
                    "#e09bb5",
                    "#cccccc",
                ],
            },
        },
        {"type": "line", "paint": {"line-color": "#7a5c4a", "line-width": 0.8}},
        {
            "type": "symbol",
            "minzoom": 14,
            "layout": {"text-field": ["get", "symbol"], "text-size": 12},
            "paint": {"text-color": "#4d372a", "text-halo-color": "#ffffff", "text-halo-width": 1.4},
        },
    ),
    legend=(
        Legend(Text("Mieszkaniowe jednorodzinne", "Single-family housing"), "#e8c39e", "fill", 0.6),
        Legend(Text("Mieszkaniowe wielorodzinne", "Multi-family housing"), "#d18b5f", "fill", 0.6),
        Legend(Text("Usługi", "Services"), "#d76a6a", "fill", 0.6),
        Legend(Text("Oświata", "Education"), "#e09bb5", "fill", 0.6),
        Legend(Text("Produkcja i składy", "Industry and storage"), "#9a86b8", "fill", 0.6),
        Legend(Text("Zieleń i lasy", "Parks and forest"), "#7fae74", "fill", 0.6),
        Legend(Text("Rolnictwo", "Farming"), "#e6e0a3", "fill", 0.6),
        Legend(Text("Wody", "Water"), "#8fbcd4", "fill", 0.6),
        Legend(Text("Drogi publiczne", "Public roads"), "#cfcfcf", "fill", 0.6),
    ),
    public_fields="all",
    name_field="symbol",
    report_items=(
        Within(
            show=("plan_name", "land_use", "permitted_use", "max_height_m", "min_green_share_pct", "resolution_no"),
            none=Text("brak planu miejscowego w tym miejscu", "no local plan here"),
            key=Text("Plan miejscowy", "Local plan"),
        ),
        Share(
            title=Text("Przeznaczenie w planach miejscowych", "Designated use in local plans"),
            by="land_use",
            none=Text("brak planu miejscowego w tym miejscu", "no local plan here"),
        ),
    ),
    min_zoom=11,
    tile_fields=(
        (
            0,
            (
                "land_use",
                "symbol",
            ),
        ),
    ),
    visible=False,
    search=Findable("plan", Text("Plan miejscowy", "Zoning plan"), "polygon", ("plan_name",), weight=5, grouped=True),
)
