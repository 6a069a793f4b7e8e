"""POST, PATCH, PUT and DELETE on entities, and CreateObservations."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from geoportal.accounts.visitors import Visitor, visitor_of
from geoportal.api.sensorthings.answers import base_of, etag_of, record, written
from geoportal.http.posted import json_body
from geoportal.sensorthings.changes import Changes, changing
from geoportal.sensorthings.corrections import correct
from geoportal.sensorthings.documents import Reader, as_json
from geoportal.sensorthings.ending import end
from geoportal.sensorthings.entities import BY_NAME, EntityType
from geoportal.sensorthings.errors import EntityChanged, NotOffered, Unknown
from geoportal.sensorthings.observations import adding_today, one_by_one
from geoportal.sensorthings.options import Options
from geoportal.sensorthings.paths import Resource, resource_of
from geoportal.sensorthings.updating import update

MOST_BYTES = 20_000_000
OWN_SERIES = re.compile(r"Datastreams\(([0-9]{1,9})\)/Observations")


def added(request: HttpRequest, path: str) -> HttpResponse:
    """The response to POST on a set."""
    visitor, document = _writer(request), body_of(request)
    own = OWN_SERIES.fullmatch(path)
    if own and visitor.limited_streams and int(own[1]) in visitor.limited_streams:
        # a device adds to its datastreams although it may not see them
        key = adding_today(visitor, [document], {"Datastream": int(own[1])})[0]
        return _answer(request, BY_NAME["Observation"], key, 201)
    target = resource_of(path, visitor.access)
    if target.one or target.ref or target.raw:
        raise NotOffered("POST adds to a set, as in Things or Things(1)/Datastreams.")
    links = _links(target)
    if target.entity.name == "Observation":
        key = adding_today(visitor, [document], links)[0]
    else:
        with changing(visitor, f"POST {path}") as changes:
            if target.parent is not None:
                changes.lock(target.parent[0], target.parent[1])
                resource_of(path, visitor.access)
            key = changes.create(target.entity, document, links)
        return _of_run(_answer(request, target.entity, key, 201), changes)
    return _answer(request, target.entity, key, 201)


def changed(request: HttpRequest, path: str) -> HttpResponse:
    """The response to PATCH or PUT on an entity."""
    visitor, document = _writer(request), body_of(request)
    whole = request.method == "PUT"
    _one(visitor, path)  # what is unknown makes no run
    with changing(visitor, f"{request.method} {path}") as changes:
        target, key = _locked(request, changes, path)
        if target.entity.name == "Observation":
            correct(changes, target, document, whole=whole)
        else:
            update(changes, target.entity, key, document, whole=whole)
    return _of_run(_answer(request, target.entity, key, 200), changes)


def ended(request: HttpRequest, path: str) -> HttpResponse:
    """The response to DELETE on an entity."""
    visitor = _writer(request)
    _one(visitor, path)  # what is unknown makes no run
    with changing(visitor, f"DELETE {path}") as changes:
        target, key = _locked(request, changes, path)
        end(changes, target.entity, key)
    return _of_run(HttpResponse(status=200), changes)


def _of_run(response: HttpResponse, changes: Changes) -> HttpResponse:
    """The response with the number of the run, by which the change can be rolled back."""
    response["Geoportal-Run"] = str(changes.run.pk)
    return response


def created_observations(request: HttpRequest) -> HttpResponse:
    """The response to CreateObservations (18-088, 12.2): a link or an error for each observation."""
    visitor, given = _writer(request), body_of(request)
    base = base_of(request)
    results = one_by_one(visitor, given)
    links = [f"{base}/Observations({one})" if isinstance(one, int) else f"error: {one}" for one in results]
    return written(links, 201)


def _locked(request: HttpRequest, changes: Changes, path: str) -> tuple[Resource, int]:
    """The entity of a path and its key, as it is when nobody else changes it. Raises UnknownPath, EntityChanged."""
    target = _one(changes.visitor, path)
    assert target.key is not None
    changes.lock(target.entity, target.key)
    target = _one(changes.visitor, path)
    _refuse_other_version(request, target)
    assert target.key is not None
    return target, target.key


def _writer(request: HttpRequest) -> Visitor:
    visitor = visitor_of(request)
    if visitor.user is None:
        raise Unknown("Changing needs an account: send a token with the scope “sensors” in Authorization.")
    return visitor


def body_of(request: HttpRequest) -> Any:
    """The JSON of a request. Raises WrongMedia, TooLarge, BadBody."""
    return json_body(request, most=MOST_BYTES)


def _links(target: Resource) -> Mapping[str, int]:
    """The entity before the last segment, by the name of its relation back."""
    if target.parent is None:
        return {}
    entity, key, _ = target.parent
    return {entity.name: key}


def _one(visitor: Visitor, path: str) -> Resource:
    target = resource_of(path, visitor.access)
    if not target.one or target.name or target.ref:
        raise NotOffered("Only single entities are changed or ended, as in Things(1).")
    return target


def _refuse_other_version(request: HttpRequest, target: Resource) -> None:
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return
    document = Reader(visitor_of(request).access, base_of(request)).one(target, Options())
    tags = {one.strip().removeprefix("W/") for one in wanted.split(",")}
    if etag_of(as_json(document)) not in tags:
        raise EntityChanged("The entity changed since it was read; read it again.")


def _answer(request: HttpRequest, entity: EntityType, key: int, status: int) -> HttpResponse:
    """The entity as it is now, with its address; without a body where the visitor does not see it."""
    access = visitor_of(request).access
    reader = Reader(access, base_of(request))
    link = reader.link(entity, key)
    document = reader.one_if_seen(entity, key)
    record(access)
    response = HttpResponse(status=status) if document is None else written(document, status)
    if document is not None:
        response["ETag"] = etag_of(response.content)
    response["Location"] = link
    return response
