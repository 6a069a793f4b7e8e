"""The configuration that the edit form gives its map (static/js/editing/map.js): base map, layer, stored shape.

The map page has its own configuration in `geoportal.web.map.page`, which this one extends.
"""

import json
from collections.abc import Sequence
from typing import Any

import shapely

from geoportal.accounts.visitors import Visitor
from geoportal.web.editing.form import Input
from geoportal.web.editing.words import edit_words
from geoportal.web.map.page import configuration
from geoportal.wording.features import whereabouts
from geoportal.wording.written_geometry import in_degrees
from layers.access.rules import visible_kinds
from layers.city import city
from layers.schema.kind import LayerKind

FORMS = {"POINT": "point", "LINESTRING": "line", "MULTILINESTRING": "line", "MULTIPOLYGON": "polygon"}


def map_configuration(
    visitor: Visitor, kind: LayerKind, row: Any, text: str, inputs: Sequence[Input]
) -> dict[str, Any]:
    """The page's configuration; `text` is the stored shape, `inputs` are the stored values, as in the form."""
    kinds = tuple(one for one in visible_kinds(visitor.access) if one.basemap or one is kind)
    configured = configuration(city(), kinds)
    stored = None
    if row is not None:
        stored = json.loads(shapely.to_geojson(in_degrees(shapely.from_wkb(bytes(row.geom.wkb)))))
    configured["edit"] = {
        "account": visitor.name,
        "layer": kind.slug,
        "feature": str(row.feature_id) if row is not None else None,
        "version": row.version_id if row is not None else None,
        "form": FORMS[kind.shape],
        "many": kind.shape.startswith("MULTI"),
        "geometry": stored,
        "text": text,
        "stored": {one.name: one.text for one in inputs},
        **(whereabouts(row) if row is not None else {"bbox": None, "center": None}),
    }
    configured["words"] |= edit_words()
    return configured
