"""Observations by HTTP: read from their documents, written with the others of a request, answered with their keys."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection
from django.utils.timezone import now

from geoportal.accounts.visitors import Visitor
from geoportal.sensorthings.errors import BadEntity, NotAllowed
from geoportal.sensorthings.given import geometry_in, values_of
from layers.access.publication import stricter
from layers.access.rules import Access, level_of, visible_kinds
from layers.errors import BadObservation
from layers.kinds import kind_of
from layers.observations.daily import writing_today
from layers.observations.documents import ObservationDocument, check_result, columns_of, parse_observation
from layers.observations.feed import number_batches
from layers.observations.models import Datastream, FeatureOfInterest
from layers.observations.writing import MESSAGES, write
from layers.runs.models import Run

_NUMBERS = """
SELECT o.number FROM unnest(%s::int[], %s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY
    AS k(datastream_id, starts_at, ends_at, n)
JOIN layers_observation o USING (datastream_id, starts_at, ends_at)
WHERE o.starts_at BETWEEN %s AND %s ORDER BY k.n
"""
SOURCE = "sensorthings"
MOST_ROWS = 100_000


def add_observations(run: Run, visitor: Visitor, documents: Sequence[Any], links: Mapping[str, int]) -> list[int]:
    """Write observations in the run's transaction; returns their keys, also of those that were stored before.

    `links` are keys from the address. Raises BadEntity where one cannot be stored, and NotAllowed for a datastream
    that the visitor may not add to.
    """
    read = [_read(one) for one in documents]
    streams = _streams(visitor, [links.get("Datastream", one.datastream) for one in read])
    read = [_with_feature(run, visitor, one, links) for one in read]
    try:
        for one, stream in zip(read, streams, strict=True):
            check_result(one, stream)
        arrived = columns_of(read, streams)
    except BadObservation as fault:
        raise BadEntity(str(fault)) from fault
    _use_features(visitor.access, read, streams)
    written = write(run, arrived, each=True)
    for reason in written.refused:
        if reason:
            raise BadEntity(MESSAGES[reason])
    number_batches(run)
    return _numbers(read, streams)


def adding_today(visitor: Visitor, documents: Sequence[Any], links: Mapping[str, int]) -> list[int]:
    """Write observations in today's run of the visitor; returns their keys. Raises BadEntity, NotAllowed."""
    if visitor.limited_streams is None and not visitor.can("sensors"):
        raise NotAllowed("Adding observations needs a token with the scope “sensors”.")
    with writing_today(SOURCE, visitor.name) as writer:
        keys = add_observations(writer.run, visitor, documents, links)
        writer.tally.read += len(documents)
        writer.tally.stored += len(keys)
    return keys


def one_by_one(visitor: Visitor, given: Any) -> list[int | str]:
    """Write the observations of data arrays (18-088, 12.2); returns the key of each, or why it was refused.

    They are written at once; where one is refused, one after the other. Raises BadEntity, NotAllowed.
    """
    documents = [document for part in _parts(given) for document in _documents_of(part)]
    if not documents:
        return []
    try:
        return list(adding_today(visitor, documents, {}))
    except (BadEntity, NotAllowed):
        return [_added_alone(visitor, one) for one in documents]


def _added_alone(visitor: Visitor, document: Any) -> int | str:
    try:
        return adding_today(visitor, [document], {})[0]
    except (BadEntity, NotAllowed) as fault:
        return str(fault)


def _parts(given: Any) -> Sequence[Any]:
    if not isinstance(given, list):
        raise BadEntity("CreateObservations takes a list of data arrays, one a Datastream.")
    return given


def _documents_of(part: Any) -> list[dict[str, Any]]:
    """The observations of a data array as documents. Raises BadEntity."""
    if not isinstance(part, Mapping) or not isinstance(part.get("components"), list):
        raise BadEntity("A data array has Datastream, components and dataArray.")
    names, rows = part["components"], part.get("dataArray")
    if not isinstance(rows, list) or len(rows) > MOST_ROWS or not all(isinstance(name, str) for name in names):
        raise BadEntity(f"components are names, and dataArray is a list of at most {MOST_ROWS} lists of values.")
    documents = []
    for row in rows:
        if not isinstance(row, list) or len(row) != len(names):
            raise BadEntity(f"A row of dataArray has not the {len(names)} values that components names.")
        document = dict(zip(names, row, strict=True)) | {"Datastream": part.get("Datastream")}
        if "FeatureOfInterest/id" in document:
            document["FeatureOfInterest"] = {"@iot.id": document.pop("FeatureOfInterest/id")}
        documents.append(document)
    return documents


def _read(document: Any) -> ObservationDocument:
    try:
        return parse_observation(document, received=now())
    except BadObservation as fault:
        raise BadEntity(str(fault)) from fault


def _streams(visitor: Visitor, keys: Sequence[int | None]) -> list[Datastream]:
    """The datastreams of these keys, to which the visitor may add. Raises BadEntity, NotAllowed."""
    rows = Datastream.objects.filter(pk__in=[key for key in keys if key is not None], ended_by=None)
    found = {one.pk: one for one in rows.select_related("thing").filter(thing__ended_by=None)}
    for key in keys:
        if key is None:
            raise BadEntity('Datastream is missing; refer to one by {"@iot.id": 1}.')
        if not visitor.may_add_to(key):
            raise NotAllowed(f"This token may not add observations to Datastream {key}.")
        if key not in found:
            raise BadEntity(f"There is no Datastream {key}.")
    return [found[key] for key in keys if key is not None]


def _with_feature(
    run: Run, visitor: Visitor, document: ObservationDocument, links: Mapping[str, int]
) -> ObservationDocument:
    """The document with its feature of interest by key; one that it has inside is stored."""
    if "FeatureOfInterest" in links:
        return replace(document, feature_of_interest={"@iot.id": links["FeatureOfInterest"]})
    if document.feature_of_interest is None or document.feature_key is not None:
        return document
    if not visitor.can("sensors"):
        raise NotAllowed("The token of a device only adds observations; refer to a stored FeatureOfInterest.")
    values = values_of("FeatureOfInterest", document.feature_of_interest, {}, whole=True)
    return replace(document, feature_of_interest={"@iot.id": store_feature(run, values).pk})


def store_feature(run: Run, values: Mapping[str, Any]) -> FeatureOfInterest:
    """Store a feature of interest, given by its columns. Raises BadEntity."""
    geom = geometry_in(values["encoding_type"], "feature", values["feature"])
    return FeatureOfInterest.objects.create(geom=geom, created_by=run, **values)


def _use_features(access: Access, documents: Sequence[ObservationDocument], streams: Sequence[Datastream]) -> None:
    """Give features of interest the strictest layer of the Things whose observations are about them."""
    used: dict[int, set[str]] = {}
    for one, stream in zip(documents, streams, strict=True):
        if one.feature_key is not None:
            used.setdefault(one.feature_key, set()).add(stream.thing.kind)
    seen = ["", *(kind.slug for kind in visible_kinds(access))]
    found = FeatureOfInterest.objects.filter(ended_by=None, kind__in=seen).in_bulk(list(used))
    for key, kinds in used.items():
        feature = found.get(key)
        if feature is None:
            raise BadEntity(f"There is no FeatureOfInterest {key}.")
        strictest = feature.kind
        for kind in kinds:
            if not strictest or stricter(_level(strictest), _level(kind)) != _level(strictest):
                strictest = kind
        if strictest != feature.kind:
            FeatureOfInterest.objects.filter(pk=key).update(kind=strictest)


def _level(kind: str) -> str:
    return level_of(kind_of(kind))


def _numbers(documents: Sequence[ObservationDocument], streams: Sequence[Datastream]) -> list[int]:
    starts = [one.starts for one in documents]
    keys: list[Any] = [[one.pk for one in streams], starts, [one.ends for one in documents], min(starts), max(starts)]
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, keys)
        return [number for (number,) in cursor.fetchall()]
