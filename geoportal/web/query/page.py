"""`/query/`: the form of spatial questions between layers; works without JavaScript.

The question is in the address (`analysis.queries.question.WORDS`), with `sort`, `after` and `before` of the table's
pages, or `saved`, the token of a saved question that is too long for an address.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models.functions import Collate
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from analysis.errors import UnknownResult
from analysis.queries.answer import Features
from analysis.queries.question import DISTRICTS, MEASURES, RELATIONS, Question
from geoportal.accounts.rights import access_of
from geoportal.accounts.visitors import visitor_of
from geoportal.http.fault_pages import line
from geoportal.http.faults import status_of
from geoportal.web.map.page import configuration
from geoportal.web.query.answer import Place, answered
from geoportal.web.query.words import all_choices, choices, cql_text, summary
from geoportal.wording.queries import SAVED, address_of, asked_now, seconds, words_of
from layers.access.rules import Access, fields_for, may_see, visible_kinds
from layers.city import city
from layers.errors import LayersError, TooSlow
from layers.filters.cql2 import parsed
from layers.kinds import KINDS
from layers.reading.selection import select
from layers.reading.table import COLLATION

CHOOSE = "choose"
"""Parameter of the button that only loads the choices of a layer."""
LANGUAGE = "lang"
PAGING = ("sort", "after", "before")


@require_safe
def query(request: HttpRequest) -> HttpResponseBase:
    """The form, and the answer where the address has a question."""
    try:
        words = words_of(request)
    except UnknownResult:
        return _page(request, {}, {"fault": gettext("There is no saved question at this address.")}, 404)
    if _untidy(request, words):
        return HttpResponseRedirect(reverse("query") + address_of(words))
    if "layer" not in words or CHOOSE in request.GET:
        return _page(request, words, {}, 200)
    try:
        question, features = asked_now(request, words)
        context = _answer(request, question, features)
    except TooSlow:
        return _page(request, words, {"slow": True, "summary": _summary(request, words)}, 503)
    except LayersError as fault:
        return _page(request, words, {"fault": line(fault), "detail": str(fault)}, status_of(fault))
    return _page(request, words, context, 200)


def _untidy(request: HttpRequest, words: Mapping[str, str]) -> bool:
    """Whether the address has parameters without effect."""
    if CHOOSE in request.GET or request.GET.get(SAVED):
        return False
    own = {name: text for name, text in request.GET.items() if name not in (*PAGING, SAVED, LANGUAGE)}
    return any(words.get(name) != text for name, text in own.items())


def place_of(request: HttpRequest, words: Mapping[str, str]) -> Place:
    """The addresses of the answer."""
    saved = request.GET.get(SAVED, "")
    return Place(reverse("query"), {SAVED: saved} if saved else words, "/query", address_of(words))


def _answer(request: HttpRequest, question: Question, features: Features | None) -> dict[str, Any]:
    context: dict[str, Any] = {"question": question, "summary": summary(question)}
    if features is None:
        return context | {"empty": True}
    paging = {name: request.GET.get(name, "") for name in PAGING}
    return context | answered(features, place_of(request, question.words), paging, seconds())


def _summary(request: HttpRequest, words: Mapping[str, str]) -> list[str]:
    question, _ = asked_now(request, words)
    return summary(question)


def _page(request: HttpRequest, words: Mapping[str, str], context: dict[str, Any], status: int) -> HttpResponseBase:
    access, visitor = access_of(request), visitor_of(request)
    place = place_of(request, words)
    shared = {
        "words": words,
        "place": place,
        "share": request.build_absolute_uri(place.address()),
        "can_save": visitor.can("query") and visitor.token is None,
        "configuration": _configuration(access, words, place, context),
        "hidden": list(words.items()),
    }
    return render(request, "query/page.html", form(access, words) | shared | context, status=status)


def form(access: Access, words: Mapping[str, str]) -> dict[str, Any]:
    """The form's choices and its current values."""
    kinds = visible_kinds(access)
    kind = KINDS.get(words.get("layer", ""))
    kind = kind if kind is not None and may_see(access, kind) else None
    return {
        "kinds": kinds,
        "kind": kind,
        "relations": list(RELATIONS.items()),
        "measures": list(MEASURES.items()),
        "districts": _districts(access),
        "by_district": DISTRICTS in KINDS and may_see(access, KINDS[DISTRICTS]),
        "filter_text": _text(words.get("filter", "")),
        "to_filter_text": _text(words.get("to_filter", "")),
        "field_names": [(field.name, str(field.title)) for field in fields_for(access, kind)] if kind else [],
        **choices(access, kind, nearest=words.get("relation") == "nearest"),
    }


def _districts(access: Access) -> list[tuple[str, str]]:
    kind = KINDS.get(DISTRICTS)
    found = select(access, kind) if kind is not None and may_see(access, kind) else None
    rows = (
        found.rows().exclude(name=None).order_by(Collate("name", COLLATION)).values_list("feature_id", "name")
        if found
        else ()
    )
    return [(str(identity), name) for identity, name in rows]


def _text(filter: str) -> str:
    """A filter as CQL2 text; unchanged where it cannot be parsed."""
    try:
        return cql_text(filter)
    except LayersError:
        return filter


def _tree(filter: str) -> Any:
    try:
        return parsed(filter) if filter else None
    except LayersError:
        return None


def _configuration(
    access: Access, words: Mapping[str, str], place: Place, context: Mapping[str, Any]
) -> dict[str, Any]:
    kinds = tuple(kind for kind in visible_kinds(access) if kind.basemap or kind.slug == words.get("layer"))
    return configuration(city(), kinds) | {
        "query": {
            "choices": all_choices(access),
            "filter": _tree(words.get("filter", "")),
            "to_filter": _tree(words.get("to_filter", "")),
            "features": context.get("map_features", ""),
        }
    }
