"""The commands of the README in a terminal: a file goes in, stays in, and can be taken back."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pytest
from shapely.geometry import box

from tests.scripts.conftest import Installation, copy_of, manage

pytestmark = pytest.mark.thorough  # in the quick tier tests/ingest/test_commands.py runs the real command

# Three plots of 100 m by 50 m in the middle of Kielce, in the city's own system.
PLOTS = [box(7474000 + 120 * n, 5637000, 7474100 + 120 * n, 5637050) for n in range(3)]


@pytest.fixture(scope="module")
def terminal(migrated: Path) -> Iterator[Installation]:
    """An installation with tables and nothing in them."""
    made = copy_of(migrated)
    try:
        made.run("cluster", "start")
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="module")
def plots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GeoPackage as a surveyor sends it."""
    path = tmp_path_factory.mktemp("plots") / "plots.gpkg"
    numbers = {"numer": ["1/1", "1/2", "2"]}
    geopandas.GeoDataFrame(numbers, geometry=PLOTS, crs=2178).to_file(path, layer="plots")
    return path


def last_line(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_file_goes_in_once_and_is_taken_back(terminal, plots):
    order = ["ingest", "file", str(plots), "--option", "kind=parcels", "--json"]
    tried = last_line(manage(terminal, *order, "--dry-run"))
    assert (tried["run"], tried["read"], tried["stored"]) == (None, 3, 3)
    assert terminal.sql("SELECT count(*) FROM layers_parcel") == [(0,)]

    first = last_line(manage(terminal, *order))
    assert (first["stored"], first["closed"], first["rejected"]) == (3, 0, 0)
    assert terminal.sql("SELECT count(*), round(sum(ST_Area(geom))) FROM layers_parcel") == [(3, 15000)]

    again = last_line(manage(terminal, *order))
    assert (again["stored"], again["unchanged"], again["closed"]) == (0, 3, 0)

    assert manage(terminal, "rollback_run", str(first["run"])).returncode == 0
    assert terminal.sql("SELECT count(*) FROM layers_parcel WHERE recorded_to IS NULL") == [(0,)]


def test_refusal_is_one_line_and_exit_code_2(terminal, tmp_path):
    path = tmp_path / "letters.gpkg"
    path.write_bytes(b"these are not plots")
    for order in (["file", str(path), "--option", "kind=parcels"], ["file", str(tmp_path / "none.gpkg")], ["nosuch"]):
        refused = manage(terminal, "ingest", *order)
        assert refused.returncode == 2
        assert len(refused.stderr.splitlines()) == 1
        assert "Traceback" not in refused.stdout + refused.stderr
