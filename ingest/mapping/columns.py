"""Maps a file's columns to a kind's fields by option, name or synonym; the other columns are stored as extra."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

from ingest.errors import BadOption, UnmappedKind
from ingest.mapping.values import Reader, Unusable, clean, json_safe, reader_of
from ingest.text.names import plain, same_name
from layers.record import Refusal
from layers.schema.kind import KindField, LayerKind

PREFIX = "map."
_MEMORY = 20_000
"""Parsed texts cached per column: most columns repeat few values."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A row's values by field, the columns left over, and refusals of unusable values."""

    values: dict[str, Any]
    extra: dict[str, Any]
    refusals: tuple[Refusal, ...]


@dataclass(slots=True)
class Column:
    """A column that fills a field."""

    name: str
    field: str
    read: Reader
    unit: str = ""
    """The column with the value's unit ("": none); GML's `uom` attributes are read as such columns."""
    known: dict[str, Any] = default(default_factory=dict)

    def value(self, cell: Any) -> Any:
        """The field's value. Raises Unusable."""
        if not isinstance(cell, str):
            return self.read(cell)
        if cell not in self.known:
            value = self.read(cell)
            if len(self.known) >= _MEMORY:
                return value
            self.known[cell] = value
        return self.known[cell]


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Which columns of a file fill which fields of a kind."""

    kind: LayerKind
    columns: tuple[Column, ...]

    @classmethod
    def choose(
        cls, kind: LayerKind, columns: tuple[str, ...], options: Mapping[str, str], empty: tuple[str, ...] = ()
    ) -> "FieldMapping":
        """Map columns by `map.<field>` options, then by field names, synonyms and titles. Raises BadOption.

        A column that is `empty` in every row fills a field only by option. With an option without a column, no column
        fills the field.
        """
        chosen = _by_option(kind, columns, options)
        for one in kind.fields:
            if one.name not in chosen:
                free = [name for name in columns if name not in chosen.values() and name not in empty]
                if found := _column_of(one, free):
                    chosen[one.name] = found
        pairs = [(chosen[one.name], one) for one in kind.fields if chosen.get(one.name)]
        return cls(
            kind, tuple(Column(name, one.name, reader_of(kind, one), _unit(name, columns)) for name, one in pairs)
        )

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields that are filled."""
        return tuple(one.field for one in self.columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """Which column fills which field."""
        pairs = ", ".join(f"{one.name} → {one.field}" for one in self.columns)
        return (f"Columns: {pairs}.",) if pairs else ("No column of the file is known to this kind.",)

    def apply(self, row: Mapping[str, Any]) -> Mapped:
        """A row's values, leftovers and refusals of single values; a refused value is also among the leftovers."""
        values: dict[str, Any] = {}
        refusals = []
        for one in self.columns:
            try:
                values[one.field] = one.value(_with_unit(row, one))
            except Unusable as fault:
                values[one.field] = None
                refusals.append(refusal_of_value(one.field, row[one.name], fault))
        refused = {one.field for one in refusals}
        used = {name for one in self.columns if one.field not in refused for name in (one.name, one.unit)}
        extra = {clean(name): json_safe(cell) for name, cell in row.items() if name not in used}
        return Mapped(values, {name: cell for name, cell in extra.items() if cell is not None}, tuple(refusals))


def _unit(column: str, columns: tuple[str, ...]) -> str:
    return f"{column}_uom" if f"{column}_uom" in columns else ""


def _with_unit(row: Mapping[str, Any], column: Column) -> Any:
    cell = row[column.name]
    unit = row.get(column.unit) if column.unit else None
    return f"{cell} {unit}" if unit and cell is not None else cell


def refusal_of_value(name: str, cell: Any, fault: Unusable) -> Refusal:
    """The refusal of one value; the caller fills in its row and source id."""
    return Refusal(None, "", fault.reason, fault.message, field=name, value=clean(str(cell))[:300], severity="value")


def _by_option(kind: LayerKind, columns: tuple[str, ...], options: Mapping[str, str]) -> dict[str, str]:
    chosen = {}
    for option, column in options.items():
        if not option.startswith(PREFIX):
            continue
        name = option.removeprefix(PREFIX)
        if name not in kind.field_names:
            raise BadOption(f"{option}: {kind.slug} has no field “{name}”; it has {', '.join(kind.field_names)}.")
        if not column:
            chosen[name] = ""
            continue
        found = next((one for one in columns if one == column), None)
        found = found or next((one for one in columns if plain(one) == plain(column)), None)
        if found is None:
            raise BadOption(f"{option}: there is no column “{column}”; columns are: {', '.join(columns[:40])}.")
        chosen[name] = found
    return chosen


def _column_of(field_: KindField, columns: list[str]) -> str | None:
    """The first column that matches the field: by its name, then its synonyms in order, then its titles."""
    for name in (field_.name, *field_.synonyms, field_.title.pl, field_.title.en):
        for column in columns:
            if same_name(column, name):
                return column
    return None


def kind_of(kinds: Mapping[str, LayerKind], wanted: str, *hints: str) -> LayerKind:
    """The kind with the slug `wanted`, or the only one that a hint names. Raises UnmappedKind, BadOption."""
    if wanted:
        if wanted in kinds:
            return kinds[wanted]
        raise BadOption(f"kind={wanted} is not known; kinds are: {', '.join(kinds)}.")
    for hint in hints:
        word = plain(hint)
        for kind in kinds.values():
            names = (kind.slug, kind.title.pl, kind.title.en, kind.singular.pl, kind.singular.en)
            if word and word in map(plain, names):
                return kind
    raise UnmappedKind(
        f"It is not clear what the file's objects are; say --option kind=..., one of: {', '.join(kinds)}."
    )
