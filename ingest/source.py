"""Types of an ingest source. A source is a module of `ingest/sources` that defines SOURCE."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from layers.city import City
from layers.record import Record, Refusal
from layers.text import Text


@dataclass(frozen=True, slots=True)
class Request:
    """Arguments of a source's `read`: file, options, city, progress callback.

    `options` are the texts after `--option`, `map.<field>` among them. `progress(done, total)` may be called often;
    it raises RunCancelled when a cancel of the run was requested.
    """

    path: Path | None
    options: Mapping[str, str]
    city: City
    scratch: Path
    """An empty folder for this run, removed after it."""
    progress: Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """The records that a source reads for one kind.

    `records` yields one record (geometry in the city's storage system) or one refusal for each object read; refusals
    of severity "value" come in addition, after their record. The pipeline repairs and checks geometries later.
    `fields` are the kind's fields that this source fills; stored values of other fields are retained. A generator
    that cannot read its input to the end raises `UnreadableFile`.
    """

    kind: str
    fields: tuple[str, ...]
    records: Iterator[Record | Refusal]
    data_date: date | None = None
    total: int | None = None
    notes: tuple[str, ...] = ()
    """Decisions to report with the run, such as an inferred coordinate system."""


@dataclass(frozen=True, slots=True)
class IngestSource:
    """A source: slug, title, permitted options, and the function that reads."""

    slug: str
    title: Text
    read: Callable[[Request], Iterator[Reading]]
    options: frozenset[str] = field(default_factory=frozenset)
    needs_path: bool = True
    synthetic: bool = False
    licence: str = ""
    attribution: str = ""
    default_mode: str = "upsert"
