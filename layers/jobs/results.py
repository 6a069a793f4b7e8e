"""Stored results of jobs, opened by an unguessable link: the base of their tables."""

import secrets
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.timezone import now

from layers.access.rules import Access

RETAINED = timedelta(days=30)


def new_token() -> str:
    """A random, unguessable token: the last part of a result's address."""
    return secrets.token_urlsafe(18)


def expiry() -> datetime:
    """The moment until which a result made now is retained."""
    return now() + RETAINED


class KeptResult(models.Model):
    """A stored result; its link opens it until it expires, for visitors whose level reaches its own.

    `user` is the account that requested it, None for the city's own commands and visitors without one. Subclasses
    have a field `run`: the link exists as soon as the job is queued. The task `prune_results` prunes all subclasses.
    """

    token = models.CharField(max_length=40, unique=True, default=new_token)
    level = models.CharField(max_length=10, default="services")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(default=expiry)

    class Meta:
        abstract = True

    @classmethod
    def by_token(cls, access: Access, token: str) -> Self | None:
        """The result of a link; None where there is none, it expired, or its level is above the visitor's."""
        manager = cls._default_manager.select_related("run")
        found = manager.filter(token=token, expires_at__gt=now()).first()
        return found if found is not None and access.reaches(found.level) else None  # type: ignore[arg-type]

    @classmethod
    def expired(cls) -> QuerySet[Self]:
        """The results to drop: those past their expiry. A subclass may add others."""
        return cls._default_manager.filter(expires_at__lte=now())

    @classmethod
    def prune(cls) -> int:
        """Drop the results of `expired`; returns how many."""
        expired = cls.expired()
        count = expired.count()
        expired.delete()
        return count
