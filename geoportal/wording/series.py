"""Text of datastreams: values with units, limits of quality control, durations and ages.

The words of doubts about values are those of `layers.observations.live.marks`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext, ngettext

from geoportal.wording.values import NO_BREAK, moment, number
from layers.observations.live.names import property_name
from layers.observations.models import Datastream, Thing
from layers.observations.placing import ENDED
from layers.observations.streams import NO_COORDINATES, NO_POINT

_UNITS = ((86_400, ""), (3600, "h"), (60, "min"), (1, "s"))
_JUST_NOW_S = 60
_MINUTES_UNTIL_S = 2 * 3600
_HOURS_UNTIL_S = 2 * 86_400
DECIMALS = 12
"""A limit is shown as it was entered."""


@dataclass(frozen=True, slots=True)
class UnplacedThing:
    """A station without a place on the map, by its key; `unplaced` is the reason in words."""

    pk: int
    name: str
    unplaced: str


def unplaced_rows(things: Iterable[Thing]) -> list[UnplacedThing]:
    """Stations without a place, with the reasons in the visitor's language."""
    return [UnplacedThing(one.pk, one.name, unplaced_words(one.unplaced)) for one in things]


def unplaced_words(reason: str) -> str:
    """A reason in the visitor's language; that of a check of the store, which has numbers in it, in short."""
    words = {
        NO_COORDINATES: gettext("The source gives no coordinates."),
        ENDED: gettext("Its object in the layer has ended."),
        NO_POINT: gettext("Its location is not a point in GeoJSON."),
    }
    return gettext("It lies far from the city.") if "far from the city" in reason else words.get(reason, reason)


def measured(stream: Datastream) -> str:
    """What a datastream measures: its name, else that of the observed property."""
    return stream.name or stream.observed_property.name


def property_words(stream: Datastream) -> str:
    """The observed property in the visitor's language, where that is known."""
    return str(property_name(stream.observed_property))


def with_unit(stream: Datastream, value: float, decimals: int | None = None) -> str:
    """A value in the unit of the datastream."""
    return in_unit(value, stream.unit_symbol, decimals)


def in_unit(value: float, unit: str, decimals: int | None = None) -> str:
    """A value with its unit; alone where that is ""."""
    return f"{number(value, decimals=decimals)}{NO_BREAK}{unit}".rstrip(NO_BREAK)


def latest_words(stream: Datastream, latest: Any) -> str:
    """The latest result: a number with its unit, or another result as text."""
    if latest.value is not None:
        return with_unit(stream, latest.value)
    return latest.result if isinstance(latest.result, str) else json.dumps(latest.result, ensure_ascii=False)


def limit_titles() -> dict[str, str]:
    """What an editor sets at a datastream, by column."""
    return {
        "lowest": gettext("Lowest possible value"),
        "highest": gettext("Highest possible value"),
        "step": gettext("Largest change from one value to the next"),
        "spike": gettext("Largest jump there and back"),
        "stuck": gettext("So many equal values in a row are doubtful"),
        "interval_s": gettext("Expected interval of values"),
    }


def limit_words(stream: Datastream, name: str, value: Any) -> str:
    """A limit with its unit; "" for none."""
    if value is None or (name == "interval_s" and not value):
        return ""
    if name == "interval_s":
        return duration(int(value))
    if name == "stuck":
        return number(int(value))
    return with_unit(stream, float(value), DECIMALS)


def duration(seconds: int) -> str:
    """A duration in its largest whole unit. Examples: 600 is "10 min", 86400 "1 day", 90 "90 s"."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    count = seconds // size
    if unit:
        return f"{number(count)}{NO_BREAK}{unit}"
    return ngettext("{n} day", "{n} days", count).format(n=number(count))


def age(since: datetime) -> str:
    """How long ago a moment was, in minutes, hours or days; how far ahead one is whose sensor has a wrong clock."""
    passed = int((now() - since).total_seconds())
    seconds = abs(passed)
    if seconds < _JUST_NOW_S:
        return gettext("just now")
    size = 60 if seconds < _MINUTES_UNTIL_S else 3600 if seconds < _HOURS_UNTIL_S else 86_400
    count = seconds // size
    unit = {60: "min", 3600: "h"}.get(size)
    long = f"{number(count)}{NO_BREAK}{unit}" if unit else ngettext("{n} day", "{n} days", count)
    words = gettext("{duration} ago") if passed > 0 else gettext("{duration} ahead of the clock")
    return words.format(duration=long.format(n=number(count)))


def period(since: datetime, until: datetime | None) -> str:
    """A period in words, in the city's time zone."""
    if until is None:
        return gettext("since {since}").format(since=moment(since))
    return gettext("{since} to {until}").format(since=moment(since), until=moment(until))


def stored_moment(text: str) -> str:
    """A moment as runs have it (ISO 8601), in words."""
    return moment(datetime.fromisoformat(text).astimezone(UTC))
