"""Place reports: choosing a place, its report as page and as PDF."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.http.faults import status_of
from geoportal.reports.place import paper
from geoportal.reports.place.document import Document
from geoportal.reports.place.place_map import place_map
from geoportal.web.map.page import configuration
from geoportal.web.words import script_words
from layers.access.rules import Access, visible_kinds
from layers.city import city
from layers.errors import BadPlace, LayersError, TooSlow, UnknownFeature
from layers.kinds import KINDS
from layers.places.place import MAX_AREA_KM2, Place, area_place, feature_place, point_place
from layers.places.report import report
from layers.places.search import search
from layers.reading.selection import select

PICKED = "districts"
"""The kind whose features are listed for choosing."""


@require_safe
def reports_page(request: HttpRequest) -> HttpResponse:
    """`/reports/`: search a place (`?q=`, also without JavaScript), choose a district, or draw an area."""
    return _choose(request)


@require_safe
def place_page(request: HttpRequest) -> HttpResponse:
    """`/reports/place/?layer=&feature=`, `?point=` or `?area=`, each with an optional `at=`."""
    if not any(request.GET.get(name) for name in ("feature", "point", "area")):
        return redirect("reports")
    access = access_of(request)
    try:
        document = _document(request, access)
        drawing = _drawing(access, document)
    except LayersError as fault:
        return _choose(request, fault)
    context = {
        "document": document,
        "drawing": mark_safe(drawing),  # noqa: S308 - our own drawing; every name in it is escaped there
        "share": request.build_absolute_uri(f"{reverse('place_report')}?{document.words}"),
        "configuration": {"language": get_language() or "pl", "words": script_words()},
    }
    return _uncached(render(request, "reports/place.html", context))


@require_safe
def place_pdf(request: HttpRequest) -> HttpResponse:
    """`/reports/place.pdf`, with the parameters of the page."""
    access = access_of(request)
    try:
        document = _document(request, access)
        drawing = _drawing(access, document)
    except LayersError as fault:
        return HttpResponse(f"{_words(fault)}\n", status=status_of(fault), content_type="text/plain; charset=utf-8")
    made = paper.pdf(document, mark_safe(drawing), request.build_absolute_uri("/"))  # noqa: S308 - as above
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{paper.file_name(document)}"'
    return _uncached(answer)


def _uncached(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _document(request: HttpRequest, access: Access) -> Document:
    at = request.GET.get("at", "")
    place = _place(request, access, at)
    return Document(access, report(access, place, at=at), at)


def _place(request: HttpRequest, access: Access, at: str) -> Place:
    """The place an address names. Raises BadPlace, UnknownKind, UnknownFeature, BadMoment."""
    if request.GET.get("feature"):
        return feature_place(access, visible_kind(request, request.GET.get("layer", "")), request.GET["feature"], at)
    if request.GET.get("point"):
        return point_place(request.GET["point"])
    return area_place(request.GET.get("area", ""))


def _drawing(access: Access, document: Document) -> str:
    title = gettext("Map: {place}").format(place=document.full_title)
    return place_map(access, document.place, title, document.at)


def _words(fault: LayersError) -> str:
    """The message of an error for the visitor."""
    if isinstance(fault, BadPlace | UnknownFeature | TooSlow):
        return str(fault)
    return gettext("This address asks for something that is not here. Choose a place below.")


def _choose(request: HttpRequest, fault: LayersError | None = None) -> HttpResponse:
    access = access_of(request)
    words = request.GET.get("q", "").strip()
    kinds = tuple(kind for kind in visible_kinds(access) if kind.basemap)
    context = {
        "q": words,
        "found": [(one, _address(one)) for one in search(access, words)] if words else [],
        "districts": _listed(access),
        "fault": _words(fault) if fault else "",
        "most_km2": MAX_AREA_KM2,
        "reported": [kind for kind in visible_kinds(access) if kind.report_items],
        "configuration": configuration(city(), kinds),
    }
    return render(request, "reports/choice.html", context, status=status_of(fault) if fault else 200)


def _address(found: Any) -> str:
    """The address of a search result's report: of its feature, else of its centre point."""
    page = reverse("place_report")
    if found.layer and found.feature_id:
        return f"{page}?layer={found.layer}&feature={found.feature_id}"
    longitude, latitude = found.center
    return f"{page}?point={longitude:.6f},{latitude:.6f}"


def _listed(access: Access) -> list[tuple[str, str]]:
    """Ids and names of the districts, by name."""
    kind = KINDS.get(PICKED)
    chosen = select(access, kind) if kind else None
    rows = chosen.rows().exclude(name=None).order_by("name") if chosen else []
    return [(str(row.feature_id), row.name) for row in rows]
