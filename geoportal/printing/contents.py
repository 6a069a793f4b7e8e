"""What an order comes to: which ground, which features in which style, and what must be said about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.utils.translation import gettext

from geoportal.datasets import attribution
from geoportal.printing.drawing import Stratum
from geoportal.printing.errors import BadPrint
from geoportal.printing.ground import SCALES, Ground, fitting
from geoportal.printing.order import Order, OrderedLayer
from layers.access import Access, licence, visible_kinds
from layers.city import city
from layers.crs import WGS84, reproject, storage_srid
from layers.kind import LayerKind, in_theme
from layers.selection import Selection, instant, select

SLOTS = ("ground", "water", "casing", "way", "building", "boundary", "label")
"""The base map's parts, lowest first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A layer of the legend, with what a reader must know to read it right."""

    kind: LayerKind
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Layers that come from one place under one licence."""

    titles: tuple[str, ...]
    name: str
    licence: str
    licence_url: str
    data_date: date | None


@dataclass(frozen=True, slots=True)
class Contents:
    """A sheet before it is drawn."""

    ground: Ground
    base: tuple[Stratum, ...]
    layers: tuple[Stratum, ...]
    chosen: tuple[tuple[Selection, tuple[UUID, ...]], ...]
    legend: tuple[Shown, ...]
    origins: tuple[Origin, ...]
    synthetic: bool
    at: datetime | None


def contents_of(order: Order) -> Contents:
    """What an order comes to. Raises BadPrint, BadFilter, BadMoment."""
    ground = ground_of(order)
    base = tuple(_base(order)) if order.base else ()
    layers = [(one, _selected(order, one.kind, one.filter)) for one in reversed(order.layers)]
    strata = tuple(
        Stratum(selection, one.kind.style, one.opacity)
        for one, selection in layers
        if selection is not None and ground.zoom >= one.kind.min_zoom
    )
    chosen = tuple(
        (selection, ids)
        for slug, ids in order.chosen.items()
        if (selection := _selected(order, _kind(order.access, slug))) is not None
    )
    selections = [stratum.selection for stratum in (*reversed(strata), *base)]
    invented = {selection.shown.synthetic for selection in selections}
    return Contents(
        ground=ground,
        base=base,
        layers=strata,
        chosen=chosen,
        legend=tuple(_shown(one, selection, ground, mixed=len(invented) > 1) for one, selection in reversed(layers)),
        origins=tuple(_origins(selections)),
        synthetic=True in invented,
        at=instant(order.at) if order.at else None,
    )


def ground_of(order: Order) -> Ground:
    """The ground of an order: as asked for, else that on which its shapes and objects fit, else the city."""
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
    """What drawn shapes and chosen objects cover; None where there are none."""
    found = [shape.geometry for shape in order.drawn]
    for slug, ids in order.chosen.items():
        selection = _selected(order, _kind(order.access, slug))
        if selection is not None:
            rows = selection.rows().filter(feature_id__in=ids).values_list("geom", flat=True)
            found += [shapely.from_wkb(bytes(geometry.wkb)) for geometry in rows]
    return shapely.box(*shapely.total_bounds(np.array(found))) if found else None


def _kind(access: Access, slug: str) -> LayerKind:
    return next(kind for kind in visible_kinds(access) if kind.slug == slug)


def _selected(order: Order, kind: LayerKind, filter: str = "") -> Selection | None:
    return select(order.access, kind, filter=filter or first_choice(kind), at=order.at)


def first_choice(kind: LayerKind) -> str:
    """The filter that the map draws a kind with where none is chosen; "" for most."""
    if not kind.presets:
        return ""
    first = kind.presets[0]
    return f"{first.field} = '{first.value}'"


def _base(order: Order) -> Iterable[Stratum]:
    """The city's own base map as it looks by day, a stratum for each of its parts, lowest first."""
    parts = []
    for kind in visible_kinds(order.access):
        selection = select(order.access, kind, at=order.at) if kind.basemap else None
        if selection is not None:
            parts += [(selection, in_theme(layer, "light")) for layer in kind.basemap]
    parts.sort(key=lambda part: SLOTS.index(part[1]["slot"]))
    for (selection, slot), group in groupby(parts, key=lambda part: (part[0], part[1]["slot"])):
        yield Stratum(selection, tuple(layer for _, layer in group if layer["slot"] == slot))


def _shown(layer: OrderedLayer, selection: Selection | None, ground: Ground, *, mixed: bool) -> Shown:
    notes = []
    if selection is None:
        notes.append(gettext("no data"))
    elif ground.zoom < layer.kind.min_zoom:
        notes.append(gettext("not drawn at this scale: it would be too dense to read"))
    elif layer.filter:
        notes.append(gettext("only objects that satisfy the chosen filter"))
    if mixed and selection is not None and selection.shown.synthetic:
        notes.append(gettext("invented data"))
    if layer.kind.estimated:
        notes.append(str(layer.kind.estimated))
    return Shown(layer.kind, tuple(notes))


def _origins(selections: Iterable[Selection]) -> Iterable[Origin]:
    """Sources of what is shown, layers of one source together."""
    groups: dict[tuple[str, str, str, date | None], list[str]] = {}
    for selection in selections:
        kind, shown = selection.kind, selection.shown
        terms = licence(kind, shown)
        url = kind.source.licence_url if terms == kind.source.licence else ""
        key = (attribution(kind, shown), terms, url, shown.data_date)
        titles = groups.setdefault(key, [])
        if str(kind.title) not in titles:
            titles.append(str(kind.title))
    for (name, terms, url, day), titles in groups.items():
        yield Origin(tuple(titles), name, terms, url, day)
