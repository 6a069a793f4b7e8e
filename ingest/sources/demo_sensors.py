"""Source “demo_sensors”: the history of the synthetic network of sensors, every datastream marked as invented."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from ingest.errors import BadOption
from ingest.source import IngestSource, Request, Series, SeriesReading
from layers.text import Text

if TYPE_CHECKING:
    from ingest.sensors.simulated.network import Instrument

MOST_DAYS = 3660


def read(request: Request) -> Iterator[SeriesReading]:
    """A year until today's midnight (UTC), or the `days` before `until`."""
    days = _days(request)
    until = _until(request)
    yield SeriesReading(_series(request, until - timedelta(days=days), until), total=None)


def _series(request: Request, since: datetime, until: datetime) -> Iterator[Series]:
    import numpy as np

    from ingest.sensors.simulated.network import instruments
    from layers.crs import storage_point

    network: list[Instrument] = instruments(storage_point)
    for done, one in enumerate(network):
        request.progress(done, len(network))
        starts = one.starts(since, until)
        rows = np.arange(len(starts), dtype=np.int64)
        ends = one.ends(starts)
        yield Series(one.stream, starts, ends, one.values(starts), rows, ends)


def _days(request: Request) -> int:
    text = request.options.get("days", "365")
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_DAYS):
        raise BadOption(f"Option days={text}: a whole number from 1 to {MOST_DAYS} is needed.")
    return int(text)


def _until(request: Request) -> datetime:
    text = request.options.get("until", "")
    if not text:
        return datetime.combine(datetime.now(tz=UTC).date(), time(), tzinfo=UTC)
    try:
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
    except ValueError:
        raise BadOption(f"Option until={text}: a day such as 2026-01-31 is needed.") from None


SOURCE = IngestSource(
    slug="demo_sensors",
    title=Text("Czujniki pokazowe (dane syntetyczne)", "Demo sensors (synthetic data)"),
    read=read,
    options=frozenset({"days", "until"}),
    needs_path=False,
    synthetic=True,
    licence="CC0-1.0",
)
