"""Requests to remove a released picture: hidden at once, decided by a person.

A picture that a person left public is not hidden again for the same reason, and requests beyond MOST_A_DAY of one
visitor wait for a person without hiding anything; all of them are answered.
"""

import secrets
from datetime import timedelta

from django.db import connection, transaction
from django.utils.timezone import now

from layers.errors import DecisionRefused
from layers.locks import AdvisoryLock
from layers.media.models import Decision, Medium, RemovalRequest
from layers.media.publication import show_again, withdraw
from layers.media.storing import forget

MOST_A_DAY = 20
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of a reference: without letters and digits that look alike."""
REFERENCE_LENGTH = 10
LONGEST_MESSAGE = 4000


def new_reference() -> str:
    """A reference of a request, which nobody guesses."""
    return "".join(secrets.choice(LETTERS) for _ in range(REFERENCE_LENGTH))


def request_removal(
    medium: Medium, reason: str, message: str, contact: str, visitor: str, reference: str = ""
) -> RemovalRequest:
    """Record a request about a released picture, and hide the picture. `visitor` is a hash of the sender's address.

    A second request with the same `reference` (`new_reference`, else made here) is the first one, sent twice.
    Raises DecisionRefused where the picture is not public or the reason is not one of the list.
    """
    if reason not in RemovalRequest.Reason.values:
        raise DecisionRefused("Choose one of the reasons.")
    with transaction.atomic():
        _one_at_a_time(visitor)
        locked = Medium.objects.locked().get(pk=medium.pk)
        if reference and (same := RemovalRequest.objects.filter(reference=reference, medium=locked).first()):
            return same
        if locked.state != Medium.State.RELEASED:
            raise DecisionRefused("This picture is not public any more.")
        hide = not (_too_many(visitor) or _left_public(locked, reason))
        made = RemovalRequest.objects.create(
            reference=reference or new_reference(),
            medium=locked,
            reason=reason,
            message=message.strip()[:LONGEST_MESSAGE],
            contact=contact.strip()[:200],
            visitor=visitor,
            hid=hide,
        )
        if hide:
            withdraw(locked, Medium.State.HIDDEN)
    return made


def _one_at_a_time(visitor: str) -> None:
    """Let requests of one visitor be counted one after the other, or many at once would pass the limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [AdvisoryLock.REMOVAL_REQUESTS, visitor])


def _too_many(visitor: str) -> bool:
    day = RemovalRequest.objects.filter(visitor=visitor, created_at__gt=now() - timedelta(days=1))
    return day.count() >= MOST_A_DAY


def _left_public(medium: Medium, reason: str) -> bool:
    return medium.removal_requests.filter(state=RemovalRequest.State.REFUSED, reason=reason).exists()


def answer_request(
    request: RemovalRequest, grant: bool, answer: str, account: str, *, erase_raw: bool = False
) -> None:
    """Grant a request, which removes the picture for good, or refuse it, which shows a hidden picture again.

    The contact is deleted. `erase_raw` also deletes the picture as it was taken. Raises DecisionRefused.
    """
    if not answer.strip():
        raise DecisionRefused("Write an answer; the person reads it under the reference number.")
    with transaction.atomic():
        medium = Medium.objects.locked().get(pk=request.medium_id)
        mine = RemovalRequest.objects.select_for_update().get(pk=request.pk)
        if mine.state != RemovalRequest.State.OPEN:
            raise DecisionRefused("This request has been answered.")
        mine.state = RemovalRequest.State.GRANTED if grant else RemovalRequest.State.REFUSED
        mine.answer, mine.answered_at, mine.account, mine.contact = answer.strip(), now(), account, ""
        mine.save()
        verdict = Decision.Verdict.REMOVE if grant else Decision.Verdict.KEEP
        Decision.objects.create(medium=medium, verdict=verdict, reason=answer.strip(), account=account)
        if grant:
            _remove(medium, account, erase_raw)
        elif medium.state == Medium.State.HIDDEN and not _hidden_by_another(mine):
            show_again(medium, account)


def _remove(medium: Medium, account: str, erase_raw: bool) -> None:
    if medium.state != Medium.State.REMOVED:
        withdraw(medium, Medium.State.REMOVED, account)
    if erase_raw:
        forget(medium, "raw")


def _hidden_by_another(request: RemovalRequest) -> bool:
    others = RemovalRequest.objects.filter(medium=request.medium_id, state=RemovalRequest.State.OPEN, hid=True)
    return others.exclude(pk=request.pk).exists()


def removal_figures() -> dict[str, int]:
    """The public statistics: requests received, open, granted and refused."""
    counts = {state: RemovalRequest.objects.filter(state=state).count() for state in RemovalRequest.State.values}
    return {"received": sum(counts.values()), **counts}


def median_days_to_answer() -> float | None:
    """The median of the days from request to answer, over all answered requests; None where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - created_at) / 86400)"
            " FROM layers_removalrequest WHERE answered_at IS NOT NULL"
        )
        (days,) = cursor.fetchone()
    return None if days is None else float(days)
