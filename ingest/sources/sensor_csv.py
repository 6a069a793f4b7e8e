"""Source “sensor_csv”: a table of measurements whose columns the options declare.

| Option | Meaning |
| --- | --- |
| station | column of the station, or its name where the whole table is of one |
| time, end | columns of the time and, for means over a period, of its end; without `end` values are instants |
| value | column of the values, or several with commas |
| property | column of the property (a long table) or its code; codes of several value columns, default their names |
| unit | column of the unit, or the unit; one for all value columns or one for each |
| zone | time zone of times without an offset: Europe/Warsaw, +01:00, UTC |
| interval | seconds between two observations, for coverage |
| decimal, format, encoding | decimal sign (default a point), format of times as in strptime, character encoding |

Example: `station=stacja time=czas value=pm10,pm25 property=PM10,PM2.5 unit=µg/m³ zone=Europe/Warsaw`.
"""

from collections.abc import Iterator

from ingest.errors import BadOption
from ingest.sensors.parsed import Fault, Heading, Parsed, parse
from ingest.source import IngestSource, Request, Series, SeriesReading
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.record import Refusal
from layers.text import Text

PREFIX = "sensor_csv"
SENSOR = SensorSpec(f"{PREFIX}/unknown", "Nie podano", "The file does not name the instrument")


def read(request: Request) -> Iterator[SeriesReading]:
    """One reading with all series of the table."""
    if request.path is None:
        raise BadOption("The source sensor_csv reads a table: give its path.")
    interval = _seconds(request.options.get("interval", ""))
    job = {"format": "sensor_csv", "options": dict(request.options)}
    parsed = parse(job, request.path, request.scratch, request.progress)
    _check_units(parsed)
    zone = request.options.get("zone", "")
    yield SeriesReading(_series(parsed, interval, zone), (), parsed.total, parsed.notes)


def _seconds(text: str) -> int:
    if text and not text.isdigit():
        raise BadOption(f"interval={text} is no whole number of seconds; an hour is interval=3600.")
    return int(text or 0)


def _check_units(parsed: Parsed) -> None:
    """Raise BadOption where one property of a station comes in two units: they would be one series."""
    units: dict[tuple[str, str], str] = {}
    for one in parsed.headings:
        unit = units.setdefault((one.station, one.observed), one.unit)
        if unit != one.unit:
            raise BadOption(
                f"{one.observed} at {one.station} is in {unit} and in {one.unit}; read each unit by itself."
            )


def _series(parsed: Parsed, interval: int, zone: str) -> Iterator[Series | Refusal]:
    things: dict[str, ThingSpec] = {}
    for one in parsed.parts():
        heading = one.heading
        code = f"{PREFIX}/{heading.station}"
        if isinstance(one, Fault):
            yield Refusal(one.row, f"{code}/{heading.observed}", one.reason, one.message, value=one.value)
            continue
        thing = things.setdefault(code, ThingSpec(code, heading.station, values={"station_type": "other"}))
        yield Series(_stream(heading, thing, interval, zone), one.starts, one.ends, one.values, one.rows)


def _stream(heading: Heading, thing: ThingSpec, interval: int, zone: str) -> StreamSpec:
    return StreamSpec(
        thing=thing,
        observed_property=PropertySpec(heading.observed, heading.observed),
        sensor=SENSOR,
        code=heading.observed,
        name=f"{heading.observed}: {thing.name}",
        unit=Unit(heading.unit, heading.unit),
        interval_s=interval,
        properties={"zone_of_file": zone} if zone else {},
    )


SOURCE = IngestSource(
    slug=PREFIX,
    title=Text("Tabela pomiarów", "Table of measurements"),
    read=read,
    options=frozenset(
        ("station", "time", "end", "value", "property", "unit", "zone", "interval", "decimal", "format", "encoding")
    ),
    default_dataset="sensors",
)
