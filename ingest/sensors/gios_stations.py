"""Reads what GIOŚ publishes about its stations: places, former codes, measuring posts. Runs in the sandbox only."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.errors import UnreadableFile
from ingest.readers.formats import check_size
from ingest.sensors.files import Member, table
from ingest.text.numbers import coordinate

STATIONS = "stations.csv"
CHANGES = "station_code_changes.csv"
POSTS = "measuring_posts.csv"
METADATA = (STATIONS, CHANGES, POSTS)
UNKNOWN_COORDINATE = -999.0
MANUAL = "manualny"

_COLUMNS = {
    "name": "Nazwa stacji",
    "international_code": "Kod międzynarodowy",
    "opened_on": "Data uruchomienia",
    "closed_on": "Data zamknięcia",
    "status": "Status",
    "influence": "Typ stacji",
    "area": "Typ obszaru",
    "construction": "Rodzaj stacji",
    "voivodeship": "Województwo",
    "place": "Miejscowość",
    "street": "Ulica",
}


@dataclass
class Register:
    """Stations by their present code, present codes by former ones, measuring posts by "code pollutant period"."""

    stations: dict[str, dict[str, Any]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    posts: dict[str, dict[str, str]] = field(default_factory=dict)

    def present_code(self, published: str) -> str:
        """The present code of a station that a file names by a present or former code, or by its name."""
        code = published
        passed: set[str] = set()
        while code in self.renamed and code not in self.stations and code not in passed:
            passed.add(code)
            code = self.renamed[code]
        return code


def read_register(folder: Path, limits: Mapping[str, int]) -> Register:
    """The register in a folder; what is missing there is unknown. Raises UnreadableFile."""
    register = Register()
    for row in _rows(folder / STATIONS, ("Kod stacji", *_COLUMNS.values(), "Stary Kod stacji"), limits):
        _add_station(register, row)
    for row in _rows(folder / CHANGES, ("KOD STARY", "KOD NOWY"), limits):
        _rename(register, row["KOD STARY"], row["KOD NOWY"])
    for row in _rows(folder / POSTS, ("Kod stacji", "Wskaźnik - kod", "Czas uśredniania", "Typ pomiaru"), limits):
        period = {"1-godzinny": "1g", "24-godzinny": "24g"}.get(row["Czas uśredniania"], "")
        register.posts[f"{row['Kod stacji']} {row['Wskaźnik - kod']} {period}"] = {
            "post": row.get("Kod stanowiska", ""),
            "measurement": "manual" if row["Typ pomiaru"] == MANUAL else "automatic",
        }
    names = Counter(station["name"] for station in register.stations.values())
    for code, station in register.stations.items():
        if station["name"] not in register.stations and names[station["name"]] == 1:
            register.renamed.setdefault(station["name"], code)
    return register


def _add_station(register: Register, row: Mapping[str, str]) -> None:
    code = row["Kod stacji"]
    north, east = (coordinate(row.get(name, "")) for name in ("WGS84 φ N", "WGS84 λ E"))
    known = north is not None and east is not None and UNKNOWN_COORDINATE not in (north, east)
    facts: dict[str, Any] = {name: row[column] for name, column in _COLUMNS.items()}
    register.stations[code] = {**facts, "lon_lat": [east, north] if known else None, "old_codes": []}
    for old in row["Stary Kod stacji"].split(","):
        _rename(register, old.strip(), code)


def _rename(register: Register, old: str, new: str) -> None:
    if not old or not new or old == new:
        return
    register.renamed.setdefault(old, new)
    station = register.stations.get(new)
    if station is not None and old not in station["old_codes"]:
        station["old_codes"].append(old)


def _rows(path: Path, expected: tuple[str, ...], limits: Mapping[str, int]) -> Iterator[dict[str, str]]:
    if not path.is_file():
        return
    check_size(path, limits["file_bytes"])
    rows = table(Member(path, path.name, workbook=False)).numbered_rows()
    header = [cell.strip() for cell in next(rows)[1]]
    if missing := [name for name in expected if name not in header]:
        raise UnreadableFile(f"{path.name} has no column {', '.join(missing)}; it has {', '.join(header)}.")
    for _, row in rows:
        cells = [cell.strip() for cell in row] + [""] * (len(header) - len(row))
        yield dict(zip(header, cells, strict=False))
