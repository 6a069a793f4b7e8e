"""`/query/area.json`: polygons of a small file (GeoPackage, KML, zipped Shapefile, GML…), for a spatial question."""

import json
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from analysis.errors import BadQuestion
from analysis.queries.area import MOST_OBJECTS
from geoportal.api.errors import faults_answered
from geoportal.uploads.files import harmless
from ingest.files.layers import layer_of, survey_file
from ingest.mapping.columns import FieldMapping
from ingest.source import Request
from layers.city import city
from layers.crs import WGS84, reproject, storage_srid
from layers.errors import LayersError
from layers.kinds import KINDS

MOST_BYTES = 1_000_000
DECIMALS = 7


@require_POST
@faults_answered
def query_area(request: HttpRequest) -> HttpResponseBase:
    """The polygons of the posted `file` as one GeoJSON geometry (CRS84). A limited child process reads the file."""
    given = request.FILES.get("file")
    if given is None or not given.size:
        raise BadQuestion(gettext("The file is empty."))
    if given.size > MOST_BYTES:
        raise BadQuestion(gettext("The file is larger than 1 MB."))
    with tempfile.TemporaryDirectory(prefix="geoportal-area-") as folder:
        path = Path(folder) / harmless(given.name or "")
        path.write_bytes(given.read())
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        try:
            shapes = _shapes(path, scratch)
        except BadQuestion:
            raise
        except LayersError as fault:
            raise BadQuestion(gettext("The file could not be read: {reason}").format(reason=fault)) from fault
    return JsonResponse(_geometry(shapes), headers={"Cache-Control": "no-store"})


def _shapes(path: Path, scratch: Path) -> list[Any]:
    """The polygons of a file, in the storage CRS. Raises errors of `ingest.errors`, BadQuestion."""
    source = Request(path, {}, city(), scratch, lambda done, total: None)
    survey = survey_file(source)
    layer = layer_of(source, survey, FieldMapping(next(iter(KINDS.values())), ()))
    found = [geometry for _, geometry, _ in islice(layer.rows(), MOST_OBJECTS + 1)]
    if len(found) > MOST_OBJECTS:
        raise BadQuestion(gettext("The file holds more than {n} objects.").format(n=MOST_OBJECTS))
    parts = shapely.get_parts([one for one in found if one is not None])
    areas = [one for one in parts if one.geom_type == "Polygon" and np.isfinite(one.bounds).all()]
    if not areas:
        raise BadQuestion(gettext("The file holds no areas."))
    return areas


def _geometry(areas: list[Any]) -> dict[str, Any]:
    moved = reproject(np.array(areas, dtype=object), storage_srid(), WGS84)
    rounded = shapely.transform(moved, lambda positions: np.round(positions, DECIMALS))
    whole = rounded[0] if len(rounded) == 1 else shapely.MultiPolygon(list(rounded))
    geojson: dict[str, Any] = json.loads(shapely.to_geojson(whole))
    return geojson
