"""The parameter `datetime`: an instant, a day, or an interval that may be open at one end."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from geoportal.http.errors import BadQuery
from layers.city import city

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """A closed interval."""

    start: datetime = _BEGINNING
    end: datetime = _END

    def holds(self, moment: datetime) -> bool:
        """Whether a moment is in it."""
        return self.start <= moment <= self.end

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether it overlaps the interval."""
        return self.start <= end and start <= self.end


def period(text: str) -> Period:
    """The interval of a text: "2026-01-31", "2026-01-31T12:00:00Z", "../2026-01-31", "2026-01-31/..".

    A day is the whole day in the city's time zone. Raises BadQuery.
    """
    first, slash, last = text.partition("/")
    if not slash:
        return Period(_edge(first, ""), _edge(first, "end"))
    if "/" in last or not (first.strip(".") or last.strip(".")):
        raise BadQuery(f"datetime: “{text[:80]}” is no period; write it as 2026-01-01/2026-01-31 or 2026-01-01/.. .")
    start = _BEGINNING if first in ("", "..") else _edge(first, "")
    end = _END if last in ("", "..") else _edge(last, "end")
    if start > end:
        raise BadQuery(f"datetime: “{text[:80]}” ends before it begins.")
    return Period(start, end)


def _edge(text: str, side: str) -> datetime:
    """The first or last moment of a day, or the moment itself."""
    # A plus of RFC 3339 that was not percent-encoded arrives as a space.
    plain = text.replace(" ", "+")
    try:
        if _DAY.fullmatch(plain):
            begins = datetime.combine(datetime.fromisoformat(plain).date(), time(), city().timezone)
            moment = begins if side != "end" else begins + timedelta(days=1, microseconds=-1)
        elif _MOMENT.fullmatch(plain):
            moment = datetime.fromisoformat(plain.upper())
        else:
            raise ValueError(text)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        words = f"datetime: “{text[:80]}” is neither a day like 2026-01-31 nor a moment like 2026-01-31T12:00:00Z."
        raise BadQuery(words) from None
