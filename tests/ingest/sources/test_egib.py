"""The land and building register goes in: buildings and parcels with their codes, storeys, areas and dates."""

from datetime import date
from pathlib import Path

import pytest

from ingest.sources.egib import use_class
from tests.ingest.files.reading import read_all

pytestmark = pytest.mark.real_data


def test_codes_of_the_register_become_uses() -> None:
    codes = {"m": "residential", "mw": "residential_multi", "m1": "residential", "g1": "agricultural", "i.b": "other"}
    assert {code: use_class(code) for code in codes} == codes
    assert use_class("x") is None
    assert use_class("ognioodporny") is None


def test_krakow_buildings_are_all_read(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "poland/egib_buildings_krakow_county.gpkg"
    (read,) = read_all(path, tmp_path / "s", "egib", layer="buildings")
    assert len(read.records) == 14182
    assert len({one.source_id for one in read.records}) == 14182
    first = read.records[0]
    assert first.source_id == "4-79/9;1"
    assert first.values == {"function_code": "m", "storeys_above": 2, "use_class": "residential"}
    assert first.data_date == date(2021, 12, 18)
    assert {(one.field, one.value) for one in read.refusals} == {("storeys_above", "2021.0")}


def test_register_gml_gives_buildings_and_parcels(real_data: Path, tmp_path: Path) -> None:
    readings = read_all(real_data / "gml/egib.gml", tmp_path / "s", "egib")
    assert {one.reading.kind: len(one.records) for one in readings} == {"parcels": 47, "buildings": 51}
    parcel = next(one for one in readings if one.reading.kind == "parcels").records[0]
    assert parcel.values == {
        "parcel_no": "809/1",
        "precinct": "061304_5.0012",
        "identifier": "061304_5.0012.809/1",
        "area_m2": 2420.0,
        "land_use": "R",
    }
    assert parcel.source_id == "04022323-1610-8636-2530-321713075445"
    assert parcel.data_date == date(2024, 11, 14)


@pytest.mark.parametrize(
    ("name", "rows", "first"),
    [
        ("epodgik_gml_coordinates_lat_lon_order", 1, "142104_2.0013.628/16.1_BUD"),
        ("epodgik_gml_multiple_buildings", 3, "142104_2.0013.628/16.1_BUD"),
        ("geoportal2_gml_multiple_buildings", 2, "240301_1.0033.2_BUD"),
        ("geoportal_gml_building_2180_crs", 1, "020101_1.0009.522_BUD"),
        ("katowice_gml_basic_building_3d", 1, "246901_1.0002.AR_55.6.18_BUD"),
        ("warszawa_gml_multiple_polygons", 10, "146510_8.0501.173_BUD"),
    ],
)
def test_answers_of_county_servers(real_data: Path, tmp_path: Path, name: str, rows: int, first: str) -> None:
    (read,) = read_all(real_data / f"gml/wfs_egib/{name}.xml", tmp_path / "s", "egib")
    assert (read.reading.kind, len(read.records), read.records[0].source_id) == ("buildings", rows, first)
