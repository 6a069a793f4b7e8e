"""Stores batches of messages in the listener's run of the day.

The run is committed with its first batch, and its counts grow with each; it can be rolled back once its day (in the
city's zone) is over. A batch that the database refuses, or that is too much for it at once, is stored in halves, so
that one message costs itself only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg2
from django.db import InterfaceError, InternalError, OperationalError
from psycopg2.errorcodes import QUERY_CANCELED

from ingest.mqtt.messages import Message, Read, Reader
from layers.errors import BadObservation
from layers.kinds import kind_of
from layers.observations.daily import writing_today
from layers.observations.documents import columns_of
from layers.observations.feed import number_batches
from layers.observations.writing import MESSAGES, write
from layers.record import Refusal
from layers.store.writer import KEPT_REJECTIONS, Writer

SOURCE = "mqtt"
AWAY = (
    OperationalError,
    InterfaceError,
    InternalError,
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
)
"""Faults of the database that are not those of a message."""
INSUFFICIENT = ("53", "54")
"""Classes of SQLSTATE: insufficient resources, program limit exceeded."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: an outcome of `layers.observations.writing`, rejected, or ignored (with no time)."""

    read: Read
    outcome: str
    reason: str = ""
    text: str = ""


def store(messages: Sequence[Message], reader: Reader) -> list[Outcome]:
    """Store messages; returns what became of each, in order, after the commit.

    Raises OperationalError where the database is away; then messages may be given again, whatever of them is stored.
    """
    try:
        return _store(reader.read(messages))
    except AWAY as fault:
        if len(messages) == 1 or not _too_much(fault):
            raise OperationalError(str(fault)) from fault
    except Exception as fault:
        if len(messages) == 1:
            return _store([_unstorable(messages[0], fault)])
    half = len(messages) // 2
    return [*store(messages[:half], reader), *store(messages[half:], reader)]


def _too_much(fault: BaseException) -> bool:
    """Whether the batch was more than the database takes at once: locks of many months, its time limit."""
    code = getattr(fault, "pgcode", None) or getattr(fault.__cause__, "pgcode", None) or ""
    return code[:2] in INSUFFICIENT or code == QUERY_CANCELED


def _unstorable(message: Message, fault: Exception) -> Read:
    text = f"The message cannot be stored: {' '.join(str(fault).split())[:300]}"
    return Read(message, faults=[BadObservation("value_unusable", text)])


def _store(read: Sequence[Read]) -> list[Outcome]:
    with writing_today(SOURCE) as writer:
        outcomes = _write(writer, read)
        number_batches(writer.run)
    return outcomes


def _write(writer: Writer, read: Sequence[Read]) -> list[Outcome]:
    arrived = [(at, stream, document) for at, one in enumerate(read) for stream, document in one.observations]
    results: list[list[str]] = [[] for _ in read]
    if arrived:
        _, streams, documents = zip(*arrived, strict=True)
        written = write(writer.run, columns_of(documents, streams), each=True)
        counts, tally = written.counts, writer.tally
        tally.read += len(arrived)
        tally.stored += counts["new"] + counts["corrected"]
        tally.unchanged += counts["unchanged"] + counts["outdated"]
        tally.warnings += counts["flagged"]
        for (at, _, _), outcome, refused in zip(arrived, written.outcomes, written.refused, strict=True):
            results[at].append(outcome)
            if refused:
                _refuse(writer, read[at], refused, MESSAGES[refused], read_already=True)
    for one in read:
        for fault in one.faults:
            _refuse(writer, one, fault.reason, str(fault))
    return [_outcome(one, result) for one, result in zip(read, results, strict=True)]


def _outcome(read: Read, results: Sequence[str]) -> Outcome:
    """The outcome of a message; one with several observations has that of the worst."""
    if read.faults:
        return Outcome(read, "rejected", read.faults[0].reason, str(read.faults[0]))
    refused = next((one for one in results if one in MESSAGES), "")
    if refused:
        return Outcome(read, "rejected", refused, MESSAGES[refused])
    return Outcome(read, results[0] if results else "ignored")


def _refuse(writer: Writer, read: Read, reason: str, text: str, *, read_already: bool = False) -> None:
    tally = writer.tally
    tally.read += not read_already
    tally.rejected += 1
    tally.reasons[reason] = tally.reasons.get(reason, 0) + 1
    if tally.rejected > KEPT_REJECTIONS:
        return
    value = read.message.payload[:300].decode("utf-8", "replace")
    topic = read.message.topic.replace("\0", "")
    writer.refuse(kind_of(read.kind), Refusal(None, topic, reason, text, field="payload", value=value))
