"""The mapping table: which own topics devices publish to, and which of their fields are which datastreams.

It stands in the city file, or in the TOML file that its `mqtt.file` names, as in:

    [[mqtt.devices]]
    topic = "v3/kielce@ttn/devices/silnica-1/up"
    dialect = "ttn"
    [mqtt.devices.fields]
    level_m = { datastream = "silnica-1/level", factor = 100 }

    [[mqtt.devices]]
    topic = "meters/7"
    dialect = "json"
    time = "at"
    [mqtt.devices.fields]
    "tank.level" = 67

`dialect` is `ttn` (uplinks of The Things Network v3, fields of `decoded_payload`), `sensor_community` (fields are
value types of `sensordatavalues`) or `json` (fields are dotted paths, as in `data.0.pm10`). A datastream is named by
its number, or by the codes of its Thing and its own. `time` is the dotted path of the phenomenon time, as ISO 8601 or
in seconds since 1970; without it `ttn` takes the uplink's, the others the moment of arrival. Levels of `topic` may be
`+`.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Concat

from ingest.errors import BadMapping
from layers.observations.documents import HIGHEST_KEY
from layers.observations.models import Datastream

Dialect = Literal["ttn", "sensor_community", "json"]


@dataclass(frozen=True, slots=True)
class MappedField:
    """A field of a payload: its dotted path, the datastream's codes or number as text, the factor to its unit."""

    path: str
    datastream: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class DeviceTopic:
    """One entry of the table."""

    topic: str
    dialect: Dialect
    fields: tuple[MappedField, ...]
    time: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its datastreams."""
        return frozenset(one.datastream for one in self.fields)


def mapping() -> tuple[DeviceTopic, ...]:
    """The mapping table of this city. Raises BadMapping."""
    return read_mapping(Path(settings.CITY_FILE))


def read_mapping(city_file: Path) -> tuple[DeviceTopic, ...]:
    """The mapping table in a city file, or in the file that it names. Raises BadMapping naming file and entry."""
    raw, file = _section(city_file), city_file
    if "file" in raw:
        file = city_file.parent / str(raw["file"])
        raw = _section(file) | {key: value for key, value in raw.items() if key not in ("file", "devices")}
    entries = raw.get("devices", [])
    if not isinstance(entries, list) or set(raw) - {"devices"}:
        raise BadMapping(f"{file}: [mqtt] has the entries file and [[mqtt.devices]] only; found {', '.join(raw)}.")
    read = tuple(_device(entry, f"{file}: mqtt.devices number {at}") for at, entry in enumerate(entries, start=1))
    topics = [one.topic for one in read]
    for topic in topics:
        if topics.count(topic) > 1:
            raise BadMapping(f"{file}: the topic {topic} stands twice in mqtt.devices.")
    return read


def stored_keys(codes: Iterable[str]) -> dict[str, int]:
    """The keys of stored datastreams by the codes of Thing and datastream, or by their numbers as text; a code that
    two have is left out."""
    full = Concat(F("thing__code"), Value("/"), F("code"))
    found = Datastream.objects.filter(ended_by=None, thing__ended_by=None).annotate(full=full)
    wanted = set(codes)
    pairs = list(found.filter(full__in=wanted).values_list("full", "pk"))
    numbers = [int(one) for one in wanted if one.isdecimal()]
    pairs += [(str(key), key) for key in found.filter(pk__in=numbers).values_list("pk", flat=True)]
    names = [name for name, _ in pairs]
    return {name: key for name, key in pairs if names.count(name) == 1}


def _section(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8")).get("mqtt", {})
    except OSError as fault:
        raise BadMapping(f"{path}, which holds the mapping of devices, cannot be read ({fault.strerror}).") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadMapping(f"{path} is not valid TOML: {fault}.") from fault
    if not isinstance(raw, dict):
        raise BadMapping(f"{path}: mqtt must be a table.")
    return raw


def _device(entry: Any, where: str) -> DeviceTopic:
    if not isinstance(entry, Mapping) or set(entry) - {"topic", "dialect", "fields", "time"}:
        raise BadMapping(f"{where} has entries other than topic, dialect, fields and time: {_keys(entry)}.")
    topic, dialect, time = entry.get("topic"), entry.get("dialect"), entry.get("time", "")
    if not isinstance(topic, str) or not re.fullmatch(r"(?:\+|[^+#/\s\0]+)(?:/(?:\+|[^+#/\s\0]+))*", topic):
        raise BadMapping(f"{where}: topic is {topic!r}; expected levels between slashes, each a word or +.")
    if topic.split("/")[0] in ("v1.1", "devices", "staff", "services", "+") or topic.startswith("$"):
        raise BadMapping(f"{where}: topic {topic} begins like the portal's own ones; choose another first level.")
    if dialect not in get_args(Dialect):
        raise BadMapping(f"{where}: dialect is {dialect!r}; expected one of {', '.join(get_args(Dialect))}.")
    if not isinstance(time, str):
        raise BadMapping(f"{where}: time is {time!r}; expected a dotted path, as in uplink_message.received_at.")
    fields = entry.get("fields")
    if not isinstance(fields, Mapping) or not fields:
        raise BadMapping(f"{where}: fields is missing; expected a table with at least one field of the payload.")
    read = tuple(_field(path, given, f"{where}: fields.{path}") for path, given in fields.items())
    return DeviceTopic(topic, cast(Dialect, dialect), read, time)


def _field(path: str, given: Any, where: str) -> MappedField:
    if isinstance(given, str | int):
        given = {"datastream": given}
    if not isinstance(given, Mapping) or set(given) - {"datastream", "factor"}:
        raise BadMapping(f"{where} has entries other than datastream and factor: {_keys(given)}.")
    code, factor = given.get("datastream"), given.get("factor", 1.0)
    if type(code) is int and 0 < code <= HIGHEST_KEY:
        code = str(code)
    elif not isinstance(code, str) or "/" not in code.strip("/"):
        raise BadMapping(
            f"{where}: datastream is {code!r}; expected its number, or the codes of Thing and datastream as in a/b."
        )
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not math.isfinite(factor) or factor == 0:
        raise BadMapping(f"{where}: factor is {factor!r}; expected a number other than 0.")
    return MappedField(path, code, float(factor))


def _keys(entry: Any) -> str:
    return ", ".join(map(str, entry)) if isinstance(entry, Mapping) else repr(entry)
