"""Tables of GIOŚ in all their layouts, by small files with values worked out by hand."""

# ruff: noqa: DTZ001 (times of files and of the readers have no zone: the readers' are UTC)

import gzip
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from shapely import Point

from ingest.errors import BadOption, HostileFile, UnreadableFile
from ingest.sources.gios import SOURCE
from tests.ingest.sensors.reading import Read, read

HOURLY = (
    "Kod stacji,SkKielOld,MzInny\nWskaźnik,PM10,PM10\nCzas uśredniania,1g,1g\n"
    "1/1/2010 1:00,61.5,7\n1/1/2010 2:00,,-999\n12/31/2010 23:00,674,8\n1/1/2011 0:00,25,9\n,,\n"
)
LATER = (
    "Czas pomiaru,SkKielNew\nCzas pomiaru,PM2.5\nCzas pomiaru,24g\nCzas pomiaru,ug/m3\n"
    "Czas pomiaru,SkKielNew-PM2.5-24g\n"
    '1/1/2016 0:00,"21,347279"\n1/2/2016 0:00,19\n'
)
STATIONS = (
    "uid,Kod stacji,Kod międzynarodowy,Nazwa stacji,Stary Kod stacji,Data uruchomienia,Data zamknięcia,Status,"
    "Typ stacji,Typ obszaru,Rodzaj stacji,Województwo,Miejscowość,Ulica,WGS84 φ N,WGS84 λ E\n"
    ',SkKielNew,PL0001A,"Kielce, Nowa","SkKielOld, SkKielOlder",2010-01-01,,aktywny,tło,miejski,x,ŚWIĘTOKRZYSKIE,'
    'Kielce,ul. Nowa 1,"50,87028","20,63139"\n'
    ",MzInny,,Inna,MzInny,2010-01-01,2011-01-01,nieaktywny,tło,miejski,x,MAZOWIECKIE,Inne,,-999,-999\n"
)


def written(folder: Path, text: str, name: str = "2010_PM10_1g.csv", stations: bool = True) -> Path:
    if stations:
        (folder / "stations.csv").write_text(STATIONS, encoding="utf-8")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def hourly(tmp_path: Path) -> Read:
    return read(SOURCE, written(tmp_path, HOURLY))


def test_an_hourly_mean_ends_at_its_published_time_in_winter_time(hourly: Read) -> None:
    kielce = [one[1:] for one in hourly.observations if one[0] == "gios/SkKielNew"]
    assert kielce == [
        ("PM10/1h", datetime(2009, 12, 31, 23), datetime(2010, 1, 1, 0), 61.5, 4),
        ("PM10/1h", datetime(2010, 12, 31, 21), datetime(2010, 12, 31, 22), 674.0, 6),
        ("PM10/1h", datetime(2010, 12, 31, 22), datetime(2010, 12, 31, 23), 25.0, 7),
    ]


def test_unknown_values_and_empty_rows_are_left_out(hourly: Read) -> None:
    assert hourly.values("gios/MzInny PM10/1h") == [7.0, 8.0, 9.0]
    assert hourly.refusals == []


def test_a_station_has_one_thing_under_its_present_code(hourly: Read) -> None:
    thing = hourly.things["gios/SkKielNew"]
    assert (thing.name, thing.properties["old_codes"]) == ("Kielce, Nowa", ["SkKielOld", "SkKielOlder"])
    assert thing.values == {"station_type": "air", "standing": "reference", "address": "ul. Nowa 1, Kielce"}


def test_places_are_in_the_storage_system_and_unknown_ones_none(hourly: Read) -> None:
    place = hourly.things["gios/SkKielNew"].geometry
    assert isinstance(place, Point)
    # the market square of Kielce, an independently transformed point (tolerance a centimetre)
    assert (place.x, place.y) == pytest.approx((7474054.383, 5637285.400), abs=0.01)
    assert hourly.things["gios/MzInny"].geometry is None
    assert hourly.things["gios/MzInny"].values["standing"] == "ended"


def test_the_datastream_says_unit_interval_zone_and_range(hourly: Read) -> None:
    stream = hourly.streams["gios/SkKielNew PM10/1h"]
    assert (stream.unit.symbol, stream.interval_s, stream.day_zone) == ("µg/m³", 3600, "Etc/GMT-1")
    assert (stream.observed_property.code, stream.lowest, stream.highest) == ("PM10", 0.0, 2000.0)


def test_five_header_lines_and_decimal_commas(tmp_path: Path) -> None:
    found = read(SOURCE, written(tmp_path, LATER, "2016.csv"))
    assert found.observations == [
        ("gios/SkKielNew", "PM2.5/24h", datetime(2015, 12, 31, 23), datetime(2016, 1, 1, 23), 21.347279, 6),
        ("gios/SkKielNew", "PM2.5/24h", datetime(2016, 1, 1, 23), datetime(2016, 1, 2, 23), 19.0, 7),
    ]


def test_iso_times_and_pollutant_from_the_name_of_the_file(tmp_path: Path) -> None:
    found = read(SOURCE, written(tmp_path, "Kod stacji,A\n2012-07-01 01:00:00,5\n", "2012_PM25_1g.csv"))
    assert found.observations == [("gios/A", "PM2.5/1h", datetime(2012, 6, 30, 23), datetime(2012, 7, 1), 5.0, 2)]


def test_a_packed_table_and_a_workbook_give_the_same(tmp_path: Path) -> None:
    plain = read(SOURCE, written(tmp_path, HOURLY))
    packed = tmp_path / "2010_PM10_1g.csv.gz"
    packed.write_bytes(gzip.compress(HOURLY.encode()))
    book = openpyxl.Workbook()
    sheet = book.create_sheet("dane", 0)
    for row in ((None, 1, 2), (None, "SkKielOld", "MzInny"), ("Kod", "1g", "1g")):
        sheet.append(row)
    for line in (
        (datetime(2010, 1, 1, 1), "61,5", 7),
        (datetime(2010, 12, 31, 23), 674, 8),
        (datetime(2011, 1, 1), 25, 9),
    ):
        sheet.append(line)
    book.save(tmp_path / "2010_PM10_1g.xlsx")
    workbook = read(SOURCE, tmp_path / "2010_PM10_1g.xlsx")
    assert read(SOURCE, packed).observations == plain.observations
    assert sorted(one[:5] for one in workbook.observations) == sorted(one[:5] for one in plain.observations)


def test_all_tables_of_a_folder_and_only_wanted_stations(tmp_path: Path) -> None:
    written(tmp_path, HOURLY)
    written(tmp_path, LATER, "2016_PM25_24g.csv")
    (tmp_path / "readme.pdf").write_bytes(b"%PDF")
    found = read(SOURCE, tmp_path, stations="SkKiel*,Nobody")
    assert set(found.things) == {"gios/SkKielNew"}
    assert len(found.observations) == 5
    assert found.notes == ("readme.pdf was not read: it is no CSV or XLSX.",)


def test_a_station_is_found_by_its_former_code(tmp_path: Path) -> None:
    assert len(read(SOURCE, written(tmp_path, HOURLY), stations="SkKielOld").observations) == 3


def test_windows_1250_with_tabs_and_names_of_stations(tmp_path: Path) -> None:
    metadata = tmp_path / "metadata"
    metadata.mkdir()
    written(metadata, "")
    path = tmp_path / "export_daily.csv"
    text = 'Column1,Column2\nZanieczyszczenie,"Kielce, Nowa - pył zawieszony PM2.5"\n'
    path.write_bytes((text + '2015-01-01," \t27.9\t"\n2015-01-02,\n').encode("cp1250"))
    found = read(SOURCE, path, metadata=str(metadata))
    assert found.observations == [
        ("gios/SkKielNew", "PM2.5/24h", datetime(2014, 12, 31, 23), datetime(2015, 1, 1, 23), 27.9, 3)
    ]
    assert found.things["gios/SkKielNew"].properties["old_codes"] == ["SkKielOld", "SkKielOlder"]


def test_cells_that_cannot_be_used_are_refused_with_row_and_value(tmp_path: Path) -> None:
    text = HOURLY + "yesterday,5,\n1/2/2011 0:00,b.d.,3\n"
    found = read(SOURCE, written(tmp_path, text), stations="SkKiel*")
    told = [(one.row, one.source_id, one.reason, one.value, one.severity) for one in found.refusals]
    assert told == [
        (9, "gios/SkKielNew/PM10/1h", "time", "5", "row"),
        (10, "gios/SkKielNew/PM10/1h", "number", "b.d.", "row"),
    ]
    assert found.total == 5


def test_a_row_with_more_cells_than_the_header_is_refused(tmp_path: Path) -> None:
    found = read(SOURCE, written(tmp_path, HOURLY + "1/2/2011 0:00,61,9,7\n"), stations="SkKiel*")
    assert [(one.row, one.reason, one.value) for one in found.refusals] == [(9, "width", "61")]


def test_a_daily_mean_with_a_time_of_day_is_refused(tmp_path: Path) -> None:
    found = read(SOURCE, written(tmp_path, LATER + "1/3/2016 12:00,4\n", "2016.csv"))
    assert [(one.row, one.reason) for one in found.refusals] == [(8, "time")]
    assert len(found.observations) == 2


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("a,b\nc,d\n", "x.csv", "no row that begins with a time"),
        ("Kod stacji,A\n2012-07-01 01:00,5\n", "x.csv", "pollutant of column A is not given"),
        ("Kod stacji,A\nWskaźnik,Radon\n2012-07-01 01:00,5\n", "x_1g.csv", "pollutant of column A is Radon"),
        ("Kod stacji,A\nWskaźnik,PM10\n2012-07-01 01:00,5\n", "x.csv", "averaging time of column A is not given"),
        (
            "Kod stacji,A\nWskaźnik,CO\nCzas,1g\nJedn,ug/m3\n2012-07-01 01:00,5\n",
            "x.csv",
            "A is in µg/m³; CO is read in mg",
        ),
        ("Kod stacji,A\n31/12/2012 1:00,5\n", "2012_PM10_1g.csv", "is day/month/year"),
        ("", "x.csv", "empty"),
    ],
)
def test_a_table_that_is_none_of_the_layouts_is_one_clear_error(
    tmp_path: Path, text: str, name: str, words: str
) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read(SOURCE, written(tmp_path, text, name, stations=False))


def test_stations_that_are_not_there_and_a_missing_folder(tmp_path: Path) -> None:
    path = written(tmp_path, HOURLY)
    with pytest.raises(UnreadableFile, match=r"No station matches stations=Xx\*"):
        read(SOURCE, path, stations="Xx*")
    with pytest.raises(BadOption, match="is no folder"):
        read(SOURCE, path, metadata=str(tmp_path / "nothing"))
    with pytest.raises(UnreadableFile, match="does not exist"):
        read(SOURCE, tmp_path / "nothing.csv")


def test_a_packed_file_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "2010_PM10_1g.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 40_000_000))
    with pytest.raises(HostileFile, match="unpacks to more than"):
        read(SOURCE, path)


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, HOURLY)
    first, second = read(SOURCE, path), read(SOURCE, path)
    assert (first.observations, first.refusals) == (second.observations, second.refusals)
