"""What an ingest source is: one module of `ingest/sources` that defines SOURCE and says what it reads."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from layers.city import City
from layers.record import Record, Refusal
from layers.text import Text


@dataclass(frozen=True, slots=True)
class Request:
    """One order to a source: what to read and how.

    `options` are the texts after `--option`, `map.<field>` among them. `progress(done, total)` may be called often;
    it also raises RunCancelled when someone asked for the run to stop.
    """

    path: Path | None
    options: Mapping[str, str]
    city: City
    scratch: Path
    """An empty folder of the run's own, removed after it."""
    progress: Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source reads for one kind.

    `records` gives records in the city's storage system, and refusals in place of what could not become one; each
    item read is exactly one of the two (refusals of severity "value" come in addition, after their record).
    Geometry is repaired and checked after this by the pipeline. `fields` are the kind's fields this source fills;
    other fields keep what is stored. A generator that cannot read its input to the end raises `UnreadableFile`.
    """

    kind: str
    fields: tuple[str, ...]
    records: Iterator[Record | Refusal]
    data_date: date | None = None
    total: int | None = None
    notes: tuple[str, ...] = ()
    """Decisions worth telling, such as an inferred coordinate system."""


@dataclass(frozen=True, slots=True)
class IngestSource:
    """A source: its slug, its name, the options it understands and the function that reads."""

    slug: str
    title: Text
    read: Callable[[Request], Iterator[Reading]]
    options: frozenset[str] = field(default_factory=frozenset)
    needs_path: bool = True
    synthetic: bool = False
    licence: str = ""
    attribution: str = ""
    default_mode: str = "upsert"
