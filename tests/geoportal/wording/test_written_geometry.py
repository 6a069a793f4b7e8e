"""Geometries as text: every way in which people write a place means the same place."""

import pytest
from pyproj import Transformer
from shapely import MultiPolygon, Point, Polygon, box

from geoportal.wording.written_geometry import as_text, from_text, in_degrees
from layers.errors import BadGeometry
from layers.kinds import kind_of

X, Y = 7474054.383, 5637285.400
HYDRANTS, BUILDINGS, ROADS = (kind_of(slug) for slug in ("hydrants", "buildings", "roads"))
LON, LAT = Transformer.from_crs(2178, 4326, always_xy=True).transform(X, Y)
EAST_1992, NORTH_1992 = Transformer.from_crs(2178, 2180, always_xy=True).transform(X, Y)


@pytest.mark.parametrize(
    "text",
    [
        f"{X} {Y}",
        f"{Y} {X}",
        f"{LAT:.9f}, {LON:.9f}",
        f"{LAT:.9f}N {LON:.9f}E",
        f"{EAST_1992:.3f} {NORTH_1992:.3f}",
        f"POINT ({X} {Y})",
        f"POINT ({Y} {X})",
        f"SRID=4326;POINT Z ({LON:.9f} {LAT:.9f} 260)",
    ],
)
def test_a_point_is_read_in_every_system_and_order(text):
    found = from_text(HYDRANTS, text)
    assert found is not None and found.distance(Point(X, Y)) < 0.002


def test_positions_in_lines_make_an_outline_or_a_line():
    corners = list(box(X, Y, X + 10, Y + 20).exterior.coords)[:-1]
    text = "\n".join(f"{x} {y}" for x, y in corners)
    area, line = from_text(BUILDINGS, text), from_text(ROADS, text)
    assert area is not None and area.area == pytest.approx(200, abs=0.01)
    assert line is not None and line.length == pytest.approx(20 + 10 + 20, abs=0.01)


@pytest.mark.parametrize(
    "shape",
    [
        Point(X, Y),
        MultiPolygon(
            [Polygon(box(X, Y, X + 9, Y + 9).exterior.coords, [box(X + 2, Y + 2, X + 3, Y + 3).exterior.coords])]
        ),
    ],
    ids=["point", "area with a hole"],
)
def test_a_text_means_the_shape_it_was_written_from(shape):
    kind = HYDRANTS if shape.geom_type == "Point" else BUILDINGS
    back = from_text(kind, as_text(shape))
    assert back is not None and back.hausdorff_distance(shape) < 0.001


def test_the_map_gets_degrees_that_lie_within_a_millimetre():
    point = in_degrees(Point(X, Y))
    # A millimetre is about 1e-8 of a degree.
    assert point.bounds[:2] == pytest.approx((LON, LAT), abs=1e-8)


@pytest.mark.parametrize("text", ["abc", "POLYGON((1 2", "POINT EMPTY POINT", f"{X} {Y}\n{X} {Y}", "12"])
def test_what_is_no_position_is_refused(text):
    with pytest.raises(BadGeometry):
        from_text(HYDRANTS, text)


def test_nothing_written_is_nothing():
    assert from_text(HYDRANTS, " \n") is None
