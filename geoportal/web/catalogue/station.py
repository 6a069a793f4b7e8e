"""The page of a station: its state in words, the last value of each datastream, charts, and what its rules add."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.contrib.gis.db.models.functions import Transform
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.web.catalogue.chart import chart_context, given_choice, stream_options
from geoportal.web.catalogue.station_rules import rule_sections
from geoportal.web.faults import faults_shown
from geoportal.wording.series import age, duration, unplaced_words, with_unit
from geoportal.wording.values import in_words, moment
from layers.access.rules import Access, fields_for
from layers.city import city
from layers.crs import WGS84
from layers.errors import UnknownKind, UnknownSeries
from layers.observations.live.judging import SeriesState, StationState, station_state
from layers.observations.live.marks import Mark, marks
from layers.observations.live.names import property_name
from layers.observations.live.windows import MEMORY, features_of, is_synthetic, stations
from layers.observations.models import Datastream, Thing
from layers.observations.selection import latest_is_excluded, visible_streams, visible_things
from layers.schema.kind import LayerKind

LINES = 3
"""So many lines a chart has at first."""


@dataclass(frozen=True, slots=True)
class StreamRow:
    """A datastream in words: `state` None for one whose results are no numbers."""

    stream: Datastream
    title: str
    value: str
    when: str
    age: str
    interval: str
    state: SeriesState | None
    marks: tuple[Mark, ...]


@require_safe
@faults_shown
def station_page(request: HttpRequest, layer: str, key: str) -> HttpResponseBase:
    """`/catalogue/{layer}/stations/{feature id or number of the Thing}/`."""
    kind, access, at = visible_kind(request, layer), access_of(request), now()
    thing = visible_thing(access, kind, key)
    streams = list(
        visible_streams(access)
        .filter(thing=thing)
        .annotate(latest_excluded=latest_is_excluded())
        .select_related("thing__dataset", "observed_property", "latest")
        .order_by("pk")
    )
    found = stations(kind, at - MEMORY, at, [thing.pk])
    station = found[0] if found else None
    state = station_state(station, at) if station else None
    choice, given = given_choice(request, kind, first_lines(streams, state), ("year_of",))
    context = {"kind": kind, "thing": thing, "state": state, "rows": stream_rows(kind, streams, state)}
    context |= {"synthetic": any(is_synthetic(one) for one in streams), "zone": city().timezone.key}
    context |= chart_context(kind, choice, given)
    measuring = [one for one in streams if one.measures]
    context |= {"options": stream_options(measuring, choice, by_station=False)}
    context |= place_of(access, kind, thing) | rule_sections(request, station, at)
    return render(request, "catalogue/station.html", context)


def visible_thing(access: Access, kind: LayerKind, key: str) -> Thing:
    """A station of a layer, by the identity of its feature or its own number. Raises UnknownKind; UnknownSeries, also
    for a hidden one."""
    if not kind.series:
        raise UnknownKind(f"Layer {kind.slug} has no observations.")
    rows = visible_things(access).filter(kind=kind.slug).select_related("dataset")
    found = None
    if key.isascii() and key.isdecimal() and len(key) < 10:
        found = rows.filter(pk=int(key)).first()
    else:
        try:
            found = rows.filter(feature_id=UUID(key)).order_by("pk").first()
        except ValueError:
            found = None
    if found is None:
        raise UnknownSeries(f"Layer {kind.slug} has no station “{key[:60]}”.")
    return found


def first_lines(streams: Sequence[Datastream], state: StationState | None) -> list[Datastream]:
    """The datastreams that the chart shows at first: the one that decides the state, and others in its unit."""
    measuring = [one for one in streams if one.measures]
    if not measuring or state is None:
        return measuring[:1]
    main = next(one for one in measuring if one.pk == state.main.series.key)
    alike = [one for one in measuring if one.unit_symbol == main.unit_symbol and one is not main]
    return [main, *alike][:LINES]


def stream_rows(kind: LayerKind, streams: Sequence[Datastream], state: StationState | None) -> list[StreamRow]:
    """All datastreams with their last values."""
    states = {one.series.key: one for one in state.series} if state else {}
    standings = features_of(kind, {one.thing.feature_id for one in streams})
    rows = []
    for one in streams:
        latest, by_rule = getattr(one, "latest", None), states.get(one.pk)
        standing = standings.get(one.thing.feature_id, {}).get("standing") or ""
        doubts = by_rule.marks if by_rule else marks(standing=standing, synthetic=is_synthetic(one))
        value, at = _value(one, latest, by_rule)
        rows.append(
            StreamRow(
                one,
                str(property_name(one.observed_property)),
                value,
                moment(at) if at else "",
                age(at) if at else "",
                duration(one.interval_s) if one.interval_s else "",
                by_rule,
                doubts,
            )
        )
    return rows


def _value(stream: Datastream, latest: Any, state: SeriesState | None) -> tuple[str, datetime | None]:
    if state is not None:
        return (with_unit(stream, state.value) if np.isfinite(state.value) else ""), state.at
    if latest is None:
        return "", None
    text = latest.result if isinstance(latest.result, str) else str(latest.result)
    return text, latest.ends_at.astimezone(UTC)


def place_of(access: Access, kind: LayerKind, thing: Thing) -> dict[str, Any]:
    """Facts of the station's feature, the addresses of its card and of its row; why it has no place."""
    row: Any = None
    if thing.feature_id is not None:
        rows = kind.model._default_manager.filter(feature_id=thing.feature_id, recorded_to=None)
        row = rows.annotate(place=Transform("geom", WGS84)).first()
    if row is None:
        return {"unplaced": unplaced_words(thing.unplaced) if access.reaches("staff") else "", "placed": False}
    words = [
        (str(one.title), in_words(one, getattr(row, one.name)))
        for one in fields_for(access, kind)
        if one.name != "name"
    ]
    card = f"/#layers={kind.slug}&pick={kind.slug}/{thing.feature_id}&map=17/{row.place.y:.6f}/{row.place.x:.6f}"
    return {"card": card, "placed": True, "facts": [(title, text) for title, text in words if text]}
