"""How many faces the detector finds: measured on photos labelled by hand, and as reviewers correct it.

The figures of MEASURED are those of `tests/geoportal/photos/test_recall.py`, which measures them again. Threshold
and scale were tuned on every second of the 32 photos (the least threshold with at most one false box a photo, the
decorated facades left out); `held_out` counts the others only. Few faces are in them, so the intervals are wide,
and nothing is claimed beyond them. Number plates are measured nowhere, as nothing that ships looks for them.
"""

import math
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext

from ingest.photos.detectors import CENTERFACE, origin_of
from layers.media.models import Medium, Region

LEAST_OVERLAP = 0.3
"""A box is that of a face if they share so much of their union."""
QUANTILE = 1.959964
"""Of the normal distribution, for an interval of 95%."""


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of a total."""

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% Wilson interval of the share that stands behind the count; 0 to 1 of nothing."""
        if not self.of:
            return 0.0, 1.0
        share, extra = self.count / self.of, QUANTILE**2 / self.of
        middle = (share + extra / 2) / (1 + extra)
        reach = QUANTILE / (1 + extra) * math.sqrt(share * (1 - share) / self.of + extra / self.of / 4)
        return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a detector found in labelled photos: `recall` of the faces, `precision` of its boxes."""

    photos: int
    recall: Share
    precision: Share


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of one detector on one day."""

    detector: str
    on: date
    held_out: Measured
    all: Measured


MEASURED = Measurement(
    detector="centerface 0.2",
    on=date(2026, 11, 30),
    held_out=Measured(photos=16, recall=Share(1, 1), precision=Share(1, 68)),
    all=Measured(photos=32, recall=Share(3, 4), precision=Share(3, 103)),
)


def of_reviews() -> Share:
    """The faces in approved pictures that the detector had boxed, of all that reviewers left or drew there."""
    faces = Region.objects.filter(what=Region.What.FACE, medium__approved_at__isnull=False)
    found = Q(origin=origin_of(CENTERFACE))
    counts = faces.filter(medium__purpose=Medium.Purpose.STREET_PHOTO).aggregate(
        found=Count("pk", filter=found), all=Count("pk")
    )
    return Share(counts["found"], counts["all"])


def statement() -> str:
    """What a reviewer reads about the detectors; it claims no more than was measured."""
    figures = MEASURED.all
    low, high = figures.recall.interval
    values = {
        "found": figures.recall.count,
        "faces": figures.recall.of,
        "photos": figures.photos,
        "low": round(low * 100),
        "high": round(high * 100),
    }
    text = gettext(
        "Faces labelled by hand in %(photos)s test photos: %(faces)s, found by the detector: %(found)s. By so few "
        "the share that it finds lies between %(low)s%% and %(high)s%%: look for faces without a box."
    )
    if settings.PHOTO_DETECTOR:
        plates = gettext("What the city's own detector finds has not been measured here.")
    else:
        plates = gettext("Number plates are not looked for: draw their boxes.")
    return f"{text % values} {plates}"
