"""Types of the tag table: a kind's predicate and fields, and readers of a field from an object's tags."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Tags = Mapping[str, str]
Element = Literal["n", "w", "r"]


class ValueUnusable(ValueError):
    """A tag whose value cannot be used."""

    def __init__(self, key: str, value: str, why: str) -> None:
        super().__init__(f"{key}={value} is {why}.")
        self.value = value


@dataclass(frozen=True, slots=True)
class KindTags:
    """The mapping of one kind: which elements are of it (a relation is always an area), and its fields by tag."""

    wanted: Callable[[Element, Tags], bool]
    shape: Literal["network", "line", "area", "point"]
    fields: Mapping[str, Callable[[Tags], Any]]


def read_tag(
    *keys: str,
    using: Callable[[str], Any] = str.strip,
    absent: Any = None,
    low: float | None = None,
    high: float | None = None,
    length: int | None = None,
) -> Callable[[Tags], Any]:
    """A reader of a field from the first key present; `absent` is OpenStreetMap's default without the tag."""

    def read(tags: Tags) -> Any:
        key = next((key for key in keys if key in tags), None)
        if key is None:
            return absent
        try:
            value = using(tags[key])
        except ValueError as fault:
            raise ValueUnusable(key, tags[key], str(fault)) from fault
        if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
            raise ValueUnusable(key, tags[key], f"outside {low} to {high}")
        if length is not None and len(value) > length:
            raise ValueUnusable(key, tags[key], f"longer than {length} characters")
        return value

    return read


def read_word(key: str, table: Mapping[str, str]) -> Callable[[Tags], Any]:
    """A reader of a coded field: the table's code for the tag's value."""

    def look_up(text: str) -> str:
        if text not in table:
            raise ValueError("not a word of the tag table")
        return table[text]

    return read_tag(key, using=look_up)
