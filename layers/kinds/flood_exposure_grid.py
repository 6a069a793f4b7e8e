"""Flood exposure by grid square: flooded buildings, residents and loss by scenario. Computed by a study.

Public: a square, or a scenario in it, is left out where fewer than ten buildings or ten residents would be counted.
"""

from typing import Any

from django.db import models

from layers.crs import CityGeometryField
from layers.kinds.flood_zones import SCENARIOS, in_scenario
from layers.schema.constraints import between
from layers.schema.feature import CityFeature
from layers.schema.kind import KindField, LayerKind, Legend, Portal, Source
from layers.schema.report_items import Sum
from layers.text import Text

BUILDINGS = Text("budynki", "buildings")
PEOPLE = Text("mieszkańcy", "residents")
LOSS = Text("strata", "loss")
LOSS_COLORS = (0, "#f3d9a4", 2_000_000, "#eba65c", 5_000_000, "#d96c3d", 10_000_000, "#a3313a")


def _fields_of(scenario: str) -> tuple[KindField, ...]:
    return (
        KindField(f"buildings_{scenario}", in_scenario(scenario, BUILDINGS)),
        KindField(f"people_{scenario}", in_scenario(scenario, PEOPLE)),
        KindField(f"loss_{scenario}_pln", in_scenario(scenario, LOSS), unit="zł", decimals=0),
    )


def _limits_of(scenario: str) -> list[Any]:
    return [
        between("flood_exposure_grid", f"buildings_{scenario}", 10, 1e6),
        between("flood_exposure_grid", f"people_{scenario}", 10, 1e6),
        between("flood_exposure_grid", f"loss_{scenario}_pln", 0, 1e12),
    ]


class FloodExposureGrid(CityFeature):
    """One version of one square."""

    ead_pln = models.FloatField(null=True)
    buildings_p10 = models.IntegerField(null=True)
    people_p10 = models.IntegerField(null=True)
    loss_p10_pln = models.FloatField(null=True)
    buildings_p1 = models.IntegerField(null=True)
    people_p1 = models.IntegerField(null=True)
    loss_p1_pln = models.FloatField(null=True)
    buildings_p02 = models.IntegerField(null=True)
    people_p02 = models.IntegerField(null=True)
    loss_p02_pln = models.FloatField(null=True)
    buildings_embankment = models.IntegerField(null=True)
    people_embankment = models.IntegerField(null=True)
    loss_embankment_pln = models.FloatField(null=True)
    geom: models.Field = CityGeometryField(shape="MULTIPOLYGON")

    class Meta(CityFeature.Meta):
        constraints = [
            *CityFeature.Meta.constraints,
            between("flood_exposure_grid", "ead_pln", 0, 1e12),
            *(limit for scenario in SCENARIOS for limit in _limits_of(scenario)),
        ]


KIND = LayerKind(
    slug="flood_exposure_grid",
    order=72,
    model=FloodExposureGrid,
    title=Text("Skutki powodzi w kwadratach", "Flood effects by square"),
    singular=Text("Kwadrat", "Square"),
    description=Text(
        "Ile budynków i osób obejmuje woda i jaka jest strata, w kwadratach 250 m. Kwadraty z mniej niż 10 budynkami "
        "lub 10 osobami są pominięte.",
        "How many buildings and people water reaches and the loss, in squares of 250 m. Squares with fewer than 10 "
        "buildings or 10 people are left out.",
    ),
    theme=Text("Bezpieczeństwo", "Safety"),
    shape="MULTIPOLYGON",
    fields=(
        KindField("ead_pln", Text("Oczekiwana strata roczna", "Expected annual damage"), unit="zł", decimals=0),
        *(field for scenario in SCENARIOS for field in _fields_of(scenario)),
    ),
    source=Source(
        Text("Analiza zagrożenia powodziowego", "Flood exposure study"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("po każdej zmianie budynków lub stref", "after every change of buildings or zones"),
    ),
    portal=Portal(themes=("ENVI", "JUST"), keywords=(Text("powódź", "flood"), Text("narażenie", "exposure"))),
    style=(
        {
            "type": "fill",
            "paint": {
                "fill-color": ["step", ["coalesce", ["get", "loss_p1_pln"], -1], "#e8e2d2", *LOSS_COLORS],
                "fill-opacity": 0.75,
            },
        },
        {"type": "line", "minzoom": 12, "paint": {"line-color": "#7d3a2a", "line-width": 0.6}},
    ),
    legend=(
        Legend(
            Text("Za mało danych dla wody 100-letniej", "Too few for the 1 in 100 years flood"), "#e8e2d2", "fill"
        ),
        Legend(Text("Strata do 2 mln zł", "Loss up to 2 million zł"), "#f3d9a4", "fill"),
        Legend(Text("2-5 mln zł", "2-5 million zł"), "#eba65c", "fill"),
        Legend(Text("5-10 mln zł", "5-10 million zł"), "#d96c3d", "fill"),
        Legend(Text("Ponad 10 mln zł", "Over 10 million zł"), "#a3313a", "fill"),
    ),
    public_fields="all",
    min_zoom=9,
    tile_fields=((0, ("loss_p1_pln", "buildings_p1", "people_p1", "ead_pln")),),
    visible=False,
    estimated=Text(
        "Szacunek: krzywe strat JRC i środki klas głębokości, nie operat szkód.",
        "Estimate: JRC damage curves and middles of depth classes, not an assessed loss.",
    ),
    study="flood_exposure",
    report_items=(
        Sum(
            title=Text(
                "Skutki wody 100-letniej: suma kwadratów, o których wolno mówić",
                "Effects of the 1 in 100 years flood: sum of the squares that may be told of",
            ),
            of=("buildings_p1", "people_p1", "loss_p1_pln", "ead_pln"),
        ),
    ),
)
