"""The Polish and the European air-quality index of a station: of one hour, and of a series of hours.

The worst pollutant decides. The bands and their sources stand in `bands_pl.toml` and `bands_eu.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from layers.errors import BadMeasure, NoBandTable
from layers.observations.columns import Numbers, Times
from layers.observations.meaning.bands import NO_CLASS, BandTable, Classes, Index, band_table, band_tables
from layers.observations.meaning.days import HOUR, Days, civil_days
from layers.observations.meaning.meanings import UNKNOWN, Meaning, Rule, Sure, filled, joined
from layers.observations.meaning.means import DAY_SHARE, Hour, Means, hourly_grid, require, running_means
from layers.observations.meaning.rules import FOLDER
from layers.observations.meaning.units import converted
from layers.text import Text

_NO_TABLE = Rule("", Text("brak tabeli progów", "no band table"), "", Sure.KNOWN)


@dataclass(frozen=True, slots=True)
class Concentration:
    """A mean of a pollutant over so many hours, in a unit; NaN for a pollutant that is measured but has no value."""

    value: float
    unit: str
    hours: int = 1


@dataclass(frozen=True, slots=True)
class AirIndex:
    """An index of a station in one hour.

    `pollutants` has the meaning of each pollutant with a value, `deciding` those of the worst class. `missing` are
    measured here but have no valid value in this hour, `unmeasured` are in the band table but not measured here.
    """

    meaning: Meaning
    pollutants: Mapping[str, Meaning] = field(default_factory=dict)
    deciding: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unmeasured: tuple[str, ...] = ()


def hour_index(table: BandTable, values: Mapping[str, Concentration]) -> AirIndex:
    """The index of one hour from the values of a station, by the code of the pollutant (“PM2.5”).

    Pollutants that the table does not have are left out. Raises BadMeasure where the averaging time or the unit of a
    value is not what the table wants: the older European table judges dust by means of 24 hours.
    """
    found: dict[str, Meaning] = {}
    for name, bands in table.bands.items():
        given = values.get(name)
        if given is None:
            continue
        if given.hours != bands.hours:
            raise BadMeasure(f"{name}: {table.rule.version} wants means of {bands.hours} h, not of {given.hours} h.")
        value = converted(np.array([given.value]), given.unit, bands.unit)
        at = int(bands.classes(value)[0])
        if at != NO_CLASS:
            found[name] = table.grades[at].because(bands.reason(float(value[0]), at), table.rule)
    return _overall(table, found, [name for name in table.bands if name in values])


def _overall(table: BandTable, found: dict[str, Meaning], measured: list[str]) -> AirIndex:
    missing = tuple(name for name in measured if name not in found)
    unmeasured = tuple(name for name in table.bands if name not in measured)
    gaps = joined([_listed(_MISSING, missing), _listed(_UNMEASURED, unmeasured)])
    if not found:
        none = Text("żadne zanieczyszczenie nie ma ważnej wartości", "no pollutant has a valid value")
        return AirIndex(UNKNOWN.because(joined([none, gaps]), table.rule), {}, (), missing, unmeasured)
    worst = max(one.index for one in found.values() if one.index is not None)
    deciding = tuple(name for name, one in found.items() if one.index == worst)
    count = filled(
        Text("ocenione: {n} z {all} zanieczyszczeń", "{n} of {all} pollutants judged"),
        n=len(found),
        all=len(table.bands),
    )
    reasons = [_listed(_DECIDING, deciding), *(found[name].reason for name in deciding), count, gaps]
    meaning = table.grades[worst].because(joined(reasons), table.rule)
    return AirIndex(meaning, found, deciding, missing, unmeasured)


_DECIDING = Text("decyduje: {names}", "decided by: {names}")
_MISSING = Text("brak ważnej wartości: {names}", "no valid value: {names}")
_UNMEASURED = Text("niemierzone tutaj: {names}", "not measured here: {names}")


def _listed(template: Text, names: tuple[str, ...]) -> Text:
    return filled(template, names=", ".join(names)) if names else Text("", "")


@dataclass(frozen=True, slots=True, eq=False)
class IndexSeries:
    """An index of all hours between the first and the last of a station, each column (n,).

    `ends` in UTC; `classes` from 0, NO_CLASS where no pollutant has a value or no table holds; `by_pollutant` the
    same of each pollutant. `values` are in the unit and of the averaging time of the table of the hour, whose
    place in `tables` is `table_of`, -1 for none.
    """

    ends: Times
    classes: Classes
    by_pollutant: Mapping[str, Classes]
    values: Mapping[str, Numbers]
    tables: tuple[BandTable, ...]
    table_of: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.ends)

    def at(self, place: int) -> AirIndex:
        """The index of one hour with its reasons."""
        if self.table_of[place] < 0:
            none = Text("żadna tabela progów nie obowiązuje w tym dniu", "no band table holds on this day")
            return AirIndex(UNKNOWN.because(none, _NO_TABLE))
        table = self.tables[self.table_of[place]]
        values = {
            name: Concentration(float(column[place]), table.bands[name].unit, table.bands[name].hours)
            for name, column in self.values.items()
            if name in table.bands
        }
        return hour_index(table, values)


def index_series(index: Index, station: Mapping[str, Means[Hour]], folder: Path = FOLDER) -> IndexSeries:
    """The index of each hour of a station from hourly means by the code of the pollutant, in any units of mass.

    Each hour is judged by the table that holds on its civil day. Running means that a table wants are computed.
    Raises BadMeasure where series have different zones.
    """
    _check(station)
    series = list(station.values())
    known = np.unique(np.concatenate([one.ends for one in series] or [_NO_TIMES]))
    ends, _ = hourly_grid(known, np.zeros(len(known)))
    tables = band_tables(index, folder)
    days = civil_days(ends - HOUR, series[0].zone) if series else ends.astype("datetime64[D]")
    table_of = _table_of(index, tables, days, folder)
    values = {name: np.full(len(ends), np.nan) for name in station}
    classes = {name: np.full(len(ends), NO_CLASS, np.int8) for name in station}
    for at, table in enumerate(tables):
        chosen = table_of == at
        for name in table.bands.keys() & station.keys() if chosen.any() else ():
            found = _expressed(station[name], ends, table, name)
            values[name][chosen] = found[chosen]
            classes[name][chosen] = table.bands[name].classes(found[chosen])
    worst = np.max(list(classes.values()), axis=0) if classes else np.empty(0, np.int8)
    return IndexSeries(ends, worst, classes, values, tables, table_of)


_NO_TIMES: Times = np.empty(0, "datetime64[us]")


def _check(station: Mapping[str, Means[Hour]]) -> None:
    for name, one in station.items():
        require(one, Hour, name)
    if len({one.zone.key for one in station.values()}) > 1:
        raise BadMeasure("The series of one station are counted in different time zones.")


def _table_of(index: Index, tables: tuple[BandTable, ...], days: Days, folder: Path) -> NDArray[np.int8]:
    """The place of the table that holds on each day, -1 for none."""
    distinct, group = np.unique(days, return_inverse=True)
    places = np.full(len(distinct), -1, np.int8)
    for at, day in enumerate(distinct.tolist()):
        try:
            places[at] = tables.index(band_table(index, day, folder))
        except NoBandTable:
            continue
    return places[group]


def _expressed(means: Means[Hour], ends: Times, table: BandTable, name: str) -> Numbers:
    """The values of all hours in the unit and averaging time of a table."""
    bands = table.bands[name]
    grid = np.full(len(ends), np.nan)
    grid[np.searchsorted(ends, means.ends)] = means.expressed(bands.unit)
    if bands.hours == 1:
        return grid
    running, coverage = running_means(grid, bands.hours)
    return np.where(coverage >= DAY_SHARE, running, np.nan)
