"""Parses coordinates typed by people: degrees or metres, in either axis order.

The ranges of the systems do not overlap in the city (longitude about 20, latitude about 50, metres in the millions),
so a pair of numbers is valid in one system and one order only.
"""

import re
from dataclasses import dataclass

from layers.city import city
from layers.crs import WGS84, padded_outline, system_name, transformer

PADDING_M = 15_000
"""Greatest distance of a position from the city's outline."""

NUMBER = r"[-+]?\d+(?:\.\d+)?"
DEGREES = re.compile(
    rf"([NSEW])?\s*({NUMBER})\s*(?:°|º|\s*deg)?\s*(?:({NUMBER})\s*['’′]\s*)?(?:({NUMBER})\s*(?:\"|”|″|''))?\s*([NSEW])?",
    re.IGNORECASE,
)
BETWEEN = (
    r"[;,]\s*",
    r"(?<=[NSEWnsew])\s+(?=\d)",
    r"(?<=[\d\"”″'′°])\s*(?=[NSEWnsew]\s*\d)",
    r"(?<=[\"”″'])\s+",
)
SIGNS = {"N": 1, "S": -1, "E": 1, "W": -1}


@dataclass(frozen=True, slots=True)
class Position:
    """A position in degrees; `inside`: whether it is within PADDING_M of the city."""

    longitude: float
    latitude: float
    inside: bool

    @property
    def title(self) -> str:
        """Latitude and longitude, as usually written."""
        return f"{self.latitude:.6f}, {self.longitude:.6f}"

    @property
    def detail(self) -> str:
        """The position in metres, in the city's metric systems."""
        systems = [srid for srid in dict.fromkeys((city().srid, *city().candidate_srids)) if srid != WGS84]
        return " · ".join(self._in_metres(srid) for srid in systems)

    def _in_metres(self, srid: int) -> str:
        east, north = transformer(WGS84, srid).transform(self.longitude, self.latitude)
        return f"{system_name(srid)}: E {east:.2f}, N {north:.2f}"


def position(text: str) -> Position | None:
    """The position in a text; None where it is no pair of coordinates.

    Example: "50.87028, 20.63139", "20,63139 50,87028", "50°52'13\\"N 20°37'53\\"E" and "7474054.38 5637285.40" all
    mean the market square of Kielce.
    """
    pair = _lettered(text) or _pair(text)
    if pair is None:
        return None
    for srid in dict.fromkeys((WGS84, city().srid, *city().candidate_srids)):
        west, south, east, north = padded_outline(srid, PADDING_M).bounds
        for x, y in (pair, pair[::-1]):
            if west <= x <= east and south <= y <= north:
                return Position(*transformer(srid, WGS84).transform(x, y), inside=True)
    return _elsewhere(text, pair)


def _elsewhere(text: str, pair: tuple[float, float]) -> Position | None:
    """A pair valid in no system here: degrees of another place, or None (two house numbers)."""
    if not re.search(r"\d[.,]\d{3}|°|\d{6}", text):
        return None
    longitude, latitude = pair if "E" in text.upper() or "W" in text.upper() else pair[::-1]
    return Position(longitude, latitude, inside=False)


def _lettered(text: str) -> tuple[float, float] | None:
    """Longitude and latitude from degrees with letters or signs of degrees; without letters latitude comes first."""
    if not re.search(r"[°º′'’]|[NSEWnsew]\s*[\d-]|\d\s*[NSEWnsew]", text):
        return None
    found = DEGREES.fullmatch
    halves = _halves(text)
    if halves is None:
        return None
    values: dict[str, float] = {}
    for half, usual in zip(halves, "NE", strict=True):
        match = found(half.strip())
        if match is None:
            return None
        letter = (match[1] or match[5] or usual).upper()
        minutes, seconds = float(match[3] or 0), float(match[4] or 0)
        values["NE"[letter in "EW"]] = SIGNS[letter] * (float(match[2]) + minutes / 60 + seconds / 3600)
    return (values["E"], values["N"]) if len(values) == 2 else None


def _halves(text: str) -> tuple[str, str] | None:
    """The text split between its two values: at a comma or semicolon, after a letter, before one, after seconds."""
    text = re.sub(r"(\d),(\d)", r"\1.\2", text) if text.count(",") > 1 else text
    for separator in (
        r"[;,]\s*",
        r"(?<=[NSEWnsew])\s+(?=\d)",
        r"(?<=[\d\"”″'′°])\s*(?=[NSEWnsew]\s*\d)",
        r"(?<=[\"”″'])\s+",
    ):
        halves = re.split(separator, text.strip())
        if len(halves) == 2:
            return halves[0], halves[1]
    return None


def _pair(text: str) -> tuple[float, float] | None:
    """Two plain numbers, with decimal points or commas."""
    for separator, decimal in ((r"\s*[;\s]\s*", ","), (r"\s*,\s*|\s+", "")):
        parts = [part for part in re.split(separator, text.strip().strip(",")) if part]
        numbers = [part.rstrip(",").replace(decimal, ".") if decimal else part for part in parts]
        if len(numbers) == 2 and all(re.fullmatch(NUMBER, number) for number in numbers):
            return float(numbers[0]), float(numbers[1])
    return None
