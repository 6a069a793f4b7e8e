"""Flood zones: Flooded areas by probability and water depth."""

from django.db import models

from layers.crs import CityGeometryField
from layers.schema.constraints import between, one_of
from layers.schema.feature import CityFeature
from layers.schema.kind import KindField, LayerKind, Legend, Portal, Preset, Source
from layers.schema.report_items import Share, Within
from layers.text import Text

SCENARIOS = {
    "p10": Text("woda 10-letnia (10%)", "1 in 10 years (10%)"),
    "p1": Text("woda 100-letnia (1%)", "1 in 100 years (1%)"),
    "p02": Text("woda 500-letnia (0,2%)", "1 in 500 years (0.2%)"),
    "embankment": Text("zniszczenie wału", "embankment failure"),
}

DEPTH_CLASSES = {
    "1": Text("do 0,5 m", "up to 0.5 m"),
    "2": Text("0,5-2 m", "0.5-2 m"),
    "3": Text("2-4 m", "2-4 m"),
    "4": Text("ponad 4 m", "over 4 m"),
}

VERTICAL_DATUMS = {
    "evrf2007": Text("PL-EVRF2007-NH", "PL-EVRF2007-NH"),
    "kron86": Text("PL-KRON86-NH", "PL-KRON86-NH"),
}

DEPTH_COLORS = (1, "#9fd0ec", 2, "#5da6d6", 3, "#2b78b5", 4, "#12487a")

DRY = Text("poza strefami zagrożenia powodziowego", "outside the flood zones")


def in_scenario(scenario: str, what: Text) -> Text:
    """A title with the scenario's name."""
    title = SCENARIOS[scenario]
    return Text(f"{title.pl}: {what.pl}", f"{title.en}: {what.en}")


class FloodZone(CityFeature):
    """One version of one flood zone."""

    scenario = models.CharField(max_length=24, null=True)
    depth_class = models.SmallIntegerField(null=True)
    velocity_class = models.SmallIntegerField(null=True)
    water_level_m = models.FloatField(null=True)
    vertical_datum = models.CharField(max_length=24, null=True)
    river = models.CharField(max_length=80, null=True)
    valid_from = models.DateField(null=True)
    geom: models.Field = CityGeometryField(shape="MULTIPOLYGON")

    class Meta(CityFeature.Meta):
        constraints = [
            *CityFeature.Meta.constraints,
            one_of("flood_zone", "scenario", SCENARIOS),
            between("flood_zone", "depth_class", 1, 4),
            between("flood_zone", "velocity_class", 1, 4),
            between("flood_zone", "water_level_m", -50, 2600),
            one_of("flood_zone", "vertical_datum", VERTICAL_DATUMS),
        ]


KIND = LayerKind(
    slug="flood_zones",
    order=70,
    model=FloodZone,
    title=Text("Zagrożenie powodziowe", "Flood zones"),
    singular=Text("Strefa zagrożenia", "Flood zone"),
    description=Text(
        "Obszary zalewu według prawdopodobieństwa i głębokości wody.",
        "Flooded areas by probability and water depth.",
    ),
    theme=Text("Bezpieczeństwo", "Safety"),
    shape="MULTIPOLYGON",
    fields=(
        KindField("scenario", Text("Scenariusz", "Scenario"), choices=SCENARIOS, synonyms=("scenariusz",)),
        KindField(
            "depth_class",
            Text("Klasa głębokości", "Depth class"),
            choices=DEPTH_CLASSES,
            synonyms=("glebokosc",),
        ),
        KindField("velocity_class", Text("Klasa prędkości", "Velocity class")),
        KindField(
            "water_level_m",
            Text("Rzędna zwierciadła wody", "Water level"),
            unit="m",
            decimals=2,
            synonyms=("rzedna",),
        ),
        KindField("vertical_datum", Text("Układ wysokości", "Vertical datum"), choices=VERTICAL_DATUMS),
        KindField("river", Text("Rzeka", "River"), synonyms=("rzeka",)),
        KindField("valid_from", Text("Obowiązuje od", "Valid from")),
    ),
    source=Source(
        Text("Wody Polskie, mapy zagrożenia powodziowego", "National flood hazard maps"),
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        Text("co sześć lat", "every six years"),
        rhythm_days=6 * 366,
    ),
    portal=Portal(
        themes=("ENVI", "JUST"),
        high_value="environment",
        keywords=(Text("powódź", "flood"), Text("zagrożenie powodziowe", "flood hazard")),
    ),
    style=(
        {
            "type": "fill",
            "paint": {
                "fill-color": ["match", ["get", "depth_class"], *DEPTH_COLORS, "#7fbce0"],
                "fill-opacity": 0.7,
            },
        },
        {
            "type": "line",
            "minzoom": 13,
            "paint": {"line-color": "#2f74a8", "line-width": 0.6},
        },
    ),
    legend=(
        Legend(Text("Woda do 0,5 m", "Water up to 0.5 m"), "#9fd0ec", "fill", 0.7),
        Legend(Text("0,5-2 m", "0.5-2 m"), "#5da6d6", "fill", 0.7),
        Legend(Text("2-4 m", "2-4 m"), "#2b78b5", "fill", 0.7),
        Legend(Text("Ponad 4 m", "Over 4 m"), "#12487a", "fill", 0.7),
    ),
    # Drawn over each other the scenarios cannot be read; the 1 in 100 years is that of planning law.
    presets=tuple(Preset(SCENARIOS[code], "scenario", code) for code in ("p1", "p10", "p02", "embankment")),
    public_fields="all",
    report_items=(
        Within(
            only="small",
            show=("scenario", "depth_class", "water_level_m", "river"),
            none=DRY,
            key=Text("Zagrożenie powodziowe", "Flood hazard"),
        ),
        Share(
            title=Text("Zalew w kolejnych scenariuszach", "Flooded area by scenario"),
            by="scenario",
            ordered=True,
            none=DRY,
        ),
        Share(
            title=Text("Głębokość wody 100-letniej", "Depth of the 1 in 100 years flood"),
            by="depth_class",
            filter="scenario = 'p1'",
            ordered=True,
            none=DRY,
            key=Text("Zalew wody 100-letniej", "Flooded, 1 in 100 years"),
        ),
    ),
    min_zoom=9,
    tile_fields=(
        (
            0,
            (
                "scenario",
                "depth_class",
            ),
        ),
    ),
    visible=False,
)
