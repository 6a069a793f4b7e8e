"""`$batch` in JSON (OData JSON Format 4.01, 19; so does FROST): several requests in one, in their order.

Requests of one `atomicityGroup` stand side by side and are stored all or not at all. A later request refers to what
an earlier one created by `$id`: at the beginning of its address, or as an `@iot.id` in its body. A request that
fails does not stop those after it, except those that refer to it or name it in `dependsOn`. The standard's own
multipart batches are not offered.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import groupby
from typing import Any
from urllib.parse import unquote

from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse

from geoportal.accounts.visitors import visitor_of
from geoportal.api.sensorthings.answers import JSON, base_of, endpoint, problem, written
from geoportal.api.sensorthings.writing import body_of
from geoportal.http.errors import TooLarge
from geoportal.http.faults import status_of
from geoportal.sensorthings.documents import as_json
from geoportal.sensorthings.errors import BadEntity
from layers.errors import LayersError, TooSlow

MOST_REQUESTS = 1000
MOST_OF_NOBODY, MOST_BYTES_OF_NOBODY = 20, 65_536
SECONDS = 20.0
"""For a whole batch; requests that are not begun by then are answered with 503."""
DEEPEST_BODY = 32
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
HEADERS = {"if-match": "HTTP_IF_MATCH", "if-none-match": "HTTP_IF_NONE_MATCH", "content-type": "CONTENT_TYPE"}
"""Headers that a request in a batch may have; the others are those of the batch."""
NESTED = ("sta-resource", "sta-root", "sta-create-observations")
FAILED_DEPENDENCY = 424
_KEY = re.compile(r"\(([0-9]+)\)$")
_FIRST = re.compile(r"\$([^/?]+)")


@dataclass(frozen=True)
class Part:
    """One request of a batch."""

    id: str
    group: str
    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()


class _NotMade(Exception):
    """A request is not made, because of an earlier one."""


class _Undone(Exception):
    """A group is not stored."""


@endpoint("POST")
def batch(request: HttpRequest) -> HttpResponse:
    """The responses to the requests, in their order."""
    nobody = visitor_of(request).user is None
    if nobody and int(request.META.get("CONTENT_LENGTH") or MOST_BYTES_OF_NOBODY + 1) > MOST_BYTES_OF_NOBODY:
        raise TooLarge(f"Without an account a batch has at most {MOST_BYTES_OF_NOBODY} bytes; send a token.")
    parts = _parts(body_of(request))
    if nobody and len(parts) > MOST_OF_NOBODY:
        raise BadEntity(f"Without an account a batch has at most {MOST_OF_NOBODY} requests; send a token.")
    made = _Batch(request)
    for group, members in groupby(parts, key=lambda one: one.group):
        if group:
            made.run_group(list(members))
        else:
            for one in members:
                made.run(one)
    return written({"responses": [made.answers[one.id] for one in parts]})


class _Batch:
    """The responses so far, by the ids of their requests."""

    def __init__(self, request: HttpRequest) -> None:
        self.request, self.base = request, base_of(request)
        self.answers: dict[str, dict[str, Any]] = {}
        self.failed: set[str] = set()
        self._end = time.monotonic() + SECONDS

    def run(self, part: Part) -> bool:
        """Make a request; returns whether it succeeded."""
        try:
            if time.monotonic() > self._end:
                raise TooSlow(f"The batch took longer than {SECONDS:.0f} seconds; send the rest again.")
            answer = self._made(part)
        except _NotMade as fault:
            answer = problem(FAILED_DEPENDENCY, str(fault))
        except LayersError as fault:
            answer = problem(status_of(fault), str(fault))
        self.answers[part.id] = _written(part.id, answer)
        if answer.status_code >= 400:
            self.failed |= {part.id, part.group} - {""}
        return answer.status_code < 400

    def run_group(self, parts: Sequence[Part]) -> None:
        """Make the requests of a group, all or none."""
        try:
            with transaction.atomic():
                for one in parts:
                    if not self.run(one):
                        raise _Undone(one.id)
        except _Undone as fault:
            text = f"Not stored, because request {fault} of the same atomicityGroup failed."
            for one in parts:
                if one.id != str(fault):
                    self.answers[one.id] = _written(one.id, problem(FAILED_DEPENDENCY, text))
                self.failed.add(one.id)

    def _made(self, part: Part) -> HttpResponse:
        for one in part.depends_on:
            if one in self.failed or one not in {*self.answers, *self.failed}:
                raise _NotMade(f"Request {one}, on which this one depends, did not succeed before it.")
        path, query = self._address(part.url)
        body = b"" if part.body is None else as_json(self._with_keys(part.body))
        inner = self._inner(part, path, query, body)
        try:
            found = resolve(inner.path_info)
        except Resolver404:
            found = None
        if found is None or found.url_name not in NESTED:
            raise BadEntity(f"“{part.url[:80]}” is no address of this service.")
        view: Callable[..., HttpResponse] = found.func
        return view(inner, *found.args, **found.kwargs)

    def _inner(self, part: Part, path: str, query: str, body: bytes) -> WSGIRequest:
        named = {name: value for name, value in self.request.META.items() if name not in HEADERS.values()}
        named |= {HEADERS[name]: value for name, value in part.headers.items()}
        named |= {
            "REQUEST_METHOD": part.method,
            "PATH_INFO": unquote(path).encode().decode("latin-1"),
            "QUERY_STRING": query.encode().decode("latin-1"),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
        named.setdefault("CONTENT_TYPE", JSON)
        inner = WSGIRequest(named)
        inner.visitor = visitor_of(self.request)  # type: ignore[attr-defined]
        inner._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # the batch itself was checked
        return inner

    def _address(self, url: str) -> tuple[str, str]:
        """Path and query string of a request: relative to the root, or absolute. Raises BadEntity, _NotMade."""
        if found := _FIRST.match(url):
            url = f"{self._location(found[1])}{url[found.end() :]}"
        root = reverse("sta-root").rstrip("/")
        for before in (self.base, root):
            url = url.removeprefix(f"{before}/")
        path, _, query = url.partition("#")[0].partition("?")
        if path.startswith("/") or "://" in path or "\0" in unquote(url):
            raise BadEntity(f"“{url[:80]}” is no address of this service; expected one such as Things(1).")
        return f"{root}/{path}", query

    def _location(self, key: str) -> str:
        """The address that an earlier request created. Raises _NotMade."""
        answer = self.answers.get(key, {})
        if key in self.failed or "location" not in answer:
            raise _NotMade(f"Request {key[:40]}, to which this one refers, created nothing before it.")
        return str(answer["location"]).removeprefix(f"{self.base}/")

    def _with_keys(self, body: Any) -> Any:
        """The body with keys in place of references. Raises _NotMade."""
        if isinstance(body, list):
            return [self._with_keys(one) for one in body]
        if not isinstance(body, Mapping):
            return body
        return {
            name: self._key(value) if name == "@iot.id" and isinstance(value, str) else self._with_keys(value)
            for name, value in body.items()
        }

    def _key(self, value: str) -> Any:
        if not value.startswith("$"):
            return value
        found = _KEY.search(self._location(value[1:]))
        return int(found[1]) if found else value


def _parts(given: Any) -> list[Part]:
    """The requests of a batch. Raises BadEntity."""
    requests = given.get("requests") if isinstance(given, Mapping) else None
    if not isinstance(requests, list):
        raise BadEntity('A batch is an object {"requests": [...]}.')
    if len(requests) > MOST_REQUESTS:
        raise BadEntity(f"The batch has {len(requests)} requests; at most {MOST_REQUESTS} are made.")
    parts = [_part(one) for one in requests]
    ids = [one.id for one in parts]
    groups = [name for name, _ in groupby(parts, key=lambda one: one.group) if name]
    if len(ids) != len(set(ids)) or set(ids) & set(groups):
        raise BadEntity("Each request has an id of its own, which is not the name of a group.")
    if len(groups) != len(set(groups)):
        raise BadEntity("The requests of an atomicityGroup stand side by side.")
    return parts


def _part(given: Any) -> Part:
    if not isinstance(given, Mapping):
        raise BadEntity("A request of a batch is an object with id, method and url.")
    texts = {name: given.get(name, "") for name in ("id", "atomicityGroup", "method", "url")}
    for name, value in texts.items():
        if not isinstance(value, str) or (name != "atomicityGroup" and not value):
            raise BadEntity(f"{name} of a request is {str(value)[:40] or 'missing'}; expected a text.")
    method = texts["method"].upper()
    if method not in METHODS:
        raise BadEntity(f"The method is “{method[:20]}”; expected one of {', '.join(METHODS)}.")
    headers, depends_on = given.get("headers") or {}, given.get("dependsOn") or []
    if not isinstance(headers, Mapping) or not all(_is_header(one) for one in headers.values()):
        raise BadEntity("headers of a request are an object of printable texts.")
    if _depth(given.get("body")) > DEEPEST_BODY:
        raise BadEntity(f"The body of a request is nested more than {DEEPEST_BODY} deep.")
    if not isinstance(depends_on, list) or not all(isinstance(one, str) for one in depends_on):
        raise BadEntity("dependsOn is a list of ids.")
    known = {name.lower(): value for name, value in headers.items() if name.lower() in HEADERS}
    return Part(
        texts["id"], texts["atomicityGroup"], method, texts["url"], given.get("body"), known, tuple(depends_on)
    )


def _is_header(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _depth(value: Any) -> int:
    """How deep arrays and objects are nested; counted level by level, as recursion has an end."""
    level, depth = [value], 0
    while level := [one for one in level if isinstance(one, list | Mapping)]:
        depth += 1
        if depth > DEEPEST_BODY:
            break
        level = [inner for one in level for inner in (one.values() if isinstance(one, Mapping) else one)]
    return depth


def _written(key: str, answer: HttpResponse) -> dict[str, Any]:
    made: dict[str, Any] = {"id": key, "status": answer.status_code}
    headers = {name: answer[name] for name in ("Location", "ETag", "Content-Type") if name in answer}
    if "Location" in answer:
        made["location"] = answer["Location"]
    if answer.content:
        is_json = answer["Content-Type"].startswith(JSON)
        made["body"] = json.loads(answer.content) if is_json else answer.content.decode()
    return made | {"headers": {name.lower(): value for name, value in headers.items()}}
