"""How long wrong passwords close a login: counted by account and address, by account, and by address.

What is counted is what is looked up: the account that a typed name finds, else the name without case, accents and
blanks, in one Unicode form. From the fifth wrong password on, each doubles the delay. Two delays concern others than
the one who guesses, and so stay at minutes: that of an account for addresses from which it has not logged in before,
and that of an address for its other accounts. An account that has logged in from an address is closed there only by
wrong passwords from there. Attempts during a delay are neither tried nor counted.
"""

import unicodedata
from datetime import datetime, timedelta
from typing import Any

from allauth.account.internal.userkit import get_user_by_username
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest

FIRST_DELAY = timedelta(minutes=1)
MOST_OF_OTHERS = timedelta(minutes=5)
"""The longest delay of an account at addresses that are new to it, and of an address for all accounts."""
OTHERS_TIMES = 4
"""An office behind one address has so many times the wrong passwords of one account."""
USUAL_DAYS = 180
"""An address is an account's usual one for so long after its last login there."""
LONGEST_NAME = 150
Credentials = dict[str, Any]


def name_tried(request: HttpRequest | None, credentials: Credentials | None = None) -> str | None:
    """The name by which a login attempt is counted, None where no name was given."""
    given = credentials or {}
    typed = given.get("username") or given.get("login")
    if typed is None and request is not None:
        typed = request.POST.get("login")
    return None if typed is None else counted_name(str(typed))


def counted_name(typed: str) -> str:
    """The folded name of the account that the typed name finds, else the folded typed name."""
    plain = typed.strip().replace("\0", "")
    found = get_user_by_username(plain) if plain else None
    return folded(plain if found is None else found.get_username())


def folded(name: str) -> str:
    """A name without case, accents and blanks, in Unicode's form NFKC."""
    cased = unicodedata.normalize("NFKC", name).upper().casefold().replace("ł", "l")
    letters = (one for one in unicodedata.normalize("NFKD", cased) if not unicodedata.combining(one))
    return "".join("".join(letters).split())[:LONGEST_NAME]


class GrowingDelays(AxesDatabaseHandler):
    """Counts in the database, for all processes together; wrong passwords are forgotten a day after the last one."""

    def is_locked(self, request: Any, credentials: Credentials | None = None) -> bool:
        """Whether this name cannot log in from this address now; its page shows `request.login_wait_minutes`."""
        name, address = name_tried(request, credentials), request.axes_ip_address
        wait = closed_until(name or "", address, request.axes_attempt_time) - request.axes_attempt_time
        request.login_wait_minutes = max(1, -(-wait // timedelta(minutes=1)))
        return wait > timedelta()

    def get_failures(self, request: Any, credentials: Credentials | None = None) -> int:
        """The limit where the login is closed by now, else 0: axes compares it after each wrong password."""
        return int(settings.AXES_FAILURE_LIMIT) if self.is_locked(request, credentials) else 0

    def reset_user_attempts(self, request: Any, credentials: Credentials | None = None) -> int:
        """Forget the wrong passwords of an account from the address from which it just logged in."""
        own = AccessAttempt.objects.filter(
            username=name_tried(request, credentials), ip_address=request.axes_ip_address
        )
        return int(own.delete()[0])

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Record the address as a usual one of the account, and forget its wrong passwords from there."""
        super().user_logged_in(sender, request, user, **kwargs)
        AccessLog.objects.filter(username=user.get_username()).filter(
            attempt_time__lt=request.axes_attempt_time - timedelta(days=USUAL_DAYS)
        ).delete()


def closed_until(name: str, address: str | None, at: datetime) -> datetime:
    """The end of the longest delay of a name at an address; a moment that is past where it is open."""
    since = at - timedelta(hours=24)
    recent = AccessAttempt.objects.filter(attempt_time__gt=since)
    limit, most = int(settings.AXES_FAILURE_LIMIT), timedelta(hours=float(settings.LOGIN_CLOSED_HOURS))
    ends = [_end(recent.filter(username=name, ip_address=address), limit, most, since)]
    usual = _is_usual(name, address, at)
    for attempts, least in (
        (recent.filter(username=name), limit),
        (recent.filter(ip_address=address), OTHERS_TIMES * limit),
    ):
        end = _end(attempts, least, min(MOST_OF_OTHERS, most), since)
        ends.append(since if usual else end)
    return max(ends)


def _end(attempts: QuerySet[AccessAttempt], limit: int, most: timedelta, since: datetime) -> datetime:
    found = attempts.aggregate(count=Sum("failures_since_start"), last=Max("attempt_time"))
    beyond = (found["count"] or 0) - limit
    if beyond < 0:
        return since
    last: datetime = found["last"]
    return last + min(FIRST_DELAY * 2 ** min(beyond, 20), most)


def _is_usual(name: str, address: str | None, at: datetime) -> bool:
    """Whether the account of this name has logged in from the address."""
    logins = AccessLog.objects.filter(ip_address=address, attempt_time__gt=at - timedelta(days=USUAL_DAYS))
    return any(folded(one) == name for one in logins.values_list("username", flat=True).distinct())
