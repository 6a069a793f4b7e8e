"""Parses answers of WaterML 1.0 and 1.1 services (timeSeriesResponse). Runs in the sandbox only.

OWSLib reads the descriptions of sites and variables. The values are read here, one by one, so that a time that cannot
be read costs one value; OWSLib would complete it with today's date, or refuse the file. A file with a document type,
entities or deep nesting is refused before any of it is built.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
from owslib.etree import etree
from owslib.waterml.wml import SiteInfo, Variable, namespaces

from ingest.errors import UnreadableFile
from ingest.readers.prescan import xml_root
from ingest.sensors.cells import fixed_offset, numbers
from ingest.sensors.files import members
from ingest.sensors.parsed import Fault, Heading, Part

ROOT = "timeSeriesResponse"
VERSIONS = ("wml1.1", "wml1.0")
UNCENSORED = ("", "nc")


def parse(job: dict[str, Any], _notes: list[str], _facts: dict[str, Any]) -> Iterator[Part | Fault]:
    """Parts of all time series of the file. Option of the job: `zone`, for times without one, "" for none."""
    member = next(members(Path(job["path"]), Path(job["folder"]) / "files", job["limits"]))
    found = xml_root(member.path, job["limits"]["nesting"]).rpartition(":")[2]
    if found != ROOT:
        raise UnreadableFile(f"{member.name} is an XML document {found}; expected {ROOT} of WaterML 1.0 or 1.1.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.parse(str(member.path), parser).getroot()
    version = next((one for one in VERSIONS if root.tag == namespaces[one] + ROOT), None)
    if version is None:
        raise UnreadableFile(f"{member.name} has the root {root.tag}; expected WaterML 1.0 or 1.1 of CUAHSI.")
    series = root.findall(f"{namespaces[version]}timeSeries")
    if not series:
        raise UnreadableFile(f"{member.name} has no time series.")
    zone = fixed_offset(job["zone"]) if job["zone"] else None
    for one in series:
        yield from _series(one, version, zone)


def _series(series: Any, version: str, zone: timezone | None) -> Iterator[Part | Fault]:
    space = namespaces[version]
    site = SiteInfo(series.find(f"{space}sourceInfo"), version)
    variable = Variable(series.find(f"{space}variable"), version)
    groups: dict[str, list[Any]] = {}
    for value in series.iterfind(f"{space}values/{space}value"):
        groups.setdefault(_group(value), []).append(value)
    for group, values in groups.items():
        heading = _heading(series.find(f"{space}sourceInfo/{space}siteCode"), site, variable, group)
        yield from _part(heading, values, str(variable.no_data_value or ""), zone)


def _group(value: Any) -> str:
    """Method and quality level of a value ("4/0"): each has a datastream of its own."""
    method = value.get("methodCode") or value.get("methodID") or ""
    level = value.get("qualityControlLevelCode") or value.get("qualityControlLevel") or ""
    return "/".join(one for one in (method, level) if one)


def _heading(code: Any, site: SiteInfo, variable: Variable, group: str) -> Heading:
    if code is None or not (code.text or "").strip() or not variable.variable_code:
        raise UnreadableFile("A time series has no code of its site or variable.")
    network = code.get("network") or ""
    lon, lat = site.location.geo_coords[0] if site.location.geo_coords else (None, None)
    unit = variable.unit
    details = {
        "site_name": site.site_name,
        "lon": lon,
        "lat": lat,
        "srs": site.location.srs[0] if site.location.srs else "",
        "variable_name": variable.variable_name,
        "statistic": variable.data_type,
        "medium": variable.sample_medium,
        "unit_name": unit.name if unit is not None else "",
        "interval_s": _interval(variable),
    }
    symbol = (unit.abbreviation or unit.name or "") if unit is not None else ""
    station = ":".join(one for one in (network, code.text.strip()) if one)
    known = {name: str(text) for name, text in details.items() if text}
    return Heading(station, str(variable.variable_code), group, str(symbol), known)


def _interval(variable: Variable) -> str:
    """Seconds between two values of a regular series, where they are given as time support."""
    scale = getattr(variable, "time_scale", None) or getattr(variable, "time_support", None)
    seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
    unit = getattr(getattr(scale, "unit", None), "name", None)
    spacing = getattr(scale, "time_spacing", None)
    return str(int(spacing) * seconds[unit]) if unit in seconds and spacing and spacing.isdigit() else ""


def _part(heading: Heading, elements: list[Any], missing: str, zone: timezone | None) -> Iterator[Part | Fault]:
    """The values as instants: WaterML 1 leaves open whether a time is the start or the end of its mean."""
    texts = [(one.text or "").strip() for one in elements]
    values, bad = numbers(texts, ".")
    none = float(missing) if missing and not numbers([missing], ".")[1] else np.nan
    times = np.full(len(values), np.datetime64("NaT"), "datetime64[us]")
    for at, one in enumerate(elements):
        time = _time(one, zone)
        if time is not None:
            times[at] = np.datetime64(time.replace(tzinfo=None), "us")
        if (reason := _refused(one, at in bad, time)) and values[at] != none:
            values[at] = np.nan
            yield Fault(heading, one.sourceline or 0, *reason, texts[at][:300])
    known = np.isfinite(values) & (values != none)
    rows = np.array([one.sourceline or 0 for one in elements], dtype=np.int64)
    yield Part(heading, times[known], times[known], values[known], rows[known])


def _refused(value: Any, bad: bool, time: datetime | None) -> tuple[str, str] | None:
    if bad:
        return "number", "The value is no number."
    if time is None:
        found = value.get("dateTimeUTC") or value.get("dateTime") or ""
        return (
            "time",
            f"The time “{found[:40]}” cannot be read or has no zone; give --option zone=+01:00 where it has none.",
        )
    if (code := value.get("censorCode") or "") not in UNCENSORED:
        return "censored", f"The value is a bound and no measurement (censorCode {code[:10]})."
    return None


def _time(value: Any, zone: timezone | None) -> datetime | None:
    """The time in UTC, from dateTimeUTC, dateTime with an offset, timeOffset, or the fixed offset of the option."""
    try:
        if stated := value.get("dateTimeUTC"):
            return _utc(datetime.fromisoformat(stated), UTC)
        local = datetime.fromisoformat(value.get("dateTime") or "")
        if local.tzinfo is None and (offset := value.get("timeOffset")):
            local = datetime.fromisoformat(f"{local.isoformat()}{offset}")
        return _utc(local, zone)
    except (ValueError, OverflowError):
        return None


def _utc(time: datetime, zone: timezone | None) -> datetime | None:
    if time.tzinfo is None and zone is None:
        return None
    return (time if time.tzinfo is not None else time.replace(tzinfo=zone)).astimezone(UTC)
