"""Coordinate systems and axes are inferred only where one fits; expected coordinates were computed elsewhere."""

import numpy as np
import pytest
import shapely

from ingest.errors import BadOption, CrsUnknown
from ingest.files.coordinates import place
from ingest.files.survey import Survey
from layers.city import city

RYNEK = {4326: (20.63139, 50.87028), 2180: (614755.294, 334975.862), 2178: (7474054.383, 5637285.400)}
STATION = {4326: (20.61801, 50.87437), 2180: (613804.206, 335409.795), 2178: (7473114.952, 5637745.143)}
WRONG_ZONE = (8262918.624, 5642629.767)
"""The Rynek in EPSG:2179."""


def survey(points: list[tuple[float, float]], crs: str | None = None, **about: str) -> Survey:
    given = {"path": "", "format": "shapefile", "name": "a", "driver": "", "layer": "a", "layers": ("a",), **about}
    return Survey(**given, crs=crs, points=np.array(points))  # type: ignore[arg-type]


def moved(points: list[tuple[float, float]], crs: str | None = None, axes: str = "", **about: str) -> list[float]:
    """The first point as the placement moves it."""
    options = {"axes": axes} if axes else {}
    placement = place(survey(points, crs, **about), options, city())
    return list(shapely.get_coordinates(placement.move(np.array([shapely.Point(points[0])])))[0])


@pytest.mark.parametrize("srid", [4326, 2180, 2178])
def test_numbers_of_the_city_tell_their_system(srid: int) -> None:
    assert moved([RYNEK[srid], STATION[srid]]) == pytest.approx(RYNEK[2178], abs=0.05)


@pytest.mark.parametrize("srid", [4326, 2180, 2178])
def test_swapped_numbers_are_refused_with_the_hint_and_taken_with_the_option(srid: int) -> None:
    swapped = [RYNEK[srid][::-1], STATION[srid][::-1]]
    with pytest.raises(CrsUnknown, match="axes=swap"):
        moved(swapped)
    assert moved(swapped, axes="swap") == pytest.approx(RYNEK[2178], abs=0.05)


@pytest.mark.parametrize("srid", [4326, 2180, 2178])
def test_stated_system_with_swapped_axes_is_refused_with_the_hint(srid: int) -> None:
    swapped = [RYNEK[srid][::-1], STATION[srid][::-1]]
    with pytest.raises(CrsUnknown, match="axes=swap"):
        moved(swapped, f"EPSG:{srid}")
    assert moved(swapped, f"EPSG:{srid}", axes="swap") == pytest.approx(RYNEK[2178], abs=0.05)


def test_surveyors_x_is_the_northing() -> None:
    placement = place(survey([RYNEK[2178][::-1]], axes="xy"), {}, city())
    assert placement.swap
    assert "northing" in placement.notes[1]


def test_another_zone_is_not_guessed() -> None:
    with pytest.raises(CrsUnknown, match="EPSG:2178, EPSG:2180, EPSG:4326"):
        moved([WRONG_ZONE])


def test_another_zone_is_taken_when_stated() -> None:
    assert moved([WRONG_ZONE], "EPSG:2179") == pytest.approx(RYNEK[2178], abs=0.05)


def test_geojson_in_metres_is_not_taken_for_degrees() -> None:
    found = moved([RYNEK[2180], STATION[2180]], "EPSG:4326", format="geojson")
    assert found == pytest.approx(RYNEK[2178], abs=0.05)


def test_places_far_away_are_taken_at_their_word() -> None:
    assert not place(survey([(174420.0, 450567.0)], "EPSG:28992"), {}, city()).swap


def test_northing_first_of_another_city_is_recognised_by_the_area_of_use() -> None:
    with pytest.raises(CrsUnknown, match="axes=swap"):
        moved([(6024557.36, 6542396.52)], "EPSG:2177")


def test_a_stray_point_does_not_hide_the_system() -> None:
    assert moved([RYNEK[2180]] * 19 + [(0.0, 0.0)]) == pytest.approx(RYNEK[2178], abs=0.05)


def test_half_of_the_points_elsewhere_leaves_doubt() -> None:
    with pytest.raises(CrsUnknown):
        moved([RYNEK[2180], (0.0, 0.0)])


@pytest.mark.parametrize("options", [{"crs": "Kielce"}, {"axes": "yx"}])
def test_options_that_make_no_sense_are_named(options: dict[str, str]) -> None:
    with pytest.raises(BadOption):
        place(survey([RYNEK[2180]]), options, city())
