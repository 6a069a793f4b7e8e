"""The WFS view: layers of the visitor, limits of a request, exception reports."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from gisserver.exceptions import InvalidParameterValue
from gisserver.features import FeatureType, ServiceDescription
from gisserver.operations import wfs20
from gisserver.operations.base import OutputFormat
from gisserver.views import WFSView

from geoportal.accounts.gate import for_people
from geoportal.accounts.rights import access_of
from geoportal.api.wfs.feature_types import LayerType
from geoportal.api.wfs.limits import within_limits
from geoportal.api.wfs.refusals import reported
from geoportal.api.wfs.renderers import OURS
from geoportal.wording.examples import copy_words, wfs_examples
from layers.access.rules import servings, visible_kinds
from layers.city import city
from layers.reading.time_limits import in_page_time

NAMESPACE = "urn:geoportal:layers"
QUERIES = 8
"""Most queries of one request; each may return a page."""
_GET_FEATURE = re.compile(rb'<ows:Operation name="GetFeature">.*?(?=</ows:Operation>)', re.DOTALL)
_PAGE_SIZE = (
    b'  <ows:Constraint name="CountDefault"><ows:NoValues/><ows:DefaultValue>%d</ows:DefaultValue></ows:Constraint>\n'
)


class Bounded:
    """Mixin of operations on features: a limited number of queries, our renderers."""

    def get_output_formats(self) -> list[OutputFormat]:
        """The library's formats with our renderers."""
        formats: list[OutputFormat] = super().get_output_formats()  # type: ignore[misc]
        for one in formats:
            one.renderer_class = OURS.get(one.renderer_class, one.renderer_class)
        return formats

    def validate_request(self, ows_request: Any) -> None:
        """Refuse requests with too many queries."""
        held = len(ows_request.queries)
        if held > QUERIES:
            raise InvalidParameterValue(f"A request may hold {QUERIES} queries, not {held}.", locator="typeNames")
        super().validate_request(ows_request)  # type: ignore[misc]


class GetFeature(Bounded, wfs20.GetFeature):
    """Features of a few layers."""


class GetPropertyValue(Bounded, wfs20.GetPropertyValue):
    """Values of one field of a few layers."""


class GetCapabilities(wfs20.GetCapabilities):
    """Capabilities, with the page size also as the constraint CountDefault, which GDAL and QGIS read.

    The library has it only under its name of WFS 1.1; a client that does not know the page size takes the first
    page for the whole layer.
    """

    def render_xml(self, context: dict[str, Any], ows_request: Any) -> HttpResponse:
        """The library's answer with the constraint CountDefault."""
        response: HttpResponse = super().render_xml(context, ows_request)
        size = _PAGE_SIZE % self.view.max_page_size
        response.content = _GET_FEATURE.sub(lambda operation: operation[0] + size, response.content, count=1)
        return response


@method_decorator(csrf_exempt, name="dispatch")
class CityFeatures(WFSView):
    """WFS 2.0 of the layers that the visitor may see. Its POST requests only read."""

    xml_namespace = NAMESPACE
    xml_namespace_aliases = {"city": NAMESPACE}
    max_page_size = settings.WFS_PAGE_FEATURES
    index_template_name = "open_data/wfs.html"
    accept_operations = {
        "WFS": WFSView.accept_operations["WFS"]
        | {"GetCapabilities": GetCapabilities, "GetFeature": GetFeature, "GetPropertyValue": GetPropertyValue}
    }

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Respond within the time limit of a page; errors of the request become exception reports."""
        try:
            within_limits(request)
            with in_page_time():
                response = View.dispatch(self, request, *args, **kwargs)
        except Exception as fault:
            refusal = self.handle_exception(fault)
            if refusal is None:
                raise
            response = refusal
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    def handle_exception(self, exc: Exception) -> HttpResponseBase | None:
        """The exception report of an invalid request; None for an error that the request did not cause."""
        return super().handle_exception(reported(exc))

    def is_index_request(self) -> bool:
        """Whether a person opened the address in a browser."""
        asked = {name.lower() for name in self.request.GET} - {"lang"}
        return not asked and for_people(self.request)

    def get_index_context_data(self, **words: Any) -> dict[str, Any]:
        """The context of the HTML page."""
        base = self.request.build_absolute_uri("/")
        return {
            "title": gettext("Geoportal of the city of %(name)s: WFS") % {"name": city().name},
            "kinds": [one.kind for one in self._layers],
            "examples": wfs_examples(base),
            "configuration": {"language": get_language() or "pl", "words": copy_words()},
        }

    def get_service_description(self, service: str | None = None) -> ServiceDescription:
        """The service's title and abstract, in the requested language."""
        return ServiceDescription(
            title=gettext("Geoportal of the city of %(name)s") % {"name": city().name},
            abstract=gettext("The city's layers as they are now, each with its source and licence in the catalogue."),
            provider_name=str(city().accessibility.owner),
            provider_site=self.request.build_absolute_uri("/"),
        )

    def get_feature_types(self) -> list[FeatureType]:
        """The layers that the visitor may see."""
        return list(self._layers)

    @cached_property
    def _layers(self) -> list[LayerType]:
        access, shown = access_of(self.request), servings()
        return [LayerType(access, kind, shown.get(kind.slug)) for kind in visible_kinds(access)]
