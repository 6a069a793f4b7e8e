"""Observations by HTTP: read from their documents, written with the others of a request, answered with their keys."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection
from django.utils.timezone import now

from geoportal.accounts.visitors import Visitor
from geoportal.sensorthings.errors import BadEntity, NotAllowed
from geoportal.sensorthings.given import geometry_in, values_of
from layers.access.rules import Access, may_see, visible_kinds
from layers.errors import BadObservation, LayersError
from layers.kinds import kind_of
from layers.observations.daily import writing_today
from layers.observations.documents import (
    DEVICE_REMEMBERS,
    ObservationDocument,
    check_result,
    columns_of,
    parse_observation,
)
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


Results = list[int | LayersError]
"""For each observation its key, or why it was refused."""


def add_observations(run: Run, visitor: Visitor, documents: Sequence[Any], links: Mapping[str, int]) -> list[int]:
    """Write observations in the run's transaction; returns their keys, also of those that were stored before.

    `links` are keys from the address. Raises BadEntity where one cannot be stored, and NotAllowed for a datastream
    that the visitor may not add to.
    """
    keys = []
    for one in add_each(run, visitor, documents, links):
        if isinstance(one, LayersError):
            raise one
        keys.append(one)
    return keys


def add_each(run: Run, visitor: Visitor, documents: Sequence[Any], links: Mapping[str, int]) -> Results:
    """Write in the run's transaction those observations that can be stored, all at once."""
    results: list[Any] = [None] * len(documents)
    read: dict[int, ObservationDocument] = {}
    for at, one in enumerate(documents):
        try:
            read[at] = _read(one)
        except BadEntity as fault:
            results[at] = fault
    streams = _streams({links.get("Datastream", one.datastream) for one in read.values()})
    seen = _features(visitor.access, read.values(), links)
    good: dict[int, tuple[ObservationDocument, Datastream]] = {}
    for at, one in read.items():
        try:
            stream = _stream(visitor, links.get("Datastream", one.datastream), streams)
            check_result(one, stream)
            _refuse_long_ago(visitor, one)
            made = _with_feature(run, visitor, one, links, seen, stream.thing.kind)
            _take_feature(made, stream, seen, manages=visitor.can("sensors"))
            good[at] = made, stream
        except (BadEntity, NotAllowed) as fault:
            results[at] = fault
        except BadObservation as fault:
            results[at] = BadEntity(str(fault))
    _write(run, good, results)
    return results


def _write(
    run: Run,
    good: Mapping[int, tuple[ObservationDocument, Datastream]],
    results: list[Any],
) -> None:
    """Write observations, and put their keys or faults at their places into `results`."""
    if not good:
        return
    documents, streams = [one for one, _ in good.values()], [stream for _, stream in good.values()]
    written = write(run, columns_of(documents, streams), each=True)
    number_batches(run)
    stored = []
    for at, reason in zip(good, written.refused, strict=True):
        if reason:
            results[at] = BadEntity(MESSAGES[reason])
        else:
            stored.append(at)
    if stored:
        numbers = _numbers([good[at][0] for at in stored], [good[at][1] for at in stored])
        for at, number in zip(stored, numbers, strict=True):
            results[at] = number


def adding_today(visitor: Visitor, documents: Sequence[Any], links: Mapping[str, int]) -> list[int]:
    """Write observations in today's run of the visitor; returns their keys. Raises BadEntity, NotAllowed."""
    _refuse_others(visitor)
    with writing_today(SOURCE, visitor.name) as writer:
        keys = add_observations(writer.run, visitor, documents, links)
        writer.tally.read += len(documents)
        writer.tally.stored += len(keys)
    return keys


def one_by_one(visitor: Visitor, given: Any) -> Results:
    """Write the observations of data arrays (18-088, 12.2) that can be stored, in today's run of the visitor.

    Raises BadEntity, NotAllowed.
    """
    _refuse_others(visitor)
    documents = [document for part in _parts(given) for document in _documents_of(part)]
    if not documents:
        return []
    if len(documents) > MOST_ROWS:
        raise BadEntity(f"CreateObservations has {len(documents)} observations; at most {MOST_ROWS} are read.")
    with writing_today(SOURCE, visitor.name) as writer:
        results = add_each(writer.run, visitor, documents, {})
        writer.tally.read += len(documents)
        writer.tally.stored += sum(isinstance(one, int) for one in results)
    return results


def _refuse_others(visitor: Visitor) -> None:
    if visitor.limited_streams is None and not visitor.can("sensors"):
        raise NotAllowed("Adding observations needs a token with the scope “sensors”.")


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


def _streams(keys: Collection[int | None]) -> Mapping[int, Datastream]:
    """The datastreams of these keys, locked in their order, so that nobody ends one meanwhile."""
    rows = Datastream.objects.filter(pk__in=sorted(key for key in keys if key is not None), ended_by=None)
    rows = rows.filter(thing__ended_by=None).select_related("thing").order_by("pk")
    return {one.pk: one for one in rows.select_for_update(no_key=True, of=("self",))}


def _stream(visitor: Visitor, key: int | None, found: Mapping[int, Datastream]) -> Datastream:
    """A datastream to which the visitor may add. Raises BadEntity, NotAllowed."""
    if key is None:
        raise BadEntity('Datastream is missing; refer to one by {"@iot.id": 1}.')
    if not visitor.may_add_to(key):
        raise NotAllowed(f"This token may not add observations to Datastream {key}.")
    stream = found.get(key)
    own = visitor.limited_streams is not None
    if stream is None or not (own or may_see(visitor.access, kind_of(stream.thing.kind))):
        raise BadEntity(f"There is no Datastream {key}.")
    return stream


def _refuse_long_ago(visitor: Visitor, document: ObservationDocument) -> None:
    """Refuse what a device sends of a time long ago: each month needs a table of its own. Raises BadEntity."""
    if visitor.limited_streams is not None and document.starts < now() - DEVICE_REMEMBERS:
        raise BadEntity(f"A device adds observations of the last {DEVICE_REMEMBERS.days} days only.")


def _with_feature(
    run: Run,
    visitor: Visitor,
    document: ObservationDocument,
    links: Mapping[str, int],
    seen: Mapping[int, FeatureOfInterest],
    kind: str,
) -> ObservationDocument:
    """The document with its feature of interest by key; one that it has inside is stored, as one of the layer `kind`.

    Raises BadEntity, NotAllowed.
    """
    key = links.get("FeatureOfInterest", document.feature_key)
    if key is not None:
        if key not in seen:
            raise BadEntity(f"There is no FeatureOfInterest {key}.")
        return replace(document, feature_of_interest={"@iot.id": key})
    if document.feature_of_interest is None:
        return document
    if not visitor.can("sensors"):
        raise NotAllowed("The token of a device only adds observations; refer to a stored FeatureOfInterest.")
    values = values_of("FeatureOfInterest", document.feature_of_interest, {}, whole=True)
    return replace(document, feature_of_interest={"@iot.id": store_feature(run, values | {"kind": kind}).pk})


def store_feature(run: Run, values: Mapping[str, Any]) -> FeatureOfInterest:
    """Store a feature of interest, given by its columns. Raises BadEntity."""
    geom = geometry_in(values["encoding_type"], "feature", values["feature"])
    return FeatureOfInterest.objects.create(geom=geom, created_by=run, **values)


def use_feature(access: Access, document: ObservationDocument, stream: Datastream) -> None:
    """Let an observation that is changed be about the feature that it names. Raises BadEntity."""
    seen = _features(access, [document], {})
    if document.feature_key is not None and document.feature_key not in seen:
        raise BadEntity(f"There is no FeatureOfInterest {document.feature_key}.")
    _take_feature(document, stream, seen, manages=True)


def _features(
    access: Access, documents: Iterable[ObservationDocument], links: Mapping[str, int]
) -> Mapping[int, FeatureOfInterest]:
    """The features of interest that are named and that the visitor may use."""
    keys = {links.get("FeatureOfInterest", one.feature_key) for one in documents} - {None}
    seen = ["", *(kind.slug for kind in visible_kinds(access))]
    return FeatureOfInterest.objects.filter(ended_by=None, kind__in=seen).in_bulk(sorted(filter(None, keys)))


def _take_feature(
    document: ObservationDocument, stream: Datastream, seen: Mapping[int, FeatureOfInterest], *, manages: bool
) -> None:
    """Refuse a feature of another layer than the observation's. One that nothing used yet becomes one of this layer,
    where its user manages sensors. Raises BadEntity."""
    key = document.feature_key
    feature = None if key is None else seen.get(key)
    if feature is None or feature.kind == stream.thing.kind:
        return
    if feature.kind or not manages:
        raise BadEntity(f"There is no FeatureOfInterest {key}.")
    feature.kind = stream.thing.kind
    feature.save(update_fields=["kind"])


def _numbers(documents: Sequence[ObservationDocument], streams: Sequence[Datastream]) -> list[int]:
    starts = [one.starts for one in documents]
    keys: list[Any] = [[one.pk for one in streams], starts, [one.ends for one in documents], min(starts), max(starts)]
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, keys)
        return [number for (number,) in cursor.fetchall()]
