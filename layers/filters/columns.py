"""The columns of a kind that a visitor may filter by, and CQL2 literals converted to their types."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Field,
    FloatField,
    IntegerField,
    TextField,
    UUIDField,
    Value,
)

from layers.access.rules import Access, fields_for
from layers.errors import BadFilter
from layers.schema.kind import LayerKind

PROVENANCE: dict[str, Field] = {
    "feature_id": UUIDField(),
    "data_date": DateField(),
    "recorded_from": DateTimeField(),
    "synthetic": BooleanField(),
}
"""Columns that every kind may be filtered by, beside its own fields."""
_HOLDS: tuple[tuple[type[Field], str], ...] = (
    (BooleanField, "true or false"),
    (IntegerField, "whole numbers"),
    (FloatField, "numbers"),
    (DateTimeField, "moments such as 2026-01-31T12:00:00Z"),
    (DateField, "dates such as 2026-01-31"),
    (UUIDField, "identities"),
)


class Columns:
    """The columns of a kind by name, for one visitor."""

    def __init__(self, access: Access, kind: LayerKind) -> None:
        self.kind = kind
        own = {field.name: kind.model._meta.get_field(field.name) for field in fields_for(access, kind)}
        self.types: dict[str, Any] = own | PROVENANCE

    def name(self, node: Any) -> str:
        """The column of a property node. Raises BadFilter."""
        name = node.get("property") if isinstance(node, dict) else None
        if name is None:
            raise BadFilter("One side of a comparison must be a property.")
        if name not in self.types:
            known = ", ".join(self.types)
            raise BadFilter(f"{self.kind.slug} cannot be filtered by “{name}”; there are: {known}, geom.")
        return str(name)

    def is_text(self, name: str) -> bool:
        """Whether it is a text column."""
        return isinstance(self.types[name], CharField | TextField)

    def is_number(self, name: str) -> bool:
        """Whether it is a number column."""
        return isinstance(self.types[name], IntegerField | FloatField)

    def alike(self, name: str, other: str) -> bool:
        """Whether two columns can be compared with each other."""
        return self.holds(name) == self.holds(other) or (self.is_number(name) and self.is_number(other))

    def holds(self, name: str) -> str:
        """The type of a column, in words for messages."""
        column = self.types[name]
        return next((words for type_, words in _HOLDS if isinstance(column, type_)), "texts")

    def literal(self, name: str, raw: Any) -> Value:
        """A literal compared with a column, bound. Integer columns take any number, exactly. Raises BadFilter."""
        column: Field = self.types[name]
        value = self.value(name, raw)
        whole = isinstance(column, IntegerField) and isinstance(value, int)
        return Value(value, output_field=column if whole or not self.is_number(name) else FloatField())

    def value(self, name: str, raw: Any) -> Any:
        """A literal converted to the column's type. Raises BadFilter."""
        column = self.types[name]
        if self.is_text(name) and isinstance(raw, str) and "\0" not in raw:
            return raw
        if isinstance(column, BooleanField) and isinstance(raw, bool):
            return raw
        if self.is_number(name) and is_number(raw):
            return int(raw) if isinstance(column, IntegerField) and raw == int(raw) else float(raw)
        if isinstance(column, UUIDField) and isinstance(raw, str):
            return self._tried(name, raw, column.to_python)
        if isinstance(column, DateField):
            text = raw.get("date") or raw.get("timestamp") if isinstance(raw, dict) else raw
            if isinstance(text, str):
                return self._tried(name, text, moment if isinstance(column, DateTimeField) else day)
        raise BadFilter(f"{name} holds {self.holds(name)}; the filter compares it with {json.dumps(raw)[:80]}.")

    def _tried(self, name: str, text: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text)
        except Exception as fault:
            raise BadFilter(f"{name} holds {self.holds(name)}; “{text[:80]}” is none.") from fault


def is_number(raw: Any) -> bool:
    """Whether a literal is a number that the database can store."""
    return isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < 1e300


def literal_class(node: Any) -> type[Field] | None:
    """The class of field that a literal is a value of; None for lists, geometries and what is no literal."""
    if isinstance(node, dict):
        return DateField if "date" in node else DateTimeField if "timestamp" in node else None
    if isinstance(node, bool):
        return BooleanField
    return FloatField if is_number(node) else TextField if isinstance(node, str) else None


def literal_value(node: Any) -> Value:
    """A literal that is compared with another one, bound. Raises BadFilter."""
    class_ = literal_class(node)
    if class_ is None or (isinstance(node, str) and "\0" in node):
        raise BadFilter(f"Only texts, numbers, booleans and dates are compared, found {json.dumps(node)[:80]}.")
    if not isinstance(node, dict):
        return Value(node, output_field=IntegerField() if type(node) is int else class_())
    try:
        return Value(day(node["date"]) if "date" in node else moment(node["timestamp"]), output_field=class_())
    except ValueError as fault:
        raise BadFilter(f"{json.dumps(node)[:80]} is no date or moment.") from fault


def day(text: str) -> date:
    """The day of a date or timestamp. Raises ValueError."""
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()


def moment(text: str) -> datetime:
    """A timestamp converted to UTC; one without an offset, or a day, is in UTC. Raises ValueError.

    Converted here because PostgreSQL reads offsets up to 16 hours only; ISO 8601 has them up to a day.
    """
    found = datetime.fromisoformat(text)
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError as fault:
        raise ValueError(text) from fault


def call_of(node: Any) -> tuple[str, list[Any]]:
    """Operator and arguments of a node. Raises BadFilter when it has no operator."""
    if not isinstance(node, dict) or "op" not in node:
        raise BadFilter(f"Expected a condition, found {json.dumps(node)[:80]}.")
    return str(node["op"]), list(node.get("args", ()))


def require_arguments(op: str, args: list[Any], wanted: int) -> None:
    """Raises BadFilter for another number of arguments."""
    if len(args) != wanted:
        raise BadFilter(f"“{op}” takes {wanted} arguments, found {len(args)}.")
