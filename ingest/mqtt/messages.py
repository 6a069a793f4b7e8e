"""Messages of devices, read into observations of datastreams or refused with a reason."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ingest.mqtt.mapping import DeviceTopic, stored_keys
from ingest.mqtt.payloads import observations_in
from ingest.mqtt.topics import Route, matches, route_of
from layers.access.rules import level_of
from layers.errors import BadObservation
from layers.kinds import KINDS
from layers.observations.documents import (
    DEVICE_REMEMBERS,
    HIGHEST_KEY,
    ObservationDocument,
    check_result,
    parse_observation,
    read_json,
)
from layers.observations.models import Datastream, FeatureOfInterest
from layers.observations.specs import MEASUREMENT

REMEMBERED_SECONDS = 2.0
"""For so long datastreams and rights are used as they were read: as long as the broker takes to learn of a change."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the broker passed it on. `topic` is without the mount point; `retained`: it was sent before."""

    topic: str
    payload: bytes
    received: datetime
    mid: int = 0
    qos: int = 1
    retained: bool = False


class Stream(NamedTuple):
    """A datastream as far as messages are read by it. `kind` is the layer of its Thing."""

    pk: int
    measures: bool
    kind: str


@dataclass(slots=True)
class Read:
    """What was found in a message: observations with their datastreams, or faults; neither where it is ignored.

    `message_id` is what the publisher wants confirmed, `user` the sender where it is known; `key` the datastream that
    topic or message name, whether it is stored or not.
    """

    message: Message
    user: str = ""
    message_id: Any = None
    observations: list[tuple[Stream, ObservationDocument]] = field(default_factory=list)
    faults: list[BadObservation] = field(default_factory=list)
    kind: str = "stations"
    """The layer under which a fault is recorded: its level decides who may see the message."""
    key: int | None = None


class Reader:
    """Reads messages. `may_write(user, key)` is whether a user of the broker may add to a datastream."""

    def __init__(self, devices: Sequence[DeviceTopic], may_write: Callable[[str, int], bool]) -> None:
        self._devices = devices
        self._may_write = may_write
        self._streams: dict[int, Stream | None] = {}
        self._rights: dict[tuple[str, int], bool] = {}
        self._closed_kinds: dict[str, bool] = {}
        self._keys: dict[str, int] = {}
        self._since = float("-inf")

    def read(self, messages: Iterable[Message]) -> list[Read]:
        """Read messages in order. Raises errors of the database only."""
        if time.monotonic() - self._since > REMEMBERED_SECONDS:
            self._streams, self._rights, self._closed_kinds, self._since = {}, {}, {}, time.monotonic()
            self._keys = stored_keys(code for one in self._devices for code in one.codes)
        parsed = [self._parsed(message) for message in messages]
        self._look_up({key for _, found in parsed for key, _ in found} | {one.key for one, _ in parsed if one.key})
        for read, found in parsed:
            if read.key and (stream := self._streams[read.key]):
                read.kind = stream.kind
            for key, document in found:
                try:
                    read.observations.append((self._stream(read, key, document), document))
                except BadObservation as fault:
                    read.faults.append(fault)
        return [read for read, _ in parsed]

    def _parsed(self, message: Message) -> tuple[Read, list[tuple[int, ObservationDocument]]]:
        """The message with what it contains by keys of datastreams, before these are looked up."""
        route = route_of(message.topic)
        read = Read(message, route.user, key=route.key)
        try:
            document = read_json(message.payload)
            read.message_id = _message_id(document)
            if route.sensorthings:
                return read, self._sensorthings(read, route, document)
            return read, self._mapped(read, route, document)
        except BadObservation as fault:
            read.faults.append(fault)
            return read, []

    def _sensorthings(self, read: Read, route: Route, document: Any) -> list[tuple[int, ObservationDocument]]:
        message = read.message
        read.key = _named_key(document) if route.key is None else route.key
        found = parse_observation(document, received=message.received)
        if message.retained and document.get("phenomenonTime") is None:
            return []  # it came before at its own time, which nobody knows any more
        if route.key is not None and found.datastream not in (None, route.key):
            text = f"The topic names datastream {route.key}, the message {found.datastream}."
            raise BadObservation("datastream", text)
        key = found.datastream if route.key is None else route.key
        if key is None:
            text = 'The observation names no datastream; expected {"Datastream": {"@iot.id": 1}} under this topic.'
            raise BadObservation("datastream", text)
        return [(key, found)]

    def _mapped(self, read: Read, route: Route, document: Any) -> list[tuple[int, ObservationDocument]]:
        message = read.message
        device = next((one for one in self._devices if matches(one.topic, route.rest)), None)
        if device is None:
            text = f"The topic {route.rest[:100]} is neither one of SensorThings nor in the mapping of devices."
            raise BadObservation("topic", text)
        read.key = next((self._keys[code] for code in sorted(device.codes) if code in self._keys), None)
        found = observations_in(device, document, message.received)
        unknown = sorted(set(found) - self._keys.keys())
        if unknown:
            raise BadObservation(
                "datastream", f"The mapping names datastreams that are not stored: {', '.join(unknown)}."
            )
        if message.retained and any(one.starts == message.received for one in found.values()):
            return []
        return [(self._keys[code], one) for code, one in found.items()]

    def _stream(self, read: Read, key: int, document: ObservationDocument) -> Stream:
        """The datastream of an observation that its sender may add to it. Raises BadObservation."""
        stream = self._streams.get(key)
        if stream is None or (read.user and not self._allowed(read.user, key)):
            text = f"There is no datastream {key} to which the sender may add observations; perhaps it was ended."
            raise BadObservation("datastream", text)
        if document.starts < read.message.received - DEVICE_REMEMBERS:
            text = f"The observation is older than {DEVICE_REMEMBERS.days} days; bring history in by a file."
            raise BadObservation("beyond", text)
        if not read.user and read.message.topic == "v1.1/Observations" and self._closed(stream.kind):
            text = (
                f"Observations of datastream {key} are sent to its own topic, or below devices/ and one's user name."
            )
            raise BadObservation("not_yours", text)
        check_result(document, stream)
        if document.feature_of_interest is not None and not self._has_feature(document, stream):
            raise BadObservation("feature", "The feature of interest is not stored; make it over HTTP first.")
        return stream

    def _allowed(self, user: str, key: int) -> bool:
        if (user, key) not in self._rights:
            self._rights[user, key] = self._may_write(user, key)
        return self._rights[user, key]

    def _closed(self, kind: str) -> bool:
        """Whether not every manager of sensors may add to series of a layer: they see what the city's staff see."""
        if kind not in self._closed_kinds:
            self._closed_kinds[kind] = kind not in KINDS or level_of(KINDS[kind]) == "services"
        return self._closed_kinds[kind]

    def _has_feature(self, document: ObservationDocument, stream: Stream) -> bool:
        """Whether it names a feature of the same layer: those of others are hidden from devices."""
        rows = FeatureOfInterest.objects.filter(ended_by=None, kind=stream.kind)
        return document.feature_key is not None and rows.filter(pk=document.feature_key).exists()

    def _look_up(self, keys: Iterable[int]) -> None:
        missing = set(keys) - self._streams.keys()
        if missing:
            rows = Datastream.objects.filter(pk__in=missing, ended_by=None, thing__ended_by=None)
            found = rows.values_list("pk", "observation_type", "thing__kind")
            streams = {key: Stream(key, kind_of_result == MEASUREMENT, kind) for key, kind_of_result, kind in found}
            self._streams |= dict.fromkeys(missing) | streams


def _named_key(document: Any) -> int | None:
    """The datastream that an observation names, also where it cannot be read otherwise."""
    reference = document.get("Datastream") if isinstance(document, dict) else None
    key = reference.get("@iot.id") if isinstance(reference, dict) else None
    return key if type(key) is int and 0 < key <= HIGHEST_KEY else None


def _message_id(document: Any) -> Any:
    parameters = document.get("parameters") if isinstance(document, dict) else None
    found = parameters.get("message_id") if isinstance(parameters, dict) else None
    return found if isinstance(found, str | int) and len(str(found)) <= 200 else None
