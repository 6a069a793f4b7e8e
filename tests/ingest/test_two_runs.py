"""Two runs on one dataset at the same time wait for each other; readers see one state or the next, never a mix."""

import time

import pytest
from django.core.management import call_command
from django.db import connection

from tests.drills import started
from tests.ingest.throwaway import buildings_file

OLD, ALL, FEWER = (60, 180), (300, 300), (160, 320)
"""(buildings, sum of their storeys): what is there; what one run brings; what the other, a snapshot, leaves."""
MANY = 10
"""So many times as many in the thorough tier."""


def answer(question: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


@pytest.mark.parametrize("times", [1, pytest.param(MANY, marks=pytest.mark.thorough)])
def test_two_ingests_at_once_are_serialised_and_readers_see_old_or_new(transactional_db, tmp_path, times):
    before, whole, less = ((count * times, storeys * times) for count, storeys in (OLD, ALL, FEWER))
    common = ("--option", "kind=buildings", "--option", "dataset=town", "--option")
    old = buildings_file(tmp_path / "old.fgb", before[0], storeys=3)
    call_command("ingest", "file", str(old), *common, "mode=upsert")
    everything = buildings_file(tmp_path / "all.fgb", whole[0], storeys=1)
    fewer = buildings_file(tmp_path / "fewer.fgb", less[0], storeys=2)
    runs = [
        started("ingest", "file", str(everything), *common, "mode=upsert"),
        started("ingest", "file", str(fewer), *common, "mode=snapshot", "--option", "allow_close=100%"),
    ]
    seen: list[tuple] = []
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '3s'")
        while any(run.poll() is None for run in runs):
            cursor.execute("SELECT count(*), sum(storeys_above) FROM layers_building WHERE recorded_to IS NULL")
            state = cursor.fetchall()[0]
            if not seen or seen[-1] != state:
                seen.append(state)
            time.sleep(0.01)  # leaves the cores to the two runs
        cursor.execute("RESET statement_timeout")
    for run in runs:
        said, complaint = run.communicate()
        assert run.returncode == 0, said + complaint
    last = answer("SELECT count(*), sum(storeys_above) FROM layers_building WHERE recorded_to IS NULL")[0]
    assert [*seen, last][: len(seen)] in ([before, whole, less][: len(seen)], [before, less, whole][: len(seen)])
    assert last in (whole, less)
    assert answer("SELECT current_rows FROM layers_datasetkind") == [(last[0],)]
    assert answer("SELECT count(*) FROM layers_run WHERE status = 'committed'") == [(3,)]
    overlaps = (
        "SELECT count(*) FROM layers_building a JOIN layers_building b ON a.feature_id = b.feature_id AND "
        "a.version_id < b.version_id AND tstzrange(a.recorded_from, a.recorded_to) "
        "&& tstzrange(b.recorded_from, b.recorded_to)"
    )
    assert answer(overlaps) == [(0,)]
    numbers = answer("SELECT count(*), min(seq), max(seq) FROM layers_change")[0]
    assert numbers[0] == numbers[2] and numbers[1] == 1
