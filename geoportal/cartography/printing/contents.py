"""The contents of an ordered sheet: extent, features with their styles, legend notes and sources."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.utils.timezone import now
from django.utils.translation import gettext

from geoportal.cartography.levels import LEVELS, SLOTS, kind_level
from geoportal.cartography.printing.conditions import filter_in_words
from geoportal.cartography.printing.drawing import Stratum
from geoportal.cartography.printing.errors import BadPrint
from geoportal.cartography.printing.ground import SCALES, Ground, fitting
from geoportal.cartography.printing.order import Order, OrderedLayer
from geoportal.cartography.printing.stations import Row, Stations, stations_on
from geoportal.wording.datasets import attribution
from geoportal.wording.values import moment
from layers.access.rules import Access, licence, visible_kinds
from layers.city import city
from layers.crs import WGS84, reproject, storage_srid
from layers.kinds import kind_of
from layers.reading.selection import Selection, instant, select
from layers.schema.kind import LayerKind, in_theme


@dataclass(frozen=True, slots=True)
class Shown:
    """A layer of the legend, with its notes (filter, moment, invented data), and the states of live stations."""

    kind: LayerKind
    notes: tuple[str, ...]
    states: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Layers of one source and licence."""

    titles: tuple[str, ...]
    name: str
    licence: str
    data_date: date | None


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a sheet."""

    ground: Ground
    strata: tuple[Stratum, ...]
    chosen: tuple[tuple[Selection, tuple[UUID, ...]], ...]
    legend: tuple[Shown, ...]
    origins: tuple[Origin, ...]
    synthetic: bool
    at: datetime | None


def contents_of(order: Order) -> Contents:
    """The contents of an order. Raises BadPrint, BadFilter, BadMoment."""
    ground = ground_of(order)
    base = base_map(order.access, order.at) if order.base else {}
    layers = [(one, select(order.access, one.kind, filter=one.filter, at=order.at)) for one in order.layers]
    drawn = [
        _stratum(one, selection, ground)
        for one, selection in layers
        if selection is not None and ground.zoom >= one.kind.min_zoom
    ]
    live = {one.selection.kind.slug: one.stations for one in drawn if one.stations}
    chosen = tuple(
        (selection, ids)
        for slug, ids in order.chosen.items()
        if (selection := select(order.access, kind_of(slug), at=order.at)) is not None
    )
    under = [stratum for slot in SLOTS for stratum in base.get(slot, ())]
    selections = [stratum.selection for stratum in (*drawn, *under)]
    invented = {selection.shown.synthetic for selection in selections}
    invented |= {one.synthetic for one in live.values()}
    return Contents(
        ground=ground,
        strata=tuple(stacked(base, drawn)),
        chosen=chosen,
        legend=tuple(
            _shown(one, selection, ground, live.get(one.kind.slug), mixed=len(invented) > 1)
            for one, selection in layers
        ),
        origins=tuple(_origins(selections)),
        synthetic=True in invented,
        at=instant(order.at) if order.at else None,
    )


def ground_of(order: Order) -> Ground:
    """The extent of an order: as ordered, else fitting its shapes and chosen features, else the city."""
    if order.centre and order.scale:
        return Ground(order.paper, order.centre, order.scale)
    found = _extent(order)
    if found is None:
        found = reproject(np.array([city().outline]), WGS84, storage_srid())[0]
    fitted = fitting(order.paper, found)
    if fitted.scale == SCALES[-1] and order.scale is None and not _fits(fitted, found):
        raise BadPrint(gettext("What was drawn and chosen does not fit on a sheet; print a part of it."))
    return Ground(order.paper, order.centre or fitted.centre, order.scale or fitted.scale)


def _fits(ground: Ground, found: Any) -> bool:
    return bool(shapely.box(*ground.box()).contains(found))


def _extent(order: Order) -> Any:
    """The union of drawn shapes and chosen features; None where there are none."""
    found = [shape.geometry for shape in order.drawn]
    for slug, ids in order.chosen.items():
        selection = select(order.access, kind_of(slug), at=order.at)
        if selection is not None:
            rows = selection.rows().filter(feature_id__in=ids).values_list("geom", flat=True)
            found += [shapely.from_wkb(bytes(geometry.wkb)) for geometry in rows]
    return shapely.box(*shapely.total_bounds(np.array(found))) if found else None


def base_map(access: Access, at: str) -> dict[str, list[Stratum]]:
    """The strata of the base map at a moment ("" for now) in the light theme, by slot."""
    strata: dict[str, list[Stratum]] = {slot: [] for slot in SLOTS}
    for kind in visible_kinds(access):
        selection = select(access, kind, at=at) if kind.basemap else None
        if selection is not None:
            for slot, layers in groupby(kind.basemap, key=itemgetter("slot")):
                strata[slot].append(Stratum(selection, tuple(in_theme(layer, "light") for layer in layers)))
    strata["label"].reverse()  # Larger features are declared first; drawn last, their labels are placed first.
    return strata


def stacked(base: dict[str, list[Stratum]], layers: list[Stratum]) -> Iterable[Stratum]:
    """Base map and layers (topmost first) in the drawing order of the web map, lowest first.

    Areas at the bottom are beneath the base map's buildings, buildings next to them beneath its roads.
    """
    levels: list[list[Stratum]] = [
        [stratum for slot in SLOTS if slot in level for stratum in base.get(slot, ())] for level in LEVELS
    ]
    level = 0
    for stratum in reversed(layers):
        level = max(level, kind_level(stratum.selection.kind))
        levels[level].append(stratum)
    for strata in levels:
        yield from strata


def _stratum(layer: OrderedLayer, selection: Selection, ground: Ground) -> Stratum:
    """A layer as the web map shows it: live stations in their states, unless an earlier moment is looked at."""
    if not layer.kind.live or selection.at:
        return Stratum(selection, layer.kind.style, layer.opacity)
    return Stratum(selection, (), layer.opacity, stations_on(selection, ground, now()))


def _shown(
    layer: OrderedLayer, selection: Selection | None, ground: Ground, stations: Stations | None, *, mixed: bool
) -> Shown:
    notes = []
    if stations:
        notes.append(gettext("values of {moment}").format(moment=moment(now())))
    if selection is None:
        notes.append(gettext("no data"))
    elif ground.zoom < layer.kind.min_zoom:
        notes.append(gettext("not drawn at this scale: it would be too dense to read"))
    elif layer.filter:
        notes.append(filter_in_words(layer.kind, layer.filter))
    if mixed and selection is not None and selection.shown.synthetic:
        notes.append(gettext("invented data"))
    if layer.kind.estimated:
        notes.append(str(layer.kind.estimated))
    return Shown(layer.kind, tuple(notes), stations.legend if stations else ())


def _origins(selections: Iterable[Selection]) -> Iterable[Origin]:
    """Sources of the layers shown, those of one source together."""
    groups: dict[tuple[str, str, date | None], list[str]] = {}
    for selection in selections:
        kind, shown = selection.kind, selection.shown
        titles = groups.setdefault((attribution(kind, shown), licence(kind, shown), shown.data_date), [])
        if str(kind.title) not in titles:
            titles.append(str(kind.title))
    for (name, terms, day), titles in groups.items():
        yield Origin(tuple(titles), name, terms, day)
