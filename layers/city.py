"""The city profile: everything that differs from city to city, read once from the city file."""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from shapely import Polygon

from layers.errors import CityProfileInvalid
from layers.text import Text


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
    )


@lru_cache(maxsize=4)
def _cached(path: Path) -> City:
    return read_city(path)


def city() -> City:
    """The city of this installation."""
    return _cached(Path(settings.CITY_FILE))
