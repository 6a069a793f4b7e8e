"""The files of a run of photos: 80 bytes and the name for each, so that a long run fits in memory."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import overload


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the run; `mark` changes with its content. `member`: it is in an archive."""

    name: str
    size: int
    mark: str
    member: bool

    def place(self, path: Path) -> dict[str, str]:
        """The entry as a job of the sandbox names it."""
        return {"name": self.name, **({"member": self.name} if self.member else {"path": str(path / self.name)})}


@dataclass(slots=True)
class Entries(Sequence[Entry]):
    """Entries in natural order of their names; each is made when it is asked for."""

    member: bool
    names: list[str] = field(default_factory=list)
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    marks: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, name: str, size: int, mark: int) -> None:
        """Append one file."""
        self.names.append(name)
        self.sizes.append(size)
        self.marks.append(mark)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> Entry: ...

    @overload
    def __getitem__(self, place: slice) -> "Entries": ...

    def __getitem__(self, place: int | slice) -> "Entry | Entries":
        """One entry, or some of them."""
        if isinstance(place, slice):
            return Entries(self.member, self.names[place], self.sizes[place], self.marks[place])
        return Entry(self.names[place], self.sizes[place], f"{self.marks[place]:x}", self.member)


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a run: photos and sidecars by the ends of their names, and the rest."""

    photos: Entries
    sidecars: Entries
    others: Entries
