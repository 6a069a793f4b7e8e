"""The queue of pictures to review: which is next, and what the reviewer needs to know of it."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.timezone import now

from geoportal.accounts.audit import AuditEntry
from geoportal.photos.shift import shift_of
from layers.media.models import Decision, Medium, Region, RunFile, Variant
from layers.media.publication import is_placed
from layers.media.review import to_review

PERSON = "person"
"""The origin of a region that a person drew."""
SHOWN_BY_BROWSERS = ("image/jpeg", "image/png", "image/webp")
OPEN_MINUTES = 10
"""For so long a picture that somebody looked at is left to them while others wait."""


def open_elsewhere(account: str) -> set[UUID]:
    """Keys of the pictures at which other accounts looked in the last minutes, as the audit has it."""
    since = now() - timedelta(minutes=OPEN_MINUTES)
    looks = AuditEntry.objects.filter(action=AuditEntry.Action.PICTURE, at__gte=since).exclude(account=account)
    return {UUID(key) for key in looks.values_list("subject", flat=True).distinct()}


def next_file(run: str = "", after: UUID | None = None, elsewhere: Collection[UUID] = ()) -> RunFile | None:
    """The next picture to review, of one run if any, after the given one; the first again after the last.

    Those in which faces were looked for come first, of them those that are not open `elsewhere`.
    """
    waiting = to_review(run)
    place = _files(run).filter(medium__key=after).first() if after else None
    if place is not None:
        waiting = waiting.exclude(medium=place.medium_id)
    examined = waiting.filter(medium__examined_at__isnull=False)
    free = examined.exclude(medium__key__in=elsewhere)
    for queue in (free, examined, waiting.filter(medium__examined_at=None)):
        if found := (_following(queue, place).first() if place else None) or queue.first():
            return found
    return None


def file_of(medium: Medium, run: str = "") -> RunFile | None:
    """The place of a picture in its run; in that run, if it is in several."""
    return _files(run).filter(medium=medium).first()


def last_decided(account: str, run: str = "") -> RunFile | None:
    """The picture of the account's last decision, in one run if any, about which nobody decided since."""
    latest = Decision.objects.filter(medium=OuterRef("medium")).order_by("-pk").values("pk")[:1]
    mine = Decision.objects.filter(
        pk=Subquery(latest), account=account, verdict__in=(Decision.Verdict.RELEASE, Decision.Verdict.WITHHOLD)
    ).exclude(medium__state__in=(Medium.State.HIDDEN, Medium.State.REMOVED))
    if run:
        mine = mine.filter(medium__in_runs__photo_run__slug=run)
    decision = mine.select_related("medium").order_by("-pk").first()
    return file_of(decision.medium, run) if decision else None


def _files(run: str) -> QuerySet[RunFile]:
    files = RunFile.objects.select_related("medium", "photo_run").order_by("photo_run", "number")
    return files.filter(photo_run__slug=run) if run else files


def _following(queue: QuerySet[RunFile], place: RunFile) -> QuerySet[RunFile]:
    later = Q(photo_run=place.photo_run_id, number__gt=place.number)
    return queue.filter(later | Q(photo_run__gt=place.photo_run_id))


def document(file: RunFile) -> dict[str, Any]:
    """What the page of the review shows of a picture, as JSON."""
    medium = file.medium
    assert medium is not None
    slug = file.photo_run.slug
    last = medium.decisions.first()
    variants = {one.name: one for one in medium.variants.all() if one.side == Variant.Side.RAW}
    return {
        "key": str(medium.key),
        "run": slug,
        "run_name": file.photo_run.profile.get("name") or slug,
        "name": file.name,
        "number": file.number,
        "left": to_review(slug).count(),
        "total": RunFile.objects.filter(photo_run=file.photo_run, medium__isnull=False).count(),
        "waits": medium.state == Medium.State.RAW and medium.approved_at is None,
        "examined": medium.examined_at is not None,
        "placed": is_placed(medium),
        "note": str(medium.get_note_display()),
        "reviewed_before": last is not None,
        "decided_by": last.account if last else None,
        "seen": seen(medium, last),
        "screen": _address(medium, variants.get(Variant.Name.SCREEN)),
        "full": _full(medium, variants),
        "regions": [region_words(one) for one in medium.regions.all()],
        "before": _before(file, variants.get(Variant.Name.THUMBNAIL)),
    }


def seen(medium: Medium, last: Decision | None) -> str:
    """What a reviewer has seen of a picture, `last` the last decision about it.

    It changes with each decision and when faces were looked for. A release states it, so that nobody approves a
    picture whose boxes changed since it was opened.
    """
    return f"{last.pk if last else 0}-{'examined' if medium.examined_at else 'unexamined'}"


def region_words(region: Region) -> dict[str, Any]:
    """A region as JSON; `model` names the detector that found it, null for a person's."""
    model = None if region.origin == PERSON else region.origin
    corners = {name: getattr(region, name) for name in ("left", "top", "right", "bottom")}
    return {"id": region.pk, **corners, "what": region.what, "model": model, "score": region.score}


def _address(medium: Medium, variant: Variant | None) -> str | None:
    return f"/media/{medium.key}/raw/{variant.name}" if variant else None


def _full(medium: Medium, variants: dict[str, Variant]) -> str | None:
    """The original where every browser shows it as it is blurred: not all of them turn other formats than JPEG."""
    original = variants.get(Variant.Name.ORIGINAL)
    turned = medium.facts.get("orientation", 1) != 1 and medium.media_type != "image/jpeg"
    if original is not None and original.media_type in SHOWN_BY_BROWSERS and not turned:
        return _address(medium, original)
    return _address(medium, variants.get(Variant.Name.SCREEN))


def _before(file: RunFile, thumbnail: Variant | None) -> dict[str, Any] | None:
    """The picture before in the run: what persons drew in it, and how far the content moved since, if known."""
    earlier = _files(file.photo_run.slug).filter(number__lt=file.number, medium__isnull=False).order_by("-number")
    before = earlier.first()
    if before is None or before.medium is None or before.medium_id == file.medium_id:
        return None
    small = before.medium.variant(Variant.Side.RAW, Variant.Name.THUMBNAIL)
    shift = shift_of(small.path(), thumbnail.path()) if small and thumbnail else None
    return {
        "key": str(before.medium.key),
        "regions": _drawn(before.medium.regions.all()),
        "shift": {"right": shift.right, "down": shift.down} if shift else None,
    }


def _drawn(regions: Iterable[Region]) -> list[dict[str, Any]]:
    return [region_words(one) for one in regions if one.origin == PERSON]
