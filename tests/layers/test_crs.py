"""Coordinates against the oracles of the city's fact sheet (worked out with PROJ 9.5, not with this code)."""

import numpy as np
import pytest
import shapely
from django.db import connection
from pyproj import Transformer
from shapely import Point, Polygon

from layers.crs import PL_1992, WEB_MERCATOR, WGS84, padded_outline, reproject, storage_srid, transformer

ZONE_7, ZONE_8 = 2178, 2179

ORACLES = {
    # lat, lon: E, N in PL-1992, in PL-2000 zone 7, in web mercator
    (50.87028, 20.63139): ((614755.294, 334975.862), (7474054.383, 5637285.400), (2296675.829, 6598379.754)),
    (50.87437, 20.61801): ((613804.206, 335409.795), (7473114.952, 5637745.143), (2295186.374, 6599101.244)),
    (50.87950, 20.64050): ((615373.303, 336014.942), (7474700.606, 5638307.843), (2297689.950, 6600006.283)),
    (50.85270, 20.60850): ((613187.813, 332986.367), (7472432.849, 5635338.152), (2294127.726, 6595279.303)),
    (50.93840, 20.52940): ((607424.560, 342394.580), (7466923.873, 5644903.655), (2285322.354, 6610404.621)),
    (50.80490, 20.72720): ((621664.279, 327861.672), (7480771.370, 5629983.485), (2307341.350, 6586855.082)),
}
CASES = [
    (latlon, srid, expected)
    for latlon, answers in ORACLES.items()
    for srid, expected in zip((PL_1992, ZONE_7, WEB_MERCATOR), answers, strict=True)
]


def apart(one, other) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


@pytest.mark.parametrize(("latlon", "srid", "expected"), CASES)
def test_points_of_the_city_are_where_the_oracle_has_them(latlon, srid, expected):
    lat, lon = latlon
    (moved,) = reproject(np.array([Point(lon, lat)]), WGS84, srid)
    assert apart((moved.x, moved.y), expected) < 0.01
    (back,) = reproject(np.array([Point(*expected)]), srid, WGS84)
    assert apart((back.x, back.y), (lon, lat)) < 2e-7


@pytest.mark.django_db
@pytest.mark.parametrize(("latlon", "srid", "expected"), CASES)
def test_postgis_agrees_with_the_oracle(latlon, srid, expected):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), %s), %s) p",
            [latlon[1], latlon[0], WGS84, srid],
        )
        assert apart(cursor.fetchone(), expected) < 0.01


def test_the_wrong_zone_is_far_away():
    wrong = transformer(WGS84, ZONE_8).transform(20.63139, 50.87028)
    assert apart(wrong, (8262918.624, 5642629.767)) < 0.01


def test_axes_are_easting_northing_unlike_the_registrys():
    by_registry = Transformer.from_crs(WGS84, PL_1992).transform(50.87028, 20.63139)
    assert apart(by_registry, (334975.862, 614755.294)) < 0.01
    assert apart(transformer(WGS84, PL_1992).transform(20.63139, 50.87028), by_registry[::-1]) < 1e-6


def test_square_drawn_in_the_storage_system_shrinks_in_pl_1992():
    x, y = 7474054.383, 5637285.400
    drawn = Polygon([(x, y), (x + 100, y), (x + 100, y + 100), (x, y + 100)])
    (moved,) = reproject(np.array([drawn]), ZONE_7, PL_1992)
    assert drawn.area == pytest.approx(10000, abs=1e-3)
    assert moved.area == pytest.approx(9990.61, abs=0.01)


def test_distance_from_market_square_to_station_in_both_systems():
    for srid, expected in ((PL_1992, 1045.402), (ZONE_7, 1045.895)):
        move = transformer(WGS84, srid).transform
        assert apart(move(20.63139, 50.87028), move(20.61801, 50.87437)) == pytest.approx(expected, abs=0.001)


def test_reprojection_drops_z_keeps_missing_and_marks_what_lies_outside():
    moved = reproject(np.array([Point(20.6, 50.8, 300), None, Point(20, 95)], dtype=object), WGS84, ZONE_7)
    assert not moved[0].has_z and moved[1] is None
    assert not np.isfinite(shapely.get_coordinates(moved[2])).all()


def test_kielce_is_stored_in_zone_7_and_its_padding_is_in_metres():
    assert storage_srid() == ZONE_7
    outline, padded = padded_outline(ZONE_7, 0), padded_outline(ZONE_7, 1000)
    inside = transformer(WGS84, ZONE_7).transform(20.63139, 50.87028)
    assert outline.contains(Point(inside))
    assert padded.boundary.distance(outline) == pytest.approx(1000, abs=2)
    # The city has 109.65 km2; its hand-drawn outline is about 0.5 km accurate along some 50 km.
    assert outline.area / 1e6 == pytest.approx(109.65, abs=25)


@pytest.mark.django_db
def test_geometry_columns_are_in_the_storage_system():
    """Places given over SensorThings are in longitude and latitude: they may lie anywhere."""
    anywhere = ["layers_location", "layers_featureofinterest"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT f_table_name = ANY(%s), f_geometry_column, srid FROM geometry_columns "
            "WHERE f_table_name LIKE 'layers\\_%%'",
            [anywhere],
        )
        rows = cursor.fetchall()
        assert {(column, srid) for given, column, srid in rows if given} == {("geom", WGS84)}
        assert {column: srid for given, column, srid in rows if not given} == {
            "geom": ZONE_7,
            "geom_web": WEB_MERCATOR,
            "new_box": ZONE_7,
            "old_box": ZONE_7,
        }
