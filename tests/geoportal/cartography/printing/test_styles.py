"""Kinds look on paper as on the screen: expressions mean the same as in MapLibre's specification."""

import math

import pytest

from geoportal.cartography.levels import SLOTS
from geoportal.cartography.printing.colors import Color, color_of
from geoportal.cartography.printing.errors import UnknownStyle
from geoportal.cartography.printing.expressions import Scene, check, evaluate, properties_of
from geoportal.cartography.printing.paint import Fill, Line, Words, check_layer, painted
from layers.kinds import KINDS
from layers.schema.kind import in_theme

GRAY = Color(128 / 255, 128 / 255, 128 / 255)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.slug)
def test_every_style_of_every_kind_can_be_printed(kind) -> None:
    for layer in (*kind.style, *(in_theme(part, "light") for part in kind.basemap)):
        check_layer(layer)
    assert {layer["slot"] for layer in kind.basemap} <= set(SLOTS)


@pytest.mark.parametrize(
    "layer",
    [
        {"type": "fill", "paint": {"fill-pattern": "dots"}},
        {"type": "raster"},
        {"type": "fill", "paint": {"fill-color": ["rgb", 1, 2, 3]}},
        {"type": "line", "paint": {"line-color": ["match", ["get", "a"], "x", ["hsl", 1, 2, 3], "#000"]}},
        {"type": "line", "filter": ["within", {}], "paint": {}},
    ],
)
def test_what_cannot_be_printed_is_found_wherever_it_stands(layer) -> None:
    with pytest.raises(UnknownStyle):
        check_layer(layer)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (["get", "use"], "office"),
        (["get", "nothing"], None),
        (["match", ["get", "use"], ["shop", "office"], 1, "school", 2, 3], 1),
        (["match", ["get", "use"], "school", 2, 3], 3),
        (["case", [">", ["get", "storeys"], 5], "high", [">=", ["get", "storeys"], 4], "middle", "low"], "middle"),
        (["step", ["get", "storeys"], "a", 2, "b", 4, "c", 9, "d"], "c"),
        (["step", ["zoom"], "near", 15, "far"], "near"),
        # Half way between 10 and 20; outside the stops the nearest value holds.
        (["interpolate", ["linear"], ["zoom"], 13, 10, 15, 20], 15),
        (["interpolate", ["linear"], ["zoom"], 15, 10, 16, 20], 10),
        (["interpolate", ["linear"], ["zoom"], 9, 10, 12, 20], 20),
        # Exponential with base 2 from 0 to 30 over 4 zooms: (2^2 - 1) / (2^4 - 1) = 0.2 of the way.
        (["interpolate", ["exponential", 2], ["zoom"], 12, 0, 16, 30], 6),
        (["all", ["has", "use"], ["!", ["has", "nothing"]], ["==", ["geometry-type"], "Polygon"]], True),
        (["any", ["==", ["get", "use"], "school"], ["in", ["get", "use"], ["literal", ["office"]]]], True),
        (["coalesce", ["get", "nothing"], ["get", "use"]], "office"),
        (["concat", ["upcase", ["get", "use"]], " ", ["to-string", ["get", "storeys"]]], "OFFICE 4"),
        (["-", 0, ["*", 2, ["get", "storeys"]]], -8),
        (["<", ["get", "nothing"], 3], False),
    ],
)
def test_expressions_give_what_the_specification_says(expression, expected) -> None:
    check(expression)
    assert evaluate(expression, Scene(14, "Polygon", {"use": "office", "storeys": 4})) == expected


def test_colours_are_mixed_weighted_by_opacity() -> None:
    black_to_white = ["interpolate", ["linear"], ["zoom"], 10, "#000000", 12, "rgb(255, 255, 255)"]
    assert evaluate(black_to_white, Scene(11)) == Color(0.5, 0.5, 0.5)
    appearing = ["interpolate", ["linear"], ["zoom"], 10, "rgba(128, 128, 128, 0)", 12, "#808080"]
    assert evaluate(appearing, Scene(11)) == Color(*(GRAY.red,) * 3, 0.5)


@pytest.mark.parametrize(("text", "expected"), [("#f00", (1, 0, 0, 1)), ("#00ff0000", (0, 1, 0, 0))])
def test_colours_are_read_from_hex(text, expected) -> None:
    assert color_of(text) == Color(*expected)


def test_a_style_reads_only_the_properties_it_names() -> None:
    layer = ["match", ["get", "road_class"], ["get", "main"], ["concat", ["get", "name"]], ["has", "number"]]
    assert set(properties_of(layer)) == {"road_class", "name", "number"}


def test_sizes_of_the_screen_become_millimetres() -> None:
    layer = {"type": "line", "paint": {"line-width": 96, "line-dasharray": [2, 1], "line-opacity": 0.5}}
    line = painted(layer, Scene(14))
    # 96 CSS pixels are an inch; dashes count in widths.
    assert isinstance(line, Line)
    assert line.width == pytest.approx(25.4)
    assert line.dash == pytest.approx((50.8, 25.4))
    assert line.color.alpha == 0.5


def test_what_a_filter_leaves_out_is_not_painted() -> None:
    layer = {"type": "fill", "filter": ["==", ["get", "scenario"], "p1"], "paint": {"fill-color": "#123456"}}
    assert painted(layer, Scene(14, "Polygon", {"scenario": "p10"})) is None
    assert isinstance(painted(layer, Scene(14, "Polygon", {"scenario": "p1"})), Fill)


def test_nothing_is_written_where_a_name_is_missing() -> None:
    layer = {"type": "symbol", "layout": {"text-field": ["get", "name"], "text-size": 12}}
    assert painted(layer, Scene(14)) is None
    words = painted(layer, Scene(14, "Point", {"name": "Żródlana"}))
    assert isinstance(words, Words)
    assert math.isclose(words.size, 3.175)
