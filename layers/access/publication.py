"""The city's decisions on who may see a layer; they override the level that its kind declares.

Administrators may withdraw a layer to a stricter level, for example while a mistake in it is corrected. They cannot
open a layer beyond its declared level, because the kind's public fields were not chosen for that.
"""

import threading
import time

from django.conf import settings
from django.db import DatabaseError, models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from layers.text import Text

LEVELS: tuple[str, ...] = ("public", "staff", "services")
"""From the least strict to the strictest: everybody; the city's staff; fire brigade, police, crisis management."""
LEVEL_TITLES = {
    "public": Text("wszyscy", "everybody"),
    "staff": Text("pracownicy urzędu", "the city's staff"),
    "services": Text("służby", "emergency services"),
}


class Publication(models.Model):
    """The city's decision on one kind. Without a row the declared level applies."""

    kind = models.CharField(max_length=60, primary_key=True, verbose_name=_("layer"))
    level = models.CharField(max_length=10, choices=[(one, one) for one in LEVELS], verbose_name=_("who may see it"))
    reason = models.CharField(max_length=300, blank=True, verbose_name=_("reason"))
    decided_at = models.DateTimeField(default=now, verbose_name=_("decided at"))

    class Meta:
        verbose_name, verbose_name_plural = _("decision on a layer"), _("withdrawn layers")

    def __str__(self) -> str:
        return f"{self.kind}: {self.level}"


def stricter(one: str, other: str) -> str:
    """The stricter of two levels."""
    return max(one, other, key=LEVELS.index)


class Decisions:
    """The city's decisions, cached in memory and read again after PUBLICATION_SECONDS. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._levels: dict[str, str] = {}
        self._checked = float("-inf")

    def level(self, kind: str, declared: str) -> str:
        """The level of a kind: the declared one, or the stricter one that the city decided."""
        self.refresh()
        decided = self._levels.get(kind)
        return stricter(declared, decided) if decided else declared

    def refresh(self, force: bool = False) -> None:
        """Read the decisions again when the cached ones are older than PUBLICATION_SECONDS, or with `force`.

        Where the database cannot be reached the cached decisions stay: no layer can be read then either.
        """
        if not force and time.monotonic() - self._checked < settings.PUBLICATION_SECONDS:
            return
        with self._lock:
            try:
                self._levels = dict(Publication.objects.values_list("kind", "level"))
            except DatabaseError:
                return
            self._checked = time.monotonic()


DECISIONS = Decisions()
