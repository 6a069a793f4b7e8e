"""Two runs on one dataset at the same time wait for each other; readers see one state or the next, never a mix."""

from collections.abc import Iterator

import psycopg2
import pytest

from tests.ingest.throwaway import buildings_file, new_database, throwaway_cluster
from tests.scripts.conftest import Installation

OLD, ALL, FEWER = (3000, 9000), (12000, 12000), (7000, 14000)
"""(buildings, sum of their storeys): what is there; what one run brings; what the other, a snapshot, leaves."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Installation]:
    with throwaway_cluster() as made:
        yield made


def test_two_ingests_at_once_are_serialised_and_readers_see_old_or_new(cluster, tmp_path):
    database = new_database(cluster, "two_runs")
    common = ("--option", "kind=buildings", "--option", "dataset=town", "--option")
    old = buildings_file(tmp_path / "old.fgb", OLD[0], storeys=3)
    database.manage("ingest", "file", str(old), *common, "mode=upsert")
    everything = buildings_file(tmp_path / "all.fgb", ALL[0], storeys=1)
    fewer = buildings_file(tmp_path / "fewer.fgb", FEWER[0], storeys=2)
    runs = [
        database.start("ingest", "file", str(everything), *common, "mode=upsert"),
        database.start("ingest", "file", str(fewer), *common, "mode=snapshot", "--option", "allow_close=100%"),
    ]
    seen: list[tuple] = []
    reader = psycopg2.connect(cluster.url, dbname=database.name)
    reader.autocommit = True
    with reader.cursor() as cursor:
        cursor.execute("SET statement_timeout = '3s'")
        while any(run.poll() is None for run in runs):
            cursor.execute("SELECT count(*), sum(storeys_above) FROM layers_building WHERE recorded_to IS NULL")
            state = cursor.fetchall()[0]
            if not seen or seen[-1] != state:
                seen.append(state)
    reader.close()
    for run in runs:
        said, complaint = run.communicate()
        assert run.returncode == 0, said + complaint
    last = database.sql("SELECT count(*), sum(storeys_above) FROM layers_building WHERE recorded_to IS NULL")[0]
    assert [*seen, last][: len(seen)] in ([OLD, ALL, FEWER][: len(seen)], [OLD, FEWER, ALL][: len(seen)])
    assert last in (ALL, FEWER)
    assert database.one("SELECT current_rows FROM layers_datasetkind") == last[0]
    assert database.one("SELECT count(*) FROM layers_run WHERE status = 'committed'") == 3
    overlaps = (
        "SELECT count(*) FROM layers_building a JOIN layers_building b ON a.feature_id = b.feature_id AND "
        "a.version_id < b.version_id AND tstzrange(a.recorded_from, a.recorded_to) "
        "&& tstzrange(b.recorded_from, b.recorded_to)"
    )
    assert database.one(overlaps) == 0
    numbers = database.sql("SELECT count(*), min(seq), max(seq) FROM layers_change")[0]
    assert numbers[0] == numbers[2] and numbers[1] == 1
