"""The city profile: all settings that differ between cities, read once from the city file."""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from shapely import Polygon

from layers.errors import CityProfileInvalid
from layers.text import Text


@dataclass(frozen=True, slots=True)
class BaseMap:
    """A map from another host that visitors may choose as their base map.

    For xyz `url` is a tile's address with {z}, {x} and {y}; for wmts one with {TileMatrix}, {TileRow} and {TileCol}
    of WebMercatorQuad; for wms, a whole GetMap request in EPSG:3857 without its BBOX, WIDTH and HEIGHT.
    """

    id: str
    title: Text
    kind: str
    url: str
    attribution: str

    @property
    def host(self) -> str:
        """Scheme and host, as the Content-Security-Policy names them."""
        found = urlsplit(self.url)
        return f"{found.scheme}://{found.netloc}"


@dataclass(frozen=True, slots=True)
class Accessibility:
    """The city's entries in the accessibility statement: who is responsible for the site, and dates.

    Texts are "" and dates None where the city file does not give them; the statement then states that.
    """

    owner: Text = Text("Urząd Miasta", "The city office")
    email: str = ""
    phone: str = ""
    person: str = ""
    address: str = ""
    published: date | None = None
    updated: date | None = None
    prepared: date | None = None
    reviewed: date | None = None

    @property
    def dates(self) -> dict[str, date]:
        """The dates that are given."""
        named = {name: getattr(self, name) for name in ("published", "updated", "prepared", "reviewed")}
        return {name: day for name, day in named.items() if day}


@dataclass(frozen=True, slots=True)
class Publisher:
    """The publisher and contact point of the city's open data; "" where the city file gives none.

    `identifier` is the URI of the office in registers, `url` its page.
    """

    name: Text
    email: str = ""
    phone: str = ""
    url: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class City:
    """A city. `outline` is in lon, lat (WGS84); `srid` is the storage coordinate system, metric and projected."""

    slug: str
    name: Text
    srid: int
    outline: Polygon
    outline_padding_m: float
    view: tuple[float, float, float]
    population: int
    area_km2: float
    timezone: ZoneInfo
    candidate_srids: tuple[int, ...]
    languages: tuple[str, ...] = ("pl", "en")
    teryt: str = ""
    authority: dict[str, tuple[str, ...]] = field(default_factory=dict)
    accessibility: Accessibility = Accessibility()
    publisher: Publisher = Publisher(Accessibility().owner)
    base_maps: tuple[BaseMap, ...] = ()
    retention_days: dict[str, int] = field(default_factory=dict)
    """Days for which raw observations of a class of datastreams are retained; other classes for ever."""
    raw_photo_days: int | None = None
    """Days after the release of a photo when its raw files are deleted; None: never."""
    declination_deg: float = 0.0
    """Magnetic declination, east positive: what is added to a magnetic heading."""


def read_city(path: Path) -> City:
    """Read a city file. Raises CityProfileInvalid naming the file and what is wrong in it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise CityProfileInvalid(f"City file {path} cannot be read ({fault.strerror}); set CITY_FILE.") from fault
    except tomllib.TOMLDecodeError as fault:
        raise CityProfileInvalid(f"City file {path} is not valid TOML: {fault}.") from fault
    try:
        return _city(raw)
    except (KeyError, TypeError, ValueError) as fault:
        raise CityProfileInvalid(f"City file {path}: missing or wrong entry {fault}.") from fault


def _city(raw: dict[str, Any]) -> City:
    outline = Polygon(raw["outline"])
    if not outline.is_valid or outline.is_empty:
        raise ValueError("outline (it crosses itself)")
    lon, lat, zoom = raw["view"]
    return City(
        slug=raw["slug"],
        name=Text(**raw["name"]),
        srid=int(raw["srid"]),
        outline=outline,
        outline_padding_m=float(raw["outline_padding_m"]),
        view=(lon, lat, zoom),
        population=int(raw["population"]),
        area_km2=float(raw["area_km2"]),
        timezone=ZoneInfo(raw["timezone"]),
        candidate_srids=tuple(raw["candidate_srids"]),
        languages=tuple(raw["languages"]),
        teryt=raw.get("teryt", ""),
        authority={kind: tuple(order) for kind, order in raw.get("authority", {}).items()},
        accessibility=_accessibility(raw.get("accessibility", {})),
        publisher=_publisher(raw),
        base_maps=tuple(_base_map(one) for one in raw.get("base_maps", ())),
        retention_days=_retention(raw.get("observations", {}).get("retention_days", {})),
        raw_photo_days=_days(raw, "photos", "raw_days_after_release"),
        declination_deg=float(raw.get("photos", {}).get("declination_deg", 0.0)),
    )


def _days(raw: dict[str, Any], section: str, name: str) -> int | None:
    days = raw.get(section, {}).get(name)
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 1):
        raise ValueError(f"{section}.{name} = {days!r} (a number of days, at least 1)")
    return days


def _retention(raw: dict[str, Any]) -> dict[str, int]:
    for name, days in raw.items():
        if not isinstance(days, int) or isinstance(days, bool) or days < 1:
            raise ValueError(f"observations.retention_days.{name} = {days!r} (a number of days, at least 1)")
    return dict(raw)


def _base_map(raw: dict[str, Any]) -> BaseMap:
    made = BaseMap(raw["id"], Text(**raw["title"]), raw["kind"], raw["url"], raw.get("attribution", ""))
    if made.kind not in ("xyz", "wmts", "wms"):
        raise ValueError(f"base_maps {made.id}: kind “{made.kind}” (xyz, wmts or wms)")
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", made.host):
        raise ValueError(f"base_maps {made.id}: url “{made.url}” (it must begin with https:// and a host)")
    if not re.fullmatch(r"[a-z0-9_-]+", made.id) or made.id in ("own", "none"):
        raise ValueError(f"base_maps: id “{made.id}” (small letters and digits, not own or none)")
    return made


def _accessibility(raw: dict[str, Any]) -> Accessibility:
    owner = {"owner": Text(**raw["owner"])} if "owner" in raw else {}
    return Accessibility(**(raw | owner))


def _publisher(raw: dict[str, Any]) -> Publisher:
    """The publisher; missing entries default to those of the accessibility statement's owner."""
    owner = _accessibility(raw.get("accessibility", {}))
    given = raw.get("publisher", {})
    name = Text(**given["name"]) if "name" in given else owner.owner
    made = Publisher(**({"email": owner.email, "phone": owner.phone} | given | {"name": name}))
    if made.email and not re.fullmatch(r"[^@\s]+@[^@\s]+", made.email):
        raise ValueError(f"publisher: email “{made.email}”")
    for text in (made.url, made.identifier):
        if text and not re.fullmatch(r"https?://\S+", text):
            raise ValueError(f"publisher: “{text}” (an address that begins with https://)")
    return made


@lru_cache(maxsize=4)
def _cached(path: Path) -> City:
    return read_city(path)


def city() -> City:
    """The city of this installation."""
    return _cached(Path(settings.CITY_FILE))
