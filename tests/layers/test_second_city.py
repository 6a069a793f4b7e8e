"""Another city is another file and another database: the same migrations, another coordinate system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.city_database import CITIES, ROOT, CityDatabase, city_database

pytestmark = pytest.mark.thorough
BAYREUTH = CITIES / "bayreuth.toml"
UTM_32, WGS_84 = 25832, 4326


@pytest.fixture(scope="module")
def database() -> Iterator[CityDatabase]:
    with city_database("bayreuth") as made:
        yield made


def manage(database: CityDatabase, city: Path, *words: str) -> tuple[int, str]:
    done = database.manage(*words, CITY_FILE=str(city))
    return done.returncode, done.stdout + done.stderr


def test_the_second_citys_database_is_in_its_own_system_and_takes_its_data(database, tmp_path):
    found = dict(database.rows("SELECT f_table_name, srid FROM geometry_columns WHERE f_geometry_column = 'geom'"))
    as_clients_send_them = {"layers_location", "layers_featureofinterest"}
    assert {name for name, srid in found.items() if srid == WGS_84} == as_clients_send_them
    assert {srid for name, srid in found.items() if name not in as_clients_send_them} == {UTM_32}
    market = tmp_path / "stations.geojson"
    market.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "s1", "properties": '
        '{"name": "Feuerwache"}, "geometry": {"type": "Point", "coordinates": [11.5783, 49.9457]}}]}'
    )
    code, said = manage(database, BAYREUTH, "ingest", "file", str(market), "--option", "kind=fire_stations")
    assert code == 0, said
    # 49.9457 N, 11.5783 E in UTM zone 32, worked out with the Krüger series to the third order on GRS80.
    ((x, y, name),) = database.rows("SELECT ST_X(geom), ST_Y(geom), name FROM layers_firestation")
    assert name == "Feuerwache" and abs(x - 684976.58) < 0.02 and abs(y - 5535780.10) < 0.02


@pytest.mark.parametrize("city", [ROOT / "city.toml", BAYREUTH], ids=lambda path: path.stem)
def test_migrations_are_complete_under_both_cities(database, city):
    code, said = manage(database, city, "makemigrations", "--check", "--dry-run", "--skip-checks")
    assert code == 0 and "No changes detected" in said


def test_a_database_of_another_citys_system_is_reported(database):
    code, said = manage(database, ROOT / "city.toml", "check", "--database", "default")
    assert code != 0
    assert "geoportal.E008" in said and f"EPSG:{UTM_32}" in said and "EPSG:2178" in said and "HINT" in said
    code, said = manage(database, BAYREUTH, "check", "--database", "default")
    assert code == 0 and "E008" not in said
