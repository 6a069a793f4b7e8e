"""Validation of an editor's values and geometry before they are stored: the rules of loads, one fault a field.

A load drops a bad value and repairs a self-crossing outline. An edit is refused instead, with all faults, because the
editor can correct them. Vertices that did not move keep their stored coordinates, so a geometry that was sent rounded
and comes back unchanged is equal to the stored one.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from django.db import models
from shapely import Point
from shapely.geometry.base import BaseGeometry

from layers.errors import DraftRefused, NotEditable
from layers.record import Record, Refusal
from layers.schema.constraints import bounds_of
from layers.schema.kind import KindField, LayerKind
from layers.store.staging import column_of
from layers.store.validation import accept

LONGEST_UNBOUNDED = 10_000
"""Most characters of a text whose column has no limit."""
_SIZES = {"SmallIntegerField": 2**15, "IntegerField": 2**31, "BigIntegerField": 2**63}


def refuse_uneditable(kind: LayerKind) -> None:
    """Raises NotEditable for layers that a study computes and for those that keep no versions."""
    if kind.study:
        raise NotEditable(f"The study {kind.study} computes the layer {kind.slug}; change the layers it reads.")
    if not kind.by_hand:
        raise NotEditable(f"The layer {kind.slug} is not edited by hand; its own source or tool writes it.")
    if kind.history == "none":
        raise NotEditable(f"The layer {kind.slug} keeps no versions, so an edit could not be taken back.")


def checked(
    kind: LayerKind,
    values: Mapping[str, Any],
    geometry: BaseGeometry | None = None,
    *,
    whole: bool = False,
    fields: tuple[KindField, ...] | None = None,
) -> tuple[dict[str, Any], BaseGeometry | None]:
    """Values in their fields' types, and the geometry in the kind's shape. Raises DraftRefused, NotEditable.

    Values may be as in JSON (dates as text). `whole`: a geometry is required, as for a new feature. `fields` are
    those that the visitor may see; others are refused as unknown.
    """
    refuse_uneditable(kind)
    known = {field.name: field for field in (kind.fields if fields is None else fields)}
    faults, good = [], {}
    for name, value in values.items():
        try:
            if name not in known:
                there_are = ", ".join(known)
                raise _InvalidValue("unknown_field", f"There is no such field; there are: {there_are}.")
            good[name] = _value(kind, known[name], value)
        except _InvalidValue as invalid:
            faults.append(Refusal(None, "", invalid.reason, invalid.message, name[:80], _shown(value)))
    shape = None
    if geometry is not None or whole:
        try:
            shape = _shape(kind, geometry)
        except DraftRefused as refused:
            faults += refused.faults
    if faults:
        raise DraftRefused(faults)
    return good, shape


class _InvalidValue(Exception):
    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


def _shown(value: Any) -> str:
    return str(value)[:60]


def _value(kind: LayerKind, field: KindField, value: Any) -> Any:
    column = column_of(kind, field.name)
    if value is None or value == "":
        return None
    if field.choices:
        if not isinstance(value, str) or value not in field.choices:
            raise _InvalidValue("unknown_code", f"“{_shown(value)}” is none of {', '.join(field.choices)}.")
        return value
    if isinstance(column, models.BooleanField):
        if not isinstance(value, bool):
            raise _InvalidValue("not_yes_or_no", f"“{_shown(value)}” is neither true nor false.")
        return value
    if isinstance(column, models.IntegerField | models.FloatField):
        return _number(kind, field, column, value)
    if isinstance(column, models.DateField):
        return _day(value)
    return value if isinstance(column, models.JSONField) else _text(column, value)


def _number(kind: LayerKind, field: KindField, column: models.Field, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _InvalidValue("not_a_number", f"“{_shown(value)}” is not a number.")
    low, high = range_of(kind, field)
    if not low <= value <= high:
        raise _InvalidValue("out_of_range", f"{value:g} is not between {low:g} and {high:g}.")
    if not isinstance(column, models.IntegerField):
        return float(value)
    if value != int(value):
        raise _InvalidValue("not_whole", f"“{_shown(value)}” is not a whole number.")
    return int(value)


def range_of(kind: LayerKind, field: KindField) -> tuple[float, float]:
    """Least and greatest value of a number field, infinite where there is no bound."""
    low, high = bounds_of(kind.model, field.name)
    if size := _SIZES.get(column_of(kind, field.name).get_internal_type()):
        return max(low, -size), min(high, size - 1)
    return low, high


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value[:10] if len(value) == len("2026-01-31T00:00:00Z") else value)
    except (TypeError, ValueError):
        raise _InvalidValue("not_a_date", f"“{_shown(value)}” is not a day such as 2026-01-31.") from None


def _text(column: models.Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _InvalidValue("not_a_text", f"“{_shown(value)}” is not a text.")
    text = value.replace("\0", "").encode("utf-8", "replace").decode().strip()
    longest = getattr(column, "max_length", None) or LONGEST_UNBOUNDED
    if len(text) > longest:
        raise _InvalidValue("too_long", f"The text has {len(text)} characters; at most {longest} are kept.")
    return text or None


def _shape(kind: LayerKind, geometry: BaseGeometry | None) -> BaseGeometry:
    """The geometry as a load would store it. Raises DraftRefused, also where a load would repair it."""
    if geometry is not None and not geometry.is_empty and not shapely.is_valid(geometry):
        reason = shapely.is_valid_reason(geometry)
        raise DraftRefused([Refusal(None, "", "geometry_invalid", f"The geometry is not valid: {reason}.", "geom")])
    found = list(accept(kind, [Record("draft", geometry, {})]))
    refused = [one for one in found if isinstance(one, Refusal)]
    if refused:
        far = "The object lies far from the city."
        raise DraftRefused([replace(one, message=far) if one.reason == "outside_city" else one for one in refused])
    if len(found) != 1:
        message = f"The geometry has {len(found)} parts; {kind.slug} are single."
        raise DraftRefused([Refusal(None, "", "geometry_parts", message, "geom")])
    assert isinstance(found[0], Record) and found[0].geometry is not None
    return found[0].geometry


def with_stored_vertices(stored: BaseGeometry, given: BaseGeometry, reach_m: float) -> BaseGeometry:
    """`given` with each vertex within `reach_m` metres of a stored vertex snapped to it; both in the storage system.

    Coordinates in degrees are sent and returned rounded: without this a change of one vertex would move all others by
    a fraction of a centimetre and open gaps between areas that share them.
    """
    corners = shapely.get_coordinates(stored)
    if given.is_empty or not len(corners):
        return given
    tree = shapely.STRtree([Point(corner) for corner in corners])

    def keep(coordinates: np.ndarray) -> np.ndarray:
        at, nearest = tree.query_nearest(shapely.points(coordinates), max_distance=reach_m, all_matches=False)
        kept = coordinates.copy()
        kept[at] = corners[nearest]
        return kept

    return shapely.transform(shapely.force_2d(given), keep)
