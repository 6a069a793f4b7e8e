"""Faces are found by the network that is shipped, and whatever else by the city's own detector, within limits."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ingest.errors import UnreadableFile, UnusablePhoto
from ingest.photos.centerface import _boxes, _views, distinct
from ingest.photos.detectors import CENTERFACE
from ingest.photos.faces import split_at_seam
from ingest.photos.protecting import FoundRegion, found_regions
from tests.ingest.photos.making import jpeg, packet, pixels

OWN = "tests.ingest.photos.city_detectors"


def found(path: Path, folder: Path, detector: str = CENTERFACE) -> list[FoundRegion]:
    return found_regions(path, detector, folder, "a.jpg")


def saved(picture: Image.Image, path: Path, **options: object) -> Path:
    picture.save(path, "JPEG", quality=95, **options)
    return path


def test_an_answer_of_the_network_is_a_box_round_its_centre() -> None:
    heat, size, offset = (np.zeros(shape, np.float32) for shape in ((10, 10), (2, 10, 10), (2, 10, 10)))
    heat[3, 5] = 0.9
    size[:, 3, 5] = np.log([10, 5])  # 40 px high, 20 px wide
    offset[:, 3, 5] = [0.25, -0.5]
    # The centre is at y = (3 + 0.25 + 0.5) * 4 = 15 and x = (5 - 0.5 + 0.5) * 4 = 20.
    assert _boxes(heat, size, offset, 0.5).tolist() == [pytest.approx([10, -5, 30, 35, 0.9], abs=1e-5)]
    assert len(_boxes(heat, size, offset, 0.95)) == 0


def test_of_boxes_that_overlap_the_likeliest_stays() -> None:
    # The first two share 8 x 10 of 12 x 10: two thirds. The third shares 2 x 10 of 18 x 10 with the second: a ninth.
    boxes = np.array([[0, 0, 10, 10, 0.4], [2, 0, 12, 10, 0.9], [10, 0, 20, 10, 0.5]], float)
    assert distinct(boxes)[:, 4].tolist() == [0.9, 0.5]
    assert distinct(boxes[:0]).shape == (0, 5)


def test_views_of_a_sphere_overlap_and_go_on_beyond_the_seam() -> None:
    columns = np.broadcast_to(np.arange(720)[None, :, None] // 3, (360, 720, 3)).astype(np.uint8)
    views = list(_views(Image.fromarray(columns)))
    # 180 px a view and 15° = 30 px more; 40° above and below the horizon are 160 px.
    assert [(view.size, left, top) for view, left, top in views] == [
        ((210, 160), 180 * number, 100) for number in range(4)
    ]
    for view, left, _ in views:
        assert (np.asarray(view)[80, :, 0] == (np.arange(left, left + 210) % 720) // 3).all()


@pytest.mark.parametrize(
    ("given", "ranges"),
    [((0.2, 0.3), [(0.2, 0.3)]), ((0.95, 1.05), [(0.95, 1.0), (0.0, 0.05)]), ((1.01, 1.03), [(0.01, 0.03)])],
)
def test_a_region_across_the_seam_is_two(given: tuple[float, float], ranges: list[tuple[float, float]]) -> None:
    assert [(round(left, 6), round(right, 6)) for left, right in split_at_seam(*given)] == ranges


@pytest.mark.real_data
def test_faces_are_found_in_a_real_photo(real_data: Path, tmp_path: Path) -> None:
    regions = found(real_data / "photos" / "arezzo_gps" / "DSCN0025.jpg", tmp_path)
    middles = sorted((one.left + one.right) * 320 for one in regions)
    assert middles == pytest.approx([131, 155], abs=3)
    assert {one.what for one in regions} == {"face"} and all((one.score or 0) > 0.5 for one in regions)


@pytest.mark.real_data
def test_faces_at_the_seam_of_a_sphere_are_found_on_both_sides(real_data: Path, tmp_path: Path) -> None:
    with Image.open(real_data / "photos" / "arezzo_gps" / "DSCN0025.jpg") as photo:
        couple = photo.convert("RGB").crop((100, 240, 190, 400))
    sphere = Image.new("RGB", (1440, 720), (120, 115, 105))
    sphere.paste(couple, (1440 - 31, 300))  # the man's face, 31 px from the left of the crop, lies across the seam
    sphere.paste(couple.crop((31, 0, 90, 160)), (0, 300))
    path = saved(sphere, tmp_path / "sphere.jpg", xmp=packet('GPano:ProjectionType="equirectangular"'))
    regions = found(path, tmp_path)
    assert any(one.right == 1.0 for one in regions) and any(one.left == 0.0 for one in regions)
    assert any(0.01 < one.left < 0.025 for one in regions)  # the woman's, 55 - 31 = 24 px from the seam


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (16, 16)])
def test_pictures_of_odd_sizes_have_no_faces(size: tuple[int, int], tmp_path: Path) -> None:
    assert found(saved(Image.new("RGB", size, "red"), tmp_path / "a.jpg"), tmp_path) == []


def test_the_citys_own_detector_sees_the_picture_as_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    path.write_bytes(jpeg({"Orientation": 6}, size=(100, 50)))  # shown as 50 x 100
    assert found(path, tmp_path, f"{OWN}.plates") == [FoundRegion(0.2, 0.2, 0.6, 0.4, "plate", 0.75)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrong", "'dog' is none of"),
        ("breaks", "RuntimeError: no weights"),
        ("dies", "broke down"),
        ("nothing_like_this", "no attribute"),
    ],
)
def test_a_detector_that_fails_is_named(name: str, message: str, tmp_path: Path) -> None:
    path = saved(pixels(), tmp_path / "a.jpg")
    with pytest.raises(UnreadableFile, match=message):
        found(path, tmp_path, f"{OWN}.{name}")


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(size=(640, 480))[:2000])
    with pytest.raises(UnusablePhoto, match="a.jpg"):
        found(path, tmp_path)
