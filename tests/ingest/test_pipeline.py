"""The pipeline: orders understood or refused, all or nothing, dry runs, cancelling, background jobs."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.utils import DataError
from django.utils.timezone import now
from django_tasks_db.models import DBTaskResult

from ingest.errors import BadOption, UnknownSource, UnreadableFile
from ingest.pipeline import Order, ingest, plan
from ingest.source import IngestSource, Reading, Request
from ingest.sources import SOURCES
from ingest.tasks import ingest_run, queue
from layers.errors import RunCancelled, SnapshotRefused, WriteRefused
from layers.feed.changes import Change
from layers.jobs.monitor import Monitor
from layers.jobs.queue import ATTEMPTS
from layers.jobs.recovery import mark_interrupted_runs
from layers.kinds import KINDS
from layers.record import Record, Refusal
from layers.runs.models import Dataset, DatasetKind, Rejection, Run
from layers.tasks import look_after_runs
from layers.text import Text
from tests.factories import new_run, point, rows
from tests.scripts.conftest import ROOT

STATION = {"kind": "fire_stations", "id": "id"}


def stations_file(folder: Path, names: dict[str, str], lon: float = 20.63, name: str = "stations.geojson") -> Path:
    """Fire stations by id in one place of the city."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": key, "name": text},
            "geometry": {"type": "Point", "coordinates": [lon, 50.87]},
        }
        for key, text in names.items()
    ]
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.fixture
def three(tmp_path) -> Path:
    return stations_file(tmp_path, {"a": "A", "b": "B", "c": "C"})


def counted() -> tuple[int, ...]:
    models = (Run, Rejection, Dataset, DatasetKind, Change, KINDS["fire_stations"].model)
    return tuple(model._default_manager.count() for model in models)


@pytest.mark.parametrize(
    ("source", "options", "fault", "said"),
    [
        ("nonsense", {}, UnknownSource, "nonsense.*known are.*file"),
        ("file", {"colour": "red"}, BadOption, "“colour”.*allow_close.*kind"),
        ("file", {"mode": "replace"}, BadOption, "mode=replace.*upsert, append, snapshot"),
        ("file", {"data_date": "31.01.2026"}, BadOption, "data_date=31.01.2026.*2026-01-31"),
        ("file", {"allow_close": "many"}, BadOption, "allow_close=many.*25%"),
    ],
)
def test_an_order_that_cannot_be_understood_is_refused_with_what_is_known(three, source, options, fault, said):
    with pytest.raises(fault, match=said):
        plan(Order(source, three, options))


def test_a_file_source_needs_a_file():
    with pytest.raises(BadOption, match="needs an existing file"):
        plan(Order("file", Path("/nowhere/at/all.gpkg")))
    with pytest.raises(BadOption, match="needs an existing file"):
        plan(Order("file"))


def test_options_all_sources_share_are_understood(three):
    made = plan(Order("file", three, {"allow_close": "25%", "bbox": "off", "mode": "snapshot", "map.name": "x"}))
    assert (made.dataset, made.mode, made.check_bbox, made.allow_close) == ("stations", "snapshot", False, 0.25)
    assert plan(Order("file", three, {"allow_close": "25", "dataset": "psp"})).allow_close == 25
    assert plan(Order("file", three, {"dataset": "psp"})).dataset == "psp"


@pytest.mark.django_db
def test_a_run_keeps_what_it_did_and_from_what(three):
    run = ingest(Order("file", three, STATION | {"data_date": "2026-05-01"}))
    run.refresh_from_db()
    assert (run.status, run.read, run.stored, run.rejected) == (Run.Status.COMMITTED, 3, 3, 0)
    assert run.dataset is not None and run.dataset.slug == "stations"
    assert run.input_name == "stations.geojson" and len(run.input_sha256) == 64
    assert str(run.data_date) == "2026-05-01" and run.finished_at is not None and run.finished_at > run.created_at
    again = ingest(Order("file", three, STATION))
    assert (again.stored, again.closed, again.unchanged) == (0, 0, 3)


@pytest.mark.django_db
def test_a_dry_run_counts_the_same_and_leaves_nothing(three):
    before = counted()
    run = ingest(Order("file", three, STATION, dry_run=True))
    assert (run.read, run.stored) == (3, 3)
    assert run.summary()["run"] is None
    assert counted() == before == (0,) * 6
    ingest(Order("file", three, STATION))
    before = counted()
    assert ingest(Order("file", three, STATION, dry_run=True)).unchanged == 3
    assert counted() == before


@pytest.mark.django_db
def test_everything_rejected_is_a_refusal_that_keeps_the_rejections(tmp_path):
    far = stations_file(tmp_path, {"a": "A", "b": "B"}, lon=2.35)
    with pytest.raises(WriteRefused, match="All 2 objects were rejected, most as “outside_city”"):
        ingest(Order("file", far, STATION))
    run = Run.objects.get()
    assert run.status == Run.Status.REFUSED and "outside_city" in run.message
    assert Rejection.objects.filter(run=run, reason="outside_city").count() == 2
    assert not KINDS["fire_stations"].model.objects.exists() and not DatasetKind.objects.exists()
    assert ingest(Order("file", far, STATION | {"bbox": "off"})).stored == 2


@pytest.mark.django_db
def test_a_refused_snapshot_is_written_on_its_run(three, tmp_path):
    ingest(Order("file", three, STATION))
    one = stations_file(tmp_path, {"a": "A"})
    with pytest.raises(SnapshotRefused, match="would close 2 of 3"):
        ingest(Order("file", one, STATION | {"mode": "snapshot"}))
    last = Run.objects.latest("pk")
    assert last.status == Run.Status.REFUSED and "would close 2 of 3" in last.message
    assert len(rows("fire_stations", "stations")) == 3
    assert ingest(Order("file", one, STATION | {"mode": "snapshot", "allow_close": "2"})).closed == 2


@pytest.mark.django_db
def test_real_and_invented_data_do_not_share_a_dataset(three):
    Dataset.objects.create(slug="demo_city", synthetic=True)
    with pytest.raises(WriteRefused, match="demo_city holds synthetic data"):
        ingest(Order("file", three, STATION | {"dataset": "demo_city"}))


def breaking_off(request: Request) -> Iterator[Reading]:
    """A source that stops in the middle of its second kind."""
    yield Reading("fire_stations", ("name",), iter([point("a", name="A"), Refusal(2, "b", "bad", "Bad.")]))

    def hydrants() -> Iterator[Record]:
        yield point("h", number="1")
        raise UnreadableFile("The file ends in the middle of row 3.")

    yield Reading("hydrants", ("number",), hydrants())


def too_long(request: Request) -> Iterator[Reading]:
    """A source that lets pass what the column (120 characters) does not take."""
    yield Reading("fire_stations", ("name",), iter([point("a", name="A"), point("b", name="x" * 121)]))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("read", "fault", "status", "rejected"),
    [(breaking_off, UnreadableFile, "refused", 1), (too_long, DataError, "failed", 0)],
)
def test_a_run_that_breaks_stores_nothing_of_any_kind_and_keeps_its_end(monkeypatch, read, fault, status, rejected):
    monkeypatch.setitem(SOURCES, "survey", IngestSource("survey", Text("Pomiar", "Survey"), read, needs_path=False))
    with pytest.raises(fault):
        ingest(Order("survey"))
    run = Run.objects.get()
    assert run.status == status and run.message and run.finished_at is not None
    assert Rejection.objects.filter(run=run).count() == run.rejected == rejected
    assert not KINDS["fire_stations"].model.objects.exists() and not KINDS["hydrants"].model.objects.exists()
    assert not DatasetKind.objects.exists() and not Change.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_cancel_request_ends_the_run_with_nothing_stored(tmp_path, monkeypatch):
    """Someone sets the flag while the run works; the run hears it with its next heartbeat."""
    monkeypatch.setattr("layers.jobs.monitor.BEAT_SECONDS", 0.1)
    many = stations_file(tmp_path, {f"s{n}": "x" for n in range(200)})
    asked = threading.Event()

    def slow(done: int, total: int | None) -> None:
        if not asked.is_set():
            other = threading.Thread(target=ask)
            other.start()
            other.join()
            asked.set()
            time.sleep(0.8)

    def ask() -> None:
        Run.objects.filter(status=Run.Status.RUNNING).update(cancel_requested=True)
        connections.close_all()

    order = Order("file", many, STATION, progress=slow)
    try:
        with pytest.raises(RunCancelled):
            ingest(order)
        run = Run.objects.get()
        assert run.status == Run.Status.CANCELLED and "cancelled" in run.message
        assert not KINDS["fire_stations"].model.objects.exists()
    finally:
        assert asked.is_set()


@pytest.mark.django_db(transaction=True)
def test_a_run_beats_and_hears_a_cancel_request_from_outside(monkeypatch):
    monkeypatch.setattr("layers.jobs.monitor.BEAT_SECONDS", 0.2)
    run = new_run()
    with Monitor(run) as monitor:
        monitor.progress(5, 10)
        deadline = time.monotonic() + 10
        while run.heartbeat_at is None and time.monotonic() < deadline:
            time.sleep(0.1)
            run.refresh_from_db()
        assert (run.progress_done, run.progress_total) == (5, 10)
        Run.objects.filter(pk=run.pk).update(cancel_requested=True)
        with pytest.raises(RunCancelled):
            while time.monotonic() < deadline:
                monitor.progress(6, 10)
                time.sleep(0.1)


@pytest.mark.django_db
def test_only_runs_without_a_recent_heartbeat_are_interrupted():
    alive, silent, young, queued = new_run(), new_run(), new_run(), new_run()
    old = now() - timedelta(seconds=31)
    Run.objects.filter(pk=alive.pk).update(heartbeat_at=now() - timedelta(seconds=20), created_at=old)
    Run.objects.filter(pk=silent.pk).update(heartbeat_at=old, created_at=old)
    Run.objects.filter(pk=queued.pk).update(status=Run.Status.QUEUED, created_at=old)
    assert mark_interrupted_runs() == 1
    status = dict(Run.objects.values_list("pk", "status"))
    assert status == {alive.pk: "running", silent.pk: "interrupted", young.pk: "running", queued.pk: "queued"}


def work() -> None:
    """Run the real worker on the test's database until its queue is empty."""
    server = settings.DATABASES["default"]
    name = connection.settings_dict["NAME"]
    login = f"{server['USER']}:{server['PASSWORD']}@{server['HOST']}:{server['PORT']}"
    done = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "db_worker",
            "--batch",
            "--queue-name=*",
            "--no-startup-delay",
            "--skip-checks",
        ],
        cwd=ROOT,
        env=dict(os.environ) | {"DATABASE_URL": f"postgis://{login}/{name}"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db(transaction=True)
def test_a_queued_order_is_carried_out_by_the_worker(three):
    run = queue(Order("file", three, STATION))
    assert run.status == Run.Status.QUEUED and DBTaskResult.objects.count() == 1
    work()
    run.refresh_from_db()
    assert (run.status, run.stored, run.attempt) == (Run.Status.COMMITTED, 3, 1)
    assert len(rows("fire_stations", "stations")) == 3


def interrupted(path: Path) -> Run:
    """A run whose worker died five minutes ago."""
    run = queue(Order("file", path, STATION))
    DBTaskResult.objects.all().delete()
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, heartbeat_at=now() - timedelta(minutes=5))
    return run


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_job_is_queued_again(three):
    run = interrupted(three)
    assert look_after_runs.call() == 1 and DBTaskResult.objects.count() == 1
    assert ingest_run.call(run.pk) == "committed"
    run.refresh_from_db()
    assert (run.attempt, run.stored) == (2, 3)


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_an_interrupted_job_is_queued_again_and_succeeds(three):
    run = interrupted(three)
    look_after_runs.enqueue()
    work()
    run.refresh_from_db()
    assert (run.status, run.attempt, run.stored) == (Run.Status.COMMITTED, 2, 3)
    assert ingest_run.call(run.pk) == "committed", "a job delivered twice does nothing the second time"


@pytest.mark.django_db(transaction=True)
def test_a_job_that_two_workers_begin_at_once_is_done_by_one(three, monkeypatch):
    run = queue(Order("file", three, STATION))
    began: list[int] = []

    def begun(order, queued):
        began.append(queued.pk)
        assert ingest_run.call(queued.pk) == "running", "what a second worker does meanwhile"
        return ingest(order, queued)

    monkeypatch.setattr("ingest.tasks.ingest", begun)
    assert ingest_run.call(run.pk) == "committed"
    assert began == [run.pk]
    assert Run.objects.get(pk=run.pk).stored == 3


@pytest.mark.django_db(transaction=True)
def test_a_job_that_dies_again_and_again_is_given_up(three):
    run = queue(Order("file", three, STATION))
    DBTaskResult.objects.all().delete()
    old = now() - timedelta(minutes=5)
    for attempt in range(1, ATTEMPTS + 2):
        Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, heartbeat_at=old)
        assert look_after_runs.call() == (1 if attempt < ATTEMPTS else 0)
    run.refresh_from_db()
    assert (run.status, run.attempt) == (Run.Status.INTERRUPTED, ATTEMPTS)


@pytest.mark.django_db(transaction=True)
def test_jobs_cancelled_or_refused_end_as_such(three):
    cancelled = queue(Order("file", three, STATION))
    Run.objects.filter(pk=cancelled.pk).update(cancel_requested=True)
    gone = stations_file(three.parent, {"a": "A"}, name="gone.geojson")
    refused = queue(Order("file", gone, STATION))
    gone.unlink()
    work()
    status = dict(Run.objects.values_list("pk", "status"))
    assert status == {cancelled.pk: "cancelled", refused.pk: "refused"}
    assert "needs an existing file" in Run.objects.get(pk=refused.pk).message
    assert not KINDS["fire_stations"].model.objects.exists()


@pytest.mark.django_db
def test_an_order_that_cannot_be_understood_is_never_queued():
    with pytest.raises(UnknownSource):
        queue(Order("nonsense"))
    assert not Run.objects.exists() and not DBTaskResult.objects.exists()
