"""Layers as files: what other programs read out of them."""

import json
import tracemalloc
import zipfile

import geopandas
import pyarrow.parquet as pq
import pyogrio
import pytest
from pyproj import CRS, Transformer

from layers.access.rules import ANONYMOUS, Access
from layers.exports import files
from layers.exports.columns import short_names
from layers.kinds import kind_of
from layers.reading.selection import select
from layers.reading.table import order_of
from tests.geoportal.conftest import RYNEK_2178, bring_in, house, small_city  # noqa: F401

pytestmark = pytest.mark.usefixtures("small_city")
FILES = {"gpkg": files.geopackage, "parquet": files.geoparquet, "fgb": files.flatgeobuf}


def chosen(kind="buildings", access=ANONYMOUS, **words):
    selection = select(access, kind_of(kind), **words)
    assert selection is not None
    return selection


def read(path):
    return geopandas.read_parquet(path) if path.suffix == ".parquet" else pyogrio.read_dataframe(path)


@pytest.mark.parametrize("ending", FILES)
def test_a_file_holds_every_feature_where_it_lies(tmp_path, ending):
    frame = read(FILES[ending](chosen(), tmp_path))
    assert len(frame) == 3
    assert frame.crs.to_epsg() == 2178
    # b1: 20 m square from the market square on; b2 40 m further east; b3: 4 m square 30 m to the west.
    assert sorted(frame.geometry.area.round(6)) == [16, 400, 400]
    west, south, east, north = frame.total_bounds
    x, y = RYNEK_2178
    assert (west, south, east, north) == pytest.approx((x - 30, y, x + 60, y + 20), abs=1e-3)


@pytest.mark.parametrize("ending", ["parquet", "fgb"])
def test_values_keep_their_types_and_unknown_ones_stay_unknown(tmp_path, ending):
    frame = read(FILES[ending](chosen(), tmp_path))
    assert frame["storeys_above"].tolist() == [3, 3, 3]
    assert frame["year_built"].isna().all()
    assert sorted(frame["use_class"]) == ["public", "residential", "residential"]
    assert "owner" not in frame and "heating" not in frame


@pytest.mark.parametrize("ending", FILES)
def test_staff_get_the_fields_of_staff(tmp_path, ending):
    frame = read(FILES[ending](chosen(access=Access("staff")), tmp_path))
    assert set(frame["owner"]) == {"Jan Nowak"}


@pytest.mark.parametrize("ending", FILES)
def test_a_selection_of_nothing_is_an_empty_file_with_its_columns(tmp_path, ending):
    path = FILES[ending](chosen(filter="use_class='worship'"), tmp_path)
    frame = read(path)
    assert len(frame) == 0
    assert "use_class" in frame


@pytest.mark.parametrize("ending", FILES)
def test_a_file_keeps_the_order_that_was_asked_for(tmp_path, ending):
    bring_in("buildings", [house("b1", height_m=4.0), house("b2", 40, height_m=9.5), house("b3", -30, height_m=6.0)])
    selection = chosen()
    order = order_of(ANONYMOUS, selection.kind, "-height_m", None)
    assert read(FILES[ending](selection, tmp_path, order))["height_m"].tolist() == [9.5, 6.0, 4.0]


def test_geoparquet_describes_its_geometry_as_the_standard_asks(tmp_path):
    path = files.geoparquet(chosen(), tmp_path)
    told = json.loads(pq.read_metadata(path).metadata[b"geo"])
    column = told["columns"][told["primary_column"]]
    assert told["version"] == "1.1.0"
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["MultiPolygon"])
    assert CRS.from_json_dict(column["crs"]) == CRS.from_epsg(2178)
    x, y = RYNEK_2178
    assert column["bbox"] == pytest.approx([x - 30, y, x + 60, y + 20], abs=1e-3)
    lon, lat = Transformer.from_crs(2178, 4326, always_xy=True).transform(*column["bbox"][:2])
    assert (round(lon, 2), round(lat, 2)) == (20.63, 50.87)


def test_a_shapefile_keeps_polish_letters_and_says_which_names_it_cut(tmp_path):
    bring_in("buildings", [house("b1", name="Szkoła Żródlana")])
    packed = files.shapefile(chosen(), tmp_path)
    with zipfile.ZipFile(packed) as archive:
        assert archive.read("buildings.cpg") == b"UTF-8"
        assert "storeys_ab  storeys_above" in archive.read("README.txt").decode()
    frame = pyogrio.read_dataframe(f"/vsizip/{packed}/buildings.shp")
    assert "Szkoła Żródlana" in set(frame["name"])
    assert (len(frame), frame.crs.to_epsg()) == (3, 2178)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["buildings.shp.zip"]


def test_names_cut_alike_stay_apart():
    names = short_names(["storeys_above", "storeys_abroad", "storeys_ab", "name"])
    assert list(names.values()) == ["storeys_ab", "storeys__1", "storeys__2", "name"]


def test_a_layer_too_large_for_an_index_is_written_without_one_and_complete(tmp_path, monkeypatch):
    monkeypatch.setattr("layers.exports.columns.MOST_INDEXED", 2)
    path = files.flatgeobuf(chosen(), tmp_path)
    assert len(read(path)) == pyogrio.read_info(path)["features"] == 3


def test_lines_and_points_keep_their_shape(tmp_path):
    assert read(files.flatgeobuf(chosen("roads"), tmp_path)).geom_type.tolist() == ["LineString"]
    assert read(files.geoparquet(chosen("bus_stops"), tmp_path)).geom_type.tolist() == ["Point"]


@pytest.mark.parametrize("ending", ["parquet", "fgb"])
def test_memory_stays_flat_however_many_rows(tmp_path, ending):
    bring_in("buildings", [house(f"m{n}", n * 0.5) for n in range(12_000)])
    write = FILES[ending]
    tracemalloc.start()
    write(chosen(filter="use_class='public'"), tmp_path)
    tracemalloc.reset_peak()
    write(chosen(), tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A batch of 10,000 rows; two would be twice as much, and 12,000 rows at once would show as more.
    assert peak < 40_000_000
