"""Types of an ingest source. A source is a module of `ingest/sources` that defines SOURCE."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from layers.city import City
from layers.observations.specs import StreamSpec, ThingSpec
from layers.record import Record, Refusal
from layers.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
    dry_run: bool = False
    account: str = ""
    """The name of the account that ordered the run."""


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


@dataclass(frozen=True, eq=False)
class Series:
    """Observations of one datastream, numbers in its unit.

    `starts`, `ends` (n,) phenomenon times in UTC, `datetime64[us]`, equal for instants; `values` (n,) float64;
    `rows` (n,) row numbers in the source; `result_times` (n,) in UTC, None for unknown. Missing values are left out.
    """

    stream: StreamSpec
    starts: "NDArray[np.datetime64]"
    ends: "NDArray[np.datetime64]"
    values: "NDArray[np.float64]"
    rows: "NDArray[np.int64]"
    result_times: "NDArray[np.datetime64] | None" = None


@dataclass(frozen=True, slots=True)
class SeriesReading:
    """The series that a source reads; a datastream may come in several parts.

    `things` are carriers of sensors that the source describes without observations, such as a list of stations. A
    refusal stands for one observation (`source_id` is "<code of the Thing>/<code of the datastream>").
    """

    series: Iterator[Series | Refusal]
    things: tuple[ThingSpec, ...] = ()
    total: int | None = None
    notes: tuple[str, ...] = ()


R = TypeVar("R", covariant=True)


@dataclass(frozen=True, slots=True)
class IngestSource(Generic[R]):
    """A source: slug, title, permitted options, and the function that reads: R is `Reading` (features) or
    `SeriesReading` (observations)."""

    slug: str
    title: Text
    read: Callable[[Request], Iterator[R]]
    options: frozenset[str] = field(default_factory=frozenset)
    needs_path: bool = True
    synthetic: bool = False
    licence: str = ""
    attribution: str = ""
    default_mode: str = "upsert"
    prepare: Callable[[Request], None] = lambda request: None
    """Called before the run's transaction: stores contents that outlive the run (`layers.media`), so that a second
    start goes on where the first ended. In a dry run it is called inside the transaction that is rolled back."""
    default_dataset: str = ""
    """The dataset where `dataset=` is not given; "" for the slug. Stations of all networks share one: `sensors`."""
