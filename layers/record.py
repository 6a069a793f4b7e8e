"""The types that pass data to the store: records, refusals and their counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Record:
    """One object of one kind as its source gives it.

    `geometry` is in the city's storage system (metres; easting, northing). `values` maps the kind's field names to
    values of the field's type, None where unknown; `extra` contains the source's attributes beyond the kind's
    fields (staff only, never public). `row` is the row number in the source, for rejections.
    """

    source_id: str
    geometry: BaseGeometry | None
    values: Mapping[str, Any]
    row: int | None = None
    extra: Mapping[str, Any] | None = None
    data_date: date | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rejected record, or one rejected value of it, and the reason.

    `severity` "row": the record is not stored. "value": the record is stored without that value.
    """

    row: int | None
    source_id: str
    reason: str
    message: str
    field: str = ""
    value: str = ""
    severity: Literal["row", "value"] = "row"


@dataclass(slots=True)
class Tally:
    """Counts of a run. `stored`: rows written (new and changed); `closed`: features ended, without a new version."""

    read: int = 0
    stored: int = 0
    unchanged: int = 0
    closed: int = 0
    rejected: int = 0
    warnings: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    """Rejected records by reason."""
    value_reasons: dict[str, int] = field(default_factory=dict)
    """Values left out of stored records, by reason."""

    def add(self, other: "Tally") -> None:
        """Add the counts of another tally to this one."""
        for name in ("read", "stored", "unchanged", "closed", "rejected", "warnings"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in ((self.reasons, other.reasons), (self.value_reasons, other.value_reasons)):
            for reason, count in theirs.items():
                mine[reason] = mine.get(reason, 0) + count
