"""The figures that reviewers read are those that are measured on labelled photos."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import networkx
import pytest
from django.utils.timezone import now
from django.utils.translation import override
from PIL import Image, ImageOps

from geoportal.photos.recall import LEAST_OVERLAP, MEASURED, Measured, Share, of_reviews, statement
from ingest.photos.detectors import CENTERFACE, origin_of
from ingest.photos.protecting import found_regions
from layers.media.models import Medium
from layers.media.review import Box, decide
from tests.layers.media.photos import stored_photo

LABELS = Path(__file__).resolve().parents[2] / "data" / "photo_faces.toml"
Rectangle = Sequence[float]


def overlap(one: Rectangle, other: Rectangle) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0, wide) * max(0, high)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return both / (areas - both)


def matched(boxes: Sequence[Rectangle], faces: Sequence[Rectangle]) -> dict[int, int]:
    """The largest assignment of boxes to faces that overlap enough, each once."""
    graph = networkx.Graph()
    for number, box in enumerate(boxes):
        for place, face in enumerate(faces):
            if (shared := overlap(box, face)) >= LEAST_OVERLAP:
                graph.add_edge(("box", number), ("face", place), weight=shared)
    pairs = [sorted(pair) for pair in networkx.max_weight_matching(graph, maxcardinality=True)]
    return {box[1]: face[1] for box, face in pairs}


def covers(box: Rectangle, head: Rectangle) -> bool:
    """Whether a box is on a head: they overlap enough, or its middle is within."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return overlap(box, head) >= LEAST_OVERLAP or (head[0] < x < head[2] and head[1] < y < head[3])


def measured(
    found: Mapping[str, Sequence[Rectangle]], labels: Mapping[str, Mapping[str, Sequence[Rectangle]]]
) -> Measured:
    """Recall and precision over the photos."""
    hits = faces = counted = 0
    for name, boxes in found.items():
        here = labels["face"].get(name, [])
        pairs = matched(boxes, here)
        blurred = labels["blurred"].get(name, [])
        others = [box for number, box in enumerate(boxes) if number not in pairs]
        hits, faces = hits + len(pairs), faces + len(here)
        counted += len(pairs) + sum(not any(covers(box, head) for head in blurred) for box in others)
    return Measured(len(found), Share(hits, faces), Share(hits, counted))


def boxes_in(path: Path, folder: Path) -> list[Rectangle]:
    """What the detector finds, in pixels of the picture as it is shown."""
    with Image.open(path) as picture:
        width, height = ImageOps.exif_transpose(picture).size
    return [
        (one.left * width, one.top * height, one.right * width, one.bottom * height)
        for one in found_regions(path, CENTERFACE, folder, path.name)
    ]


@pytest.mark.parametrize(
    ("share", "interval"),
    [
        (Share(45, 50), (0.7864, 0.9565)),  # domain.md 6.7
        (Share(0, 10), (0.0, 0.2775)),  # Wilson's interval of none: z² / (n + z²)
        (Share(10, 10), (0.7225, 1.0)),
        (Share(1, 1), (0.2065, 1.0)),  # 1 / (1 + z²)
        (Share(0, 0), (0.0, 1.0)),
    ],
)
def test_intervals_are_wilsons(share: Share, interval: tuple[float, float]) -> None:
    assert share.interval == pytest.approx(interval, abs=5e-5)


def test_a_face_is_matched_with_one_box_and_the_rest_are_false() -> None:
    labels = {
        "face": {"a": [[0, 0, 10, 10], [20, 0, 30, 10]], "b": [[0, 0, 9, 9]]},
        "blurred": {"b": [[50, 50, 90, 90]]},
    }
    found = {"a": [[0, 0, 10, 10], [1, 0, 11, 10], [22, 2, 32, 12]], "b": [[60, 60, 65, 65], [7, 7, 20, 20]], "c": []}
    # In a: two of three boxes are faces (the third shares 64 of 136). In b: one on a blurred head, one on nothing.
    assert measured(found, labels) == Measured(3, Share(2, 3), Share(2, 4))


@pytest.mark.real_data
@pytest.mark.thorough
def test_the_figures_are_those_measured_on_the_labelled_photos(real_data: Path, tmp_path: Path) -> None:
    labels = tomllib.loads(LABELS.read_text())
    names = sorted(labels["photos"])
    found = {name: boxes_in(real_data / "photos" / name, tmp_path) for name in names}
    assert len(names) <= 40 and set(labels["face"]) | set(labels["blurred"]) <= set(names)
    assert measured({name: found[name] for name in names[1::2]}, labels) == MEASURED.held_out
    assert measured(found, labels) == MEASURED.all


def test_the_figures_are_of_the_detector_that_runs() -> None:
    assert MEASURED.detector == origin_of(CENTERFACE)


def test_reviewers_read_the_interval_and_that_no_plates_are_looked_for(settings) -> None:
    low, high = (round(one * 100) for one in MEASURED.all.recall.interval)
    with override("en"):
        assert f"between {low}% and {high}%" in statement() and "Number plates are not looked for" in statement()
        settings.PHOTO_DETECTOR = "city.plates.detect"
        assert "not been measured" in statement() and "not looked for" not in statement()
    with override("pl"):
        assert f"od {low}% do {high}%" in statement()


@pytest.mark.django_db
def test_reviews_show_how_many_faces_the_detector_had_found(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    medium = stored_photo()
    Medium.objects.update(examined_at=now())
    drawn = Box(0.1, 0.1, 0.2, 0.2, "face")
    boxes = [
        drawn,
        *[Box(0.5, 0.5, 0.6, 0.6, "face", origin_of(CENTERFACE), 0.5)] * 3,
        Box(0.7, 0.7, 0.8, 0.8, "plate"),
    ]
    decide(medium, "release", "reviewer", boxes=boxes)
    stored_photo("green", number=1).regions.create(left=0, top=0, right=1, bottom=1, what="face", origin="person")
    assert of_reviews() == Share(3, 4)
