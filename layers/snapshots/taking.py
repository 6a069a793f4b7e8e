"""Makes snapshots of open layers and drops invalid ones; the only code that writes their files."""

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from layers import exports
from layers.access.rules import ANONYMOUS, licence, open_kinds
from layers.city import city
from layers.exports import files
from layers.exports.rows import names_of
from layers.feed.changes import last_change
from layers.feed.versions import VERSIONS
from layers.kinds import KINDS
from layers.locks import AdvisoryLock, session_lock
from layers.reading.selection import Selection, select
from layers.runs.models import Erasure
from layers.schema.kind import LayerKind
from layers.snapshots.models import Snapshot, SnapshotFile, is_open, snapshots_folder

BUILDING = ".building-"
LONGEST_RUN = timedelta(days=1)
"""`erased_at` may be this long before the commit; snapshots taken in between still contain the feature."""
log = logging.getLogger(__name__)


def _text(write: Callable[[Selection], Iterator[bytes]], ending: str) -> Callable[[Selection, Path], Path]:
    def written(selection: Selection, folder: Path) -> Path:
        path = folder / f"{selection.kind.slug}.{ending}"
        with path.open("wb") as file:
            file.writelines(write(selection))
        return path

    return written


WRITERS: dict[str, Callable[[Selection, Path], Path]] = {
    "geojson": _text(exports.geojson, "geojson"),
    "gpkg": files.geopackage,
    "csv": _text(exports.csv_rows, "csv"),
    "parquet": files.geoparquet,
    "fgb": files.flatgeobuf,
    "shp.zip": files.shapefile,
    "pmtiles": files.pmtiles,
}


def take_due() -> int:
    """Drop invalid snapshots and take those that are due; returns how many (0 while another process does it)."""
    with session_lock(AdvisoryLock.SNAPSHOTS) as mine:
        if not mine:
            return 0
        drop_invalid()
        due = [kind for kind in open_kinds() if _is_due(kind)]
        taken = [_taken(kind) for kind in due]
        _remove_orphans()
    return sum(one is not None for one in taken)


def _taken(kind: LayerKind) -> Snapshot | None:
    """The kind's snapshot; None after an error, which is logged, so that the other layers still get theirs."""
    try:
        return take(kind)
    except Exception:
        log.exception("No snapshot of %s could be taken.", kind.slug)
        return None


def take_now(kinds: list[LayerKind]) -> list[Snapshot]:
    """Take snapshots of these kinds now, due or not; kinds without rows are left out."""
    with session_lock(AdvisoryLock.SNAPSHOTS, wait=True):
        drop_invalid()
        taken = [take(kind) for kind in kinds]
        _remove_orphans()
    return [one for one in taken if one is not None]


def take(kind: LayerKind) -> Snapshot | None:
    """Take the kind's snapshot of today, which replaces an earlier one; None when it has no rows."""
    snapshots_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=BUILDING, dir=snapshots_folder()) as scratch:
        folder = Path(scratch)
        with _repeatable_read():
            selection = select(ANONYMOUS, kind)
            if selection is None:
                return None
            snapshot = _described(selection)
            files = [_written(selection, snapshot, folder, ending) for ending in WRITERS]
        place = snapshot.path()
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        folder.rename(place)
        folder.mkdir()  # TemporaryDirectory removes it
    return _store(snapshot, files)


def _described(selection: Selection) -> Snapshot:
    kind, shown, moment = selection.kind, selection.shown, now()
    day = moment.astimezone(city().timezone).date()
    return Snapshot(
        kind=kind.slug,
        day=day,
        dataset_id=shown.dataset_id,
        change=last_change(),
        fields=names_of(selection),
        rows=selection.rows().count(),
        synthetic=shown.synthetic,
        licence=licence(kind, shown),
        data_date=shown.data_date,
        taken_at=moment,
        folder=f"{kind.slug}/{day}-{moment:%H%M%S%f}",
    )


def _written(selection: Selection, snapshot: Snapshot, folder: Path, ending: str) -> SnapshotFile:
    invented = "-synthetic" if snapshot.synthetic else ""
    path = folder / f"{snapshot.kind}-{snapshot.day}{invented}.{ending}"
    WRITERS[ending](selection, folder).rename(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return SnapshotFile(ending=ending, name=path.name, size=path.stat().st_size, sha256=digest)


def _store(snapshot: Snapshot, files: list[SnapshotFile]) -> Snapshot:
    """Store a snapshot whose files are in place; drop the day's earlier one and those beyond SNAPSHOTS_KEPT."""
    with transaction.atomic():
        earlier = list(Snapshot.objects.filter(kind=snapshot.kind, day=snapshot.day))
        Snapshot.objects.filter(pk__in=[one.pk for one in earlier]).delete()
        snapshot.save()
        for file in files:
            file.snapshot = snapshot
        SnapshotFile.objects.bulk_create(files)
    for one in earlier:
        shutil.rmtree(one.path(), ignore_errors=True)
    for one in Snapshot.objects.filter(kind=snapshot.kind)[settings.SNAPSHOTS_KEPT :]:
        drop(one)
    return snapshot


def drop(snapshot: Snapshot) -> None:
    """Remove a snapshot and its files."""
    path = snapshot.path()
    snapshot.delete()
    shutil.rmtree(path, ignore_errors=True)


def drop_invalid() -> int:
    """Drop snapshots with an erased feature, a field that is no longer public, or without files; returns how many."""
    invalid = [one for one in Snapshot.objects.all() if _is_invalid(one)]
    for one in invalid:
        log.info("Snapshot %s is dropped: it holds what may not be kept, or its files are gone.", one)
        drop(one)
    return len(invalid)


def _is_invalid(snapshot: Snapshot) -> bool:
    kind = KINDS.get(snapshot.kind)
    if kind is None or not snapshot.path().is_dir():
        return True
    hidden = kind not in open_kinds()  # a layer withdrawn by its level may be opened again
    if not hidden and not is_open(kind, snapshot):
        return True
    try:
        return _holds_erased(snapshot)
    except DatabaseError:
        raise
    except Exception:
        log.exception("Nobody can tell whether snapshot %s holds erased features.", snapshot)
        return True


def _holds_erased(snapshot: Snapshot) -> bool:
    erased = Erasure.objects.filter(kind=snapshot.kind, erased_at__gt=snapshot.taken_at - LONGEST_RUN)
    identities = {str(one) for one in erased.values_list("feature_id", flat=True)}
    if not identities:
        return False
    path = snapshot.files.get(ending="parquet").path()
    held = pq.read_table(path, columns=["feature_id"]).column("feature_id").to_pylist()
    return not identities.isdisjoint(held)


def _is_due(kind: LayerKind) -> bool:
    """Whether a kind changed since its last snapshot, and that is older than SNAPSHOT_MINUTES."""
    shown = VERSIONS.serving(kind)
    if shown is None:
        return False
    last = Snapshot.objects.filter(kind=kind.slug).first()
    if last is None or last.dataset_id != shown.dataset_id:
        return True
    changed = VERSIONS.layer(kind, shown.dataset_id) > last.change
    return changed and last.taken_at < now() - timedelta(minutes=settings.SNAPSHOT_MINUTES)


def _remove_orphans() -> None:
    """Remove folders without a snapshot row, which a killed process leaves."""
    root = snapshots_folder()
    named = set(Snapshot.objects.values_list("folder", flat=True))
    for path in [*root.glob(f"{BUILDING}*"), *root.glob("*/*")]:
        if path.parent.name.startswith(BUILDING) or str(path.relative_to(root)) in named:
            continue
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _repeatable_read() -> Iterator[None]:
    """A REPEATABLE READ transaction, so that all files show one state; an outer transaction's level applies."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
