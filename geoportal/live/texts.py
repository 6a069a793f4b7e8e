"""Members of live documents: texts in both languages, moments, numbers."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from layers.observations.live.judging import SeriesState, StationState
from layers.observations.live.marks import Mark
from layers.observations.meaning.freshness import freshness_rule
from layers.observations.meaning.meanings import Meaning
from layers.text import Text

DECIMALS = 3


def both(text: Text) -> dict[str, str]:
    """A text in both languages."""
    return {"pl": text.pl, "en": text.en}


def moment(at: datetime | None) -> str | None:
    """A moment (UTC) in ISO 8601 with Z."""
    if at is None:
        return None
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


def number(value: float) -> float | None:
    """A value with at most DECIMALS; None for no number."""
    return None if not math.isfinite(value) else round(value, DECIMALS)


def meaning(one: Meaning) -> dict[str, Any]:
    """A class with its symbol and reason; `index` counts from the best, null where nothing is known."""
    return {
        "index": one.index,
        "code": one.code,
        "name": both(one.name),
        "colour": one.colour,
        "ink": one.ink,
        "shape": str(one.shape),
        "reason": both(one.reason),
        "rule": both(one.rule.label),
    }


def marks_of(some: Iterable[Mark]) -> list[dict[str, Any]]:
    """What is doubtful about a value, as codes and words."""
    return [{"code": mark.code, "text": both(mark.text)} for mark in some]


def series(one: SeriesState) -> dict[str, Any]:
    """A datastream's last value, how fresh it is, and what is doubtful about it."""
    rule, interval = freshness_rule(), one.series.interval_s
    end = one.at.timestamp() if one.at is not None and interval > 0 else None
    return {
        "key": one.series.key,
        "property": both(one.series.name),
        "value": number(one.value),
        "unit": one.series.unit,
        "at": moment(one.at),
        "stale_at": _later(end, rule.live_intervals * interval),
        "dead_at": _later(end, rule.dead_intervals * interval),
        "fresh": {"code": one.freshness.code, "name": both(one.freshness.name)},
        "state": None if one.meaning is None else meaning(one.meaning),
        "marks": marks_of(one.marks),
        "note": both(one.note),
    }


def station(one: StationState) -> dict[str, Any]:
    """A station: its state, the value that decided it, and all its datastreams."""
    place = one.station.place or (None, None)
    main = {name: value for name, value in series(one.main).items() if name not in ("key", "state")}
    return {
        "name": one.station.name,
        "type": one.station.type,
        "state": meaning(one.meaning),
        **main,
        "series": [series(each) for each in one.series],
        "lon": place[0],
        "lat": place[1],
    }


def _later(end: float | None, seconds: float) -> str | None:
    return None if end is None else moment(datetime.fromtimestamp(end + seconds, UTC))
