"""A person's review of a picture: regions to blur, and the decision to release or withhold it.

States of a street photo:

    raw --release--> raw, approved --blur--> blurred --publication--> released
    raw --withhold--> withheld
    released --hide (request)--> hidden --keep--> released, or --remove--> removed
    approved, blurred, released, withheld --undo--> raw

Every step from here on towards the public needs `approved_at`, which only `decide` sets; taking a picture back takes
effect at once (`layers.media.publication.withdraw`). Every decision is a row that is never changed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from layers.errors import DecisionRefused
from layers.media.models import Decision, Medium, Region, RunFile
from layers.media.publication import withdraw

LEAST_SHARE = 0.001
"""A region is at least so wide and high, in shares of the picture."""
MOST_REGIONS = 500


@dataclass(frozen=True, slots=True)
class Box:
    """A region as a reviewer or detector gives it, in shares of width and height."""

    left: float
    top: float
    right: float
    bottom: float
    what: str = Region.What.OTHER
    origin: str = "person"
    score: float | None = None


def within(box: Box) -> Box:
    """The box cut to the picture, its corners in order. Raises DecisionRefused where nothing is left of it."""
    if not all(math.isfinite(one) for one in (box.left, box.top, box.right, box.bottom)):
        raise DecisionRefused("A region has a corner that is no number; draw it again.")
    left, right = sorted((box.left, box.right))
    top, bottom = sorted((box.top, box.bottom))
    left, top, right, bottom = max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom)
    if right - left < LEAST_SHARE or bottom - top < LEAST_SHARE:
        raise DecisionRefused("A region lies outside the picture or has no size; draw it again.")
    return Box(left, top, right, bottom, box.what, box.origin, box.score)


def set_regions(medium: Medium, boxes: Sequence[Box]) -> None:
    """Replace the regions of a picture that waits for a decision. Raises DecisionRefused."""
    if len(boxes) > MOST_REGIONS:
        raise DecisionRefused(f"{len(boxes)} regions are too many; at most {MOST_REGIONS}: withhold the picture.")
    good = [within(box) for box in boxes]
    if any(box.what not in Region.What.values for box in good):
        raise DecisionRefused("A region is one of: " + ", ".join(Region.What.values) + ".")
    with transaction.atomic():
        locked = _locked(medium)
        if locked.state != Medium.State.RAW or locked.approved_at is not None:
            raise DecisionRefused(
                "Somebody has decided about this picture; take the decision back to change regions."
            )
        locked.regions.all().delete()
        Region.objects.bulk_create(
            Region(
                medium=locked,
                left=box.left,
                top=box.top,
                right=box.right,
                bottom=box.bottom,
                what=box.what,
                origin=box.origin[:80],
                score=box.score,
            )
            for box in good
        )


def decide(
    medium: Medium, verdict: str, account: str, reason: str = "", boxes: Sequence[Box] | None = None
) -> Medium:
    """Release, withhold, or take the last decision back. `boxes` replace the regions first.

    Returns the medium as it is then. Raises DecisionRefused where its state does not allow the verdict.
    """
    act = {
        Decision.Verdict.RELEASE: _approve,
        Decision.Verdict.WITHHOLD: _withhold,
        Decision.Verdict.UNDO: _undo,
    }.get(Decision.Verdict(verdict) if verdict in Decision.Verdict.values else Decision.Verdict.REMOVE)
    if act is None:
        raise DecisionRefused(f"“{verdict[:20]}” is no decision of a review; there are: release, withhold, undo.")
    with transaction.atomic():
        if boxes is not None:
            set_regions(medium, boxes)
        locked = _locked(medium)
        act(locked, account, reason.strip())
        Decision.objects.create(
            medium=locked, verdict=verdict, reason=reason.strip()[:2000], account=account,
            details={"regions": locked.regions.count()},
        )  # fmt: skip
    return locked


def _locked(medium: Medium) -> Medium:
    return Medium.objects.locked().get(pk=medium.pk)


def _approve(medium: Medium, account: str, reason: str) -> None:
    if medium.state != Medium.State.RAW or medium.approved_at is not None:
        raise DecisionRefused(f"The picture is {medium.get_state_display()}; only one not reviewed is released.")
    if medium.examined_at is None:
        raise DecisionRefused("Faces have not been looked for in this picture yet; it can be released after that.")
    medium.approved_at = now()
    medium.save(update_fields=["approved_at"])


def _withhold(medium: Medium, account: str, reason: str) -> None:
    if not reason:
        raise DecisionRefused("Say why the picture is withheld.")
    if medium.state not in (Medium.State.RAW, Medium.State.BLURRED):
        raise DecisionRefused(f"The picture is {medium.get_state_display()}; take that decision back first.")
    medium.state, medium.approved_at = Medium.State.WITHHELD, None
    medium.save(update_fields=["state", "approved_at"])


def _undo(medium: Medium, account: str, reason: str) -> None:
    if medium.state in (Medium.State.HIDDEN, Medium.State.REMOVED):
        raise DecisionRefused("A request for removal decides about this picture.")
    if medium.state == Medium.State.RAW and medium.approved_at is None:
        raise DecisionRefused("There is no decision to take back.")
    if not medium.variants.filter(side="raw", name="original").exists():
        raise DecisionRefused("The raw picture has been deleted; the released one can only be removed.")
    withdraw(medium, Medium.State.RAW, account)


def to_review(run: str = "") -> QuerySet[RunFile]:
    """Files of photos that wait for a decision, in the order of their runs; of one run, given by its slug, if any."""
    waiting = RunFile.objects.filter(medium__in=Medium.objects.to_review())
    if run:
        waiting = waiting.filter(photo_run__slug=run)
    return waiting.select_related("medium", "photo_run").order_by("photo_run", "number")
