"""What a reviewer decides about a picture, with the boxes that the page sends."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from django.db import transaction
from django.utils.translation import gettext

from geoportal.photos.errors import DecidedMeanwhile
from geoportal.photos.queue import PERSON, seen
from layers.errors import DecisionRefused
from layers.media.models import Decision, Medium, Region
from layers.media.review import MOST_REGIONS, Box, decide

CORNERS = ("left", "top", "right", "bottom")
ALIKE = 1e-9
"""Corners nearer than this share of the picture are the same: a region that nobody moved."""
FAR = 1000.0
"""Shares of the picture: a corner beyond that is a mistake, not a hand that left the picture."""


def record_verdict(medium: Medium, given: Mapping[str, Any], account: str) -> Medium:
    """Record the decision `{verdict, reason, boxes, seen}` of an account; returns the picture as it is then.

    `seen` is that of the picture as it was opened (`geoportal.photos.queue.seen`); a release needs it.
    `{verdict: "undo", of}` takes back the decision of the account `of`; without it, one's own. Raises
    DecidedMeanwhile where somebody else decided since or the picture's boxes changed, and DecisionRefused.
    """
    verdict, reason = str(given.get("verdict", "")), str(given.get("reason") or "").replace("\0", "")
    with transaction.atomic():
        locked = Medium.objects.locked().get(pk=medium.pk)
        last = locked.decisions.first()
        if verdict == Decision.Verdict.UNDO:
            if last is not None and last.account != given.get("of", account):
                raise DecidedMeanwhile(_meanwhile(last))
            return decide(locked, verdict, account, reason)
        if locked.state != Medium.State.RAW or locked.approved_at is not None:
            raise DecidedMeanwhile(_meanwhile(last))
        if verdict == Decision.Verdict.RELEASE and given.get("seen") != seen(locked, last):
            raise DecidedMeanwhile(gettext("Its boxes have changed since you opened it; look at it again."))
        return decide(locked, verdict, account, reason, _boxes(locked, given.get("boxes")))


def _meanwhile(last: Decision | None) -> str:
    if last is None:
        return gettext("This picture does not wait for a review any more.")
    return gettext("{account} has decided about this picture meanwhile: {verdict}.").format(
        account=last.account, verdict=last.get_verdict_display()
    )


def _boxes(medium: Medium, given: Any) -> list[Box]:
    """The boxes as sent. One that is still where a detector found it (`id`) stays the detector's."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise DecisionRefused("Send the boxes of the picture with the decision: a list, which may be empty.")
    if len(given) > MOST_REGIONS:
        raise DecisionRefused(f"{len(given)} regions are too many; at most {MOST_REGIONS}: withhold the picture.")
    known = {one.pk: one for one in medium.regions.all()}
    return [_box(one, known) for one in given]


def _box(given: Any, known: Mapping[int, Region]) -> Box:
    corners = _corners(given)
    what = given.get("what", Region.What.OTHER)
    found = known.get(given["id"]) if isinstance(given.get("id"), int) else None
    same = found is not None and found.what == what and _alike(found.box, corners)
    origin, score = (found.origin, found.score) if found is not None and same else (PERSON, None)
    return Box(*corners, str(what), origin, score)


def _corners(given: Any) -> tuple[float, float, float, float]:
    named = [given.get(name) for name in CORNERS] if isinstance(given, dict) else []
    corners = [float(one) for one in named if _is_number(one) and -FAR <= one <= FAR]
    if len(corners) != len(CORNERS):
        raise DecisionRefused("A box is {left, top, right, bottom, what} with corners as shares from 0 to 1.")
    left, top, right, bottom = corners
    return left, top, right, bottom


def _is_number(given: Any) -> TypeGuard[float]:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _alike(box: Sequence[float], corners: Sequence[float]) -> bool:
    return all(abs(one - other) <= ALIKE for one, other in zip(box, corners, strict=True))
