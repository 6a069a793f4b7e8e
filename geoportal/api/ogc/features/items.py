"""Features of a layer: `/ogc/collections/{layer}/items` in pages, and single items."""

import json
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.timezone import now

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.ogc.answers import (
    GEOJSON,
    HTML,
    JSON,
    chosen_format,
    endpoint,
    formats_linked,
    json_answer,
    link,
    only_known,
    with_cors,
)
from geoportal.api.ogc.features import transactions
from geoportal.api.ogc.features.collections import ITEM_FORMATS
from geoportal.api.ogc.features.pages import feature_page, features_page
from geoportal.api.ogc.features.reference_systems import asked_system
from geoportal.api.ogc.features.requests import MOST, capped, check_names, page_request
from geoportal.http.errors import BadQuery
from geoportal.wording.features import entity_tag
from layers import exports
from layers.access.rules import Serving, licence, serving
from layers.errors import UnknownFeature
from layers.feed.versions import VERSIONS
from layers.reading.pages import FeatureQuery, FeatureTexts, Listed, PageRequest, count, listed, one
from layers.schema.kind import LayerKind

ONE_FORMATS = {"json": GEOJSON, "html": HTML}
MOST_LINES = 1000
"""Most features on an HTML page."""
NO_DATA = Serving(0, "", "", False, "", "", 0, None, None)
"""Dataset of a layer without data, so that parameters are checked all the same."""


@endpoint("GET", "POST", allowed=transactions.allowed_on_items)
def items(request: HttpRequest, layer: str) -> HttpResponseBase:
    """The features of a layer selected by the parameters; POST adds one."""
    kind, access = visible_kind(request, layer), access_of(request)
    if request.method == "POST":
        return transactions.changed(request, kind)
    check_names(request, access, kind)
    form, shown = chosen_format(request, ITEM_FORMATS), serving(kind)
    if form in ("csv", "fgb") and "crs" in request.GET:
        raise BadQuery(f"crs: {form} comes in its own systems; leave it out, or take f=json.")
    if shown is None:
        page_request(request, access, kind, NO_DATA)
        return _nothing(request, kind, form)
    tag = _tag(request, kind, shown, form)
    if form != "html" and _has(request, tag):
        return with_cors(HttpResponse(status=304), {"ETag": tag})
    wish = page_request(request, access, kind, shown, MOST_LINES if form == "html" else MOST)
    if form == "html":
        return features_page(request, kind, wish, listed(wish), count(wish.asked))
    headers = {"ETag": tag} | ({"Limit-Applied": str(wish.limit)} if capped(request, wish) else {})
    if form == "json":
        return _page(request, wish, headers)
    return _file(request, wish, listed(wish), form, headers)


@endpoint("GET", "PUT", "PATCH", "DELETE", allowed=transactions.allowed_on_item)
def item(request: HttpRequest, layer: str, key: str) -> HttpResponseBase:
    """One feature by its id; its ETag is its version, which changes name in If-Match."""
    kind, access = visible_kind(request, layer), access_of(request)
    feature = _identity(kind, key)
    if request.method in ("PUT", "PATCH", "DELETE"):
        return transactions.changed(request, kind, feature)
    only_known(request, {"crs"})
    form, system, shown = chosen_format(request, ONE_FORMATS), asked_system(request, "crs"), serving(kind)
    found = one(FeatureQuery(access, kind, shown), system, feature) if shown else None
    if found is None or shown is None:
        raise _unknown(kind, key)
    text, version = found
    tag = entity_tag(access, version)
    if form == "html":
        return feature_page(request, kind, feature)
    if _has(request, tag):
        return with_cors(HttpResponse(status=304), {"ETag": tag})
    body = text[:-1] + f',"links":{_json(_links_of(request, kind))}}}'
    return with_cors(HttpResponse(body, content_type=GEOJSON), {"ETag": tag, "Content-Crs": f"<{system.uri}>"})


def _identity(kind: LayerKind, key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise _unknown(kind, key) from None


def _unknown(kind: LayerKind, key: str) -> UnknownFeature:
    return UnknownFeature(f"Layer {kind.slug} has no feature {key[:60]}.")


def _tag(request: HttpRequest, kind: LayerKind, shown: Serving, form: str) -> str:
    """ETag of a page: last change number plus everything the response depends on.

    A filter that names features of another layer also depends on that layer; its ETag is the current time.
    """
    of_others = "feature" in request.GET.get("filter", "")
    change = now().isoformat() if of_others else VERSIONS.layer(kind, shown.dataset_id)
    asked = (form, request.get_full_path(), access_of(request).level, kind.fields, kind.public_fields, shown)
    return f'W/"{change}-{blake2b(repr(asked).encode(), digest_size=6).hexdigest()}"'


def _has(request: HttpRequest, tag: str) -> bool:
    """Whether If-None-Match has this ETag."""
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in tags or tag.removeprefix("W/") in (one.removeprefix("W/") for one in tags)


def _page(request: HttpRequest, wish: PageRequest, headers: dict[str, str]) -> HttpResponseBase:
    head = _head(wish.asked.kind, wish.asked.shown, count(wish.asked))
    if capped(request, wish):
        head["limitApplied"] = wish.limit
    headers |= {"Content-Crs": f"<{wish.system.uri}>"}
    if request.method == "HEAD":
        return with_cors(HttpResponse(content_type=GEOJSON), headers)
    pieces = _Pieces(request, wish, head)
    return with_cors(StreamingHttpResponse(pieces, content_type=GEOJSON), headers)


def _head(kind: LayerKind, shown: Serving | None, matched: int | None) -> dict[str, Any]:
    head: dict[str, Any] = {
        "type": "FeatureCollection",
        "title": str(kind.title),
        "synthetic": bool(shown and shown.synthetic),
        "license": licence(kind, shown) if shown else kind.source.licence,
        "timeStamp": now().isoformat().replace("+00:00", "Z"),
    }
    return head if matched is None else head | {"numberMatched": matched}


class _Pieces:
    """A page of GeoJSON as an iterator of chunks; the server closes it also when the client disconnects."""

    def __init__(self, request: HttpRequest, wish: PageRequest, head: dict[str, Any]) -> None:
        self.request, self.head, self.texts = request, head, FeatureTexts(wish)

    def __iter__(self) -> Iterator[bytes]:
        yield f'{_json(self.head)[:-1]},"features":[\n'.encode()
        between = ""
        for texts in self.texts:
            yield (between + ",\n".join(texts)).encode()
            between = ",\n"
        tail = {"numberReturned": self.texts.returned, "links": page_links(self.request, "json", self.texts.next)}
        yield f"\n],{_json(tail)[1:]}\n".encode()

    def close(self) -> None:
        """Close the page's cursor."""
        self.texts.close()


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False)


def page_links(request: HttpRequest, form: str, token: str) -> list[dict[str, Any]]:
    """The links self, alternate, collection, and next where there is a next page."""
    layer = request.resolver_match.kwargs["layer"] if request.resolver_match else ""
    made = formats_linked(request, form, ITEM_FORMATS)
    made.append(link(request, "collection", reverse("ogc-collection", args=[layer]), JSON))
    if token:
        query = request.GET.copy()
        query["token"] = token
        query["f"] = form
        made.append(link(request, "next", f"{request.path}?{query.urlencode()}", ITEM_FORMATS[form]))
    return made


def _links_of(request: HttpRequest, kind: LayerKind) -> list[dict[str, Any]]:
    collection = link(request, "collection", reverse("ogc-collection", args=[kind.slug]), JSON)
    return [*formats_linked(request, "json", ONE_FORMATS), collection]


def _file(
    request: HttpRequest, wish: PageRequest, page: Listed, form: str, headers: dict[str, str]
) -> StreamingHttpResponse | FileResponse | HttpResponse:
    """The page as CSV or FlatGeobuf; the header Link has the next page."""
    headers |= {"OGC-NumberReturned": str(len(page.asked.versions or ()))}
    if page.next:
        (following,) = (one for one in page_links(request, form, page.next) if one["rel"] == "next")
        headers["Link"] = f'<{following["href"]}>; rel="next"; type="{following["type"]}"'
    if request.method == "HEAD":
        return with_cors(HttpResponse(content_type=ITEM_FORMATS[form]), headers)
    name = f"{wish.asked.kind.slug}{'-synthetic' if wish.asked.shown.synthetic else ''}.{form}"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if form == "csv":
        rows = exports.csv_rows(page.asked, page.order)
        return with_cors(StreamingHttpResponse(rows, content_type=ITEM_FORMATS[form]), headers)
    from layers.exports.files import flatgeobuf

    folder = exports.scratch()
    file = flatgeobuf(page.asked, Path(folder.name), page.order).open("rb")
    folder.cleanup()  # The open file stays readable, and nothing is left when the client disconnects.
    return with_cors(FileResponse(file, content_type=ITEM_FORMATS[form]), headers)


def _nothing(request: HttpRequest, kind: LayerKind, form: str) -> HttpResponseBase:
    """The response of a layer that holds no data yet."""
    if form == "html":
        return features_page(request, kind, None, None, 0)
    tail: dict[str, Sequence[Any] | int] = {"features": [], "numberReturned": 0}
    body = _head(kind, None, 0) | tail | {"links": page_links(request, "json", "")}
    return json_answer(body, GEOJSON, {"Content-Crs": f"<{asked_system(request, 'crs').uri}>"})
