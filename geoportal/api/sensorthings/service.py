"""The service's root, and reading of sets, entities and properties."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from geoportal.accounts.rights import access_of
from geoportal.api.sensorthings.answers import base_of, endpoint, read, record, written
from geoportal.api.sensorthings.writing import added, changed, created_observations, ended
from geoportal.sensorthings.documents import Reader, as_json
from geoportal.sensorthings.entities import ENTITIES, OBSERVATION, written_time
from geoportal.sensorthings.errors import BadOption, UnknownPath
from geoportal.sensorthings.options import read_options
from geoportal.sensorthings.paths import Resource, resource_of
from layers.reading.time_limits import in_page_time

_SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req"
CONFORMANCE = [
    *(
        f"{_SPEC}/datamodel/{one}"
        for one in (
            "thing",
            "location",
            "historical-location",
            "datastream",
            "sensor",
            "observed-property",
            "observation",
            "feature-of-interest",
            "entity-control-information",
        )
    ),
    f"{_SPEC}/resource-path/resource-path-to-entities",
    f"{_SPEC}/request-data",
    *(
        f"{_SPEC}/create-update-delete/{one}"
        for one in (
            "create-entity",
            "link-to-existing-entities",
            "deep-insert",
            "deep-insert-status-code",
            "update-entity",
            "delete-entity",
            "historical-location-auto-creation",
        )
    ),
    f"{_SPEC}/data-array/data-array",
]
"""What the tests show (tests/geoportal/api/sensorthings); batches are in JSON, not the standard's multipart."""
PLAIN = "text/plain; charset=utf-8"


@endpoint("GET")
def versions(request: HttpRequest) -> HttpResponse:
    """The only version."""
    return HttpResponseRedirect(reverse("sta-root"))


@endpoint("GET")
def root(request: HttpRequest) -> HttpResponse:
    """The sets of entities and what of the standard holds (18-088, 9.2.1)."""
    base = base_of(request)
    sets = [{"name": one.plural, "url": f"{base}/{one.plural}"} for one in ENTITIES]
    return read(request, {"value": sets, "serverSettings": {"conformance": CONFORMANCE}})


@endpoint("GET", "POST", "PATCH", "PUT", "DELETE")
def resource(request: HttpRequest, path: str) -> HttpResponse:
    """A set, an entity, a property, or links to them."""
    if request.method == "POST":
        return added(request, path)
    if request.method in ("PATCH", "PUT"):
        return changed(request, path)
    if request.method == "DELETE":
        return ended(request, path)
    with in_page_time():
        found = resource_of(path, access_of(request))
        record(access_of(request))
        if found.raw:
            return _raw(_document(request, found)[found.name])
        document = _document(request, found)
    if not found.one and found.entity == OBSERVATION:
        return written(document)  # every page changes: a validator of it would cost more than it saves
    return read(request, document)


@endpoint("POST")
def create_observations(request: HttpRequest) -> HttpResponse:
    """Observations of several datastreams at once."""
    return created_observations(request)


def _document(request: HttpRequest, found: Resource) -> Any:
    reader = Reader(access_of(request), base_of(request))
    query = request.META.get("QUERY_STRING", "").encode("latin-1").decode("utf-8", "replace")  # as WSGI gives bytes
    options = read_options(query, found.entity, one=found.one)
    if found.name:
        if options.pairs:
            raise BadOption("A property takes no options.")
        name = "@iot.id" if found.name == "id" else found.name
        document = reader.one(found, type(options)(select=(name,)))
        if name not in document:
            raise UnknownPath(f"{found.path} has no value.")
        return {found.name: document[name]}
    if found.ref:
        return reader.references(found, options)
    return reader.one(found, options) if found.one else reader.set(found, options)


def _raw(value: Any) -> HttpResponse:
    """A value alone: texts as they are, anything else as JSON."""
    text = written_time(value) if isinstance(value, datetime) else value
    body = text.encode() if isinstance(text, str) else as_json(text)
    return HttpResponse(body, content_type=PLAIN)
