"""The page of one's own account: its abilities and its tokens."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import now
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from geoportal.accounts.audit import AuditEntry, record_action
from geoportal.accounts.roles import BY_GROUP
from geoportal.accounts.tokens import SCOPES, ApiToken, new_token
from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.broker.place import BrokerAbsent, place
from geoportal.wording.values import moment
from layers.access.publication import LEVEL_TITLES
from layers.observations.selection import visible_streams

PERIODS = (1, 30, 90, 365)
"""Offered lifetimes of a token, in days."""
PRIVATE = "private, no-store"
LONGEST_LIST = 5000
"""Characters of a list of datastreams."""


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponseBase:
    """`/account/`; POST makes a token, whose secret is shown in this response only."""
    visitor = visitor_of(request)
    context: dict[str, Any] = {}
    if request.method == "POST":
        context = _made(request, visitor)
    response = render(request, "account/account.html", context | _context(visitor))
    response.headers["Cache-Control"] = PRIVATE
    return response


def _made(request: HttpRequest, visitor: Visitor) -> dict[str, Any]:
    """Make the token that the form describes; returns it with its secret, or the fault in words."""
    name = request.POST.get("name", "").replace("\0", "").strip()[:80]
    scopes = _scopes(visitor, request.POST.getlist("scope"))
    until = _until(request.POST.get("days", ""))
    numbers = request.POST.get("datastreams", "").replace("\0", "").strip()
    if not (name and scopes and until):
        return {"fault": gettext("Give the token a name and choose what it may be used for.")}
    streams = _datastreams(visitor, numbers) if numbers else None
    if numbers and ("sensors" not in scopes or not streams):
        return {"fault": _datastreams_fault(visitor), "datastreams": numbers[:LONGEST_LIST]}
    token, secret = new_token(visitor.user, name, scopes, until, datastreams=streams)
    limits = {"datastreams": streams} if streams else {}
    record_action(
        visitor, AuditEntry.Action.TOKEN, f"{token.start}…", request.path, made=name, scopes=scopes, **limits
    )
    return {"secret": secret, "made": token}


def _datastreams(visitor: Visitor, numbers: str) -> list[int] | None:
    """The keys in a list with commas, in order; None where one is no datastream that the account may see."""
    parts = [part.strip() for part in numbers.split(",")]
    if len(numbers) > LONGEST_LIST or not all(re.fullmatch(r"[0-9]{1,9}", part) for part in parts):
        return None
    keys = sorted({int(part) for part in parts})
    found = visible_streams(visitor.access).filter(pk__in=keys).count()
    return keys if found == len(keys) else None


def _datastreams_fault(visitor: Visitor) -> str:
    if not visitor.can("sensors"):
        return gettext("Your account may not manage sensors, so its tokens have no datastreams.")
    return gettext(
        "Give the numbers of datastreams that you see, separated by commas, as in 5, 17; choose managing sensors too."
    )


@require_POST
def revoke(request: HttpRequest, token: int) -> HttpResponseBase:
    """Revoke a token of one's own."""
    visitor = visitor_of(request)
    mine = ApiToken.objects.filter(pk=token, user=visitor.user, revoked_at=None)
    for one in mine:
        record_action(visitor, AuditEntry.Action.TOKEN, f"{one.start}…", request.path, revoked=one.name)
    mine.update(revoked_at=now())
    return redirect("account")


def _scopes(visitor: Visitor, wanted: list[str]) -> list[str]:
    return [name for name in SCOPES if name in wanted and _useful(visitor, name)]


def _useful(visitor: Visitor, scope: str) -> bool:
    return scope == "read" or scope in visitor.abilities


def _until(days: str) -> datetime | None:
    return now() + timedelta(days=int(days)) if days in map(str, PERIODS) else None


def _context(visitor: Visitor) -> dict[str, Any]:
    groups = visitor.user.groups.values_list("name", flat=True)
    return {
        "visitor": visitor,
        "roles": ", ".join(sorted(str(BY_GROUP[name].title) for name in groups if name in BY_GROUP)),
        "may": _may(visitor),
        "tokens": [_token_row(one) for one in visitor.user.api_tokens.order_by("-created_at")],
        "sensors": visitor.can("sensors"),
        "mqtt": _mqtt_ports(),
        "scopes": [{"name": name, "title": str(title)} for name, title in SCOPES.items() if _useful(visitor, name)],
        "periods": [
            {"days": days, "title": ngettext("%(days)d day", "%(days)d days", days) % {"days": days}}
            for days in PERIODS
        ],
    }


def _mqtt_ports() -> dict[str, int]:
    """The broker's ports, {} where none was started."""
    try:
        write, read = place().ports()
    except BrokerAbsent:
        return {}
    return {"write": write, "read": read}


def _may(visitor: Visitor) -> list[dict[str, str]]:
    """The account's abilities, each with the page where it is used."""
    level = str(LEVEL_TITLES[visitor.access.level])
    things = [(gettext("See layers open to: %(who)s") % {"who": level}, "catalogue")]
    words = {
        "edit": (gettext("Change features: from their card on the map"), "map"),
        "upload": (gettext("Bring files in"), "uploads"),
        "query": (gettext("Keep queries, and run large ones in the background"), "saved-queries"),
        "sql": (gettext("Ask in SQL"), "sql-console"),
        "sensors": (gettext("Manage sensors: exclude periods, set limits, add stations with a token"), "catalogue"),
        "photos": (gettext("Review street photos, and answer requests for their removal"), "photo-review"),
        "manage": (gettext("Manage accounts, layers and runs"), "admin:index"),
    }
    things += [words[ability] for ability in words if ability in visitor.abilities]
    return [{"title": title, "address": address_of(name)} for title, name in things]


def address_of(name: str) -> str:
    """The address of a page, "" where there is no page of that name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _token_row(token: ApiToken) -> dict[str, Any]:
    return {
        "pk": token.pk,
        "name": token.name,
        "start": token.start,
        "scopes": "; ".join(str(SCOPES[one]) for one in token.scopes if one in SCOPES),
        "datastreams": ", ".join(map(str, token.datastreams or ())),
        "broker_user": token.broker_user or gettext("no, make a new token"),
        "expires": moment(token.expires_at),
        "used": moment(token.last_used_at) if token.last_used_at else gettext("never"),
        "valid": token.valid,
        "state": gettext("revoked") if token.revoked_at else gettext("expired"),
    }
