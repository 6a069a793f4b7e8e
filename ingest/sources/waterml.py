"""Source “waterml”: answers of hydrological services in WaterML 1.0 and 1.1.

Times are instants in UTC, from `dateTimeUTC`, an offset in the file, or the fixed offset of the option `zone`.
"""

from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ingest.errors import BadOption
from ingest.sensors.parsed import Fault, Heading, Parsed, parse
from ingest.source import IngestSource, Request, Series, SeriesReading
from layers.crs import WGS84, reproject
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.record import Refusal
from layers.text import Text

SENSOR = SensorSpec("waterml/unknown", "Nie podano", "WaterML describes methods, not instruments")


def read(request: Request) -> Iterator[SeriesReading]:
    """One reading with all time series of the document."""
    if request.path is None:
        raise BadOption("The source waterml reads an XML document: give its path.")
    job = {"format": "waterml", "zone": request.options.get("zone", "")}
    parsed = parse(job, request.path, request.scratch, request.progress)
    yield SeriesReading(_series(parsed, request.city.srid), (), parsed.total, parsed.notes)


def _series(parsed: Parsed, srid: int) -> Iterator[Series | Refusal]:
    things: dict[str, ThingSpec] = {}
    for one in parsed.parts():
        heading = one.heading
        code = f"waterml/{heading.station}"
        if isinstance(one, Fault):
            yield Refusal(one.row, f"{code}/{_code(heading)}", one.reason, one.message, value=one.value)
            continue
        if code not in things:
            things[code] = _thing(code, heading, srid)
        yield Series(_stream(heading, things[code]), one.starts, one.ends, one.values, one.rows)


def _code(heading: Heading) -> str:
    """Variable, method and quality level: "USU3/4/0"."""
    return "/".join(one for one in (heading.observed, heading.period) if one)


def _thing(code: str, heading: Heading, srid: int) -> ThingSpec:
    name = heading.details.get("site_name", heading.station)
    return ThingSpec(code, name, geometry=_place(heading, srid), values={"station_type": "river"})


def _place(heading: Heading, srid: int) -> BaseGeometry | None:
    """The site's point; coordinates of other datums are taken as WGS84, from which they differ by metres."""
    try:
        lon, lat = (float(heading.details[name]) for name in ("lon", "lat"))
    except (KeyError, ValueError):
        return None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    moved: BaseGeometry = reproject(np.array([shapely.Point(lon, lat)]), WGS84, srid)[0]
    return moved if np.isfinite(shapely.get_coordinates(moved)).all() else None


def _stream(heading: Heading, thing: ThingSpec) -> StreamSpec:
    details = heading.details
    name = details.get("variable_name", heading.observed)
    statistic = details.get("statistic", "")
    properties = {key: details[key] for key in ("statistic", "medium", "srs") if key in details}
    return StreamSpec(
        thing=thing,
        observed_property=PropertySpec(f"waterml/{heading.observed}", name),
        sensor=SENSOR,
        code=_code(heading),
        name=", ".join(one for one in (name, statistic) if one) + f": {thing.name}",
        unit=Unit(details.get("unit_name", heading.unit), heading.unit),
        interval_s=int(details.get("interval_s", "0")),
        properties=properties,
    )


SOURCE = IngestSource(
    slug="waterml",
    title=Text("WaterML: szeregi czasowe", "WaterML: time series"),
    read=read,
    options=frozenset(("zone",)),
    default_dataset="sensors",
)
