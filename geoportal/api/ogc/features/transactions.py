"""OGC API Features Part 4: create, replace, update and end features; each change is a run of its own.

The views of items call `changed` for POST, PUT, PATCH and DELETE. Every change of an existing feature must name its
version (the ETag of the item) in If-Match: 428 without it, 412 where the feature has changed since.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from shapely.geometry.base import BaseGeometry

from geoportal.accounts.rights import may_edit, visible_kind
from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.api.errors import answer, problem
from geoportal.api.ogc.answers import GEOJSON, JSON
from geoportal.api.ogc.schemas import Described, in_path, refusals
from geoportal.http.errors import BadQuery, VersionWanted
from geoportal.http.faults import status_of
from geoportal.http.posted import NULL, Types, posted
from geoportal.wording.features import entity_tag, version_of
from layers.access.rules import fields_for, record_read
from layers.crs import CRS84, System, reproject, storage_srid, system_named, systems
from layers.errors import BadGeoJSON, BadGeometry, DraftRefused, EditConflict, NotEditable, UnknownFeature
from layers.geojson import STORED, geometry_of
from layers.reading.pages import RECORDED
from layers.schema.feature import CityFeature
from layers.schema.kind import LayerKind
from layers.store.drafts import refuse_uneditable, with_stored_vertices
from layers.store.edits import Edit, Editor, change_feature, create_feature, end_feature

MOST_BYTES = 2_000_000
"""Most bytes of a body; a district with all vertices has less than a megabyte."""
MERGE_PATCH = "application/merge-patch+json"
BODIES = {"POST": (GEOJSON, JSON), "PUT": (GEOJSON, JSON), "PATCH": (MERGE_PATCH, GEOJSON, JSON)}
FEATURE: dict[str, Types] = {"type": (str,), "geometry": (dict, NULL), "properties": (dict, NULL)}
READING = ("GET", "HEAD", "OPTIONS")
REACH_M = {True: 0.02, False: 0.002}
"""Distance in metres within which a vertex equals a stored one, by whether it was given in degrees."""
_MEMBERS = {"type", "id", "geometry", "properties", "links", "bbox"}


def allowed_methods(request: HttpRequest, kind: LayerKind, *, item: bool) -> tuple[str, ...]:
    """The methods that the visitor may use on a layer's items, or on one item, for OPTIONS and Allow."""
    if not may_edit(request, kind):
        return READING
    return (*READING, "PUT", "PATCH", "DELETE") if item else (*READING, "POST")


def allowed_on_items(request: HttpRequest, layer: str) -> tuple[str, ...]:
    """The methods that the visitor may use on the items of a layer."""
    return allowed_methods(request, visible_kind(request, layer), item=False)


def allowed_on_item(request: HttpRequest, layer: str, key: str) -> tuple[str, ...]:
    """The methods that the visitor may use on an item of a layer."""
    return allowed_methods(request, visible_kind(request, layer), item=True)


def changed(request: HttpRequest, kind: LayerKind, feature_id: UUID | None = None) -> HttpResponse:
    """The response to POST on the items of a layer, or to PUT, PATCH or DELETE on one of them."""
    visitor = visitor_of(request)
    if not visitor.can("edit"):
        return _refused(visitor)
    record_read(kind)
    try:
        refuse_uneditable(kind)
        if feature_id is None:
            return _added(request, kind, visitor)
        return _done(request, kind, feature_id, visitor)
    except DraftRefused as fault:
        return _faults_response(fault)
    except NotEditable as fault:
        response = answer(fault)
        response["Allow"] = ", ".join(READING)
        return response


def _refused(visitor: Visitor) -> JsonResponse:
    if visitor.user is not None:
        return problem(403, "Changing features needs the right to edit; a token needs the scope “edit”.")
    response = problem(401, "Changing features needs an account: send a token in the Authorization header.")
    response["WWW-Authenticate"] = 'Bearer realm="geoportal"'
    return response


def _faults_response(fault: DraftRefused) -> JsonResponse:
    """The error response with the faults of a feature by property."""
    errors = [{"name": one.field, "reason": one.reason, "detail": one.message} for one in fault.faults]
    status = status_of(fault)
    body = {"type": "about:blank", "status": status, "detail": str(fault), "errors": errors}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _added(request: HttpRequest, kind: LayerKind, visitor: Visitor) -> HttpResponse:
    body = _body(request)
    edit = create_feature(kind, _properties(body), _geometry(request, body), _editor(visitor, kind))
    response = HttpResponse(status=201)
    path = f"{reverse('ogc-landing').rstrip('/')}/collections/{kind.slug}/items/{edit.feature_id}"
    response["Location"] = request.build_absolute_uri(path)
    return _versioned(response, edit, visitor)


def _done(request: HttpRequest, kind: LayerKind, feature_id: UUID, visitor: Visitor) -> HttpResponse:
    row = kind.model._default_manager.filter(feature_id=feature_id, recorded_to__isnull=True).first()
    if row is None:
        raise UnknownFeature(f"Layer {kind.slug} has no feature {feature_id}.")
    assert isinstance(row, CityFeature)
    version, editor = _expected(request, row), _editor(visitor, kind)
    if request.method == "DELETE":
        edit = end_feature(kind, feature_id, editor, expected_version=version)
        return _versioned(HttpResponse(status=204), edit, visitor)
    body = _body(request)
    values, shape = dict(_properties(body)), _geometry(request, body, row)
    if request.method == "PUT":
        values = dict.fromkeys(field.name for field in fields_for(visitor.access, kind)) | values
        shape = shapely.GeometryCollection() if shape is None else shape
    elif "geometry" in body and shape is None:
        raise BadGeometry("A feature of this layer cannot be without its geometry.")
    edit = change_feature(kind, feature_id, values, shape, editor, expected_version=version)
    return _versioned(HttpResponse(status=204), edit, visitor)


def _editor(visitor: Visitor, kind: LayerKind) -> Editor:
    return Editor(visitor.name, fields_for(visitor.access, kind))


def _versioned(response: HttpResponse, edit: Edit, visitor: Visitor) -> HttpResponse:
    if edit.version is not None:
        response["ETag"] = entity_tag(visitor.access, edit.version)
    response["Cache-Control"] = "no-store"
    return response


def _expected(request: HttpRequest, row: CityFeature) -> int:
    """The current version, which If-Match must name. Raises VersionWanted, EditConflict."""
    given = request.headers.get("If-Match", "").strip()
    if not given or given == "*":
        raise VersionWanted('Send the ETag of the item you read in If-Match, for example If-Match: "42".')
    tags = {version_of(tag) for tag in given.split(",")}
    if str(row.version_id) not in tags:
        raise EditConflict(f"The feature changed since it was read; its version is now {row.version_id}.")
    return int(row.version_id)


def _body(request: HttpRequest) -> Mapping[str, Any]:
    """The GeoJSON Feature, or the partial one of PATCH. Raises TooLarge, WrongMedia, BadBody, BadQuery."""
    body = posted(request, FEATURE, most=MOST_BYTES, media=BODIES[request.method or ""])
    if body.get("type", None if request.method != "PATCH" else "Feature") != "Feature":
        raise BadQuery("The body must be one GeoJSON Feature.")
    unknown = sorted(set(body) - _MEMBERS)
    if unknown:
        raise BadQuery(f"A feature has no member “{unknown[0][:60]}”; its fields belong into “properties”.")
    return body


def _properties(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties sent, without the portal's own ones, which clients may send back unchanged."""
    found = body.get("properties", {})
    if found is None and body.get("type") == "Feature":
        return {}
    if not isinstance(found, dict):
        raise BadQuery("“properties” must be an object.")
    return {name: value for name, value in found.items() if name not in RECORDED}


def _geometry(request: HttpRequest, body: Mapping[str, Any], row: Any = None) -> BaseGeometry | None:
    """The geometry sent, in the storage system; vertices that did not move are where they are stored.

    Raises BadGeometry, UnknownSystem.
    """
    given = body.get("geometry")
    if given is None:
        return None
    system = system_named(request.headers.get("Content-Crs", CRS84.uri).strip().strip("<>"))
    try:
        shape = geometry_of(given, STORED)
    except BadGeoJSON as fault:
        if fault.reason in ("vertices", "nesting"):
            raise
        raise BadGeometry("“geometry” is no GeoJSON geometry.") from None
    stored = reproject(np.array([_east_first(shape, system)]), system.srid, storage_srid())[0]
    if row is None or not np.isfinite(shapely.get_coordinates(stored)).all():
        return stored
    return with_stored_vertices(shapely.from_wkb(bytes(row.geom.wkb)), stored, REACH_M[system.in_degrees])


def _east_first(shape: BaseGeometry, system: System) -> BaseGeometry:
    return shapely.transform(shape, lambda xy: xy[:, ::-1]) if system.northing_first else shape


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The OpenAPI operations that change features of the layers that the visitor may see."""
    paths: dict[str, Described] = {}
    for kind in kinds:
        try:
            refuse_uneditable(kind)
        except NotEditable:
            continue
        items = f"/collections/{kind.slug}/items"
        paths[items] = {"post": _operation(kind, "add", {"201": "It was added; Location names it"}, (GEOJSON, JSON))}
        paths[f"{items}/{{featureId}}"] = {
            "put": _operation(kind, "replace", {"204": "It was replaced"}, (GEOJSON, JSON), item=True),
            "patch": _operation(kind, "change", {"204": "It was changed"}, (MERGE_PATCH,), item=True),
            "delete": _operation(kind, "end", {"204": "It was ended"}, (), item=True),
        }
    return paths


def _operation(
    kind: LayerKind, verb: str, done: dict[str, str], bodies: Sequence[str], *, item: bool = False
) -> Described:
    systems_known = [system.uri for system in systems()]
    header = {"in": "header", "schema": {"type": "string"}}
    parameters: list[Described] = []
    if bodies:
        crs = {"name": "Content-Crs", "description": f"One of <{'>, <'.join(systems_known)}>."}
        parameters.append(header | crs)
    if item:
        parameters.append(in_path("featureId", {"type": "string", "format": "uuid"}))
        parameters.append(header | {"name": "If-Match", "description": "The ETag of the item that was read."})
    schema: Described = {"type": "object", "properties": {"properties": {"type": "object"}}}
    body = {"required": True, "content": {one: {"schema": schema} for one in bodies}}
    faults = (400, 401, 403, 404, 409, 413, 415, *((412, 428) if item else ()))
    made: Described = {
        "operationId": f"{verb}_{kind.slug}",
        "summary": f"{verb.capitalize()} a feature of {kind.title.en}",
        "tags": ["Transactions"],
        "security": [{"token": []}],
        "parameters": parameters,
        "responses": {status: {"description": words} for status, words in done.items()}
        | refusals(*faults)
        | {"422": {"description": "A property or the geometry breaks a rule; “errors” names each"}},
    }
    return made | ({"requestBody": body} if bodies else {})
