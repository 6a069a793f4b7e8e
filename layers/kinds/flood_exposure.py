"""Flood exposure: flooded buildings, with depth, residents and loss by scenario. Computed by a study."""

from typing import Any

from django.db import models

from layers.crs import CityGeometryField
from layers.kinds.buildings import USE_CLASSES
from layers.kinds.flood_zones import SCENARIOS, in_scenario
from layers.schema.constraints import between, one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import KindField, LayerKind, Legend, Portal, Source
from layers.schema.report_items import Count, Sum
from layers.text import Text

DAMAGE_CLASSES = {
    "residential": Text("mieszkaniowa", "residential"),
    "commercial": Text("usługowa", "commercial"),
    "industrial": Text("przemysłowa", "industrial"),
}

METHODS = {
    "class_midpoint": Text("środek klasy głębokości", "middle of the depth class"),
    "no_depth": Text("głębokość nieznana", "depth not known"),
}

SHARE = Text("część obrysu w wodzie", "share of the footprint in water")
DEPTH = Text("głębokość wody", "water depth")
LOSS = Text("strata", "loss")
LOSS_COLORS = (0, "#f3d9a4", 50_000, "#eba65c", 200_000, "#d96c3d", 1_000_000, "#a3313a")


def _fields_of(scenario: str) -> tuple[KindField, ...]:
    return (
        KindField(f"share_{scenario}", in_scenario(scenario, SHARE), decimals=4),
        KindField(f"depth_{scenario}_m", in_scenario(scenario, DEPTH), unit="m", decimals=3),
        KindField(f"loss_{scenario}_pln", in_scenario(scenario, LOSS), unit="zł", decimals=0),
    )


def _limits_of(scenario: str) -> list[Any]:
    return [
        between("flood_exposure", f"share_{scenario}", 0, 1),
        between("flood_exposure", f"depth_{scenario}_m", 0, 30),
        between("flood_exposure", f"loss_{scenario}_pln", 0, 1e12),
    ]


class FloodExposure(CityFeature):
    """One version of one exposed building."""

    building_id = models.UUIDField(null=True)
    use_class = models.CharField(max_length=24, null=True)
    damage_class = models.CharField(max_length=24, null=True)
    residents = models.FloatField(null=True)
    footprint_m2 = models.FloatField(null=True)
    first_scenario = models.CharField(max_length=24, null=True)
    ead_pln = models.FloatField(null=True)
    share_p10 = models.FloatField(null=True)
    depth_p10_m = models.FloatField(null=True)
    loss_p10_pln = models.FloatField(null=True)
    share_p1 = models.FloatField(null=True)
    depth_p1_m = models.FloatField(null=True)
    loss_p1_pln = models.FloatField(null=True)
    share_p02 = models.FloatField(null=True)
    depth_p02_m = models.FloatField(null=True)
    loss_p02_pln = models.FloatField(null=True)
    share_embankment = models.FloatField(null=True)
    depth_embankment_m = models.FloatField(null=True)
    loss_embankment_pln = models.FloatField(null=True)
    method = models.CharField(max_length=24, null=True)
    geom: models.Field = CityGeometryField(shape="MULTIPOLYGON")

    class Meta(CityFeature.Meta):
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("flood_exposure", "use_class", USE_CLASSES),
            one_of("flood_exposure", "damage_class", DAMAGE_CLASSES),
            between("flood_exposure", "residents", 0, 20000),
            between("flood_exposure", "footprint_m2", 0, 1e7),
            one_of("flood_exposure", "first_scenario", SCENARIOS),
            between("flood_exposure", "ead_pln", 0, 1e12),
            *(limit for scenario in SCENARIOS for limit in _limits_of(scenario)),
            one_of("flood_exposure", "method", METHODS),
        ]


KIND = LayerKind(
    slug="flood_exposure",
    order=71,
    model=FloodExposure,
    title=Text("Budynki narażone na powódź", "Buildings exposed to floods"),
    singular=Text("Budynek narażony na powódź", "Building exposed to floods"),
    description=Text(
        "Budynki, do których dociera woda: głębokość, mieszkańcy, strata w każdym scenariuszu i oczekiwana strata "
        "roczna.",
        "Buildings that water reaches: depth, residents, loss in each scenario and expected annual damage.",
    ),
    theme=Text("Bezpieczeństwo", "Safety"),
    shape="MULTIPOLYGON",
    fields=(
        KindField("building_id", Text("Identyfikator budynku", "Building identifier")),
        KindField("use_class", Text("Funkcja", "Use"), choices=USE_CLASSES),
        KindField("damage_class", Text("Krzywa strat", "Damage curve"), choices=DAMAGE_CLASSES),
        KindField("residents", Text("Mieszkańcy (szacunek)", "Residents (estimate)"), decimals=1),
        KindField("footprint_m2", Text("Powierzchnia zabudowy", "Footprint"), unit="m²", decimals=2),
        KindField("first_scenario", Text("Najczęstsza woda", "Most frequent flood"), choices=SCENARIOS),
        KindField("ead_pln", Text("Oczekiwana strata roczna", "Expected annual damage"), unit="zł", decimals=0),
        *(field for scenario in SCENARIOS for field in _fields_of(scenario)),
        KindField("method", Text("Skąd głębokość", "Depth taken from"), choices=METHODS),
    ),
    source=Source(
        Text("Analiza zagrożenia powodziowego", "Flood exposure study"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("po każdej zmianie budynków lub stref", "after every change of buildings or zones"),
    ),
    portal=Portal(themes=("ENVI", "JUST"), keywords=(Text("powódź", "flood"),)),
    style=(
        {
            "type": "fill",
            "paint": {
                "fill-color": ["step", ["coalesce", ["get", "loss_p1_pln"], -1], "#e8e2d2", *LOSS_COLORS],
                "fill-outline-color": "#7d3a2a",
            },
        },
    ),
    legend=(
        Legend(Text("Woda 100-letnia nie dociera", "Not reached by the 1 in 100 years flood"), "#e8e2d2", "fill"),
        Legend(Text("Strata do 50 tys. zł", "Loss up to 50,000 zł"), "#f3d9a4", "fill"),
        Legend(Text("50-200 tys. zł", "50,000-200,000 zł"), "#eba65c", "fill"),
        Legend(Text("0,2-1 mln zł", "0.2-1 million zł"), "#d96c3d", "fill"),
        Legend(Text("Ponad 1 mln zł", "Over 1 million zł"), "#a3313a", "fill"),
    ),
    level="staff",
    min_zoom=11,
    tile_fields=((0, ("first_scenario", "loss_p1_pln")),),
    visible=False,
    estimated=Text(
        "Szacunek: krzywe strat JRC i środki klas głębokości, nie operat szkód.",
        "Estimate: JRC damage curves and middles of depth classes, not an assessed loss.",
    ),
    study="flood_exposure",
    report_items=(
        Count(
            title=Text(
                "Budynki narażone na powódź, według najczęstszej wody", "Exposed buildings by most frequent flood"
            ),
            by="first_scenario",
            ordered=True,
            key=Text("Budynki narażone na powódź", "Buildings exposed to floods"),
        ),
        Sum(
            title=Text("Skutki wody 100-letniej", "Effects of the 1 in 100 years flood"),
            of=("residents", "loss_p1_pln", "ead_pln"),
            filter="share_p1 IS NOT NULL",
        ),
    ),
)
