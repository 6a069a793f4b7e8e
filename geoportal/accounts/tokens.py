"""Personal API tokens: a secret that a program sends instead of a password, limited by scopes and expiry.

Only a SHA-256 digest is stored; without salt, as the token is 256 random bits. The MQTT broker compares passwords
itself, with a hash of another form; tokens that are of use there have that one too.
"""

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from layers.text import Text

PREFIX = "gp_"
LONGEST = timedelta(days=366)
SCOPES: dict[str, Text] = {
    "read": Text("czytanie warstw, które widzi konto", "reading the layers that the account may see"),
    "edit": Text("zmiany obiektów", "changing features"),
    "upload": Text("wgrywanie plików", "bringing files in"),
    "query": Text("zapytania i analizy jako zadania", "queries and studies as jobs"),
    "sql": Text("konsola SQL", "the SQL console"),
    "sensors": Text("zarządzanie czujnikami", "managing sensors"),
    "photos": Text("zdjęcia ulic przed udostępnieniem", "street photos before their release"),
}
"""Scopes of tokens: without `read` a token has public access. `manage` is not offered to programs."""
BROKER_SCOPES = {"read", "sensors"}
BROKER_ROUNDS = 101
"""Rounds of the broker's hash, those of mosquitto_passwd: a secret of 256 random bits needs no more."""
_SEEN_EVERY = timedelta(minutes=5)


class ApiToken(models.Model):
    """A token of one account. `start` is its first characters, by which its owner recognizes it.

    `datastreams` makes it the token of a device, which adds observations to these and changes nothing else; None for
    no such limit. `broker_hash` is the secret as Mosquitto compares it, "" where the token is of no use over MQTT.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, verbose_name=_("what it is for"))
    start = models.CharField(max_length=12, verbose_name=_("begins with"))
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10), verbose_name=_("may be used for"))
    datastreams = ArrayField(models.IntegerField(), null=True, blank=True, verbose_name=_("datastreams"))
    broker_hash = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now, verbose_name=_("since"))
    expires_at = models.DateTimeField(verbose_name=_("valid until"))
    last_used_at = models.DateTimeField(null=True, blank=True, verbose_name=_("last used"))
    revoked_at = models.DateTimeField(null=True, blank=True, verbose_name=_("revoked at"))

    class Meta:
        verbose_name, verbose_name_plural = _("token"), _("tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"

    @property
    def valid(self) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and self.expires_at > now()

    @property
    def broker_user(self) -> str:
        """Its user name at the MQTT broker, "" where it is of no use there."""
        return f"token-{self.pk}" if self.broker_hash else ""

    def used(self) -> None:
        """Store the time of use, at most every few minutes."""
        moment = now()
        if self.last_used_at is None or moment - self.last_used_at > _SEEN_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=moment)


def new_token(
    user: Any, name: str, scopes: list[str], expires_at: datetime, *, datastreams: list[int] | None = None
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown once.

    `datastreams` are the keys of those to which a device adds observations. Raises ValueError for unknown scopes, a
    wrong expiry, or datastreams without the scope `sensors`.
    """
    unknown = set(scopes) - SCOPES.keys()
    if unknown or not scopes:
        raise ValueError(f"Scopes are {', '.join(SCOPES)}; found {', '.join(sorted(unknown)) or 'none'}.")
    if not now() < expires_at <= now() + LONGEST:
        raise ValueError(f"A token lasts until a moment within the next {LONGEST.days} days.")
    if datastreams is not None and ("sensors" not in scopes or not datastreams):
        raise ValueError("A token of a device has the scope sensors and at least one datastream.")
    secret = PREFIX + secrets.token_urlsafe(32)
    made = ApiToken.objects.create(
        user=user,
        name=name,
        start=secret[:10],
        digest=_digest(secret),
        scopes=scopes,
        datastreams=datastreams,
        broker_hash=broker_hash(secret) if BROKER_SCOPES & set(scopes) else "",
        expires_at=expires_at,
    )
    return made, secret


def broker_hash(secret: str) -> str:
    """A password as Mosquitto's password file has it: PBKDF2 with HMAC and SHA-512."""
    salt = secrets.token_bytes(12)
    made = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, BROKER_ROUNDS)
    return f"$7${BROKER_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


def token_of(secret: str) -> ApiToken | None:
    """The valid token of an active account with that secret, else None."""
    found = ApiToken.objects.select_related("user").filter(digest=_digest(secret), user__is_active=True).first()
    return found if found is not None and found.valid else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
