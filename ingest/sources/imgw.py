"""Source “imgw”: climate tables of IMGW-PIB, monthly synoptic and daily climatological, as zip archives or CSV.

The files name their stations without coordinates, so that these have series and no place until an editor gives one.
Times are UTC days and months.
"""

from collections.abc import Iterator

from ingest.errors import BadOption
from ingest.sensors.imgw_columns import LAYOUTS, Quantity
from ingest.sensors.parsed import Fault, Heading, Parsed, parse
from ingest.source import IngestSource, Request, Series, SeriesReading
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.record import Refusal
from layers.text import Text

DAY_S = 86400
PERIOD_NAMES = {"day": Text("doba", "day"), "month": Text("miesiąc", "month")}
UNITS = {
    "°C": Unit("stopień Celsjusza", "°C", "Cel"),
    "mm": Unit("milimetr", "mm", "mm"),
    "cm": Unit("centymetr", "cm", "cm"),
    "h": Unit("godzina", "h", "h"),
    "d": Unit("doba", "d", "d"),
    "okta": Unit("okt", "okta", ""),
    "m/s": Unit("metr na sekundę", "m/s", "m/s"),
    "hPa": Unit("hektopaskal", "hPa", "hPa"),
    "%": Unit("procent", "%", "%"),
}
SENSOR = SensorSpec("imgw/network", "Sieć pomiarowa IMGW-PIB", "Stations of the Polish weather service")


def read(request: Request) -> Iterator[SeriesReading]:
    """One reading with all series. Option `stations`: patterns of names or codes ("KIELCE*")."""
    if request.path is None:
        raise BadOption("The source imgw reads a zip archive, a table or a folder of them: give its path.")
    wanted = [one.strip() for one in request.options.get("stations", "").split(",") if one.strip()]
    parsed = parse({"format": "imgw", "stations": wanted}, request.path, request.scratch, request.progress)
    yield SeriesReading(_series(parsed), (), parsed.total, parsed.notes)


def _series(parsed: Parsed) -> Iterator[Series | Refusal]:
    things: dict[str, ThingSpec] = {}
    streams: dict[tuple[str, str], StreamSpec] = {}
    for one in parsed.parts():
        heading = one.heading
        code = f"imgw/{heading.station}"
        if isinstance(one, Fault):
            yield Refusal(one.row, f"{code}/{_code(heading)}", one.reason, one.message, value=one.value)
            continue
        thing = things.setdefault(code, ThingSpec(code, heading.details["name"], values={"station_type": "weather"}))
        key = (code, _code(heading))
        if key not in streams:
            streams[key] = _stream(heading, thing)
        yield Series(streams[key], one.starts, one.ends, one.values, one.rows)


def _code(heading: Heading) -> str:
    return f"{heading.observed}/{heading.period}"


def _stream(heading: Heading, thing: ThingSpec) -> StreamSpec:
    columns = LAYOUTS[heading.details["table"]].columns
    quantity = next(one for one in columns if isinstance(one, Quantity) and one.code == heading.observed)
    period = PERIOD_NAMES[heading.period]
    names = Text(f"{quantity.name.pl}, {period.pl}", f"{quantity.name.en}, {period.en}")
    return StreamSpec(
        thing=thing,
        observed_property=PropertySpec(f"imgw/{_code(heading)}", names.pl, description=names.en),
        sensor=SENSOR,
        code=_code(heading),
        name=f"{names.pl}: {thing.name}",
        description=names.en,
        unit=UNITS[quantity.unit],
        interval_s=DAY_S if heading.period == "day" else 0,
        day_zone="UTC",
        lowest=quantity.lowest,
        highest=quantity.highest,
        properties={"table": heading.details["table"]},
    )


SOURCE = IngestSource(
    slug="imgw",
    title=Text("Tabele IMGW: pogoda", "IMGW tables: weather"),
    read=read,
    options=frozenset(("stations",)),
    licence="LicenseRef-PL-public-information",
    attribution="Źródłem danych jest IMGW-PIB; dane zostały przetworzone",
    default_dataset="sensors",
)
