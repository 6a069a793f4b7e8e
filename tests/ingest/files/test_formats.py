"""The same 18 halls go in from every format; identities do not depend on order or format of the file."""

import gzip
import json
import shutil
import warnings
import zipfile
from pathlib import Path

import geopandas
import pandas
import pytest

from ingest.errors import AmbiguousLayer, BadOption, UnreadableFile
from ingest.text.encodings import guess, known_encoding
from tests.ingest.files.reading import Read, read_one

pytestmark = pytest.mark.real_data
HALL = "Hala Kolporter nr działki 1813"


@pytest.fixture
def halls(real_data: Path) -> geopandas.GeoDataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = geopandas.read_file(real_data / "nasty/derived_kielce_halls_epsg2180_no_crs.geojson")
    return frame[["nazwa", "geometry"]].set_crs(2180, allow_override=True)


def written(halls: geopandas.GeoDataFrame, name: str, folder: Path) -> Path:
    """The halls in the format of the name."""
    path = folder / name
    if name.endswith(".parquet"):
        halls.to_parquet(path)
    elif name.endswith(".shp.zip"):
        halls.to_file(folder / "hale.shp", encoding="UTF-8")
        with zipfile.ZipFile(path, "w") as archive:
            for part in folder.glob("hale.*"):
                if part != path:
                    archive.write(part, f"eksport/{part.name}")
    elif name.endswith(".geojson.gz"):
        path.write_bytes(gzip.compress(halls.to_crs(4326).to_json().encode()))
    elif name.endswith((".kml", ".geojson")):
        halls.to_crs(4326).to_file(path)
    else:
        halls.to_file(path)
    return path


def names(read: Read) -> set[str]:
    return {str((one.values.get("name")) or (one.extra or {}).get("nazwa")) for one in read.records}


@pytest.mark.parametrize(
    "name",
    ["a.gpkg", "a.shp", "a.shp.zip", "a.geojson", "a.geojson.gz", "a.fgb", "a.parquet", "a.kml", "a.gml"],
)
def test_halls_in_every_format(halls: geopandas.GeoDataFrame, tmp_path: Path, name: str) -> None:
    read = read_one(written(halls, name, tmp_path), tmp_path / "s", kind="buildings")
    assert (len(read.records), read.refusals) == (18, [])
    assert HALL in names(read)
    area = sum(one.geometry.area for one in read.records if one.geometry)
    assert area == pytest.approx(halls.to_crs(2178).area.sum(), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("a.csv", "Nazwa przystanku;X;Y;wiata\nBęczkowska;5637285,40;7474054,38;T\n", "cp1250"),
        ("a.csv", "Nazwa przystanku;X;Y;wiata\nBęczkowska;5637285,40;7474054,38;T\n", "iso8859-2"),
        ("a.csv", "nazwa,lon,lat,wiata\nBęczkowska,20.63139,50.87028,tak\n", "utf-8-sig"),
        ("a.tsv", "nazwa\tlongitude\tlatitude\twiata\nBęczkowska\t20.63139\t50.87028\t1\n", "utf-16"),
        ("a.txt", 'nazwa,wkt,wiata\nBęczkowska,"POINT (20.63139 50.87028)",yes\n', "utf-8"),
    ],
)
def test_tables_with_coordinates(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    (tmp_path / name).write_bytes(text.encode(encoding))
    (record,) = read_one(tmp_path / name, tmp_path / "s", kind="bus_stops").records
    assert record.values == {"name": "Bęczkowska", "shelter": True}
    assert record.geometry is not None
    assert record.geometry.bounds[:2] == pytest.approx((7474054.383, 5637285.400), abs=0.2)


def test_workbook_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    frame = pandas.DataFrame({"nazwa": ["Rynek"], "lon": [20.63139], "lat": [50.87028], "tablica": ["Nie"]})
    with pandas.ExcelWriter(tmp_path / "a.xlsx") as book:
        frame.to_excel(book, sheet_name="jeden", index=False)
        frame.to_excel(book, sheet_name="dwa", index=False)
    with pytest.raises(AmbiguousLayer, match="jeden, dwa"):
        read_one(tmp_path / "a.xlsx", tmp_path / "s", kind="bus_stops")
    (record,) = read_one(tmp_path / "a.xlsx", tmp_path / "s", kind="bus_stops", layer="dwa").records
    assert record.values == {"name": "Rynek", "display": False}


def test_unusable_coordinates_become_a_missing_geometry(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("nazwa,lon,lat\na,20.6,50.87\nb,,\nc,unknown,50.87\n")
    read = read_one(tmp_path / "a.csv", tmp_path / "s", kind="bus_stops")
    assert [one.geometry is None for one in read.records] == [False, True, True]


def test_identity_from_the_geometry_survives_reordering(halls: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    one = read_one(written(halls, "a.gpkg", tmp_path), tmp_path / "s1", kind="buildings")
    two = read_one(written(halls.iloc[::-1], "b.gpkg", tmp_path), tmp_path / "s2", kind="buildings")
    assert {(a.source_id, a.values["name"]) for a in one.records} == {
        (b.source_id, b.values["name"]) for b in two.records
    }


def test_identity_by_a_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("kod,nazwa,lon,lat\nA1,a,20.6,50.87\n,b,20.61,50.87\n")
    read = read_one(tmp_path / "a.csv", tmp_path / "s", kind="bus_stops", id="kod")
    assert ([one.source_id for one in read.records], [one.reason for one in read.refusals]) == (["A1"], ["no_id"])
    with pytest.raises(BadOption, match="nothing"):
        read_one(tmp_path / "a.csv", tmp_path / "s2", kind="bus_stops", id="nothing")


def test_folder_with_one_shapefile_is_read(real_data: Path, tmp_path: Path) -> None:
    shutil.copytree(real_data / "nasty/shp_data_corruption", tmp_path / "dane")
    assert len(read_one(tmp_path / "dane", tmp_path / "s", kind="roads").records) == 8


def test_several_layers_are_named(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "osm/bayreuth_north.gpkg"
    with pytest.raises(AmbiguousLayer, match="waterways"):
        read_one(path, tmp_path / "s", kind="roads")
    assert len(read_one(path, tmp_path / "s2", kind="roads", layer="roads").records) == 2056
    with pytest.raises(BadOption, match="waterways"):
        read_one(path, tmp_path / "s3", kind="roads", layer="nothing")


@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.parquet", "a.geojson"])
def test_truncated_file_is_refused_in_one_line(halls: geopandas.GeoDataFrame, tmp_path: Path, name: str) -> None:
    path = written(halls, name, tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(UnreadableFile) as fault:
        read_one(path, tmp_path / "s", kind="buildings")
    assert "\n" not in str(fault.value)


def test_nested_properties_are_kept_as_extra(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "properties": {"nazwa": "a", "tags": {"b": [1, 2]}, "empty": None},
        "geometry": {"type": "Point", "coordinates": [20.6, 50.87]},
    }
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (record,) = read_one(tmp_path / "a.geojson", tmp_path / "s", kind="bus_stops").records
    assert record.extra == {"tags": {"b": [1, 2]}}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "iso8859-2"])
def test_polish_letters_tell_the_encoding(encoding: str) -> None:
    assert guess("Zażółć gęślą jaźń, ulica Ściegiennego".encode(encoding)) == encoding


@pytest.mark.parametrize(
    ("name", "codec"), [("1250", "cp1250"), ("ANSI 1250", "cp1250"), ("8859_2", "iso8859-2"), ("UTF-8", "utf-8")]
)
def test_encodings_as_files_name_them(name: str, codec: str) -> None:
    assert known_encoding(name) == codec
