"""Releases pictures that a person approved: burns the blur into new files, then publishes them.

One job works off all that wait, for SECONDS_A_JOB at a time so that others in its queue get their turn. Each
picture is stored as blurred in a transaction of its own, and a batch is published in another one, so a killed job
goes on where it ended. A decision that is taken back, or taken anew, while the blur is made counts: what was made
is dropped. A picture that cannot be blurred returns to its review with a note.
"""

import logging
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from ingest.errors import UnreadableFile
from ingest.photos.protecting import blurred_variants
from ingest.photos.reading import MadeFile
from layers.locks import AdvisoryLock
from layers.media.models import Decision, Medium
from layers.media.publication import publish
from layers.media.storing import NewVariant, store_blurred

BATCH = 20
JOBS = 2
SECONDS_A_JOB = 60
SCRATCH = "photos-release-"
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


@contextmanager
def session_lock(lock: AdvisoryLock) -> Iterator[bool]:
    """Take a lock for this session, if it is free; yields whether it was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


def _release(keys: Sequence[int]) -> int:
    media = list(approved().filter(pk__in=keys).prefetch_related("regions", "variants"))
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=settings.MEDIA_ROOT) as folder:
        raw = [one for one in media if one.state == Medium.State.RAW]
        with ThreadPoolExecutor(JOBS, thread_name_prefix="blur") as pool:
            made = pool.map(lambda one: _blurred(one, Path(folder)), raw)
            for medium, result in zip(raw, made, strict=True):
                _store(medium, result)
    return _publish(keys)


def _blurred(medium: Medium, folder: Path) -> list[MadeFile] | UnreadableFile:
    """The files of the blurred picture, or why there are none. Without the database: it runs in a thread."""
    place = Path(tempfile.mkdtemp(dir=folder))
    original = next((one for one in medium.variants.all() if (one.side, one.name) == ("raw", "original")), None)
    if original is None:
        return UnreadableFile(f"The raw file of {medium.name} has been deleted.")
    try:
        return blurred_variants(original.path(), [one.box for one in medium.regions.all()], place, medium.name)
    except UnreadableFile as fault:
        return fault


def _store(medium: Medium, result: list[MadeFile] | UnreadableFile) -> None:
    """Store what was made, unless somebody decided anew meanwhile."""
    with transaction.atomic():
        locked = Medium.objects.select_for_update().get(pk=medium.pk)
        if (locked.state, locked.approved_at) != (Medium.State.RAW, medium.approved_at):
            return
        if isinstance(result, UnreadableFile):
            log.warning("Picture %s cannot be blurred: %s", medium.key, result)
            locked.approved_at, locked.note = None, f"It was not released, because it could not be blurred: {result}"
        else:
            store_blurred(locked, [_new_variant(one) for one in result])
            locked.state, locked.note = Medium.State.BLURRED, ""
        locked.save(update_fields=["state", "approved_at", "note"])


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
