"""Releases pictures that a person approved: burns the blur into new files, then publishes them.

One job works off all that wait, for SECONDS_A_JOB at a time so that others in its queue get their turn. Each
picture is stored as blurred in a transaction of its own, and a batch is published in another one, so a killed job
goes on where it ended. A decision that is taken back, or taken anew, while the blur is made counts: what was made
is dropped. A picture that cannot be blurred returns to its review with a note.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from geoportal.photos.batches import BATCH, worked_off
from ingest.errors import UnreadableFile
from ingest.photos.protecting import blurred_variants
from ingest.photos.reading import MadeFile
from layers.locks import AdvisoryLock, session_lock
from layers.media.models import Decision, Medium
from layers.media.publication import publish
from layers.media.storing import NewVariant, store_blurred

SECONDS_A_JOB = 60
log = logging.getLogger(__name__)


def approved() -> QuerySet[Medium]:
    """Pictures that a person approved and that are not public yet, in the order of the decisions."""
    waiting = Q(state__in=(Medium.State.RAW, Medium.State.BLURRED), approved_at__isnull=False)
    return Medium.objects.filter(waiting, purpose=Medium.Purpose.STREET_PHOTO).order_by("approved_at", "pk")


@dataclass(frozen=True, slots=True)
class Released:
    """How many pictures a job released, and whether it left some for the next one because its time was over."""

    count: int
    left: bool


def release_approved(seconds: float = SECONDS_A_JOB) -> Released:
    """Blur and publish the pictures that wait for it. Does nothing while another process does it."""
    count, end = 0, time.monotonic() + seconds
    with session_lock(AdvisoryLock.PHOTO_RELEASE) as mine:
        keys = list(approved().values_list("pk", flat=True)) if mine else []
        for start in range(0, len(keys), BATCH):
            if start and time.monotonic() > end:
                return Released(count, left=True)
            count += _release(keys[start : start + BATCH])
    return Released(count, left=False)


def _release(keys: Sequence[int]) -> int:
    waiting = approved().filter(pk__in=keys, state=Medium.State.RAW).prefetch_related("regions")
    with worked_off(waiting, _blurred) as made:
        for medium, result in made:
            _store(medium, result)
    return _publish(keys)


def _blurred(medium: Medium, original: Path, folder: Path) -> list[MadeFile]:
    return blurred_variants(original, [one.box for one in medium.regions.all()], folder, medium.name)


def _store(medium: Medium, result: list[MadeFile] | UnreadableFile) -> None:
    """Store what was made, unless somebody decided anew meanwhile."""
    with transaction.atomic():
        locked = Medium.objects.locked().get(pk=medium.pk)
        if (locked.state, locked.approved_at) != (Medium.State.RAW, medium.approved_at):
            return
        if isinstance(result, UnreadableFile):
            log.warning("Picture %s cannot be blurred: %s", medium.key, result)
            locked.approved_at, locked.note, locked.note_details = None, Medium.Note.BLUR_FAILED, str(result)
        else:
            store_blurred(locked, [_new_variant(one) for one in result])
            locked.state = Medium.State.BLURRED
            if locked.note == Medium.Note.BLUR_FAILED:
                locked.note = locked.note_details = ""
        locked.save(update_fields=["state", "approved_at", "note", "note_details"])


def _new_variant(made: MadeFile) -> NewVariant:
    one = made.variant
    details = {"levels": [asdict(level) for level in one.levels]} if one.levels else {}
    return NewVariant(one.name, made.path, one.sha256, one.bytes, one.media_type, one.width, one.height, details)


def _publish(keys: Sequence[int]) -> int:
    """Publish the blurred pictures of a batch, each in the name of who approved it."""
    media = approved().filter(pk__in=keys, state=Medium.State.BLURRED)
    named = sorted(((_account(one), one) for one in media), key=lambda pair: pair[0])
    return sum(
        publish([one for _, one in part], account) for account, part in groupby(named, key=lambda pair: pair[0])
    )


def _account(medium: Medium) -> str:
    """Who approved the picture."""
    verdict: Iterable[Decision] = medium.decisions.filter(verdict=Decision.Verdict.RELEASE)[:1]
    return next((one.account for one in verdict), "")
