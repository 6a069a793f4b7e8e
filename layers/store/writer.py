"""Writes features in runs. The other code that writes them is `layers.store.editing`: changes, rollback, erasure.

One run is one transaction. Inside it `Writer.write` stores records of a kind. Readers never wait and see the state
before or after a run, never a mix. Runs on the same dataset and kind wait for each other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Literal
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import now

from layers.errors import SnapshotRefused, WriteRefused
from layers.feed import blocks
from layers.locks import AdvisoryLock
from layers.record import Record, Refusal, Tally
from layers.runs.models import Dataset, DatasetKind, Rejection, Run
from layers.schema.kind import LayerKind
from layers.store import merge
from layers.store.endings import DRAWN_LIKE, endings, endings_exist
from layers.store.merge import Target, execute
from layers.store.staging import Stage, copy_in, escape

Mode = Literal["upsert", "append", "snapshot"]
CHUNK = 5000
KEPT_REJECTIONS = 10_000
FOLLOWED_BY: list[Callable[[Run], None]] = []
"""Functions that bring other sorts of data up to date with changed features: called with the run at the end of its
transaction, when `run_changes` lists what it changed."""
ROWS_WORTH_ANALYSING = 1000
"""Without fresh statistics the next snapshot of a bulk load was planned as a nested loop (44 s instead of 1 s)."""
SHARE_A_SNAPSHOT_MAY_CLOSE = 0.1


@dataclass
class Writer:
    """Writes features for one run, inside its transaction. Made by `writing`."""

    run: Run
    tally: Tally = field(default_factory=Tally)
    rejections: list[Rejection] = field(default_factory=list)
    counted: int = 0
    """Number of the last entry of `run_changes` included in the datasets' row counts."""
    by_kind: dict[str, dict[str, int]] = field(default_factory=dict)
    """Features added, changed and ended, by kind; stored in the run's details."""

    def target(self, kind: LayerKind, dataset: Dataset) -> Target:
        """Lock the dataset's rows of the kind against other runs, then take the moment of the change."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
                [AdvisoryLock.DATASET_KIND, f"{dataset.slug}:{kind.slug}"],
            )
            cursor.execute("SELECT clock_timestamp()")
            (moment,) = cursor.fetchone()
        return Target(kind, dataset.pk, dataset.slug, dataset.synthetic, self.run.pk, moment)

    def write(
        self,
        kind: LayerKind,
        records: Iterable[Record | Refusal],
        *,
        mode: Mode = "upsert",
        fields: Sequence[str] | None = None,
        data_date: date | None = None,
        allow_close: int | float | None = None,
        within: Iterable[str] | None = None,
        progress: Callable[[int], None] = lambda read: None,
    ) -> Tally:
        """Store records of a kind in the run's dataset; returns the counts.

        `fields` are the fields that the records supply (default all); the others keep their stored values. When the
        iterator raises, nothing is stored. `allow_close` is how much a snapshot may close: a number of
        features (int) or a share (float); without it a tenth. `within` limits a snapshot to these source ids: it
        closes those of them that are missing, and no other. `progress` is called with the records read so far.
        Raises SnapshotRefused.
        """
        dataset = self._dataset()
        target = self.target(kind, dataset)
        dataset_kind, _ = DatasetKind.objects.get_or_create(dataset=dataset, kind=kind.slug)
        if mode == "snapshot":
            _refuse_older(dataset_kind, data_date)
        supplied = tuple(kind.field_names if fields is None else fields)
        load = _Load(self, kind, Stage(kind, dataset.slug, supplied), mode, dataset_kind.current_rows > 0, data_date)
        load.run(records, progress)
        tally = load.tally
        if mode == "snapshot":
            tally.closed = self._close_missing(target, load.seen, within, dataset_kind.current_rows, allow_close)
        before = merge.execute(f"SELECT 1 FROM {target.stage} WHERE old_version IS NOT NULL LIMIT 1")
        if before:
            merge.fill_from_stored(target, (*supplied, "extra", "geom"))
            tally.unchanged += merge.drop_unchanged(target)
        tally.stored = self.apply(target)
        self.update_counts(dataset_kind, data_date)
        self.tally.add(tally)
        return tally

    def apply(self, target: Target) -> int:
        """Merge the target's stage and record the changes; returns how many rows were written."""
        merge.record_changes(target)
        stored = merge.replace_rows(target)
        if target.kind.history != "full":
            execute(f"DELETE FROM {target.table} WHERE closed_by_id = %s", [self.run.pk])
        if stored >= ROWS_WORTH_ANALYSING:
            execute(f"ANALYZE {target.table}")
        return stored

    def _close_missing(
        self, target: Target, seen: set[str], within: Iterable[str] | None, current: int, allow: int | float | None
    ) -> int:
        if within is None:
            load_ids(seen)
            gone = "NOT EXISTS (SELECT 1 FROM listed_ids s WHERE s.source_id = c.source_id)"
        else:
            load_ids(set(within) - seen)
            gone = "EXISTS (SELECT 1 FROM listed_ids s WHERE s.source_id = c.source_id)"
        gone += f" AND c.source_id NOT LIKE '{DRAWN_LIKE}'"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {target.table} c WHERE recorded_to IS NULL AND dataset_id = %(dataset)s "
                f"AND {gone}",
                {"dataset": target.dataset_id},
            )
            (missing,) = cursor.fetchone()
        _refuse_too_much(target, missing, current, allow)
        return merge.close_rows(target, gone) if missing else 0

    def update_counts(self, dataset_kind: DatasetKind, data_date: date | None) -> None:
        """Update the dataset's row count, data date and last run of the kind."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FILTER (WHERE old_version IS NULL), "
                "count(*) FILTER (WHERE new_version IS NULL), "
                "count(*) FILTER (WHERE old_version IS NOT NULL AND new_version IS NOT NULL) "
                "FROM run_changes WHERE kind = %s AND dataset_id = %s AND n > %s",
                [dataset_kind.kind, dataset_kind.dataset_id, self.counted],
            )
            added, ended, changed = cursor.fetchone()
            cursor.execute("SELECT coalesce(max(n), 0) FROM run_changes")
            (self.counted,) = cursor.fetchone()
        counts = self.by_kind.setdefault(dataset_kind.kind, {"added": 0, "changed": 0, "ended": 0})
        for name, more in (("added", added), ("changed", changed), ("ended", ended)):
            counts[name] += more
        dataset_kind.current_rows += added - ended
        dataset_kind.data_date = max(filter(None, (dataset_kind.data_date, data_date)), default=None)
        if added or ended or self.run.kind == Run.Kind.INGEST:
            dataset_kind.last_run, dataset_kind.updated_at = self.run, now()
        dataset_kind.save()

    def refuse(self, kind: LayerKind, refusal: Refusal) -> None:
        """Add a refusal to the run's rejections (the first 10,000)."""
        if len(self.rejections) < KEPT_REJECTIONS:
            self.rejections.append(
                Rejection(
                    run=self.run,
                    kind=kind.slug,
                    row=refusal.row,
                    source_id=refusal.source_id[:200],
                    severity=refusal.severity,
                    reason=refusal.reason[:40],
                    message=refusal.message,
                    field=refusal.field[:80],
                    value=refusal.value[:300].replace("\0", ""),
                )
            )

    def _dataset(self) -> Dataset:
        if self.run.dataset is None:
            raise WriteRefused("The run has no dataset to write into; give dataset=.")
        return self.run.dataset

    def finish(self) -> None:
        """Number the changes, update the versions of map squares, and set the run's final counts.

        The row of the run is written last and by nothing before: its heartbeat, `mark_interrupted_runs` and a cancel
        wait for whoever has written it.
        """
        if merge.execute("SELECT 1 FROM run_changes LIMIT 1"):
            for follow in FOLLOWED_BY:
                follow(self.run)
            execute("INSERT INTO layers_changecounter (id, last, pruned) VALUES (1, 0, 0) ON CONFLICT DO NOTHING")
            with connection.cursor() as cursor:
                cursor.execute(blocks.sql("number_changes"), {"run": self.run.pk})
                (last,) = cursor.fetchone()
            blocks.mark_blocks(last)
            blocks.merge_small_objects()
        Rejection.objects.bulk_create(self.rejections, batch_size=1000)
        run = self.run
        run.status, run.finished_at = Run.Status.COMMITTED, now()
        for name in ("read", "stored", "unchanged", "closed", "rejected", "warnings"):
            setattr(run, name, getattr(self.tally, name))
        run.details |= {
            "reasons": self.tally.reasons,
            "value_reasons": self.tally.value_reasons,
            "kinds": self.by_kind,
        }
        run.save(
            update_fields=[
                "dataset",
                "status",
                "finished_at",
                "read",
                "stored",
                "unchanged",
                "closed",
                "rejected",
                "warnings",
                "details",
                "data_date",
            ]
        )


@contextmanager
def writing(run: Run) -> Iterator[Writer]:
    """The transaction of a run. Leaving it commits; on an exception nothing is stored."""
    with transaction.atomic():
        execute("DROP TABLE IF EXISTS run_changes")
        execute(merge.RUN_CHANGES)
        writer = Writer(run)
        yield writer
        writer.finish()


class _Load:
    """Reads records in chunks and stages only those that are new or have another hash."""

    def __init__(
        self,
        writer: Writer,
        kind: LayerKind,
        stage: Stage,
        mode: Mode,
        has_rows: bool,
        data_date: date | None,
    ) -> None:
        self.writer, self.kind, self.stage, self.mode = writer, kind, stage, mode
        self.has_rows, self.data_date = has_rows, data_date
        self.tally = Tally()
        self.accepted: set[str] = set()
        self.rejected: set[str] = set()
        self.has_endings = endings_exist()

    @property
    def seen(self) -> set[str]:
        """Ids in the input, also of rejected rows, so that a snapshot does not close their features."""
        return self.accepted | self.rejected

    def run(self, records: Iterable[Record | Refusal], progress: Callable[[int], None]) -> None:
        """Read and stage all records."""
        self.stage.create()
        source = iter(records)
        while chunk := list(islice(source, CHUNK)):
            good = [one for one in chunk if isinstance(one, Record)]
            for one in chunk:
                if isinstance(one, Refusal):
                    self._refuse(one)
            self.tally.read += len(good)
            self._stage([record for record in good if self._first(record)])
            progress(self.tally.read)
        execute(f"ANALYZE {self.stage.name}")

    def _refuse(self, refusal: Refusal) -> None:
        self.writer.refuse(self.kind, refusal)
        by_value = refusal.severity == "value"
        reasons = self.tally.value_reasons if by_value else self.tally.reasons
        reasons[refusal.reason] = reasons.get(refusal.reason, 0) + 1
        if by_value:
            self.tally.warnings += 1
            return
        if refusal.reason != "duplicate_id":
            self.tally.read += 1
        self.tally.rejected += 1
        if refusal.source_id:
            self.rejected.add(refusal.source_id)

    def _first(self, record: Record) -> bool:
        if record.source_id not in self.accepted:
            self.accepted.add(record.source_id)
            return True
        message = "This id occurred before in the same input; the first was kept."
        self._refuse(Refusal(record.row, record.source_id, "duplicate_id", message))
        return False

    def _stage(self, records: list[Record]) -> None:
        if not records:
            return
        staged = self.stage.encode(records, self.data_date)
        current = self._current(staged.source_ids) if self.has_rows else {}
        new = [one for one in staged.source_ids if one not in current]
        ended = endings(self.kind, self.stage.namespace, new) if self.has_endings and new else {}
        wanted: list[tuple[int, int | None]] = []
        for at, (source_id, digest) in enumerate(zip(staged.source_ids, staged.hashes, strict=True)):
            version, stored_digest = current.get(source_id, (None, None))
            if stored_digest is not None and stored_digest.hex == digest:
                self.tally.unchanged += 1
            elif version is not None and self.mode == "append":
                message = "A feature with this id is stored already and differs; use mode=upsert to change it."
                self._refuse(Refusal(records[at].row, source_id, "exists", message))
                self.tally.read -= 1
            elif source_id in ended and ended[source_id].payload_hash.hex == digest:
                self._refuse(ended[source_id].refusal(records[at].row, source_id))
                self.tally.read -= 1
            else:
                if source_id in ended:
                    self._refuse(ended[source_id].warning(records[at].row, source_id))
                wanted.append((at, version))
        self.stage.load(staged, wanted)

    def _current(self, source_ids: list[str]) -> dict[str, tuple[int, UUID]]:
        rows = self.kind.model._default_manager.filter(
            dataset=self.writer.run.dataset, recorded_to__isnull=True, source_id__in=source_ids
        ).values_list("source_id", "version_id", "payload_hash")
        return {source_id: (version, digest) for source_id, version, digest in rows}


def load_ids(ids: set[str]) -> None:
    """Fill the temporary table `listed_ids` with source ids."""
    execute("DROP TABLE IF EXISTS listed_ids")
    execute("CREATE TEMP TABLE listed_ids (source_id varchar(200)) ON COMMIT DROP")
    copy_in("COPY listed_ids FROM STDIN", "".join(f"{escape(one)}\n" for one in ids))
    execute("ANALYZE listed_ids")


def _refuse_older(dataset_kind: DatasetKind, data_date: date | None) -> None:
    if data_date and dataset_kind.data_date and data_date < dataset_kind.data_date:
        raise SnapshotRefused(
            f"The snapshot is of {data_date}, but {dataset_kind.kind} of {dataset_kind.dataset.slug} is stored as of "
            f"{dataset_kind.data_date}; "
            "load it with mode=upsert if it is still wanted."
        )


def _refuse_too_much(target: Target, missing: int, current: int, allow: int | float | None) -> None:
    if allow is None:
        limit = current * SHARE_A_SNAPSHOT_MAY_CLOSE
    else:
        limit = allow if isinstance(allow, int) else current * allow
    if missing > limit:
        raise SnapshotRefused(
            f"The snapshot would close {missing} of {current} features of {target.kind.slug} in {target.dataset} "
            f"(more than {int(limit)}); if they are really gone, say allow_close={missing}."
        )
