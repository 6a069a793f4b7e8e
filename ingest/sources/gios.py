"""Source “gios”: the archive of GIOŚ, hourly and daily means of air pollutants, as tables or a folder of tables.

`stations.csv`, `station_code_changes.csv` and `measuring_posts.csv` of GIOŚ beside the tables, or in the folder of
the option `metadata`, give names, places and present codes: a station has one Thing over all years.

Times are stored in UTC: an hourly mean from an hour before its published time to that time, a daily mean from
midnight to midnight of winter time (UTC+1), which GIOŚ uses the whole year.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from ingest.errors import BadOption
from ingest.sensors.parsed import Fault, Heading, Parsed, parse
from ingest.sensors.pollutants import POLLUTANTS, UCUM, UNIT_NAMES, Pollutant
from ingest.source import IngestSource, Request, Series, SeriesReading
from layers.crs import WGS84, reproject
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.record import Refusal
from layers.text import Text

DAY_ZONE = "Etc/GMT-1"
"""UTC+1: the signs of these names are reversed."""
PERIODS = {"1g": ("1h", 3600), "24g": ("24h", 86400)}
SENSOR = SensorSpec(
    "gios/reference",
    "Metoda referencyjna GIOŚ",
    "Reference or equivalent method of the state environmental monitoring (directive 2008/50/EC)",
)


def read(request: Request) -> Iterator[SeriesReading]:
    """One reading with all wanted series. Options: `stations` (patterns of codes), `metadata` (a folder)."""
    if request.path is None:
        raise BadOption("The source gios reads a table or a folder of tables: give its path.")
    metadata = request.options.get("metadata", "")
    if metadata and not Path(metadata).is_dir():
        raise BadOption(f"metadata={metadata} is no folder; give the one with stations.csv.")
    wanted = [one.strip() for one in request.options.get("stations", "").split(",") if one.strip()]
    job = {"format": "gios", "metadata": str(Path(metadata).resolve()) if metadata else "", "stations": wanted}
    parsed = parse(job, request.path, request.scratch, request.progress)
    things = _things(parsed, request.city.srid)
    yield SeriesReading(_series(parsed, things), tuple(things.values()), parsed.total, parsed.notes)


def _things(parsed: Parsed, srid: int) -> dict[str, ThingSpec]:
    """The stations of all tables by their present code."""
    published: dict[str, set[str]] = {}
    for heading in parsed.headings:
        published.setdefault(heading.station, set()).add(heading.details["published"])
    return {code: _thing(code, names, parsed.facts["stations"].get(code), srid) for code, names in published.items()}


def _thing(code: str, published: set[str], station: Mapping[str, Any] | None, srid: int) -> ThingSpec:
    if station is None:
        return ThingSpec(f"gios/{code}", code, values={"station_type": "air"})
    old = sorted({*station["old_codes"], *published} - {code, station["name"]})
    named = ("international_code", "opened_on", "closed_on", "influence", "area", "construction", "voivodeship")
    properties = {"old_codes": old, **{name: station[name] for name in named if station[name]}}
    values = {
        "station_type": "air",
        "standing": "ended" if station["status"] == "nieaktywny" else "reference",
        "address": ", ".join(one for one in (station["street"], station["place"]) if one) or None,
    }
    geometry = None
    if station["lon_lat"]:
        geometry = reproject(np.array([shapely.Point(station["lon_lat"])]), WGS84, srid)[0]
    name = station["name"] or code
    return ThingSpec(f"gios/{code}", name, geometry=geometry, values=values, properties=properties)


def _series(parsed: Parsed, things: Mapping[str, ThingSpec]) -> Iterator[Series | Refusal]:
    streams: dict[tuple[str, str, str], StreamSpec] = {}
    for one in parsed.parts():
        heading = one.heading
        key = (heading.station, heading.observed, heading.period)
        if isinstance(one, Fault):
            code = f"{things[heading.station].code}/{_code(heading)}"
            yield Refusal(one.row, code, one.reason, one.message, value=one.value)
            continue
        if key not in streams:
            post = parsed.facts["posts"].get(" ".join(key), {})
            streams[key] = _stream(heading, things[heading.station], post)
        yield Series(streams[key], one.starts, one.ends, one.values, one.rows)


def _code(heading: Heading) -> str:
    return f"{heading.observed}/{PERIODS[heading.period][0]}"


def _stream(heading: Heading, thing: ThingSpec, post: Mapping[str, str]) -> StreamSpec:
    pollutant: Pollutant = POLLUTANTS[heading.observed]
    return StreamSpec(
        thing=thing,
        observed_property=PropertySpec(
            pollutant.code, pollutant.name.pl, pollutant.definition, pollutant.name.en.capitalize()
        ),
        sensor=SENSOR,
        code=_code(heading),
        name=f"{pollutant.code}, {PERIODS[heading.period][0]}: {thing.name}",
        unit=Unit(UNIT_NAMES[pollutant.unit], pollutant.unit, UCUM[pollutant.unit]),
        interval_s=PERIODS[heading.period][1],
        day_zone=DAY_ZONE,
        lowest=0.0,
        highest=pollutant.highest,
        properties=dict(post),
    )


SOURCE = IngestSource(
    slug="gios",
    title=Text("Archiwum GIOŚ: jakość powietrza", "GIOŚ archive: air quality"),
    read=read,
    options=frozenset(("stations", "metadata")),
    licence="LicenseRef-PL-public-information",
    attribution="GIOŚ, Państwowy Monitoring Środowiska",
    default_dataset="sensors",
)
