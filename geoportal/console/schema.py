"""The schema shown to a reader: their layers as tables, with the meaning of each column."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext

from geoportal.console.vocabulary import FUNCTIONS
from layers.access.database_views import columns_of, more_views
from layers.access.rules import Access, visible_kinds
from layers.kinds import KINDS
from layers.planner.declarations import PREFIX
from layers.schema.kind import LayerKind

MOST_CODES = 40
"""Most codes of a column that are listed with their meaning."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and type in SQL, what it means, its unit, and its codes with their meanings."""

    name: str
    type: str
    title: str
    unit: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A layer as a table."""

    name: str
    title: str
    columns: tuple[Column, ...]


def tables(access: Access) -> list[Table]:
    """The tables of a reader, in the order of the layers."""
    layers = [Table(kind.slug, str(kind.title), _columns(access, kind)) for kind in visible_kinds(access)]
    return layers + [
        Table(
            view.name,
            str(view.title),
            tuple(Column(one.name, one.type, str(one.title), "", ()) for one in view.columns),
        )
        for view in more_views(access)
    ]


@lru_cache(maxsize=1)
def closed_attributes() -> frozenset[str]:
    """Names of the server's functions that `value.name` would call and that the console does not offer.

    Without those of types, which only convert, and of the columns of layers, which they would hide.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT proname FROM pg_catalog.pg_proc WHERE pronargs >= 1 AND pronargs - pronargdefaults <= 1 "
            "AND proname NOT IN (SELECT typname FROM pg_catalog.pg_type)"
        )
        found = {name for (name,) in cursor.fetchall()}
    columns = {name for kind in KINDS.values() if not kind.slug.startswith(PREFIX) for name in kind.field_names}
    return frozenset(found - FUNCTIONS - columns)


def _columns(access: Access, kind: LayerKind) -> tuple[Column, ...]:
    return tuple(_column(kind, name) for name in columns_of(access, kind))


def _column(kind: LayerKind, name: str) -> Column:
    type_ = _type(kind, name)
    if name not in kind.field_names:
        return Column(name, type_, _common().get(name, name), "", ())
    field = kind.field(name)
    codes = tuple((code, str(meaning)) for code, meaning in (field.choices or {}).items())
    return Column(name, type_, str(field.title), field.unit, codes[:MOST_CODES])


def _type(kind: LayerKind, name: str) -> str:
    """A column's SQL type in short: `varchar(24)` is shown as text."""
    model: Any = kind.model
    full = str(model._meta.get_field(name).db_type(connection))
    short = full.split("(")[0]
    known = {"varchar": "text", "double precision": "float8", "timestamp with time zone": "timestamptz"}
    return kind.shape.lower() if short == "geometry" else known.get(short, short)


def _common() -> dict[str, str]:
    return {
        "feature_id": gettext("Identity of the object"),
        "synthetic": gettext("Whether the record is invented (demo)"),
        "data_date": gettext("Data as of"),
        "recorded_from": gettext("Known since"),
        "geom": gettext("Geometry, in metres"),
    }
