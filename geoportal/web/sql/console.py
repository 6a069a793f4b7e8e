"""The SQL console's page with editor, layers, examples, saved and recent statements; saving statements."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geoportal.accounts.visitors import visitor_of
from geoportal.console.examples import examples_for
from geoportal.console.runs import recent_runs
from geoportal.console.saved import LONGEST_TITLE, SavedStatement, forget, save, saved_of, shared
from geoportal.console.schema import tables
from geoportal.console.vocabulary import MOST_SIGNS
from geoportal.web.faults import faults_shown
from geoportal.web.map.page import configuration
from geoportal.web.sql.words import sql_words
from geoportal.wording.values import moment, number
from layers.access.database_views import schema_of
from layers.access.rules import Access, visible_kinds
from layers.city import city


@require_safe
@faults_shown
def sql_console(request: HttpRequest) -> HttpResponseBase:
    """`/sql/`; `?saved=` opens the statement of a link."""
    link = request.GET.get("saved", "")
    return _page(request, shared(link) if link else None)


@require_POST
@faults_shown
def sql_saved(request: HttpRequest) -> HttpResponseBase:
    """`/sql/saved/`: save the posted statement under its title, or delete the one of the posted link."""
    user = visitor_of(request).user
    if request.POST.get("forget"):
        forget(user, request.POST["forget"].replace("\0", ""))
        return HttpResponseRedirect(reverse("sql-console"))
    text, title = request.POST.get("sql", "")[:MOST_SIGNS].replace("\0", ""), request.POST.get("title", "")
    try:
        kept = save(user, title.replace("\0", ""), text)
    except ValueError:
        return _page(request, None, typed=text, fault=gettext("To save a statement, write it and give it a title."))
    return HttpResponseRedirect(f"{reverse('sql-console')}?{urlencode({'saved': kept.link})}")


def _page(
    request: HttpRequest, opened: SavedStatement | None, *, typed: str = "", fault: str = ""
) -> HttpResponseBase:
    visitor = visitor_of(request)
    access = visitor.access
    known = tables(access)
    offered = examples_for(frozenset(table.name for table in known))
    context = {
        "tables": known,
        "schema": schema_of(access.level),
        "examples": offered,
        "saved": saved_of(visitor.user),
        "lately": [(one, moment(one.started_at), _ended(one.outcome)) for one in recent_runs(visitor.user)],
        "opened": opened,
        "own": opened is not None and opened.owner_id == visitor.user.pk,
        "text": opened.text if opened else typed or (offered[0].sql if offered else ""),
        "fault": fault,
        "longest_title": LONGEST_TITLE,
        "most_signs": MOST_SIGNS,
        "seconds": number(settings.SQL_SECONDS),
        "rows": number(settings.SQL_ROWS),
        "file_rows": number(settings.SQL_FILE_ROWS),
        "configuration": _configuration(access),
    }
    return render(request, "sql/console.html", context, status=400 if fault else 200)


def _configuration(access: Access) -> dict[str, Any]:
    """Configuration of the scripts: base map and texts."""
    usual = configuration(city(), tuple(kind for kind in visible_kinds(access) if kind.basemap))
    return usual | {"words": usual["words"] | sql_words()}


def _ended(outcome: str) -> str:
    """The outcome of a statement as text."""
    return {
        "ok": gettext("answered"),
        "failed": gettext("failed in the database"),
        "limit": gettext("stopped at a limit"),
        "cancelled": gettext("stopped by you"),
        "busy": gettext("not begun: others were running"),
    }.get(outcome, gettext("not run"))
