"""Files of measuring networks through the pipeline into the store."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from ingest.pipeline import Order, ingest
from ingest.series import write_series
from ingest.source import Series, SeriesReading
from layers.errors import WriteRefused
from layers.observations.models import Datastream, HourlyRollup, Observation, Thing
from layers.observations.specs import ThingSpec
from layers.runs.models import Run
from layers.store.rollback import rollback_run
from layers.store.writer import writing
from tests.factories import new_run, rows
from tests.ingest.sensors.test_real_files import expected_of_kielce
from tests.layers.observations.streams import spec

pytestmark = pytest.mark.django_db
KIELCE: dict[str, Any] = {"stations": "SkKiel*"}


def brought(path: Path, source: str = "gios", **options: str) -> Run:
    return ingest(Order(source, path, options))


def stored() -> dict[tuple[str, str, datetime, datetime], float | None]:
    found = Observation.objects.values_list(
        "datastream__thing__code", "datastream__code", "starts_at", "ends_at", "value"
    )
    return {row[:4]: row[4] for row in found}


@pytest.mark.thorough
@pytest.mark.real_data
def test_all_values_of_kielce_are_stored_once_and_nothing_changes_the_second_time(real_data: Path) -> None:
    folder = real_data / "sensors/gios"
    tables = sorted(folder.glob("20*.csv*"))
    runs = [brought(path, **KIELCE) for path in tables]
    assert (sum(run.read for run in runs), sum(run.stored for run in runs)) == (27_229, 26_921)
    assert sum(run.unchanged for run in runs) == 308
    expected = expected_of_kielce(real_data / "sensors")
    assert stored() == {
        (*row[:2], row[2].replace(tzinfo=UTC), row[3].replace(tzinfo=UTC)): row[4] for row in expected
    }
    before = stored()
    for path in [*tables, folder / "2016_PM10_24g.xlsx"]:
        again = brought(path, **KIELCE)
        assert (again.stored, again.unchanged, again.closed) == (0, again.read, 0)
    assert stored() == before
    stations = rows("stations", "sensors")
    assert {"gios/SkKielJagiel", "gios/SkKielKusoci", "gios/SkKielWarsza"} <= stations.keys()
    one = runs[-1]
    report = {line["thing"] + " " + line["datastream"]: line for line in one.details["streams"]}
    assert sum(line["read"] for line in report.values()) == one.read


@pytest.mark.thorough
@pytest.mark.real_data
def test_an_import_rolled_back_leaves_the_store_as_it_was(real_data: Path) -> None:
    folder = real_data / "sensors/gios"
    brought(folder / "2014_PM10_24g.csv", **KIELCE)
    before = (stored(), list(Datastream.objects.filter(ended_by=None).values_list("code")))
    hours = list(HourlyRollup.objects.order_by("datastream", "starts_at").values_list("starts_at", "mean"))
    rollback_run(brought(folder / "2015_PM10_1g.csv.gz", **KIELCE).pk)
    assert (stored(), list(Datastream.objects.filter(ended_by=None).values_list("code"))) == before
    assert list(HourlyRollup.objects.order_by("datastream", "starts_at").values_list("starts_at", "mean")) == hours


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("2016_m_s.zip", marks=pytest.mark.thorough),
        pytest.param("2014_m_s.zip", marks=pytest.mark.thorough),
        "2016_07_k.zip",
    ],
)
def test_stations_without_coordinates_keep_their_series_and_wait_for_a_place(real_data: Path, name: str) -> None:
    run = brought(real_data / "sensors/imgw" / name, "imgw")
    assert run.stored > 10_000
    waiting = Thing.objects.filter(feature_id=None, code__startswith="imgw/")
    assert waiting.count() > 10
    assert set(waiting.values_list("unplaced", flat=True)) == {"The source gives no coordinates."}
    assert {one["thing"] for one in run.details["unplaced"]} == set(waiting.values_list("code", flat=True))
    assert brought(real_data / "sensors/imgw" / name, "imgw").stored == 0


TABLE = "czas;poziom\n2026-01-15 00:00;262\n2026-01-15 00:10;264\n2026-01-15 00:10;265\n2099-01-01 00:00;1\n"
OPTIONS: dict[str, Any] = {"station": "silnica", "time": "czas", "value": "poziom", "zone": "UTC"}
OPTIONS |= {"unit": "cm", "property": "water_level"}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "poziomy.csv"
    path.write_text(TABLE)
    return path


def test_a_correction_in_the_same_file_and_a_rejected_row_are_counted(table: Path) -> None:
    run = brought(table, "sensor_csv", **OPTIONS)
    assert (run.read, run.stored, run.unchanged, run.rejected) == (4, 3, 0, 1)
    (rejection,) = run.rejections.all()
    assert (rejection.reason, rejection.row) == ("future", 5)
    assert [value for _, value in sorted(stored().items())] == [262.0, 265.0]


def test_a_run_names_the_stations_that_it_leaves_without_a_place(table: Path) -> None:
    run = brought(table, "sensor_csv", **OPTIONS)
    thing = Thing.objects.get()
    expected = {
        "thing": thing.code,
        "id": thing.pk,
        "layer": "stations",
        "reason": "The source gives no coordinates.",
    }
    assert run.details["unplaced"] == [expected]
    (note,) = run.details["notes"]
    assert note.startswith(f"Without a place on the map: {thing.code}. The source gives no coordinates.")
    Thing.objects.update(unplaced="", feature_id=uuid4())
    again = brought(table, "sensor_csv", **OPTIONS)
    assert (again.details["unplaced"], again.details["notes"]) == ([], [])


def test_a_dry_run_counts_the_same_and_stores_nothing(table: Path) -> None:
    run = ingest(Order("sensor_csv", table, OPTIONS, dry_run=True))
    assert getattr(run, "pk", 0) is None
    assert (run.read, run.stored, run.rejected) == (4, 3, 1)
    assert stored() == {}
    assert not Thing.objects.exists()


def test_a_file_of_which_every_row_is_rejected_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "future.csv"
    path.write_text("czas;poziom\n2099-01-01 00:00;1\n")
    with pytest.raises(WriteRefused, match="All 1 objects were rejected, most as “future”"):
        brought(path, "sensor_csv", **OPTIONS)
    assert not Thing.objects.exists()


def test_a_rejection_of_an_alarm_stands_under_its_own_layer() -> None:
    """Rejections have the level of their layer: what an alarm in a home sent is for the services."""
    run = new_run("sensors")
    gas = replace(spec("gas"), thing=ThingSpec("alarm/1", "Czujnik", kind="alarms"))
    start = np.array(["2099-01-01"], dtype="datetime64[us]")
    part = Series(gas, start, start, np.array([1.0]), np.array([2]))
    with writing(run) as writer:
        write_series(writer, SeriesReading(iter([part])), lambda done, total: None)
    assert [(one.kind, one.reason) for one in run.rejections.all()] == [("alarms", "future")]
