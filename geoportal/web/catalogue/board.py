"""The board of sensors of a layer: which are silent, stuck, flagged or excluded, and who answers for them.

The same filters and order apply to the page and to its file (`geoportal.web.catalogue.board_file`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.accounts.visitors import visitor_of
from geoportal.web.catalogue.rejections import rejection_rows
from geoportal.web.faults import faults_shown
from geoportal.wording.folding import folded
from geoportal.wording.series import age, in_unit, latest_words, unplaced_rows
from geoportal.wording.values import NO_BREAK, day, moment, number
from layers.access.rules import Access
from layers.errors import BadSeries, UnknownKind
from layers.observations.live.board import MOST, Battery, Sensor, sensors, waiting
from layers.observations.live.marks import Mark
from layers.observations.live.names import property_name
from layers.observations.meaning.meanings import Meaning
from layers.observations.models import Datastream, Exclusion
from layers.schema.kind import LayerKind
from layers.schema.live import type_titles

PER_PAGE = 100
MOST_TEXT = 100
SHOWN: Mapping[str, Callable[[Sensor], bool]] = {
    "all": lambda one: True,
    "silent": lambda one: one.silent,
    "stuck": lambda one: one.trouble == "stuck",
    "flagged": lambda one: one.flagged,
    "excluded": lambda one: one.excluded,
}
NEVER = float("inf")
ORDERS: Mapping[str, Callable[[Sensor], Any] | None] = {
    "worst": None,
    "station": lambda one: one.stream.thing.name,
    "measured": lambda one: str(property_name(one.stream.observed_property)),
    "age": lambda one: -(NEVER if one.age_s is None else one.age_s),
    "flagged": lambda one: -one.day.flagged_share,
    "coverage": lambda one: NEVER if one.day.coverage is None else one.day.coverage,
    "battery": lambda one: (one.battery.unit, one.battery.value) if one.battery else ("~", 0.0),
    "maintained": lambda one: one.maintained.toordinal() if one.maintained else 0,
}
"""Orders by the name in the address; None is the one that sensors come in."""


@dataclass(frozen=True)
class Choice:
    """What of the board is shown, in which order, and all sensors for the counts."""

    kind: LayerKind
    show: str
    type: str
    text: str
    sort: str
    moment: datetime
    every: Sequence[Sensor]

    @cached_property
    def narrowed(self) -> Sequence[Sensor]:
        """The sensors of the type and with the text, in whatever trouble they are."""
        words = folded(self.text).split()
        return [one for one in self.every if self.type in ("", one.station_type) and _has(one, words)]

    @property
    def chosen(self) -> list[Sensor]:
        """The sensors of the filters, in order."""
        shown = SHOWN[self.show]
        found = [one for one in self.narrowed if shown(one)]
        order = ORDERS[self.sort]
        return found if order is None else sorted(found, key=order)

    def query(self, **changed: str) -> str:
        """The query string with some parameters changed; those at their default are left out."""
        now_is = {"show": self.show, "type": self.type, "q": self.text, "sort": self.sort} | changed
        default = {"show": "all", "type": "", "q": "", "sort": "worst", "page": "1"}
        return "?" + urlencode({name: text for name, text in now_is.items() if text != default[name]})


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A sensor in words; "" where there is nothing."""

    stream: Datastream
    station_key: str
    measured: str
    type: str
    operator: str
    contact: str
    value: str
    age: str
    when: str
    marks: Sequence[Mark]
    state: Meaning
    flagged: str
    coverage: str
    excluded: str
    until: str
    battery: str
    battery_age: str
    maintained: str


@require_safe
@faults_shown
def sensors_page(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/catalogue/{layer}/sensors/`: `show=`, `type=`, `q=` (words of its names), `sort=`, `page=`."""
    choice, access, visitor = chosen_sensors(request, layer), access_of(request), visitor_of(request)
    found = choice.chosen
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(_page(request.GET.get("page", "1")), pages)
    part = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    context = {
        "kind": choice.kind,
        "rows": [board_row(one, choice.kind) for one in part],
        "found": number(len(found)),
        "heading": heading(choice.every),
        "tabs": _tabs(choice),
        "types": _types(choice),
        "orders": {name: choice.query(sort=name) for name in ORDERS},
        "sort": choice.sort,
        "choice": choice,
        "file": choice.query(),
        "page": page,
        "pages": pages,
        "previous": choice.query(page=str(page - 1)) if page > 1 else "",
        "next": choice.query(page=str(page + 1)) if page < pages else "",
        "most": number(MOST) if len(choice.every) == MOST else "",
        "waiting": unplaced_rows(waiting(access, choice.kind)),
        "manages": visitor.can("sensors") and access.reaches("staff"),
        "rejections": rejection_rows(visitor, choice.kind),
        "moment": moment(choice.moment),
    }
    return render(request, "catalogue/board.html", context)


def chosen_sensors(request: HttpRequest, layer: str) -> Choice:
    """The sensors of a layer with what the address chooses. Raises UnknownKind; BadSeries for an unknown choice."""
    kind, asked = visible_kind(request, layer), request.GET
    if not kind.series:
        raise UnknownKind(f"Layer {kind.slug} has no observations.")
    show, sort, type_ = asked.get("show", "all"), asked.get("sort", "worst"), asked.get("type", "")
    for name, text, known in (
        ("show", show, SHOWN),
        ("sort", sort, ORDERS),
        ("type", type_, {"", *type_titles(kind)}),
    ):
        if text not in known:
            raise BadSeries(f"{name}={text[:40]} is not known; choose one of {', '.join(sorted({*known} - {''}))}.")
    access: Access = access_of(request)
    at = now()
    text = " ".join(asked.get("q", "")[:MOST_TEXT].split())
    return Choice(kind, show, type_, text, sort, at, sensors(access, kind, at))


def _has(one: Sensor, words: Sequence[str]) -> bool:
    """Whether each of the words, folded, is in what the row of a sensor is called."""
    if not words:
        return True
    thing, measured = one.stream.thing, one.stream.observed_property
    names = (thing.name, thing.code, str(property_name(measured)), measured.code, one.operator)
    text = folded(" ".join(names))
    return all(word in text for word in words)


def _page(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def heading(every: Sequence[Sensor]) -> str:
    """How many sensors are in which trouble. Example: "36 series: 3 silent, 1 stuck"."""
    words = {
        "silent": gettext("{n} silent"),
        "stuck": gettext("{n} stuck"),
        "flagged": gettext("{n} with flags"),
        "excluded": gettext("{n} excluded"),
    }
    counts = {name: sum(SHOWN[name](one) for one in every) for name in words}
    parts = [words[name].format(n=number(count)) for name, count in counts.items() if count]
    total = ngettext("{n} series", "{n} series", len(every)).format(n=number(len(every)))
    return f"{total}: {', '.join(parts) or gettext('nothing is wrong')}"


def _tabs(choice: Choice) -> list[tuple[str, str, str, bool]]:
    """The filters: (title, count, query, whether chosen)."""
    titles = {
        "all": gettext("All"),
        "silent": gettext("Silent"),
        "stuck": gettext("Stuck"),
        "flagged": gettext("With flags"),
        "excluded": gettext("Excluded"),
    }
    return [
        (
            title,
            number(sum(SHOWN[name](one) for one in choice.narrowed)),
            choice.query(show=name),
            name == choice.show,
        )
        for name, title in titles.items()
    ]


def _types(choice: Choice) -> list[tuple[str, str, bool]]:
    """The types that there are: (title, query, whether chosen); none where there is only one."""
    there = {one.station_type for one in choice.every}
    titles = {code: str(text) for code, text in type_titles(choice.kind).items() if code in there}
    if len(titles) < 2:
        return []
    named = {"": gettext("All types"), **titles}
    return [(title, choice.query(type=code), code == choice.type) for code, title in named.items()]


def board_row(one: Sensor, kind: LayerKind) -> BoardRow:
    """A sensor in the active language."""
    latest, exclusion, battery = getattr(one.stream, "latest", None), one.exclusion, one.battery
    return BoardRow(
        stream=one.stream,
        station_key=str(one.stream.thing.feature_id or one.stream.thing_id),
        measured=str(property_name(one.stream.observed_property)),
        type=str(type_titles(kind).get(one.station_type, "")),
        operator=one.operator,
        contact=one.contact,
        value=latest_words(one.stream, latest) if latest else "",
        age=age(latest.ends_at) if latest else "",
        when=moment(latest.ends_at) if latest else "",
        marks=one.marks,
        state=one.freshness,
        flagged=_flagged(one),
        coverage=percent(one.day.coverage) if one.day.coverage is not None else "",
        excluded=exclusion.reason if exclusion else "",
        until=_until(exclusion) if exclusion else "",
        battery=with_unit_of(battery) if battery else "",
        battery_age=age(battery.at) if battery else "",
        maintained=day(one.maintained) if one.maintained else "",
    )


def _flagged(one: Sensor) -> str:
    if not one.day.flagged:
        return ""
    share = percent(one.day.flagged_share)
    return gettext("{share} ({n} of {all})").format(
        share=share, n=number(one.day.flagged), all=number(one.day.values or 0)
    )


def percent(share: float) -> str:
    """A share as whole per cent; what is neither none nor all is shown as neither."""
    rounded = round(100 * share)
    if 0 < share < 1:
        rounded = min(99, max(1, rounded))
    return f"{number(rounded)}{NO_BREAK}%"


def _until(exclusion: Exclusion) -> str:
    if exclusion.until is None:
        return gettext("without an end")
    return gettext("until {moment}").format(moment=moment(exclusion.until))


def with_unit_of(battery: Battery) -> str:
    """The value of a battery with its unit."""
    return in_unit(battery.value, battery.unit, 2)
