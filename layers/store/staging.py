"""Staging of records: encoded for COPY, hashed, and loaded into a temporary table with the layer table's columns.

The hash covers the kind's fields in their declared precision, `extra`, and the geometry rounded to a millimetre.
Provenance (run, dates) is left out, so unchanged data has the same hash in each load.
"""

import io
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import shapely
from django.db import connection, models

from layers.crs import storage_srid
from layers.record import Record
from layers.schema.feature import dataset_namespace
from layers.schema.kind import LayerKind

NULL = "\\N"
GEOMETRY_DECIMALS = 3
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})


def escape(text: str) -> str:
    """Text escaped for COPY's text format; NUL characters, which PostgreSQL cannot store, are dropped."""
    return text.translate(_ESCAPES)


def _json(value: Any) -> str:
    return escape(json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def rounded_value(value: Any, decimals: int | None) -> float:
    """A number in its stored precision, which decides equality (6 decimals where none is declared)."""
    return round(float(value), 6 if decimals is None else decimals) + 0.0


def encoder(field: models.Field, decimals: int | None) -> Callable[[Any], str]:
    """The function that writes a column's values for COPY. Floats are rounded to `decimals`; NaN becomes NULL."""
    if isinstance(field, models.FloatField):
        return lambda value: NULL if value is None or math.isnan(value) else repr(rounded_value(value, decimals))
    if isinstance(field, models.BooleanField):
        return lambda value: NULL if value is None else ("t" if value else "f")
    if isinstance(field, models.IntegerField):
        return lambda value: NULL if value is None else str(int(value))
    if isinstance(field, models.DateField):
        return lambda value: NULL if value is None else value.isoformat()
    return lambda value: NULL if value is None else escape(str(value))


def copy_in(statement: str, text: str) -> None:
    """COPY text into a table. Raises Django's database errors, to which its cursor does not translate by itself."""
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, io.StringIO(text))


def column_of(kind: LayerKind, name: str) -> models.Field:
    """The column of a kind's field."""
    field = kind.model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


def rounded(geometries: np.ndarray) -> np.ndarray:
    """Geometries with coordinates rounded to 1 mm, the precision that decides equality."""
    return shapely.transform(geometries, lambda xy: np.round(xy, GEOMETRY_DECIMALS) + 0.0)


@dataclass(frozen=True, slots=True)
class Staged:
    """A chunk of records, encoded: one entry a record in each list."""

    source_ids: list[str]
    hashes: list[str]
    lines: list[str]
    """The columns of the stage after source id and old version, tab-separated, ready for COPY."""


class Stage:
    """A temporary table with the columns of a layer's table, filled by COPY and merged by `layers.store.merge`."""

    def __init__(self, kind: LayerKind, dataset: str, fields: Sequence[str]) -> None:
        self.kind = kind
        self.fields = tuple(fields)
        self.table = kind.model._meta.db_table
        self.name = f"stage_{kind.slug}"
        self.namespace: UUID = dataset_namespace(dataset)
        self._encoders = [(name, encoder(column_of(kind, name), kind.field(name).decimals)) for name in self.fields]
        self._prefix = ("|".join(self.fields) + "\n").encode()
        self.columns = (
            "source_id",
            "old_version",
            "feature_id",
            "payload_hash",
            "data_date",
            *self.fields,
            "extra",
            "geom",
        )

    def create(self) -> None:
        """Create the empty stage; an earlier one of the same kind in this transaction is dropped."""
        names = ", ".join(
            (
                "version_id",
                "feature_id",
                "source_id",
                "data_date",
                "payload_hash",
                "field_owners",
                "extra",
                *self.kind.field_names,
                "geom",
            )
        )
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.name}")
            cursor.execute(
                f"CREATE TEMP TABLE {self.name} ON COMMIT DROP AS "
                f"SELECT {names}, version_id AS old_version FROM {self.table} WITH NO DATA"
            )
            cursor.execute(
                f"ALTER TABLE {self.name} ALTER version_id SET DEFAULT nextval('{self.table}_version_id_seq')"
            )

    def encode(self, records: Sequence[Record], data_date: date | None) -> Staged:
        """Encode and hash records; their geometries are valid and of the kind's shape."""
        geometries = np.array([record.geometry for record in records], dtype=object)
        rounded_wkb = shapely.to_wkb(rounded(geometries))
        ewkb = shapely.to_wkb(shapely.set_srid(geometries, storage_srid()), hex=True, include_srid=True)
        hashes, lines = [], []
        for record, flat, full in zip(records, rounded_wkb, ewkb, strict=True):
            values = [encode(record.values.get(name)) for name, encode in self._encoders]
            values.append(NULL if not record.extra else _json(record.extra))
            payload = "\t".join(values)
            digest = blake2b(self._prefix + payload.encode() + flat, digest_size=16).hexdigest()
            when = record.data_date or data_date
            identity = uuid5(self.namespace, record.source_id).hex
            hashes.append(digest)
            lines.append(f"{identity}\t{digest}\t{when.isoformat() if when else NULL}\t{payload}\t{full}\n")
        return Staged([record.source_id for record in records], hashes, lines)

    def load(self, staged: Staged, wanted: Iterable[tuple[int, int | None]]) -> None:
        """COPY the wanted records of a chunk; `wanted` gives (index, version now current or None)."""
        text = "".join(
            f"{escape(staged.source_ids[at])}\t{NULL if old is None else old}\t{staged.lines[at]}"
            for at, old in wanted
        )
        copy_in(f"COPY {self.name} ({', '.join(self.columns)}) FROM STDIN", text)
