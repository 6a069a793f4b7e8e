"""Observations as SensorThings 1.1 writes them in JSON (OGC 18-088, 8.2.8), read into the columns of the writer.

A document comes from a stranger: whatever it contains, the answer is an `ObservationDocument` or a `BadObservation`
whose `reason` is one of:

| Reason       | Found                                                                            |
| ------------ | -------------------------------------------------------------------------------- |
| size         | more bytes, members or characters than an observation needs                       |
| json         | no JSON, not UTF-8, or NaN and Infinity, which JSON does not have                  |
| document     | JSON of another shape: no object, a member of another type                        |
| nesting      | values nested too deep                                                           |
| text         | NUL or half of a surrogate pair in a text, which the database cannot store        |
| time         | no ISO 8601 time, one without a zone, or outside the years of the store           |
| no_result    | no result, or null                                                               |
| no_number    | the result of a measurement that is no number with an exact value                 |
| datastream   | no key of a datastream                                                           |
| feature      | a feature of interest that is neither a reference nor an object, or not stored    |
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, Protocol

import numpy as np

from layers.errors import BadObservation
from layers.observations.columns import LARGEST, Observations

MOST_BYTES = 65_536
MOST_MEMBERS = 2_000
"""Values in a document, counted at all depths."""
DEEPEST = 16
STORED = ("result", "validTime", "resultQuality", "parameters", "FeatureOfInterest")
"""Members that are stored as they were given; times and keys are read, others are left out."""
LONGEST_TIME = 100
"""Characters of a time; an interval with all decimals and zones has 65."""
FIRST_YEAR, LAST_YEAR = 1901, 9998
"""Years of phenomenon times: the number of an observation contains its month, counted from 1900."""
EXACT = 2**53
"""Greatest whole number up to which a float, as which measurements are stored, is exact."""
HIGHEST_KEY = 2**31 - 1
NEVER = np.datetime64("NaT")
DEVICE_REMEMBERS = timedelta(days=750)
"""What a device sends may be so old: beyond it a clock is wrong, and each month makes a table."""


class Measured(Protocol):
    """A datastream, as far as its observations are read by it."""

    @property
    def pk(self) -> int:
        """Its key."""

    @property
    def measures(self) -> bool:
        """Whether its results are numbers."""


@dataclass(frozen=True, slots=True)
class ObservationDocument:
    """An observation as its sender wrote it. Times are in UTC; `starts` and `ends` are equal for an instant.

    `result` is any JSON except null. `valid_time` is an interval as text, in UTC; `result_quality` and `parameters`
    are as they were written; None where absent. `feature_of_interest` is None, `{"@iot.id": key}`, or the feature
    inline. `datastream` is the key that the document names, None where it names none.
    """

    starts: datetime
    ends: datetime
    result: Any
    result_time: datetime | None = None
    valid_time: str | None = None
    result_quality: Any = None
    parameters: Mapping[str, Any] | None = None
    feature_of_interest: Mapping[str, Any] | None = None
    datastream: int | None = None

    @property
    def extra(self) -> dict[str, Any] | None:
        """What the store has no column for, by the names of SensorThings; None for nothing."""
        if self.parameters is None and self.valid_time is None and self.result_quality is None:
            return None
        given = {
            "parameters": self.parameters,
            "validTime": self.valid_time,
            "resultQuality": self.result_quality,
        }
        return {name: value for name, value in given.items() if value is not None} or None

    @property
    def feature_key(self) -> int | None:
        """The key of the referenced feature of interest, None where none is referenced."""
        return None if self.feature_of_interest is None else self.feature_of_interest.get("@iot.id")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def read_json(payload: bytes) -> Any:
    """The JSON value of a payload. Raises BadObservation (size, json, nesting)."""
    if len(payload) > MOST_BYTES:
        raise BadObservation("size", f"The message has {len(payload)} bytes; at most {MOST_BYTES} are read.")
    try:
        return _DECODER.decode(payload.decode())
    except RecursionError:
        raise BadObservation("nesting", f"The message is nested more than {DEEPEST} deep.") from None
    except ValueError as fault:  # of decoding and of JSON
        raise BadObservation("json", f"The message is not JSON in UTF-8: {str(fault)[:200]}.") from None


def parse_observation(document: Any, *, received: datetime) -> ObservationDocument:
    """Read one observation; `received` (aware) is its phenomenon time where it has none. Raises BadObservation."""
    if not isinstance(document, dict):
        raise BadObservation("document", f"An observation is a JSON object; found {_named(document)}.")
    stored = [given for name in STORED if not _plain(given := document.get(name))]
    if stored:
        refuse_unstorable(stored)
    result = document.get("result")
    if result is None:
        raise BadObservation(
            "no_result", "The observation has no result; expected a member “result” that is not null."
        )
    given, made = document.get("phenomenonTime"), document.get("resultTime")
    starts, ends = _period(given, received)
    if made is None:
        result_time = None
    else:
        result_time = starts if made == given and starts is ends else _instant(made, "resultTime")
    valid = document.get("validTime")
    if valid is not None:
        valid = "/".join(one.isoformat().replace("+00:00", "Z") for one in _interval(valid, "validTime"))
    return ObservationDocument(
        starts=starts,
        ends=ends,
        result=result,
        result_time=result_time,
        valid_time=valid,
        result_quality=document.get("resultQuality"),
        parameters=_object(document, "parameters"),
        feature_of_interest=_feature(document),
        datastream=_datastream(document),
    )


def _plain(value: Any) -> bool:
    """Whether nothing can be wrong with a value: most observations have a number as their result and no more."""
    kind = type(value)
    return value is None or (kind is float and abs(value) <= LARGEST) or (kind is int and -EXACT <= value <= EXACT)


def check_result(document: ObservationDocument, stream: Measured) -> None:
    """Raise BadObservation (no_number) where a measurement's result is no number."""
    if stream.measures:
        number_of(document.result)


def number_of(result: Any) -> float:
    """The result of a measurement as it is stored. Raises BadObservation (no_number)."""
    if isinstance(result, float) and abs(result) <= LARGEST:
        return result
    if type(result) is int and -EXACT <= result <= EXACT:
        return float(result)
    expected = f"a finite number up to {LARGEST:g} that a 64-bit float has exactly"
    raise BadObservation("no_number", f"The result is {_named(result)}; expected {expected}.")


def columns_of(documents: Sequence[ObservationDocument], streams: Sequence[Measured]) -> Observations:
    """The documents as the writer takes them; `streams` has the datastream of each.

    Raises BadObservation for a measurement that is no number (`check_result` finds it before) and for an inline
    feature of interest, which must be stored first and replaced by its reference.
    """
    measured = [one.measures for one in streams]
    features = [_stored_feature(one) for one in documents]
    extra = [one.extra for one in documents]
    both = list(zip(documents, measured, strict=True))
    starts = _column(one.starts for one in documents)
    instants = all(one.ends is one.starts for one in documents)
    made_then = all(one.result_time is one.starts for one in documents)
    return Observations(
        datastream=np.array([one.pk for one in streams], dtype=np.int32),
        starts=starts,
        ends=starts if instants else _column(one.ends for one in documents),
        values=np.array([number_of(one.result) if number else math.nan for one, number in both], dtype=np.float64),
        result_times=starts if made_then else _column(one.result_time for one in documents),
        results=None if all(measured) else [None if number else one.result for one, number in both],
        extra=extra if any(extra) else None,
        features=features if any(features) else None,
    )


def refuse_unstorable(value: Any) -> None:
    """Raise BadObservation (size, nesting, text, json) for a JSON value that the database could not store."""
    level, members = [value], 0
    for _ in range(DEEPEST):
        members += len(level)
        if members > MOST_MEMBERS:
            raise BadObservation("size", f"The observation has more than {MOST_MEMBERS} values.")
        level = [inner for one in level for inner in _members(one)]
        if not level:
            return
    raise BadObservation("nesting", f"The observation is nested more than {DEEPEST} deep.")


def _members(value: Any) -> Iterator[Any]:
    """The values in an array or object, its names too; refuses texts and numbers that cannot be stored."""
    if isinstance(value, str):
        if len(value) > MOST_BYTES:
            raise BadObservation("size", f"A text has {len(value)} characters; at most {MOST_BYTES} are read.")
        if not value.isascii() and any("\ud800" <= one <= "\udfff" for one in value):
            raise BadObservation("text", "A text contains half of a surrogate pair (\\ud800 to \\udfff).")
        if "\0" in value:
            raise BadObservation("text", "A text contains the character NUL (\\u0000).")
    elif isinstance(value, float) and not math.isfinite(value):
        raise BadObservation("json", "A number is beyond the range of 64-bit floats.")
    elif type(value) is int and value.bit_length() > 1024:
        raise BadObservation("json", "A whole number has more than 300 digits.")
    elif isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def _period(text: Any, received: datetime) -> tuple[datetime, datetime]:
    """The phenomenon time: an instant, an interval, or `received` where it is absent."""
    if text is None:
        moment = received.astimezone(UTC)
        return moment, moment
    starts, ends = _interval(text, "phenomenonTime") if "/" in str(text) else (_instant(text, "phenomenonTime"),) * 2
    for moment in (starts, ends):
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise BadObservation(
                "time", f"phenomenonTime is in the year {moment.year}; expected {FIRST_YEAR} to {LAST_YEAR}."
            )
    return starts, ends


def _interval(text: Any, name: str) -> tuple[datetime, datetime]:
    parts = text.split("/") if isinstance(text, str) else []
    if len(parts) != 2:
        raise BadObservation(
            "time", f"{name} is {_named(text)}; expected an interval start/end of two ISO 8601 times."
        )
    starts, ends = (_instant(part, name) for part in parts)
    return starts, ends


def _instant(text: Any, name: str) -> datetime:
    expected = "expected an ISO 8601 time with its zone, such as 2026-01-31T12:00:00Z"
    if not isinstance(text, str) or len(text) > LONGEST_TIME or "T" not in text.upper():
        raise BadObservation("time", f"{name} is {_named(text)}; {expected}.")
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadObservation("time", f"{name} is {_named(text)}; {expected}.") from None
    raise BadObservation("time", f"{name} is {_named(text)}, without a zone; {expected}.")


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = document.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadObservation("document", f"{name} is {_named(value)}; expected a JSON object.")
    return value


def _datastream(document: Mapping[str, Any]) -> int | None:
    value = document.get("Datastream")
    if value is None:
        return None
    key = value.get("@iot.id") if isinstance(value, dict) else value
    if not isinstance(value, dict) or not isinstance(key, int) or not _is_key(key, HIGHEST_KEY):
        raise BadObservation(
            "datastream", f'Datastream is {_named(value)}; expected {{"@iot.id": 1}} with a stored key.'
        )
    return key


def _feature(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    value = document.get("FeatureOfInterest")
    if value is None:
        return None
    if not isinstance(value, dict) or ("@iot.id" in value and not _is_key(value["@iot.id"], 2**63 - 1)):
        raise BadObservation(
            "feature", f'FeatureOfInterest is {_named(value)}; expected {{"@iot.id": 1}} or the feature itself.'
        )
    return {"@iot.id": value["@iot.id"]} if "@iot.id" in value else value


def _stored_feature(document: ObservationDocument) -> int | None:
    if document.feature_of_interest is not None and document.feature_key is None:
        raise BadObservation(
            "feature", 'The feature of interest is not stored; refer to a stored one by {"@iot.id": 1}.'
        )
    return document.feature_key


def _is_key(value: Any, highest: int) -> bool:
    return type(value) is int and 1 <= value <= highest


def _column(moments: Iterator[datetime | None]) -> Any:
    """Moments as the writer takes them, NaT for None."""
    naive = [NEVER if one is None else one.replace(tzinfo=None) for one in moments]
    return np.array(naive, dtype="datetime64[us]")


def _named(value: Any) -> str:
    """A found value for a message: its beginning, of containers their type."""
    if value is None:
        return "absent"
    text = type(value).__name__ if isinstance(value, dict | list) else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
