"""How features are written: the library's renderers, with what our data and GeoJSON's standard ask for."""

from typing import Any

from gisserver.crs import CRS84
from gisserver.operations.base import WFSOperation
from gisserver.output import DBGeoJsonRenderer, DBGML32Renderer, DBGML32ValueRenderer, FeatureCollection
from gisserver.projection import FeatureProjection
from gisserver.types import XsdElement

from geoportal.api.wfs.refusals import fit_for_xml


class FitForXml:
    """Texts of features without the characters that no XML can hold."""

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
    """GeoJSON in longitude and latitude, as its standard has it, unless another system is asked for."""

    def __init__(self, operation: WFSOperation, collection: FeatureCollection) -> None:
        for part in collection.results:
            if getattr(part.source_query, "srsName", None) is None:
                part.projection.output_crs = CRS84
        super().__init__(operation, collection)


OURS = {DBGML32Renderer: Gml, DBGML32ValueRenderer: GmlValues, DBGeoJsonRenderer: LonLatGeoJson}
"""Which of ours stands for which of the library's."""
