"""Selection of a file's rows by options `only.COLUMN=value,value`; other rows are not read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.errors import BadOption
from ingest.text.names import same_name

PREFIX = "only."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A test for rows that have one of the wanted texts in each named column; true for all when none is named."""

    columns: tuple[tuple[str, frozenset[str]], ...] = ()

    @classmethod
    def choose(cls, columns: tuple[str, ...], options: Mapping[str, str]) -> "Wanted":
        """The selection of these options. Raises BadOption for a column the file does not have."""
        chosen = []
        for option, values in options.items():
            if option.startswith(PREFIX):
                name = option.removeprefix(PREFIX)
                column = next((one for one in columns if one == name or same_name(one, name)), None)
                if column is None:
                    raise BadOption(f"{option}: the file has no column “{name}”; it has {', '.join(columns)}.")
                chosen.append((column, frozenset(value.strip() for value in values.split(","))))
        return cls(tuple(chosen))

    def __call__(self, row: Mapping[str, Any]) -> bool:
        """Whether the row is wanted."""
        cells = ((row.get(column), texts) for column, texts in self.columns)
        return all(("" if cell is None else str(cell)) in texts for cell, texts in cells)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line about the selection, to report with the run."""
        return tuple(f"Only rows with {column}: {', '.join(sorted(texts))}." for column, texts in self.columns)
