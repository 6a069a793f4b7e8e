"""The catalogue: the list of layers, searched by text or theme, without JavaScript."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of
from geoportal.web.map.page import themes
from geoportal.wording.datasets import attribution
from geoportal.wording.search_results import matches
from geoportal.wording.values import day, number
from layers.access.rules import Serving, licence, servings, visible_kinds
from layers.metadata.quality import Age, age
from layers.schema.kind import LayerKind


@dataclass(frozen=True, slots=True)
class Card:
    """A layer's entry in the list. Texts are "" where unknown."""

    kind: LayerKind
    shown: Serving | None
    count: str
    date: str
    source: str
    licence: str
    age: Age | None


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """All layers by theme, filtered by `q` and `theme`; one database query for all."""
    access = access_of(request)
    words, theme = request.GET.get("q", "").strip()[:100], request.GET.get("theme", "")
    kinds = tuple(visible_kinds(access))
    left = tuple(kind for kind in kinds if theme in ("", theme_of(kind)) and matches(access, kind, words))
    held = servings()
    groups = [(group.title, [card(kind, held.get(kind.slug)) for kind in group.kinds]) for group in themes(left)]
    context = {
        "groups": groups,
        "found": len(left),
        "all": len(kinds),
        "q": words,
        "theme": theme,
        "narrowed": bool(words or theme),
        "themes": [(theme_of(group.kinds[0]), group.title) for group in themes(kinds)],
    }
    return render(request, "catalogue/catalogue.html", context)


def theme_of(kind: LayerKind) -> str:
    """The theme's value in addresses, the same in both languages."""
    return slugify(kind.theme.en)


def card(kind: LayerKind, shown: Serving | None) -> Card:
    """The entry of a layer; `shown` is None while it holds no data."""
    if shown is None:
        return Card(kind, None, "", "", str(kind.source.name), kind.source.licence, None)
    known = age(kind, shown)
    return Card(
        kind,
        shown,
        number(shown.rows),
        day(shown.data_date or shown.updated_at) if known else "",
        attribution(kind, shown),
        licence(kind, shown),
        known,
    )
