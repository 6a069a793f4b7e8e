"""Resolve a request to user, access level and abilities (session, Bearer or Basic token, anonymous)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from geoportal.accounts.roles import Ability, rights
from geoportal.accounts.tokens import PREFIX, ApiToken, token_of
from layers.access.rules import ANONYMOUS, Access
from layers.observations.selection import visible_streams


class TokenRefused(Exception):
    """The token is unknown, expired or revoked, or its account is inactive."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """The sender of a request: access level, abilities, and account and token where there are any."""

    access: Access = ANONYMOUS
    abilities: frozenset[Ability] = frozenset()
    user: Any = None
    token: ApiToken | None = None
    limited_streams: frozenset[int] | None = None
    """For the token of a device the keys of the datastreams to which it adds observations; it has no abilities.
    None for any other visitor."""

    @property
    def name(self) -> str:
        """The account's name, "" for an anonymous visitor."""
        return str(self.user.get_username()) if self.user is not None else ""

    def can(self, ability: Ability) -> bool:
        """Whether the visitor has the ability."""
        return ability in self.abilities

    def may_add_to(self, datastream: int) -> bool:
        """Whether the visitor may add observations to a datastream, given by its key, that its account may see."""
        return self.can("sensors") if self.limited_streams is None else datastream in self.limited_streams


NOBODY = Visitor()


def visitor_of(request: HttpRequest) -> Visitor:
    """The visitor, resolved once per request. Reads session and database only where a cookie or token was sent.

    Raises TokenRefused.
    """
    known = getattr(request, "visitor", None)
    if known is None:
        known = request.visitor = _found(request)  # type: ignore[attr-defined]
    return known


def _found(request: HttpRequest) -> Visitor:
    secret = _secret(request.META.get("HTTP_AUTHORIZATION", ""))
    if secret:
        return _by_token(secret)
    user = getattr(request, "user", None) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    if user is None or not user.is_authenticated:
        return NOBODY
    return of_account(user)


def of_account(user: Any) -> Visitor:
    """The visitor of an account with all its rights; anonymous where the account is inactive."""
    if not user.is_active:
        return NOBODY
    access, abilities = rights(user.groups.values_list("name", flat=True))
    return Visitor(access, abilities, user)


def _by_token(secret: str) -> Visitor:
    token = token_of(secret)
    if token is None:
        raise TokenRefused("This token is unknown, expired or revoked; make a new one on the page of your account.")
    token.used()
    return of_token(token)


def of_token(token: ApiToken) -> Visitor:
    """The visitor of a valid token: what its account may do, as far as its scopes go."""
    whole = of_account(token.user)
    access = whole.access if "read" in token.scopes else ANONYMOUS
    if token.datastreams is None:
        abilities = frozenset(one for one in whole.abilities if one in token.scopes)
        return Visitor(access, abilities, token.user, token)
    seen = visible_streams(whole.access).filter(pk__in=token.datastreams if whole.can("sensors") else [])
    return Visitor(access, frozenset(), token.user, token, frozenset(seen.values_list("pk", flat=True)))


def _secret(header: str) -> str:
    """The token in an Authorization header: Bearer, or the password of Basic, which QGIS and GDAL can send."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        _, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return PREFIX
    return password or PREFIX
