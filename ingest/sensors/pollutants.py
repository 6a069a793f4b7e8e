"""Pollutants that GIOŚ publishes: their names, unit, and the range of values that an instrument can give.

The upper bounds are not limits of the law. They are far above the highest hourly means known from Poland (PM10 of
some 1500 µg/m³ in smog and on New Year's Eve), so that only values which no instrument can have measured lie beyond.
Below 0 is noise near the detection limit, or an error.
"""

import re
from dataclasses import dataclass

from layers.text import Text

EIONET = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/"
MICROGRAMS = "µg/m³"
MILLIGRAMS = "mg/m³"
NANOGRAMS = "ng/m³"
UCUM = {MICROGRAMS: "ug/m3", MILLIGRAMS: "mg/m3", NANOGRAMS: "ng/m3"}
UNIT_NAMES = {
    MICROGRAMS: "mikrogram na metr sześcienny",
    MILLIGRAMS: "miligram na metr sześcienny",
    NANOGRAMS: "nanogram na metr sześcienny",
}


@dataclass(frozen=True, slots=True)
class Pollutant:
    """A pollutant by the code of GIOŚ. `number` is its number in the vocabulary of the EEA, 0 where not given."""

    code: str
    name: Text
    unit: str
    highest: float
    number: int = 0

    @property
    def definition(self) -> str:
        """Its URI, or ""."""
        return f"{EIONET}{self.number}" if self.number else ""


_METALS = (
    ("Pb(PM10)", Text("ołów w PM10", "lead in PM10"), MICROGRAMS, 100.0, 5012),
    ("Cd(PM10)", Text("kadm w PM10", "cadmium in PM10"), NANOGRAMS, 5000.0, 5014),
    ("Ni(PM10)", Text("nikiel w PM10", "nickel in PM10"), NANOGRAMS, 10000.0, 5015),
    ("As(PM10)", Text("arsen w PM10", "arsenic in PM10"), NANOGRAMS, 5000.0, 5018),
)
_AROMATICS = (
    ("BaP(PM10)", Text("benzo(a)piren w PM10", "benzo(a)pyrene in PM10"), NANOGRAMS, 1000.0, 5029),
    ("BaA(PM10)", Text("benzo(a)antracen w PM10", "benzo(a)anthracene in PM10"), NANOGRAMS, 1000.0),
    ("BbF(PM10)", Text("benzo(b)fluoranten w PM10", "benzo(b)fluoranthene in PM10"), NANOGRAMS, 1000.0),
    ("BjF(PM10)", Text("benzo(j)fluoranten w PM10", "benzo(j)fluoranthene in PM10"), NANOGRAMS, 1000.0),
    ("BkF(PM10)", Text("benzo(k)fluoranten w PM10", "benzo(k)fluoranthene in PM10"), NANOGRAMS, 1000.0),
    ("DBahA(PM10)", Text("dibenzo(a,h)antracen w PM10", "dibenzo(a,h)anthracene in PM10"), NANOGRAMS, 1000.0),
    ("IP(PM10)", Text("indeno(1,2,3-cd)piren w PM10", "indeno(1,2,3-cd)pyrene in PM10"), NANOGRAMS, 1000.0),
)
_GASES = (
    ("SO2", Text("dwutlenek siarki", "sulphur dioxide"), MICROGRAMS, 5000.0, 1),
    ("NO2", Text("dwutlenek azotu", "nitrogen dioxide"), MICROGRAMS, 2000.0, 8),
    ("NOx", Text("tlenki azotu", "nitrogen oxides"), MICROGRAMS, 5000.0, 9),
    ("NO", Text("tlenek azotu", "nitrogen monoxide"), MICROGRAMS, 3000.0, 38),
    ("O3", Text("ozon", "ozone"), MICROGRAMS, 600.0, 7),
    ("CO", Text("tlenek węgla", "carbon monoxide"), MILLIGRAMS, 100.0, 10),
    ("C6H6", Text("benzen", "benzene"), MICROGRAMS, 500.0, 20),
)
_DUST = (
    ("PM10", Text("pył zawieszony PM10", "particulate matter PM10"), MICROGRAMS, 2000.0, 5),
    ("PM2.5", Text("pył zawieszony PM2.5", "particulate matter PM2.5"), MICROGRAMS, 2000.0, 6001),
)
POLLUTANTS = {one[0]: Pollutant(*one) for one in (*_DUST, *_GASES, *_METALS, *_AROMATICS)}


def _plain(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.casefold())


_NAMED = {_plain(name): code for code, one in POLLUTANTS.items() for name in (code, one.name.pl)}


def pollutant_named(text: str) -> str:
    """The code of a pollutant as files name it ("PM25", "pm2.5", "pył zawieszony PM10", "BaP"), or ""."""
    short = _plain(text)
    return _NAMED.get(short) or _NAMED.get(f"{short}pm10", "")


_UNITS = {"ug/m3": MICROGRAMS, "mg/m3": MILLIGRAMS, "ng/m3": NANOGRAMS}


def unit_named(text: str) -> str:
    """The unit of a cell such as "ug/m3" or "µg/m³", or ""."""
    return _UNITS.get(text.strip().casefold().replace("µ", "u").replace("μ", "u").replace("³", "3"), "")
