"""Looks for faces, and for what a city's own detector finds, in pictures that nobody has reviewed.

A job works for SECONDS_A_JOB, so that others in its queue get their turn, and stores each picture by itself: a
killed one goes on where it ended. A picture on which a detector fails counts as examined, with a note for the
reviewer, who looks at every picture anyway.
"""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from geoportal.photos.batches import BATCH, worked_off
from ingest.errors import UnreadableFile
from ingest.photos.detectors import CENTERFACE, origin_of
from ingest.photos.protecting import FoundRegion, found_regions
from layers.locks import AdvisoryLock, session_lock
from layers.media.models import Medium, Region
from layers.media.review import LEAST_SHARE, MOST_REGIONS

SECONDS_A_JOB = 120
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Looked:
    """What the detectors found in one picture, and the messages of those that failed."""

    regions: tuple[tuple[str, FoundRegion], ...]
    """With the origin of each."""
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """How many pictures a job examined, and whether it left some for the next one because its time was over."""

    count: int
    left: bool


def unexamined() -> QuerySet[Medium]:
    """Pictures that wait for a review and in which nothing has been looked for."""
    return Medium.objects.to_review().filter(examined_at=None).order_by("pk")


def look(seconds: float = SECONDS_A_JOB) -> Examined:
    """Examine the pictures that wait for it. Does nothing while another process does it."""
    count, last, end = 0, 0, time.monotonic() + seconds
    with session_lock(AdvisoryLock.PHOTO_FACES) as mine:
        while mine and (keys := list(unexamined().filter(pk__gt=last).values_list("pk", flat=True)[:BATCH])):
            if last and time.monotonic() > end:
                return Examined(count, left=True)
            with worked_off(unexamined().filter(pk__in=keys), _looked_at) as found:
                count += sum(_store(medium, result) for medium, result in found)
            last = keys[-1]
    return Examined(count, left=False)


def _looked_at(medium: Medium, original: Path, folder: Path) -> Looked:
    """Each detector runs in a job of its own, so that one that fails spoils no other."""
    regions: list[tuple[str, FoundRegion]] = []
    faults: list[str] = []
    for detector in filter(None, (CENTERFACE, settings.PHOTO_DETECTOR)):
        try:
            regions.extend(
                (origin_of(detector), one) for one in found_regions(original, detector, folder, medium.name)
            )
        except UnreadableFile as fault:
            faults.append(str(fault))
    return Looked(tuple(regions), tuple(faults))


def _store(medium: Medium, result: Looked | UnreadableFile) -> bool:
    """Store what was found beside what a person drew meanwhile; False where it has been decided or examined."""
    looked = Looked((), (str(result),)) if isinstance(result, UnreadableFile) else result
    with transaction.atomic():
        locked = Medium.objects.locked().get(pk=medium.pk)
        if locked.state != Medium.State.RAW or locked.approved_at or locked.examined_at:
            return False
        regions = [one for origin, found in looked.regions if (one := _region(locked, origin, found))]
        regions.sort(key=lambda one: -(one.score or 0))
        room = max(0, MOST_REGIONS - locked.regions.count())
        Region.objects.bulk_create(regions[:room])
        locked.examined_at = now()
        if looked.faults:
            log.warning("Picture %s: %s", medium.key, " ".join(looked.faults))
            locked.note, locked.note_details = Medium.Note.DETECTOR_FAILED, " ".join(looked.faults)
        elif len(regions) > room:
            locked.note = Medium.Note.TOO_MANY
        locked.save(update_fields=["examined_at", "note", "note_details"])
    return True


def _region(medium: Medium, origin: str, found: FoundRegion) -> Region | None:
    """The region within the picture and at least as large as a reviewer's; None where it is outside."""
    left, right = _range(found.left, found.right)
    top, bottom = _range(found.top, found.bottom)
    if right <= left or bottom <= top:
        return None
    return Region(
        medium=medium, left=left, top=top, right=right, bottom=bottom,
        what=found.what, origin=origin[:80], score=found.score,
    )  # fmt: skip


def _range(low: float, high: float) -> tuple[float, float]:
    """The part between 0 and 1 of a range, widened to LEAST_SHARE; an empty one where it is outside."""
    low, high = max(0.0, min(low, high)), min(1.0, max(low, high))
    if high <= low:
        return 0.0, 0.0
    lacking = max(0.0, 1.01 * LEAST_SHARE - (high - low))
    low = min(max(0.0, low - lacking / 2), 1 - 1.01 * LEAST_SHARE)
    return low, max(high, low + 1.01 * LEAST_SHARE)
