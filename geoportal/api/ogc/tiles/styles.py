"""OGC API Styles: MapLibre styles of the layers and of the whole map, for other programs' maps."""

from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.ogc.answers import JSON, chosen_format, endpoint, json_answer, link, one_of, only_known
from geoportal.cartography.styles import Theme, layer_style, map_style
from layers.access.rules import visible_kinds

STYLE = "application/vnd.mapbox.style+json"
MAP = "map"
THEMES = ("light", "dark")
ONLY_STYLE = {"mapbox": STYLE}


@endpoint("GET")
def styles(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/styles`: the list of styles, each in a light and a dark theme."""
    only_known(request)
    chosen_format(request, {"json": JSON})
    titles = {MAP: gettext("The whole map")} | {
        kind.slug: str(kind.title) for kind in visible_kinds(access_of(request))
    }
    body = {
        "styles": [
            {"id": style, "title": title, "links": style_links(request, style)} for style, title in titles.items()
        ],
        "links": [link(request, "self", request.path, JSON)],
    }
    return json_answer(body)


def style_links(request: HttpRequest, style: str) -> list[dict[str, Any]]:
    """The links to a style in both themes."""
    names = {"light": gettext("Style, light"), "dark": gettext("Style, dark")}
    address = reverse("ogc-style", args=[style])
    return [link(request, "stylesheet", address, STYLE, names[theme], theme=theme) for theme in THEMES]


@endpoint("GET")
def style(request: HttpRequest, style: str) -> HttpResponseBase:
    """`/ogc/styles/{layer}` or `/ogc/styles/map`; `theme=dark` for the dark theme."""
    only_known(request, {"theme"})
    chosen_format(request, ONLY_STYLE)
    theme = cast(Theme, one_of(request, "theme", THEMES) or "light")
    root = request.build_absolute_uri("/")
    fonts = request.build_absolute_uri(static("vendor/noto-sans/"))
    if style == MAP:
        made = map_style(visible_kinds(access_of(request)), theme, root, fonts)
    else:
        made = layer_style(visible_kind(request, style), theme, root, fonts)
    return json_answer(made, STYLE)
