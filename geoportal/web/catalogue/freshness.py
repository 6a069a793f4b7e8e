"""The freshness page: every dataset's age against its update interval."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of
from geoportal.accounts.visitors import visitor_of
from geoportal.wording.freshness import ICONS, line, states
from layers.metadata.freshness import State, board

ORDER: tuple[State, ...] = ("late", "due", "fresh", "unpromised", "invented")
"""Sort order of states: those that need action first."""


@require_safe
def freshness(request: HttpRequest) -> HttpResponse:
    """`/open-data/freshness/`; links to the list of rejections for visitors who may open it."""
    lines = sorted((line(one) for one in board(access_of(request))), key=lambda one: ORDER.index(one.one.state))
    names = states()
    counts = [(state, names[state], sum(one.one.state == state for one in lines)) for state in ORDER]
    context = {
        "lines": lines,
        "counts": [(ICONS[state], state, name, count) for state, name, count in counts if count],
        "icons": ICONS,
        "manages": visitor_of(request).can("manage"),
    }
    return render(request, "catalogue/freshness.html", context)
