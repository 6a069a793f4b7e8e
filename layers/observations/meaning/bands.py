"""Band tables of the air-quality indices: which holds on a date, and the class of a concentration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from layers.errors import NoBandTable, RulesInvalid
from layers.observations.columns import Numbers
from layers.observations.meaning.meanings import Grade, Rule, amount, filled, number
from layers.observations.meaning.rules import FOLDER, grades, rising, rule, rule_file, text
from layers.observations.meaning.units import unit_named
from layers.text import Text

Index = Literal["pl", "eu"]
Classes = NDArray[np.int8]
NO_CLASS = -1


@dataclass(frozen=True, slots=True)
class Bands:
    """The upper limits of a pollutant's classes, all but the worst one's; means of so many hours in `unit`."""

    pollutant: str
    unit: str
    hours: int
    upper: tuple[float, ...]

    def classes(self, values: Numbers) -> Classes:
        """The class of each value (n,) in the unit of the bands, from 0; NO_CLASS for NaN and infinity.

        A value at an upper limit is in the better class, one below 0 (noise near the detection limit) in the best.
        """
        found = np.searchsorted(np.array(self.upper), values, side="left").astype(np.int8)
        return np.where(np.isfinite(values), found, np.int8(NO_CLASS)).astype(np.int8)

    @property
    def window(self) -> Text:
        """The averaging time in words."""
        if self.hours == 1:
            return Text("średnia godzinna", "hourly mean")
        return Text(f"średnia krocząca z {self.hours} h", f"running mean of {self.hours} h")

    def reason(self, value: float, at: int) -> Text:
        """A value of the class `at` with its band in words: “PM10 62 µg/m³, hourly mean, above 50 to 80”."""
        above = number(self.upper[at - 1]) if at else Text("", "")
        most = number(self.upper[at]) if at < len(self.upper) else Text("", "")
        if not at:
            band = filled(Text("do {most}", "up to {most}"), most=most)
        elif at == len(self.upper):
            band = filled(Text("powyżej {above}", "above {above}"), above=above)
        else:
            band = filled(Text("powyżej {above} do {most}", "above {above} to {most}"), above=above, most=most)
        template = Text("{name} {value}, {window}, {band}", "{name} {value}, {window}, {band}")
        value_text = amount(value, self.unit)
        return filled(template, name=self.pollutant, value=value_text, window=self.window, band=band)


@dataclass(frozen=True, slots=True, eq=False)
class BandTable:
    """A version of an index. `by_date` is false where its validity is not known: then it is chosen by name only."""

    index: Index
    title: Text
    rule: Rule
    grades: tuple[Grade, ...]
    bands: Mapping[str, Bands]
    by_date: bool


def band_tables(index: Index, folder: Path = FOLDER) -> tuple[BandTable, ...]:
    """All versions of an index, as in `bands_pl.toml` or `bands_eu.toml` of a folder. Raises RulesInvalid."""
    return _tables(index, folder / f"bands_{index}.toml")


@lru_cache(maxsize=8)
def _tables(index: Index, path: Path) -> tuple[BandTable, ...]:
    raw = rule_file(path)
    try:
        found = grades(raw["classes"])
        return tuple(_table(index, text(raw["title"]), found, one) for one in raw["versions"])
    except (KeyError, TypeError, ValueError) as fault:
        raise RulesInvalid(f"Rule file {path}: missing or wrong entry {fault}.") from fault


def _table(index: Index, title: Text, found: tuple[Grade, ...], raw: Mapping[str, Any]) -> BandTable:
    bands = {
        name: Bands(name, unit_named(one["unit"]), one["hours"], rising(one["upper"]))
        for name, one in raw["pollutants"].items()
    }
    wrong = [name for name, one in bands.items() if len(one.upper) != len(found) - 1]
    if wrong:
        raise RulesInvalid(f"{raw['version']}: {wrong} need {len(found) - 1} limits between {len(found)} classes.")
    return BandTable(index, title, rule(raw), found, bands, raw.get("by_date", True))


def band_table(index: Index, day: date, folder: Path = FOLDER) -> BandTable:
    """The version of an index that holds on a day. Raises NoBandTable."""
    for table in band_tables(index, folder):
        if table.by_date and table.rule.holds(day):
            return table
    raise NoBandTable(f"No band table of the index “{index}” is known to hold on {day}.")


def band_table_named(index: Index, version: str, folder: Path = FOLDER) -> BandTable:
    """A version of an index by its name. Raises NoBandTable with the names that exist."""
    tables = {table.rule.version: table for table in band_tables(index, folder)}
    if version not in tables:
        raise NoBandTable(f"The index “{index}” has no version “{version}”; there are {', '.join(tables)}.")
    return tables[version]
