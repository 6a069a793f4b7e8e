"""The one pipeline for all imports: a source reads, records are checked, the store writes, in one transaction."""

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from ingest.errors import BadOption
from ingest.series import unplaced_note, write_series
from ingest.source import IngestSource, Reading, Request, SeriesReading
from ingest.sources import source_of
from layers.city import city
from layers.errors import WriteRefused
from layers.jobs.monitor import watched
from layers.jobs.recovery import mark_interrupted_runs
from layers.kinds import kind_of
from layers.record import Record, Refusal
from layers.runs.models import Dataset, Rejection, Run
from layers.store.validation import accept
from layers.store.writer import Mode, Writer, writing

COMMON_OPTIONS = frozenset({"dataset", "mode", "data_date", "allow_close", "bbox"})
MODES = ("upsert", "append", "snapshot")


@dataclass(frozen=True, slots=True)
class Order:
    """An order to bring data in: source, file, options."""

    source: str
    path: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    progress: Callable[[int, int | None], None] = lambda done, total: None
    rejections: list[Rejection] = field(default_factory=list)
    """Filled with the rejections (the first 10,000), however the run ends, also in a dry run."""
    account: str = ""
    """The name of the account that ordered it ("": none)."""
    look: Callable[[Writer], None] = lambda writer: None
    """Called when everything is written, before the transaction is committed or rolled back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A validated order: its source, and the parsed options that all sources share."""

    source: IngestSource[Any]
    dataset: str
    mode: Mode
    check_bbox: bool
    data_date: date | None
    allow_close: int | float | None


def plan(order: Order) -> Plan:
    """Validate an order. Raises UnknownSource, BadOption."""
    source = source_of(order.source)
    for name in order.options:
        if name not in COMMON_OPTIONS | source.options and not name.startswith(("map.", "only.")):
            known = ", ".join(sorted(COMMON_OPTIONS | source.options))
            raise BadOption(f"Source {source.slug} does not know the option “{name}”; it knows: {known}.")
    if source.needs_path and (order.path is None or not order.path.exists()):
        raise BadOption(f"Source {source.slug} needs an existing file or folder; found {order.path or 'none'}.")
    options = order.options
    mode = options.get("mode", source.default_mode)
    if mode not in MODES:
        raise BadOption(f"mode={mode} is not known; choose one of {', '.join(MODES)}.")
    stem = re.sub(r"[^\w.-]+", "-", order.path.name.split(".")[0]).strip("-")[:80] if order.path else ""
    default = stem or source.slug if source.slug == "file" else source.default_dataset or source.slug
    return Plan(
        source,
        options.get("dataset", default),
        mode,  # type: ignore[arg-type]
        options.get("bbox", "on") != "off",
        _date(options.get("data_date")),
        _allowance(options.get("allow_close")),
    )


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadOption(f"data_date={text} is not a date; write it as 2026-01-31.") from None


def _allowance(text: str | None) -> int | float | None:
    """A number of features, or a share written as 25%."""
    if text is None:
        return None
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else int(text)
    except ValueError:
        raise BadOption(f"allow_close={text} is neither a number of features nor a share such as 25%.") from None


def ingest(order: Order, queued: Run | None = None) -> Run:
    """Run an order, as the queued run where there is one; the run is committed when this returns.

    Raises a LayersError with one clear line when nothing was stored; the run then has that line, its status and the
    rejections found. A dry run is rolled back; its Run has no key.
    """
    made = plan(order)
    mark_interrupted_runs()
    run = new_run(order, made) if queued is None else queued
    run.status, run.heartbeat_at, run.input_sha256 = Run.Status.RUNNING, now(), _sha256(order.path)
    with tempfile.TemporaryDirectory(prefix="geoportal-ingest-") as scratch:
        if order.dry_run:
            return _dry(order, made, run, Path(scratch))
        run.dataset = _dataset(made)
        # The row of a queued run may hold a newer cancel_requested than this object.
        run.save(update_fields=None if run.pk is None else ["status", "heartbeat_at", "input_sha256", "dataset"])
        return _committed(order, made, run, Path(scratch))


def new_run(order: Order, made: Plan) -> Run:
    """The run of an order, not saved yet."""
    return Run(
        kind=Run.Kind.INGEST,
        source=made.source.slug,
        mode=made.mode,
        parameters=dict(order.options),
        input_name=order.path.name if order.path else "",
        data_date=made.data_date,
        account=order.account,
    )


def _dry(order: Order, made: Plan, run: Run, scratch: Path) -> Run:
    with transaction.atomic():
        run.dataset = _dataset(made)
        run.save()
        request = _request(order, scratch, order.progress)
        made.source.prepare(request)
        _carry_out(order, made, run, request, lambda: None, [])
        transaction.set_rollback(True)
    run.pk = None
    return run


def _committed(order: Order, made: Plan, run: Run, scratch: Path) -> Run:
    writers: list[Writer] = []
    with watched(run, writers) as monitor:

        def progress(done: int, total: int | None) -> None:
            monitor.progress(done, total)
            order.progress(done, total)

        request = _request(order, scratch, progress)
        made.source.prepare(request)
        _carry_out(order, made, run, request, monitor.rest, writers)
    return run


def _request(order: Order, scratch: Path, progress: Callable[[int, int | None], None]) -> Request:
    return Request(order.path, order.options, city(), scratch, progress, order.dry_run, order.account)


def _carry_out(
    order: Order,
    made: Plan,
    run: Run,
    request: Request,
    before_commit: Callable[[], None],
    writers: list[Writer],
) -> None:
    notes: list[str] = []
    with writing(run) as writer:
        writers.append(writer)
        writer.rejections = order.rejections
        for reading in made.source.read(request):
            notes.extend(note for note in reading.notes if note not in notes)
            if isinstance(reading, SeriesReading):
                run.details |= write_series(writer, reading, request.progress)
                notes.extend(filter(None, [unplaced_note(run.details["unplaced"])]))
            else:
                _write(writer, made, reading, request.progress)
        run.details = run.details | {"notes": notes}
        tally = writer.tally
        if tally.read == 0:
            raise WriteRefused("The input holds no objects; nothing was stored.")
        if tally.rejected == tally.read:
            worst = max(tally.reasons, key=lambda reason: tally.reasons[reason])
            first = next((one.message for one in writer.rejections if one.reason == worst), "")
            raise WriteRefused(f"All {tally.read} objects were rejected, most as “{worst}”: {first}")
        order.look(writer)
        before_commit()


def _write(writer: Writer, made: Plan, reading: Reading, progress: Callable[[int, int | None], None]) -> None:
    kind = kind_of(reading.kind)
    start = writer.tally.read
    records: Iterator[Record | Refusal] = accept(kind, reading.records, check_bbox=made.check_bbox)
    writer.write(
        kind,
        records,
        mode=made.mode,
        fields=reading.fields,
        data_date=made.data_date or reading.data_date,
        allow_close=made.allow_close,
        progress=lambda read: progress(start + read, reading.total and start + reading.total),
    )


def _dataset(made: Plan) -> Dataset:
    source = made.source
    dataset, _ = Dataset.objects.get_or_create(
        slug=made.dataset,
        defaults={
            "source": source.slug,
            "synthetic": source.synthetic,
            "licence": source.licence,
            "attribution": source.attribution,
        },
    )
    if dataset.synthetic != source.synthetic:
        was, gives = ("synthetic", "real") if dataset.synthetic else ("real", "synthetic")
        raise WriteRefused(f"Dataset {dataset.slug} holds {was} data; {source.slug} gives {gives}: choose dataset=.")
    return dataset


def _sha256(path: Path | None) -> str:
    if path is None or not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
