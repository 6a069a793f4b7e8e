"""The table of a layer: the map's features as rows, filtered, sorted, near a place, as of a moment.

It works without JavaScript. Parameters of the address: `filter` (CQL2), `q` (text), `near` (a place), `at` (a
moment), `sort`, `dataset`, `feature` (whose row to show), and `after` or `before` (the key of a page).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, may_edit, visible_kind
from geoportal.web.catalogue.catalogue import card
from geoportal.web.faults import faults_shown
from geoportal.web.map.page import DOWNLOADS
from geoportal.wording.conditions import (
    Unfit,
    condition,
    condition_text,
    joined,
    operators,
    parts_of,
    searched,
    type_of,
)
from geoportal.wording.live import live_words
from geoportal.wording.values import in_words, moment, number
from layers.access.rules import fields_for
from layers.errors import BadKey
from layers.filters.cql2 import parsed
from layers.observations.live.judging import states_of
from layers.places.named import place_named
from layers.reading.selection import Selection, select
from layers.reading.table import DISTANCE, Order, Page, Row, count, order_of, page, usual_order
from layers.schema.kind import LayerKind

KEPT = ("filter", "q", "near", "at", "sort", "dataset")
"""Parameters that every link of the page keeps."""
FORM = ("add", "op", "value")
"""Parameters of the form's new condition, which the view merges into `filter`."""
ZOOM = 18


@dataclass(frozen=True, slots=True)
class Asked:
    """The parsed address; `filter` and `searched` as CQL2-JSON."""

    kind: LayerKind
    words: dict[str, str]
    filter: dict[str, Any] | None
    searched: dict[str, Any] | None

    @property
    def whole_filter(self) -> str:
        """Filter and search as one CQL2-JSON text, "" for none."""
        tree = joined([*parts_of(self.filter), *([self.searched] if self.searched else [])])
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":")) if tree else ""

    def address(self, **changed: str) -> str:
        """The query string of this page with some parameters changed ("" removes one)."""
        kept = {name: self.words.get(name, "") for name in KEPT} | changed
        return "?" + urlencode({name: text for name, text in kept.items() if text})


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; `sorted` is "ascending", "descending" or "none", `turn` the address for sorting by it."""

    title: str
    unit: str
    numeric: bool
    sorted: str
    turn: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row as text. `cells` are (text or None, whether numeric)."""

    feature_id: UUID
    name: str
    cells: list[tuple[str | None, bool]]
    distance: str
    map: str
    picked: bool
    live: Sequence[str] = ()


@require_safe
@faults_shown
def table(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/catalogue/{layer}/table/`."""
    kind, access = visible_kind(request, layer), access_of(request)
    asked = asked_for(request, kind)
    fault = ""
    if any(name in request.GET for name in FORM) or any(request.GET.get(name) == "" for name in KEPT):
        try:
            return HttpResponseRedirect(request.path + asked.address(filter=_with_added(request, asked)))
        except Unfit as unfit:
            fault = str(unfit)
    words = asked.words
    selection = select(access, kind, dataset=words["dataset"], filter=asked.whole_filter, at=words["at"])
    context: dict[str, Any] = {"kind": kind, "asked": words, "fault": fault} | _form(request, asked)
    context["editable"] = may_edit(request, kind) and not words["at"]
    if selection is None:
        return render(request, "catalogue/table.html", context | {"card": card(kind, None)})
    context |= {"card": card(kind, selection.shown)} | _shown(request, asked, selection)
    return render(request, "catalogue/table.html", context, status=400 if fault else 200)


def asked_for(request: HttpRequest, kind: LayerKind) -> Asked:
    """The parsed address. Raises BadFilter."""
    words = {name: request.GET.get(name, "").strip() for name in KEPT}
    words["q"] = words["q"][:100]
    tree = parsed(words["filter"]) if words["filter"] else None
    found = searched(access_of(request), kind, words["q"]) if words["q"] else None
    return Asked(kind, words, tree, found)


def _with_added(request: HttpRequest, asked: Asked) -> str:
    """The filter with the form's condition added, as CQL2-JSON. Raises Unfit."""
    parts = parts_of(asked.filter)
    name, value = request.GET.get("add", ""), request.GET.get("value", "")
    if name or value.strip():
        parts.append(condition(access_of(request), asked.kind, name, request.GET.get("op", "is"), value))
    tree = joined(parts)
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")) if tree else ""


def _form(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """Context of the form: fields, operators, and the current conditions, each with the address without it."""
    access, parts = access_of(request), parts_of(asked.filter)
    conditions = []
    for at, part in enumerate(parts):
        rest = joined(parts[:at] + parts[at + 1 :])
        without = asked.address(filter=json.dumps(rest, ensure_ascii=False) if rest else "")
        conditions.append((condition_text(access, asked.kind, part), without))
    return {
        "fields": [(field, type_of(asked.kind, field)) for field in fields_for(access, asked.kind)],
        "operators": operators(),
        "conditions": conditions,
        "added": {name: request.GET.get(name, "") for name in FORM},
        "clear": asked.address(filter="", q="", near="", at=""),
        "narrowed": any(asked.words[name] for name in ("filter", "q", "near", "at")),
    }


def _shown(request: HttpRequest, asked: Asked, selection: Selection) -> dict[str, Any]:
    """Context of the page of rows."""
    words, kind = asked.words, asked.kind
    near = place_named(selection.access, words["near"]) if words["near"] else None
    place = near.center if near else None
    if words["sort"]:
        order = order_of(selection.access, kind, words["sort"], place)
    else:
        order = usual_order(selection.access, kind, selection.shown.rows, place)
    feature = _identity(request.GET.get("feature", ""))
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    found = page(selection, order, after=after, before=before, feature=feature)
    total, exact = count(selection)
    live = _live(kind, found) if kind.live and not selection.at else None
    return {
        "columns": columns(asked, selection, order),
        "live": [] if live is None else [str(one.title) for one in kind.live],
        "lines": [
            line(asked, selection, row, feature, None if live is None else live.get(row.feature_id, {}))
            for row in found.rows
        ],
        "lost": feature is not None and all(row.feature_id != feature for row in found.rows),
        "place": near,
        "distance": _distance_column(asked, order) if near else None,
        "total": number(total),
        "exact": exact,
        "moment": moment(selection.at) if selection.at else "",
        "paged": bool(after or before),
        "pages": _pages(asked, found, bool(after or before)),
        "downloads": [(title, _download(asked, order, ending)) for ending, title in DOWNLOADS],
        "on_map": on_map(asked),
    }


def _identity(text: str) -> UUID | None:
    """The id of the feature whose row to show. Raises BadKey."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadKey(f"“{text[:60]}” is no identity of a feature.") from None


def columns(asked: Asked, selection: Selection, order: Order) -> list[Column]:
    """The headings, one per visible field."""
    return [
        Column(
            str(field.title),
            field.unit,
            type_of(asked.kind, field) == "n",
            *_sorting(asked, order, field.name),
        )
        for field in fields_for(selection.access, asked.kind)
    ]


def _distance_column(asked: Asked, order: Order) -> Column:
    return Column(gettext("Distance"), "m", True, *_sorting(asked, order, DISTANCE))


def _sorting(asked: Asked, order: Order, name: str) -> tuple[str, str]:
    """The current sort direction of a column, and the address that sorts by it or reverses it."""
    if order.name != name:
        return "none", asked.address(sort=name)
    if order.descending:
        return "descending", asked.address(sort=name)
    return "ascending", asked.address(sort=f"-{name}")


def _live(kind: LayerKind, found: Page) -> dict[UUID, dict[str, str]]:
    """The live values of the page's features in words, by name."""
    states = states_of(kind, [row.feature_id for row in found.rows], now())
    return {feature: live_words(state) for feature, state in states.items()}


def line(asked: Asked, selection: Selection, row: Row, feature: UUID | None, live: Mapping[str, str] | None) -> Line:
    """A row as text, with its link to the map; `live` are its live values in words."""
    kind = asked.kind
    fields = fields_for(selection.access, kind)
    values = {field.name: value for field, value in zip(fields, row.values, strict=True)}
    named = values.get(kind.name_field)
    slug = kind.slug
    at = f"&at={quote(asked.words['at'])}" if asked.words["at"] else ""
    return Line(
        row.feature_id,
        f"{kind.singular} {named}" if named else str(kind.singular),
        [(in_words(field, values[field.name], unit=False), type_of(kind, field) == "n") for field in fields],
        number(round(row.distance_m)) if row.distance_m is not None else "",
        f"/#map={ZOOM}/{row.latitude:.6f}/{row.longitude:.6f}&layers={slug}{at}&pick={slug}/{row.feature_id}",
        row.feature_id == feature,
        [] if live is None else [live.get(one.name, "") for one in kind.live],
    )


def on_map(asked: Asked) -> str:
    """The address of the map with this layer and filter."""
    parts = [f"layers={asked.kind.slug}"]
    if asked.whole_filter:
        parts.append(f"filter.{asked.kind.slug}={quote(asked.whole_filter, safe='')}")
    if asked.words["at"]:
        parts.append(f"at={quote(asked.words['at'])}")
    return "/#" + "&".join(parts)


def _pages(asked: Asked, found: Page, paged: bool) -> dict[str, str]:
    return {
        "first": asked.address() if paged or found.before else "",
        "previous": asked.address(before=found.before) if found.before else "",
        "next": asked.address(after=found.after) if found.after else "",
    }


def _download(asked: Asked, order: Order, ending: str) -> str:
    """The address of a download with the rows of all pages, in the same order."""
    words = asked.words
    near = {"near": words["near"]} if order.name == DISTANCE else {}
    kept = {"filter": asked.whole_filter, "at": words["at"], "sort": order.text, "dataset": words["dataset"]} | near
    query = urlencode({name: text for name, text in kept.items() if text})
    return f"/open-data/{asked.kind.slug}.{ending}{'?' + query if query else ''}"
