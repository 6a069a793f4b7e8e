"""The only code that writes features, with `layers.store.editing`, which changes, undoes and erases what is stored.

One run is one transaction. Inside it `Writer.write` brings records of a kind in. Readers never wait and see the state
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
ROWS_WORTH_ANALYSING = 1000
"""Without fresh statistics the next snapshot of a bulk load was planned as a nested loop (44 s instead of 1 s)."""
SHARE_A_SNAPSHOT_MAY_CLOSE = 0.1


@dataclass
class Writer:
    """Writes on behalf of one run, inside its transaction. Made by `writing`."""

    run: Run
    tally: Tally = field(default_factory=Tally)
    rejections: list[Rejection] = field(default_factory=list)
    counted: int = 0
    """Entries of `run_changes` already in the datasets' row counts."""
    by_kind: dict[str, dict[str, int]] = field(default_factory=dict)
    """Features added, changed and ended, for each kind the run wrote; kept in the run's details."""

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
        notice: Callable[[int], None] = lambda read: None,
    ) -> Tally:
        """Bring records of a kind into the run's dataset.

        `fields` are the kind's fields the records fill (default all); the others keep what is stored. An iterator
        that raises ends the run with nothing stored. `allow_close` is how much a snapshot may close: a number of
        features (int) or a share (float); without it a tenth. `within` limits a snapshot to these source ids: it
        closes those of them that are missing, and no other. `notice` is told the records read so far.
        Raises SnapshotRefused.
        """
        dataset = self._dataset()
        target = self.target(kind, dataset)
        held, _ = DatasetKind.objects.get_or_create(dataset=dataset, kind=kind.slug)
        if mode == "snapshot":
            _refuse_older(held, data_date)
        supplied = tuple(kind.field_names if fields is None else fields)
        load = _Load(self, kind, Stage(kind, dataset.slug, supplied), mode, held.current_rows > 0, data_date)
        load.run(records, notice)
        tally = load.tally
        if mode == "snapshot":
            tally.closed = self._close_missing(target, load.seen, within, held.current_rows, allow_close)
        before = merge.execute(f"SELECT 1 FROM {target.stage} WHERE old_version IS NOT NULL LIMIT 1")
        if before:
            merge.keep_what_is_not_ours(target, (*supplied, "extra", "geom"))
            tally.unchanged += merge.drop_what_is_equal(target)
        tally.stored = self.apply(target)
        self.hold(held, data_date)
        self.tally.add(tally)
        return tally

    def apply(self, target: Target) -> int:
        """Merge the target's stage and remember what changed; says how many rows were written."""
        merge.note_changes(target)
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
            lay_ids(seen)
            gone = "NOT EXISTS (SELECT 1 FROM listed_ids s WHERE s.source_id = c.source_id)"
        else:
            lay_ids(set(within) - seen)
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

    def hold(self, held: DatasetKind, data_date: date | None) -> None:
        """Keep the dataset's row count, date and last run for the kind."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FILTER (WHERE old_version IS NULL), "
                "count(*) FILTER (WHERE new_version IS NULL), "
                "count(*) FILTER (WHERE old_version IS NOT NULL AND new_version IS NOT NULL) "
                "FROM run_changes WHERE kind = %s AND dataset_id = %s AND n > %s",
                [held.kind, held.dataset_id, self.counted],
            )
            added, ended, changed = cursor.fetchone()
            cursor.execute("SELECT coalesce(max(n), 0) FROM run_changes")
            (self.counted,) = cursor.fetchone()
        counts = self.by_kind.setdefault(held.kind, {"added": 0, "changed": 0, "ended": 0})
        for name, more in (("added", added), ("changed", changed), ("ended", ended)):
            counts[name] += more
        held.current_rows += added - ended
        held.data_date = max(filter(None, (held.data_date, data_date)), default=None)
        if added or ended or self.run.kind == Run.Kind.INGEST:
            held.last_run, held.updated_at = self.run, now()
        held.save()

    def refuse(self, kind: LayerKind, refusal: Refusal) -> None:
        """Count a refusal and keep it (the first 10,000) for the run's list of rejections."""
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
        """Number the changes, mark the web map's squares, and set the run's final counts."""
        if merge.execute("SELECT 1 FROM run_changes LIMIT 1"):
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
    """The run's one transaction. Leaving it commits all of the run; an exception stores nothing."""
    with transaction.atomic():
        execute("DROP TABLE IF EXISTS run_changes")
        execute(merge.RUN_CHANGES)
        writer = Writer(run)
        yield writer
        writer.finish()


class _Load:
    """Reads records in chunks, finds what is new or changed by its hash, and stages only that."""

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
        self.kept: set[str] = set()
        self.turned_away: set[str] = set()
        self.has_endings = endings_exist()

    @property
    def seen(self) -> set[str]:
        """Ids that occur in the input; a rejected row is still there, so a snapshot does not close its feature."""
        return self.kept | self.turned_away

    def run(self, records: Iterable[Record | Refusal], notice: Callable[[int], None]) -> None:
        """Consume all records."""
        self.stage.create()
        source = iter(records)
        while chunk := list(islice(source, CHUNK)):
            good = [one for one in chunk if isinstance(one, Record)]
            for one in chunk:
                if isinstance(one, Refusal):
                    self._refuse(one)
            self.tally.read += len(good)
            self._stage([record for record in good if self._first(record)])
            notice(self.tally.read)
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
            self.turned_away.add(refusal.source_id)

    def _first(self, record: Record) -> bool:
        if record.source_id not in self.kept:
            self.kept.add(record.source_id)
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
                self._refuse(ended[source_id].kept(records[at].row, source_id))
                self.tally.read -= 1
            else:
                if source_id in ended:
                    self._refuse(ended[source_id].given_up(records[at].row, source_id))
                wanted.append((at, version))
        self.stage.load(staged, wanted)

    def _current(self, source_ids: list[str]) -> dict[str, tuple[int, UUID]]:
        rows = self.kind.model._default_manager.filter(
            dataset=self.writer.run.dataset, recorded_to__isnull=True, source_id__in=source_ids
        ).values_list("source_id", "version_id", "payload_hash")
        return {source_id: (version, digest) for source_id, version, digest in rows}


def lay_ids(ids: set[str]) -> None:
    """Lay source ids in the temporary table `listed_ids`."""
    execute("DROP TABLE IF EXISTS listed_ids")
    execute("CREATE TEMP TABLE listed_ids (source_id varchar(200)) ON COMMIT DROP")
    copy_in("COPY listed_ids FROM STDIN", "".join(f"{escape(one)}\n" for one in ids))
    execute("ANALYZE listed_ids")


def _refuse_older(held: DatasetKind, data_date: date | None) -> None:
    if data_date and held.data_date and data_date < held.data_date:
        raise SnapshotRefused(
            f"The snapshot is of {data_date}, but {held.kind} of {held.dataset.slug} is stored as of "
            f"{held.data_date}; "
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
