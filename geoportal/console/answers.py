"""Results of statements as JSON for the page, as CSV and as GeoJSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

from geoportal.console.session import Answer
from layers.crs import WGS84, reproject
from layers.exports.csv_dialect import BYTE_ORDER, csv_text

MOST_DRAWN_POINTS = 200_000
"""Most coordinates sent to the page's map; more would keep a browser busy for seconds."""
_DECIMALS = 7
_NO_SYSTEM = 0


@dataclass(frozen=True, slots=True)
class _Shape:
    """A geometry with the indexes of its row and column, as stored and in degrees (None: its CRS is unknown)."""

    row: int
    column: int
    stored: BaseGeometry
    in_degrees: BaseGeometry | None


def as_json(answer: Answer) -> dict[str, Any]:
    """Columns and rows, and the geometries again as GeoJSON for the page's map."""
    shapes, features, points = _shapes(answer), [], 0
    drawable = [shape for shape in shapes if shape.in_degrees is not None]
    for shape in drawable:
        points += int(shapely.get_num_coordinates(shape.stored))
        if points > MOST_DRAWN_POINTS:
            break
        features.append(_feature(shape.in_degrees, {"row": shape.row, "column": answer.columns[shape.column].name}))
    summaries = {(shape.row, shape.column): _summary(shape.stored) for shape in shapes}
    return {
        "columns": [{"name": column.name, "type": column.type} for column in answer.columns],
        "rows": [
            [
                summaries.get((at, index), cell) if column.type == "geometry" else _value(column.type, cell)
                for index, (column, cell) in enumerate(zip(answer.columns, row, strict=True))
            ]
            for at, row in enumerate(answer.rows)
        ],
        "more": answer.more,
        "large_rows_left_out": answer.large,
        "seconds": round(answer.seconds, 3),
        "features": {"type": "FeatureCollection", "features": features},
        "not_drawn": len(drawable) - len(features),
    }


def as_csv(answer: Answer) -> Iterator[str]:
    """Lines of a CSV file; geometries as EWKT in their own coordinate system."""
    yield BYTE_ORDER + csv_text([[column.name for column in answer.columns]])
    for row in answer.rows:
        cells = zip(answer.columns, row, strict=True)
        yield csv_text([[_ewkt(cell) if column.type == "geometry" else cell for column, cell in cells]])


def as_geojson(answer: Answer) -> Iterator[str]:
    """A FeatureCollection in CRS84: the first geometry of a row is the feature's, other columns are properties."""
    first = next((index for index, column in enumerate(answer.columns) if column.type == "geometry"), None)
    drawn = {shape.row: shape.in_degrees for shape in _shapes(answer) if shape.column == first}
    yield '{"type": "FeatureCollection", "features": ['
    for at, row in enumerate(answer.rows):
        cells = zip(answer.columns, row, strict=True)
        properties = {column.name: _value(column.type, cell) for column, cell in cells if column.type != "geometry"}
        yield (",\n" if at else "\n") + json.dumps(_feature(drawn.get(at), properties), ensure_ascii=False)
    yield "\n]}\n"


def _shapes(answer: Answer) -> list[_Shape]:
    """All geometries of an answer, transformed to degrees in one call per CRS."""
    found: list[_Shape] = []
    for index, column in enumerate(answer.columns):
        if column.type != "geometry":
            continue
        cells = [(at, row[index]) for at, row in enumerate(answer.rows) if row[index] is not None]
        stored = _read([cell for _, cell in cells])
        degrees = _in_degrees(stored)
        for (at, _), one, moved in zip(cells, stored, degrees, strict=True):
            if one is not None:
                found.append(_Shape(at, index, one, moved))
    return found


def _read(cells: list[str | None]) -> np.ndarray:
    """Geometries from hexadecimal EWKB; None for types that shapely does not support (curves)."""
    try:
        return np.asarray(shapely.from_wkb(cells, on_invalid="ignore"), dtype=object)
    except NotImplementedError:
        if len(cells) == 1:
            return np.full(1, None, dtype=object)
        return np.concatenate([_read([cell]) for cell in cells])


def _in_degrees(stored: np.ndarray) -> np.ndarray:
    moved = np.full(len(stored), None, dtype=object)
    systems = shapely.get_srid(stored)
    for system in {int(one) for one in systems} - {_NO_SYSTEM, -1}:
        chosen = systems == system
        try:
            moved[chosen] = reproject(stored[chosen], system, WGS84)
        except ProjError:  # An SRID of the visitor's own ST_SetSRID that does not exist.
            continue
    ends = shapely.bounds(moved)
    moved[~np.isfinite(ends).all(axis=1)] = None
    return moved


def _feature(geometry: BaseGeometry | None, properties: dict[str, Any]) -> dict[str, Any]:
    shape = None if geometry is None else _rounded(json.loads(shapely.to_geojson(geometry)))
    return {"type": "Feature", "geometry": shape, "properties": properties}


def _rounded(part: Any) -> Any:
    if isinstance(part, list):
        return [_rounded(one) for one in part]
    if isinstance(part, dict):
        return {name: _rounded(one) for name, one in part.items()}
    return round(part, _DECIMALS) if isinstance(part, float) else part


def _summary(geometry: BaseGeometry) -> dict[str, Any]:
    return {"geometry": geometry.geom_type.upper(), "points": int(shapely.get_num_coordinates(geometry))}


def _value(type_: str, cell: str | None) -> Any:
    """A cell as a JSON value. Numbers that JSON readers would round or cannot represent stay text."""
    if cell is None:
        return None
    if type_ == "boolean":
        return cell == "true"
    if type_ == "whole":
        number = int(cell)
        return number if abs(number) <= 2**53 else cell
    if type_ == "number":
        value = float(cell)
        return value if np.isfinite(value) and len(cell) <= 24 else cell
    return cell


def _ewkt(cell: str | None) -> str | None:
    """A geometry as EWKT."""
    if cell is None:
        return None
    geometry = _read([cell])[0]
    if geometry is None:
        return cell
    system = int(shapely.get_srid(geometry))
    text = shapely.to_wkt(geometry, rounding_precision=8)
    return f"SRID={system};{text}" if system else text
