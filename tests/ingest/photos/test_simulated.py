"""Painted pictures show things where the projection formulas of domain.md 6.2 put them; demo drives are marked."""

from typing import Any

import numpy as np
import pytest
from shapely import LineString, MultiLineString

from ingest.photos.simulated.drives import DRIVES
from ingest.photos.simulated.painting import Camera, painted
from ingest.photos.simulated.scene import Face, Scene
from ingest.pipeline import Order, ingest
from layers.kinds.street_photos import StreetPhoto
from layers.media.models import Medium, PhotoRun
from layers.record import Record
from tests.factories import building, load, place

RED = (220, 20, 20)


def wall(left: float, right: float, ahead: float, low: float, high: float) -> Face:
    """A red wall across the view, its front to the south."""
    corners = np.array([[left, ahead, low], [right, ahead, low], [right, ahead, high], [left, ahead, high]])
    return Face(corners, RED, np.array([0.0, -1.0]))


def red_span(picture: Any, row: int | None = None, column: int | None = None) -> tuple[int, int]:
    """First and last pixel of a row, or of a column, where red is far above green."""
    pixels = np.asarray(picture).astype(int)
    line = pixels[row] if row is not None else pixels[:, column]
    red = np.flatnonzero(line[:, 0] - line[:, 1] > 80)
    return int(red[0]), int(red[-1])


def scene(*faces: Face) -> Scene:
    return Scene("street", LineString([(0, -50), (0, 50)]), faces, ())


def test_a_flat_picture_is_a_pinhole_projection():
    """f = 3079.730 px for 66 degrees and 4,000 px; a corner 5 m right at 20 m is 769.93 px from the middle."""
    camera = Camera(0, 0, 0, 4000, 3000, 66.0)
    picture = painted(scene(wall(-5, 5, 20, 0, 6.2)), camera)
    assert red_span(picture, row=1500) == pytest.approx((2000 - 769.93, 2769.93), abs=1.5)
    # The upper edge is 6.2 - 2.2 = 4 m above the camera: 615.9 px above the middle.
    assert red_span(picture, column=2000)[0] == pytest.approx(1500 - 615.95, abs=1.5)


def test_a_turned_camera_sees_the_wall_beside():
    """Heading 350: the wall's right corner has bearing 14.036 and so lies 24.036 degrees right of the axis."""
    camera = Camera(0, 0, 350, 4000, 3000, 66.0)
    picture = painted(scene(wall(-5, 5, 20, 0, 6)), camera)
    expected = 2000 + 3079.730 * np.tan(np.radians(14.0362 + 10))
    assert red_span(picture, row=1500)[1] == pytest.approx(expected, abs=1.5)


def test_a_sphere_has_its_heading_in_the_middle():
    """14.036 degrees are 311.9 px of 8,000 px."""
    picture = painted(scene(wall(-5, 5, 20, 0, 6)), Camera(0, 0, 0, 8000, 4000))
    assert red_span(picture, row=2000) == pytest.approx((4000 - 311.9, 4311.9), abs=2)


def test_what_is_behind_a_flat_camera_is_not_in_its_picture():
    behind = wall(-5, 5, -20, 0, 6)
    picture = painted(scene(Face(behind.corners, RED, np.array([0.0, 1.0]))), Camera(0, 0, 0, 800, 600, 66.0))
    pixels = np.asarray(picture).astype(int)
    assert not (pixels[..., 0] - pixels[..., 1] > 80).any()


@pytest.mark.django_db
def test_demo_drives_are_stored_as_invented_and_lie_along_the_street(settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    line = MultiLineString([[place(0, 0).coords[0], place(300, 0).coords[0]]])
    load("roads", [Record("r1", line, {"name": "Prosta", "width_m": 6.0})])
    load("buildings", [building(f"b{n}", 20 + 30 * n, 12, 15, storeys_above=2) for n in range(8)])
    run = ingest(Order("demo_photos", None, {"photos": "3"}))
    assert run.dataset is not None and run.dataset.synthetic
    assert set(PhotoRun.objects.values_list("slug", "synthetic")) == {(one.slug, True) for one in DRIVES}
    assert Medium.objects.filter(synthetic=True).count() == Medium.objects.count() == 9
    rows = StreetPhoto.objects.current().filter(photo_run="przejazd-2026").order_by("number")
    assert [row.synthetic for row in rows] == [True] * 3
    for number, row in enumerate(rows):
        east, north = row.geom.coords
        assert east - place().x == pytest.approx(5 + 10 * number, abs=4) and north - place().y == pytest.approx(
            0, abs=4
        )
        # The street runs along grid east; true north lies 0.286 degrees off there (domain.md 6.2).
        assert row.heading_deg == pytest.approx(90.286, abs=5)
    again = ingest(Order("demo_photos", None, {"photos": "3"}))
    assert (again.stored, Medium.objects.count()) == (0, 9)
