"""Saved statements: one's own by title, and others' by their link."""

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from geoportal.console.errors import UnknownStatement

MOST_SAVED = 200
LONGEST_TITLE = 120


def new_link() -> str:
    """A random, unguessable part of an address."""
    return secrets.token_urlsafe(12)


class SavedStatement(models.Model):
    """A statement with a title. Its link opens it to all users of the console, who run it with their own rights."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_statements")
    title = models.CharField(max_length=LONGEST_TITLE)
    text = models.TextField()
    link = models.CharField(max_length=24, unique=True, default=new_link)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "title"], name="one_saved_statement_a_title")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.title}"


def saved_of(user: Any) -> list[SavedStatement]:
    """The statements saved by an account, ordered by title."""
    return list(SavedStatement.objects.filter(owner=user).order_by("title"))


def shared(link: str) -> SavedStatement:
    """The statement of a link. Raises UnknownStatement."""
    found = SavedStatement.objects.select_related("owner").filter(link=link).first()
    if found is None:
        raise UnknownStatement("No saved statement has this link.")
    return found


def save(user: Any, title: str, text: str) -> SavedStatement:
    """Save a statement; replaces one's own of the same title, whose link stays. Raises ValueError."""
    title = title.strip()
    if not 1 <= len(title) <= LONGEST_TITLE or not text.strip():
        raise ValueError(f"A saved statement has a text, and a title of 1 to {LONGEST_TITLE} signs.")
    own = SavedStatement.objects.filter(owner=user)
    if own.count() >= MOST_SAVED and not own.filter(title=title).exists():
        raise ValueError(f"An account keeps {MOST_SAVED} statements; delete one first.")
    kept, _ = SavedStatement.objects.update_or_create(
        owner=user, title=title, defaults={"text": text, "changed_at": now()}
    )
    return kept


def forget(user: Any, link: str) -> None:
    """Delete one's own saved statement. Raises UnknownStatement."""
    deleted, _ = SavedStatement.objects.filter(owner=user, link=link).delete()
    if not deleted:
        raise UnknownStatement("You saved no statement with this link.")
