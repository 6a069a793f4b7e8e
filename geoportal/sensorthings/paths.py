"""Resource paths (18-088, 9.2): `Things(1)/Datastreams(2)/Observations`, a property, `$value`, `$ref`."""

import re
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, QuerySet

from geoportal.sensorthings.entities import BY_NAME, BY_PLURAL, DATASTREAM, ENTITIES, EntityType
from geoportal.sensorthings.errors import UnknownPath
from layers.access.rules import Access
from layers.observations.partitions import period_of
from layers.observations.selection import is_visible_stream

_SEGMENT = re.compile(r"(\w+)(?:\(([^()]*)\))?")
MOST_SEGMENTS = 10


@dataclass(frozen=True)
class Resource:
    """What a path names: a set (`one` is False) or a single entity, as rows; of the single entity perhaps a property.

    `parent` is the entity and key before the last segment of a set, None where the path has one segment.
    """

    path: str
    entity: EntityType
    rows: QuerySet[Any]
    one: bool
    key: int | None = None
    parent: tuple[EntityType, int, str] | None = None
    name: str = ""
    raw: bool = False
    ref: bool = False


def resource_of(path: str, access: Access) -> Resource:
    """The resource of a path below the service's root. Raises UnknownPath."""
    segments = [one for one in path.split("/") if one]
    ref = bool(segments) and segments[-1] == "$ref"
    raw = bool(segments) and segments[-1] == "$value"
    if ref or raw:
        segments.pop()
    if not 0 < len(segments) <= MOST_SEGMENTS:
        raise UnknownPath(f"There is nothing at “{path[:80]}”.")
    found = _first(segments[0], access)
    for segment in segments[1:]:
        found = _next(found, segment, access)
    if raw and not found.name:
        raise UnknownPath("$value follows a property, as in Things(1)/name/$value.")
    if ref and found.name:
        raise UnknownPath("$ref follows entities, as in Things/$ref.")
    return replace(found, raw=raw, ref=ref)


def _first(segment: str, access: Access) -> Resource:
    name, key = _read(segment)
    entity = BY_PLURAL.get(name)
    if entity is None:
        raise UnknownPath(f"There is no set “{name[:40]}”; there are: {', '.join(one.plural for one in ENTITIES)}.")
    if entity == DATASTREAM and key is not None and (number := _key(key)) is not None:
        return _datastream(name, number, access)
    return _chosen(Resource(name, entity, entity.visible(access), False), key)


def _next(before: Resource, segment: str, access: Access) -> Resource:
    if before.name or not before.one:
        raise UnknownPath(f"Nothing follows {before.path}; name one entity first, as in {before.entity.plural}(1).")
    name, key = _read(segment)
    relation = before.entity.relations.get(name)
    if relation is None:
        return _property(before, segment)
    target = BY_NAME[relation.target]
    path = f"{before.path}/{name}"
    assert before.key is not None
    if relation.back is not None:
        rows = relation.seen(target, access).filter(relation.back(before.key))
        return _chosen(Resource(path, target, rows, False, parent=(before.entity, before.key, name)), key)
    if key is not None:
        raise UnknownPath(f"{path} is a single entity; it takes no key.")
    assert relation.key is not None
    other = before.rows.annotate(other=relation.key(F)).values_list("other", flat=True).first()
    rows = target.visible(access).filter(pk=other)
    if other is None or not rows.exists():
        raise UnknownPath(f"{before.path} has no {name}.")
    return Resource(path, target, rows, True, int(other))


def _property(before: Resource, segment: str) -> Resource:
    if segment in ("id", "@iot.id") or segment in before.entity.properties:
        return replace(before, path=f"{before.path}/{segment}", name=segment)
    there_are = ", ".join(["id", *before.entity.properties, *before.entity.relations])
    raise UnknownPath(f"A {before.entity.name} has no “{segment[:40]}”; there are: {there_are}.")


def _read(segment: str) -> tuple[str, str | None]:
    found = _SEGMENT.fullmatch(segment)
    return (found[1], found[2]) if found else (segment, None)


def _datastream(name: str, key: int, access: Access) -> Resource:
    """The datastream with that key, which is looked for at each page of its observations: see `is_visible_stream`."""
    if not is_visible_stream(access, key):
        raise UnknownPath(f"There is no Datastream {key} here.")
    rows = only(DATASTREAM, DATASTREAM.visible(access), key)
    return Resource(f"{name}({key})", DATASTREAM, rows, True, key)


def _chosen(found: Resource, key: str | None) -> Resource:
    """The set, or the entity of it with that key, which must exist."""
    if key is None:
        return found
    number = _key(key)
    rows = found.rows if number is None else only(found.entity, found.rows, number)
    if number is None or not rows.exists():
        raise UnknownPath(f"There is no {found.entity.name} {key[:40]} here.")
    return Resource(f"{found.path}({number})", found.entity, rows, True, number, found.parent)


def only(entity: EntityType, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
    """The row with that key. An observation is looked up in the month that its number contains, then in all others:
    a correction may have moved it."""
    if entity.name != "Observation":
        return rows.filter(pk=key)
    try:
        start, end = period_of(key)
    except ValueError:
        return rows.none()
    found = rows.filter(number=key, starts_at__gte=start, starts_at__lt=end)
    return found if found.exists() else rows.filter(number=key)


def _key(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
