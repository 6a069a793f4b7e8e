"""Makes a Reading of the columns that a kind's module computed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from ingest.source import Reading
from layers.record import Record

SURVEYED = "evrf2007"


def reading(
    kind: str, ids: Sequence[str], geometries: Sequence[Any] | np.ndarray, columns: Mapping[str, Any]
) -> Reading:
    """A reading of columns of equal length; numpy values become Python's own."""
    plain = {name: _plain(values) for name, values in columns.items()}

    def records() -> Iterator[Record]:
        for index, (source_id, geometry) in enumerate(zip(ids, geometries, strict=True)):
            values = {name: column[index] for name, column in plain.items()}
            yield Record(source_id, geometry, values, row=index + 1)

    return Reading(kind, tuple(columns), records(), total=len(ids), notes=("Dane syntetyczne / synthetic data",))


def surveyed_points(places: np.ndarray) -> np.ndarray:
    """Points at (n, 2) places, to the centimetre."""
    return np.asarray(shapely.points(places.round(2)), dtype=object)


def numbered(prefix: str, count: int) -> list[str]:
    """Source ids of a kind: the prefix and a number from 1."""
    return [f"{prefix}-{number}" for number in range(1, count + 1)]


def _plain(values: Any) -> list[Any]:
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return [None if isinstance(value, float) and np.isnan(value) else value for value in listed]
