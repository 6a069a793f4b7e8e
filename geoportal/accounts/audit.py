"""The audit log: reads of layers of the emergency services, changes of rights, SQL statements. Append-only."""

import threading
import time
from collections.abc import Iterable
from typing import Any

from cachetools import TTLCache
from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoportal.accounts.visitors import Visitor

ONCE_SECONDS = 60
"""Seconds for which further reads of a layer by the same reader are not recorded: a map requests many tiles."""


class AuditEntry(models.Model):
    """One recorded action. `account` is the account's name at that time; the account may be deleted later."""

    class Action(models.TextChoices):
        READ = "read", _("read a layer of the services")
        RIGHTS = "rights", _("rights")
        TOKEN = "token", _("token")
        PUBLICATION = "publication", _("publication")
        SQL = "sql", _("SQL")
        PICTURE = "picture", _("looked at a raw picture")

    at = models.DateTimeField(default=now, db_index=True, verbose_name=_("when"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    account = models.CharField(max_length=150, verbose_name=_("account"))
    token = models.CharField(max_length=12, blank=True, verbose_name=_("token"))
    action = models.CharField(max_length=12, choices=Action.choices, verbose_name=_("what was done"))
    subject = models.CharField(max_length=200, verbose_name=_("to what"))
    address = models.CharField(max_length=300, blank=True, verbose_name=_("address"))
    details = models.JSONField(default=dict, blank=True, verbose_name=_("details"))

    class Meta:
        verbose_name, verbose_name_plural = _("entry of the audit"), _("audit")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.account} {self.action} {self.subject}"


_recent_reads: TTLCache[tuple[Any, ...], bool] = TTLCache(10_000, ONCE_SECONDS, time.monotonic)
_lock = threading.Lock()


def record_action(
    visitor: Visitor, action: AuditEntry.Action, subject: str, address: str = "", **details: Any
) -> AuditEntry:
    """Add an entry to the audit log and return it."""
    return AuditEntry.objects.create(
        user=visitor.user,
        account=visitor.name,
        token=visitor.token.start if visitor.token else "",
        action=action,
        subject=subject[:200],
        address=address[:300],
        details=details,
    )


def record_reads(visitor: Visitor, kinds: Iterable[str], address: str) -> None:
    """Add an entry for each layer read, at most once a minute for each reader and layer."""
    for kind in kinds:
        _record_once(visitor, AuditEntry.Action.READ, kind, address)


def record_look(visitor: Visitor, picture: str, address: str) -> None:
    """Add an entry for a look at a raw picture (its key), at most once a minute for each reader and picture."""
    _record_once(visitor, AuditEntry.Action.PICTURE, picture, address)


def _record_once(visitor: Visitor, action: AuditEntry.Action, subject: str, address: str) -> None:
    reader = (visitor.user.pk if visitor.user else None, visitor.token.pk if visitor.token else None)
    key = (*reader, action, subject)
    with _lock:
        known = key in _recent_reads
    if not known:
        record_action(visitor, action, subject, address)
        with _lock:
            _recent_reads[key] = True


def forget_recent_reads() -> None:
    """Empty the cache of recent reads, so that the next read of each reader is recorded."""
    with _lock:
        _recent_reads.clear()
