"""Inspection of an uploaded file: layers, columns and coordinate system, and its first objects for the map."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geoportal.uploads.files import Upload
from geoportal.uploads.proposed_fields import naming_field, proposed_fields
from ingest.files.coordinates import name_of
from ingest.files.layers import Layer, layer_of, survey_file
from ingest.files.survey import Survey
from ingest.mapping.columns import FieldMapping
from ingest.source import Request
from layers.city import city
from layers.crs import WGS84, reproject, storage_srid
from layers.kinds import KINDS
from layers.planner.declarations import SHAPES

LOOKED_AT = 2000
DRAWN = 500
DRAWN_VERTICES = 60_000
SAMPLES = 3
SAMPLE_LENGTH = 60
_FAMILIES = {
    **dict.fromkeys(("Point", "MultiPoint"), "POINT"),
    **dict.fromkeys(("LineString", "MultiLineString", "LinearRing"), "MULTILINESTRING"),
    **dict.fromkeys(("Polygon", "MultiPolygon"), "MULTIPOLYGON"),
}


@contextmanager
def _request(upload: Upload) -> Iterator[Request]:
    with tempfile.TemporaryDirectory(prefix="geoportal-upload-") as scratch:
        yield Request(upload.path, upload.reading, city(), Path(scratch), lambda done, total: None)


def look(upload: Upload) -> dict[str, Any]:
    """Inspect the file with the options `reading`; store and return the result. Raises errors of `ingest.errors`.

    For a file of several layers of which none is chosen the result has only their names.
    """
    upload.forget("look", "shapes", "trial", "differences")
    with _request(upload) as request:
        survey = survey_file(request, several=True)
        if not survey.layer:
            found: dict[str, Any] = {"layers": list(survey.layers), "layer": ""}
            upload.store_result("look", found)
            return found
        layer = layer_of(request, survey, FieldMapping(next(iter(KINDS.values())), ()))
        first = list(islice(layer.rows(), LOOKED_AT))
    found = _found(upload, survey, layer, first)
    upload.store_result("shapes", _drawn(first))
    upload.store_result("look", found)
    return found


def _found(
    upload: Upload, survey: Survey, layer: Layer, first: list[tuple[int, Any, dict[str, Any]]]
) -> dict[str, Any]:
    rows = [row for _, _, row in first]
    fields = proposed_fields(survey.columns, rows)
    placement = layer.placement
    return {
        "layers": list(survey.layers),
        "layer": survey.layer,
        "title": survey.title,
        "format": survey.format,
        "features": survey.features,
        "columns": [
            {"name": one, "samples": _samples(rows, one), "empty": one in survey.empty} for one in survey.columns
        ],
        "unique": list(survey.unique),
        "system": name_of(placement.source),
        "system_found": _how(upload, survey, placement.source),
        "swapped": placement.swap,
        "encoding": survey.encoding,
        "shape": shape_of(geometry for _, geometry, _ in first),
        "missing": sum(geometry is None or geometry.is_empty for _, geometry, _ in first),
        "looked_at": len(first),
        "fields": [
            {"name": one.name, "title": one.title_pl, "type": one.type, "column": one.column} for one in fields
        ],
        "naming": naming_field(fields),
    }


def _how(upload: Upload, survey: Survey, source: int | str) -> str:
    """How the coordinate system was determined: by the user, from the file, or from the coordinates."""
    if upload.reading.get("crs"):
        return "given"
    if survey.crs is None:
        return "inferred"
    by_rule = survey.format == "geojson" and source == WGS84
    stated = not by_rule and survey.format == "geojson" and survey.crs == f"EPSG:{WGS84}"
    return "rule" if by_rule else "inferred" if stated else "stated"


def shape_of(geometries: Any) -> str:
    """The geometry type of most objects, among those that a planner's layer may have."""
    families = Counter(_FAMILIES.get(one.geom_type, "") for one in geometries if one is not None)
    most = next((family for family, _ in families.most_common() if family), "")
    return most or next(iter(SHAPES))


def _samples(rows: list[dict[str, Any]], column: str) -> list[str]:
    seen: dict[str, None] = {}
    for row in rows:
        cell = row.get(column)
        if cell is not None and str(cell).strip():
            text = " ".join(str(cell).split())
            seen[text if len(text) <= SAMPLE_LENGTH else f"{text[: SAMPLE_LENGTH - 1]}…"] = None
        if len(seen) == SAMPLES:
            break
    return list(seen)


def _drawn(first: list[tuple[int, Any, dict[str, Any]]]) -> dict[str, Any]:
    """The first objects as GeoJSON in CRS84, limited to what the map draws at once."""
    chosen: list[tuple[int, Any]] = []
    vertices = 0
    for number, geometry, _ in first[:DRAWN]:
        if geometry is None or geometry.is_empty or not np.isfinite(shapely.get_coordinates(geometry)).all():
            continue
        vertices += shapely.get_num_coordinates(geometry)
        if vertices > DRAWN_VERTICES:
            break
        chosen.append((number, geometry))
    moved = reproject(np.array([geometry for _, geometry in chosen], dtype=object), storage_srid(), WGS84)
    return collection([(geometry, {"row": number}) for (number, _), geometry in zip(chosen, moved, strict=True)])


def collection(features: list[tuple[Any, dict[str, Any]]]) -> dict[str, Any]:
    """A FeatureCollection of Shapely geometries (CRS84) with properties."""
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(geometry))}
            for geometry, properties in features
            if np.isfinite(shapely.get_coordinates(geometry)).all()
        ],
    }
