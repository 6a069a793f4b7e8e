"""Rows of running and recent statements: the limit of concurrent ones, cancelling, an account's recent statements.

The process that runs a statement reads its cancel flag twice a second, so that any process can set it.
"""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.timezone import now
from django.utils.translation import gettext

from geoportal.console.errors import ConsoleBusy, UnknownStatement

KEPT_OF_EACH = 30
"""Recent statements stored for each account."""
_LATE = timedelta(seconds=20)
"""Seconds past its time limit after which a running statement counts as abandoned by a dead process."""


class StatementRun(models.Model):
    """A statement run by an account."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="statement_runs")
    text = models.TextField()
    started_at = models.DateTimeField(default=now, db_index=True)
    ended_at = models.DateTimeField(null=True)
    stop_asked = models.BooleanField(default=False)
    outcome = models.CharField(max_length=12, blank=True)
    rows = models.IntegerField(null=True)
    seconds = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.user}: {self.text[:60]}"

    def stopping(self) -> bool:
        """Whether its owner requested its cancellation."""
        return bool(StatementRun.objects.filter(pk=self.pk, stop_asked=True).exists())

    def end(self, outcome: str, seconds: float, rows: int | None = None) -> None:
        """Store how it ended; deletes the owner's oldest statements."""
        StatementRun.objects.filter(pk=self.pk).update(
            ended_at=now(), outcome=outcome, seconds=round(seconds, 3), rows=rows
        )
        own = StatementRun.objects.filter(user=self.user).order_by("-started_at")
        old = list(own.values_list("pk", flat=True)[KEPT_OF_EACH:])
        StatementRun.objects.filter(pk__in=old).delete()


def start_run(user: Any, text: str, key: uuid.UUID | None = None) -> StatementRun:
    """Create the row of a starting statement. Raises ConsoleBusy, and UnknownStatement for a key already used."""
    since = now() - timedelta(seconds=settings.SQL_SECONDS) - _LATE
    with transaction.atomic():
        running = StatementRun.objects.select_for_update().filter(ended_at__isnull=True, started_at__gt=since)
        owners = [one.user_id for one in running]
        if owners.count(user.pk) >= settings.SQL_AT_ONCE_OF_EACH:
            raise ConsoleBusy(gettext("Your earlier statement is still running. Stop it, or wait for its end."))
        if len(owners) >= settings.SQL_AT_ONCE:
            raise ConsoleBusy(gettext("Others' statements are running now. Try again in a moment."))
        if key is not None and StatementRun.objects.filter(pk=key).exists():
            raise UnknownStatement("This key belongs to an earlier statement; send a new one.")
        return StatementRun.objects.create(user=user, text=text, key=key or uuid.uuid4())


def stop(user: Any, key: uuid.UUID) -> None:
    """Request the cancellation of one's own statement. Raises UnknownStatement."""
    found = StatementRun.objects.filter(pk=key, user=user, ended_at__isnull=True).update(stop_asked=True)
    if not found:
        raise UnknownStatement("No statement of yours runs under this key.")


def recent_runs(user: Any, most: int = 10) -> list[StatementRun]:
    """Recent statements of an account, each text once, newest first."""
    texts: dict[str, StatementRun] = {}
    for one in StatementRun.objects.filter(user=user, ended_at__isnull=False).order_by("-started_at"):
        texts.setdefault(one.text, one)
    return list(texts.values())[:most]
