"""The library's renderers, adapted to XML's allowed characters and to the GeoJSON standard."""

from typing import Any

from gisserver.crs import CRS84
from gisserver.operations.base import WFSOperation
from gisserver.output import DBGeoJsonRenderer, DBGML32Renderer, DBGML32ValueRenderer, FeatureCollection
from gisserver.projection import FeatureProjection
from gisserver.types import XsdElement

from geoportal.api.wfs.refusals import fit_for_xml


class FitForXml:
    """Replaces characters in features' texts that XML does not allow."""

    def write_xml_field(
        self, projection: FeatureProjection, xsd_element: XsdElement, value: Any, extra_xmlns: str = ""
    ) -> None:
        """Write the value of a field."""
        fit = fit_for_xml(value) if isinstance(value, str) else value
        super().write_xml_field(projection, xsd_element, fit, extra_xmlns)  # type: ignore[misc]


class Gml(FitForXml, DBGML32Renderer):
    """Features in GML 3.2."""


class GmlValues(FitForXml, DBGML32ValueRenderer):
    """Values of one field in GML 3.2."""


class LonLatGeoJson(DBGeoJsonRenderer):
    """GeoJSON in longitude and latitude, as its standard requires, unless another CRS is requested."""

    def __init__(self, operation: WFSOperation, collection: FeatureCollection) -> None:
        for part in collection.results:
            if getattr(part.source_query, "srsName", None) is None:
                part.projection.output_crs = CRS84
        super().__init__(operation, collection)


OURS = {DBGML32Renderer: Gml, DBGML32ValueRenderer: GmlValues, DBGeoJsonRenderer: LonLatGeoJson}
"""Our renderers by those of the library that they replace."""
