"""Names of the detectors of regions to blur, and what they find; without their libraries.

A city's own detector is a callable, named by its dotted path in the setting PHOTO_DETECTOR:

    def detect(picture: PIL.Image.Image) -> Iterable[tuple[float, float, float, float, str, float | None]]:
        ...  # left, top, right, bottom in shares of the picture as it is shown; "face", "plate" or "other"; a score

It runs in the sandbox for each picture: within its limits, without the network and without Django.
"""

CENTERFACE = "centerface"
THRESHOLD = 0.2
"""Least likelihood of a face; tuned on half of the labelled photos (`geoportal/photos/recall.py`)."""
WHAT = ("face", "plate", "other")


def origin_of(detector: str) -> str:
    """What is recorded as the origin of regions that a detector finds."""
    return f"{CENTERFACE} {THRESHOLD:g}" if detector == CENTERFACE else detector
