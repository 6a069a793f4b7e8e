"""Tables with declared columns: wide and long, zones, the hours of a changing clock, errors."""

# ruff: noqa: DTZ001 (times of files and of the readers have no zone: the readers' are UTC)

from datetime import datetime
from pathlib import Path

import pytest

from ingest.errors import BadOption, UnreadableFile
from ingest.sources.sensor_csv import SOURCE
from tests.ingest.sensors.reading import Read, read

WIDE = "stacja;czas;pm10;pm25\nA;2024-07-01 12:00;10,5;4\nB;2024-07-01 12:00;;7,25\n"
LONG = (
    "id,t0,t1,what,unit,value\nA,2024-01-01T00:00Z,2024-01-01T01:00Z,T,°C,-3.5\n"
    "A,2024-01-01T01:00+01:00,2024-01-01T02:00+01:00,H,%,80\n"
)
ONE = {"station": "Wiadukt", "time": "t", "value": "v", "property": "strain", "unit": "µm/m"}


def table(folder: Path, text: str, **options: str) -> Read:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return read(SOURCE, path, **options)


def test_a_wide_table_in_a_local_zone(tmp_path: Path) -> None:
    options = {"station": "stacja", "time": "czas", "value": "pm10,pm25", "property": "PM10,PM2.5", "decimal": ","}
    found = table(tmp_path, WIDE, unit="µg/m³", zone="Europe/Warsaw", interval="600", **options)
    noon = datetime(2024, 7, 1, 10)
    assert sorted(found.observations) == [
        ("sensor_csv/A", "PM10", noon, noon, 10.5, 2),
        ("sensor_csv/A", "PM2.5", noon, noon, 4.0, 2),
        ("sensor_csv/B", "PM2.5", noon, noon, 7.25, 3),
    ]
    stream = found.streams["sensor_csv/A PM10"]
    assert (stream.unit.symbol, stream.interval_s, stream.thing.name) == ("µg/m³", 600, "A")


def test_a_long_table_with_ends_and_units(tmp_path: Path) -> None:
    found = table(tmp_path, LONG, station="id", time="t0", end="t1", value="value", property="what", unit="unit")
    first, second = datetime(2024, 1, 1, 0), datetime(2024, 1, 1, 1)
    assert sorted(found.observations) == [
        ("sensor_csv/A", "H", first, second, 80.0, 3),
        ("sensor_csv/A", "T", first, second, -3.5, 2),
    ]
    assert {one.unit.symbol for one in found.streams.values()} == {"°C", "%"}


def test_fractions_of_seconds_and_a_fixed_offset(tmp_path: Path) -> None:
    found = table(tmp_path, "t,v\n2024-01-01 00:00:00.125,1\n", zone="+05:30", **ONE)
    assert found.observations[0][2] == datetime(2023, 12, 31, 18, 30, 0, 125_000)


def test_times_of_a_declared_format(tmp_path: Path) -> None:
    text = "t,v\n03/02/2024 10:00,1\n"
    assert table(tmp_path, text, zone="UTC", format="%d/%m/%Y %H:%M", **ONE).observations[0][2] == datetime(
        2024, 2, 3, 10
    )
    with pytest.raises(UnreadableFile, match="Row 2: 03/02/2024 10:00 may be day/month or month/day"):
        table(tmp_path, text, zone="UTC", **ONE)


def test_times_that_a_clock_skips_or_repeats_are_resolved_or_refused(tmp_path: Path) -> None:
    skipped, once = "2024-03-31 02:30,1\n", "2023-10-29 02:15,2\n"
    twice = "".join(
        f"2024-10-27 02:{minute},{value}\n" for minute, value in (("00", 3), ("30", 4), ("00", 5), ("30", 6))
    )
    found = table(tmp_path, "t,v\n" + once + skipped + twice, zone="Europe/Warsaw", **ONE)
    assert [(one[2], one[4]) for one in found.observations] == [
        (datetime(2024, 10, 27, 0, 0), 3.0), (datetime(2024, 10, 27, 0, 30), 4.0),
        (datetime(2024, 10, 27, 1, 0), 5.0), (datetime(2024, 10, 27, 1, 30), 6.0),
    ]  # fmt: skip
    assert sorted((one.row, one.reason) for one in found.refusals) == [(2, "twice"), (3, "skipped")]


def test_stations_do_not_disturb_each_other_in_a_repeated_hour(tmp_path: Path) -> None:
    rows = [f"{station},2024-10-27 02:{minute},1" for _ in (1, 2) for minute in ("00", "30") for station in "AB"]
    options = {**ONE, "station": "s"}
    found = table(tmp_path, "\n".join(["s,t,v", *rows]) + "\n", zone="Europe/Warsaw", **options)
    assert found.refusals == []
    assert len(set(found.observations)) == 8


def test_cells_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    text = "s,t,e,v\nA,soon,2024-01-01,1\nA,2024-01-01,2024-01-02,x\n,2024-01-01,2024-01-02,1\n"
    text += "A,2024-01-03,2024-01-01,2\nA,2024-01-04,2024-01-05,3\n"
    options = {**ONE, "station": "s", "end": "e", "zone": "UTC"}
    found = table(tmp_path, text, **options)
    assert sorted((one.row, one.reason) for one in found.refusals) == [
        (2, "time"), (3, "number"), (4, "unnamed"), (5, "backwards")
    ]  # fmt: skip
    assert [one[5] for one in found.observations] == [6]


def test_an_unquoted_decimal_comma_is_refused(tmp_path: Path) -> None:
    found = table(tmp_path, "t,v\n2024-01-01,10,5\n2024-01-02,3\n", zone="UTC", **ONE)
    assert [(one.row, one.reason, one.value) for one in found.refusals] == [(2, "width", "2024-01-01,10,5")]
    assert [one[4] for one in found.observations] == [3.0]


@pytest.mark.parametrize(
    ("options", "fault", "words"),
    [
        ({"unit": ""}, BadOption, "Give --option unit=…; the columns are: t, v"),
        ({"time": "czas"}, BadOption, "time=czas is no column; the columns are: t, v"),
        ({"value": "v,w"}, BadOption, "value=w is no column"),
        ({"zone": "Mars"}, BadOption, "zone=Mars is no time zone"),
        ({"zone": ""}, UnreadableFile, "2024-01-01 has no zone; give --option zone=Europe/Warsaw"),
        ({"decimal": ";"}, BadOption, "is no decimal sign"),
        ({"interval": "1h"}, BadOption, "interval=1h is no whole number"),
        ({"value": "v,t"}, BadOption, "property=strain has 1 entries for 2 columns"),
    ],
)
def test_what_is_declared_wrong_is_one_clear_error(tmp_path: Path, options: dict, fault: type, words: str) -> None:
    with pytest.raises(fault, match=words):
        table(tmp_path, "t,v\n2024-01-01,1\n", **{**ONE, "zone": "UTC", **options})


def test_two_units_of_one_property_are_an_error(tmp_path: Path) -> None:
    text = "t,v,u\n2024-01-01,1,mm\n2024-01-02,1,cm\n"
    with pytest.raises(BadOption, match="strain at Wiadukt is in mm and in cm"):
        table(tmp_path, text, zone="UTC", **{**ONE, "unit": "u"})


def test_an_empty_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no row with a value"):
        table(tmp_path, "t,v\n", zone="UTC", **ONE)
