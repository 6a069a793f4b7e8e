"""The edit form's inputs, and the parsing of their values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import get_language, gettext

from geoportal.wording.values import in_words
from ingest.mapping.values import Unusable, reader_of
from layers.access.rules import Access, fields_for
from layers.record import Refusal
from layers.runs.reasons import REASONS
from layers.schema.kind import KindField, LayerKind
from layers.store.drafts import range_of
from layers.store.staging import column_of

FIELD = "field."
"""Prefix of the names of fields' inputs, so that they cannot collide with other parts of the form."""
GEOMETRY = "geom"
YES_NO = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Input:
    """An input for one field. `form` is its type, `text` its value, `fault` its error message."""

    field: KindField
    form: str
    text: str = ""
    help: str = ""
    longest: int | None = None
    fault: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The input's name."""
        return FIELD + self.field.name


@dataclass(frozen=True, slots=True)
class Filled:
    """A parsed form: values, and faults by field name."""

    values: Mapping[str, Any]
    faults: Mapping[str, str] = field(default_factory=dict)


def inputs_of(access: Access, kind: LayerKind, row: Any = None) -> list[Input]:
    """The inputs for a feature, or for a new one; without fields of nested content, which are not editable."""
    found = []
    for one in fields_for(access, kind):
        column = column_of(kind, one.name)
        if isinstance(column, models.JSONField):
            continue
        text = "" if row is None else written(one, getattr(row, one.name))
        found.append(_input(kind, one, column, text))
    return found


def _input(kind: LayerKind, one: KindField, column: models.Field, text: str) -> Input:
    if one.choices:
        return Input(one, "select", text, choices=tuple((code, str(title)) for code, title in one.choices.items()))
    if isinstance(column, models.BooleanField):
        return Input(one, "select", text, choices=(("yes", gettext("yes")), ("no", gettext("no"))))
    if isinstance(column, models.DateField):
        return Input(one, "date", text)
    if isinstance(column, models.IntegerField | models.FloatField):
        return Input(one, "number", text, help=_range(kind, one))
    return Input(one, "text", text, longest=getattr(column, "max_length", None))


def _range(kind: LayerKind, one: KindField) -> str:
    low, high = range_of(kind, one)
    if abs(low) > 30_000 and abs(high) > 30_000 or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    words = {"low": in_words(one, _plain(low), unit=False), "high": in_words(one, _plain(high), unit=False)}
    return gettext("from {low} to {high}").format(**words)


def _plain(value: float) -> float:
    return int(value) if value == int(value) else value


def written(one: KindField, value: Any) -> str:
    """A stored value as the text of its input."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        text = f"{value:.{6 if one.decimals is None else one.decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(".", ",") if (get_language() or "pl") == "pl" else text
    return str(value)


def filled(access: Access, kind: LayerKind, sent: Mapping[str, Any]) -> Filled:
    """The sent values, parsed by the rules of loads: "12,5" is a number, an empty input is unknown."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for one in inputs_of(access, kind):
        name = one.field.name
        if one.name not in sent:
            continue
        text = str(sent[one.name]).strip()
        try:
            values[name] = reader_of(kind, one.field)(text) if text else None
        except Unusable as unfit:
            faults[name] = in_plain_words(kind, Refusal(None, "", unfit.reason, unfit.message, name))
    return Filled(values, faults)


def with_sent(inputs: list[Input], sent: Mapping[str, Any], faults: Mapping[str, str]) -> list[Input]:
    """The inputs with the sent texts and their faults."""
    return [
        replace(one, text=str(sent.get(one.name, one.text)), fault=faults.get(one.field.name, "")) for one in inputs
    ]


def in_plain_words(kind: LayerKind, fault: Refusal) -> str:
    """The message of a fault in the visitor's language, with the range where there is one."""
    reason = REASONS.get(fault.reason)
    words = str(reason) if reason else fault.message
    if fault.reason == "out_of_range" and fault.field in kind.field_names:
        words = f"{words}: {_range(kind, kind.field(fault.field))}".rstrip(": ")
    return words[:1].upper() + words[1:] + "."


def shown(one: KindField, value: Any) -> str:
    """A value as text, for comparisons."""
    return in_words(one, value) or gettext("not known")
