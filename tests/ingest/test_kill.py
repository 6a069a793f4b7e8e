"""An ingest is ended by force in the middle: nothing is half-stored, the next one succeeds."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Count, Sum
from django.utils.timezone import now

from layers.feed.changes import Change, last_change
from layers.kinds.buildings import Building
from layers.runs.models import DatasetKind, Run
from tests.drills import killed_while_writing
from tests.ingest.throwaway import (
    Database,
    buildings_file,
    children,
    kill_hard,
    new_database,
    throwaway_cluster,
    until,
)
from tests.scripts.conftest import Installation

COUNT = 80_000
"""So many that the first report of progress comes while half of them are still to be read."""
FEW = 500


@pytest.fixture(scope="module")
def cluster() -> Iterator[Installation]:
    with throwaway_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("files")
    return buildings_file(folder / "many.fgb", COUNT), buildings_file(folder / "few.fgb", FEW, storeys=2)


def started(database: Database, path: Path) -> subprocess.Popen[str]:
    """An ingest that has stored several thousand buildings, not yet committed."""
    process = database.start("ingest", "file", str(path), "--option", "kind=buildings", "--option", "dataset=town")
    until(
        lambda: database.sql("SELECT 1 FROM layers_run WHERE status = 'running' AND progress_done >= 5000"),
        60,
        "the run shows progress",
    )
    assert process.poll() is None
    return process


def assert_nothing_half_stored(database: Database, before: int) -> None:
    assert database.one("SELECT count(*) FROM layers_building") == before
    assert database.one("SELECT coalesce(sum(current_rows), 0) FROM layers_datasetkind") == before
    assert database.one("SELECT count(*) FROM layers_change") == before
    assert database.one("SELECT coalesce(max(last), 0) FROM layers_changecounter") == before
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    until(lambda: database.one(locks) == 0, 20, "the killed run's lock is free")


def assert_next_run_succeeds(database: Database, path: Path, count: int) -> None:
    """Time passes for the interrupted run (its heartbeat grows old), then the next one takes over."""
    assert database.sql("SELECT status FROM layers_run ORDER BY id DESC LIMIT 1") == [("running",)]
    interrupted = database.one("SELECT max(id) FROM layers_run")
    database.sql("UPDATE layers_run SET heartbeat_at = heartbeat_at - interval '31 seconds' WHERE status = 'running'")
    database.manage("ingest", "file", str(path), "--option", "kind=buildings", "--option", "dataset=town")
    assert database.one(f"SELECT status FROM layers_run WHERE id = {interrupted}") == "interrupted"
    assert database.sql("SELECT status, read FROM layers_run ORDER BY id DESC LIMIT 1") == [("committed", count)]


@pytest.mark.thorough
def test_a_killed_process_leaves_nothing_and_the_next_run_succeeds(cluster, files):
    many, few = files
    database = new_database(cluster, "process_killed")
    database.manage("ingest", "file", str(few), "--option", "kind=buildings", "--option", "dataset=town")
    process = started(database, many)
    readers = children(process.pid)
    kill_hard(process.pid)
    process.communicate()
    assert_nothing_half_stored(database, FEW)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in readers), 20, "reading children end too")
    assert_next_run_succeeds(database, few, FEW)
    assert database.sql("SELECT count(*), sum(storeys_above) FROM layers_building") == [(FEW, 2 * FEW)]


@pytest.mark.thorough
def test_a_killed_database_comes_back_whole_and_the_next_run_succeeds(cluster, files):
    many, few = files
    database = new_database(cluster, "database_killed")
    database.manage("ingest", "file", str(few), "--option", "kind=buildings", "--option", "dataset=town")
    process = started(database, many)
    postmaster = cluster.postmaster()
    for pid in [postmaster, *children(postmaster)]:
        kill_hard(pid)
    try:
        said, complaint = process.communicate(timeout=60)
    finally:
        cluster.run("cluster", "start")
    assert process.returncode == 2, said + complaint
    # psycopg2 prints the first of two errors by itself when the server shuts down during COPY (pqpath.c: pq_raise).
    *_, last = complaint.strip().splitlines()
    assert last.startswith("CommandError: ") and "Traceback" not in complaint
    assert complaint.count("CommandError") == 1
    assert_nothing_half_stored(database, FEW)
    assert_next_run_succeeds(database, many, COUNT)
    # The few were of two storeys; they are followed by the new ones, stored as history.
    assert database.sql("SELECT count(*), sum(storeys_above) FROM layers_building WHERE recorded_to IS NULL") == [
        (COUNT, COUNT)
    ]
    assert database.one("SELECT current_rows FROM layers_datasetkind") == COUNT
    assert database.one("SELECT count(*) FROM layers_building") == COUNT + FEW
    assert database.one("SELECT count(DISTINCT seq) FROM layers_change") == database.one(
        "SELECT max(seq) FROM layers_change"
    )


def test_a_process_killed_when_all_was_written_leaves_nothing_and_the_next_run_succeeds(transactional_db, tmp_path):
    """All rows are written, their changes are about to be numbered, nothing is committed."""
    few, more = buildings_file(tmp_path / "few.fgb", 50), buildings_file(tmp_path / "more.fgb", 400, storeys=2)
    town = ("--option", "kind=buildings", "--option", "dataset=town")
    call_command("ingest", "file", str(few), *town)
    changes, last = Change.objects.count(), last_change()
    killed_while_writing("layers_changecounter", "ingest", "file", str(more), *town)
    assert (Building.objects.count(), DatasetKind.objects.get().current_rows) == (50, 50)
    assert (Change.objects.count(), last_change()) == (changes, last)
    interrupted = Run.objects.latest("pk")
    assert interrupted.status == "running"
    Run.objects.filter(pk=interrupted.pk).update(heartbeat_at=now() - timedelta(seconds=31))
    call_command("ingest", "file", str(more), *town)
    interrupted.refresh_from_db()
    assert interrupted.status == "interrupted"
    assert list(Run.objects.order_by("pk").values_list("status", "read"))[-1] == ("committed", 400)
    assert Building.objects.current().aggregate(Count("pk"), Sum("storeys_above")) == {
        "pk__count": 400,
        "storeys_above__sum": 800,
    }
