"""Error pages of LayersErrors, each with a one-line message in the visitor's language."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from analysis.errors import BadQuestion, ParameterForbidden, QueryBusy, StudyBusy, TooManyRuns
from geoportal.http.faults import status_of
from geoportal.uploads.errors import KindForbidden
from layers.errors import (
    BadFilter,
    BadKey,
    BadMoment,
    BadSeries,
    BadSort,
    LayersError,
    NotEditable,
    TooManyRows,
    TooSlow,
    UnknownPlace,
)

NOT_FOUND = 404


def fault_page(request: HttpRequest, fault: LayersError, *, begin: str = "") -> HttpResponse:
    """The page of an error, with its status of `geoportal.http.faults`; `begin` is the address of its first link, by
    default the same one without a query."""
    status = status_of(fault)
    if status == NOT_FOUND:
        return render(request, "404.html", status=status)
    context = {"status": status, "line": line(fault), "detail": str(fault), "begin": begin or request.path}
    return render(request, "400.html", context, status=status)


def line(fault: LayersError) -> str:
    """The message of an error in the visitor's language; its own text is English."""
    lines: tuple[tuple[type[LayersError], str], ...] = (
        (BadFilter, gettext("This filter cannot be used here.")),
        (BadSort, gettext("The table cannot be sorted like this.")),
        (BadKey, gettext("This place in the table is not known any more.")),
        (BadMoment, gettext("This is no day or moment. Write a day like 2026-01-31.")),
        (TooManyRows, gettext("These are too many values for one file. Choose a shorter period or fewer series.")),
        (BadSeries, gettext("There is no such choice of series.")),
        (UnknownPlace, gettext("There is no such place in the city.")),
        (KindForbidden, gettext("Your account may not bring objects into this layer.")),
        (ParameterForbidden, gettext("Only the city's planners may try other values of this assumption.")),
        (BadQuestion, gettext("This question cannot be asked like this.")),
        (QueryBusy, gettext("Your other questions are still being answered. Wait for one, or cancel it.")),
        (StudyBusy, gettext("Somebody else's trial is being computed. Try again in a minute.")),
        (TooManyRuns, gettext("Many trials were computed within the last hour. Try again later.")),
        (NotEditable, gettext("Features of this layer are not changed by hand.")),
        (TooSlow, gettext("This would take too long. Choose less: a filter, a shorter period, or no sorting.")),
    )
    return next((words for kind, words in lines if isinstance(fault, kind)), gettext("This cannot be done."))
