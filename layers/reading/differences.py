"""Changes of a run, each feature before and after, read inside the run's own transaction.

A dry run shows them and is then rolled back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection

from layers.crs import WGS84
from layers.schema.feature import CityFeature, difference
from layers.schema.kind import LayerKind

What = Literal["added", "changed", "ended"]
FIRST = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One feature that a run added, changed or ended. `geometry` is the newer one, in degrees."""

    what: What
    source_id: str
    name: str
    fields: dict[str, tuple[Any, Any]]
    """Fields that differ: (before, after); for a new feature all fields with a value."""
    moved: bool
    geometry: GEOSGeometry


def differences(kind: LayerKind, first: int = FIRST) -> Iterator[Difference]:
    """The first features of a kind that this transaction's run touched: changed ones, ended ones, then added ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT feature_id, old_version, new_version FROM run_changes WHERE kind = %s "
            "ORDER BY CASE WHEN old_version IS NULL THEN 2 WHEN new_version IS NULL THEN 1 ELSE 0 END, "
            "new_version, n LIMIT %s",
            [kind.slug, first],
        )
        found: list[tuple[UUID, int | None, int | None]] = cursor.fetchall()
    versions = {version for _, *both in found for version in both if version is not None}
    rows = kind.model._default_manager.in_bulk(versions)
    for _, old, new in found:
        yield _difference(kind, rows.get(old), rows.get(new))


def _difference(kind: LayerKind, before: CityFeature | None, after: CityFeature | None) -> Difference:
    row: Any = after or before
    what: What = "added" if before is None else "ended" if after is None else "changed"
    found: dict[str, tuple[Any, Any]] = {}
    if before is not None and after is not None:
        found = difference(before, after, kind.field_names)
    elif after is not None:
        known = {name: getattr(after, name) for name in kind.field_names}
        found = {name: (None, value) for name, value in known.items() if value is not None}
    moved = found.pop("geom", None) is not None
    shape = row.geom.transform(WGS84, clone=True)
    return Difference(what, row.source_id, kind.named(row), found, moved, shape)
