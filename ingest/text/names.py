"""Compares column names without regard to case, diacritics and punctuation."""

import unicodedata
from collections.abc import Iterable

DBF_NAME_LENGTH = 10
"""Shapefiles cut column names to this many characters."""

ID_NAMES = (
    "lokalnyid",
    "idbudynku",
    "iddzialki",
    "idiip",
    "identyfikator",
    "identifier",
    "osmref",
    "osmid",
    "stopid",
    "id",
    "gmlid",
    "fid",
    "objectid",
    "gid",
    "uuid",
)
"""Names of columns with source ids, best first; other names that begin with "id" come after them."""


def plain(name: str) -> str:
    """A name without case, diacritics, spaces and punctuation.

    Example: `plain("Użytkowanie gruntu")` is "uzytkowaniegruntu"; `plain("WGS84 φ N")` is "wgs84φn".
    """
    flat = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L").casefold())
    return "".join(letter for letter in flat if letter.isalnum())


def same_name(column: str, name: str) -> bool:
    """Whether a column has that name, also when a shapefile has cut it to 10 characters."""
    left, right = plain(column), plain(name)
    if left == right:
        return True
    cut = len(column) == DBF_NAME_LENGTH or len(left) == DBF_NAME_LENGTH
    return cut and len(right) > len(left) >= DBF_NAME_LENGTH - 2 and right.startswith(left)


def id_columns(columns: Iterable[str]) -> list[str]:
    """The columns that may contain source ids, best first."""
    known = {name: order for order, name in enumerate(ID_NAMES)}
    found = [(known.get(plain(one), len(known)), one) for one in columns if plain(one) in known or _starts_id(one)]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _starts_id(column: str) -> bool:
    return column[:3] in ("ID_", "id_", "Id_") or column == "ID"


def distinct(columns: Iterable[str]) -> list[str]:
    """The names with a number added to repeated ones (GDAL allows equal names, Arrow rows do not)."""
    given: set[str] = set()
    result = []
    for one in columns:
        name, number = one, 2
        while name in given:
            name, number = f"{one}_{number}", number + 1
        given.add(name)
        result.append(name)
    return result
