"""WaterML 1.1: values as instants in UTC; hostile and foreign XML is refused."""

# ruff: noqa: DTZ001 (times of files and of the readers have no zone: the readers' are UTC)

from datetime import datetime
from pathlib import Path

import pytest
from shapely import Point

from ingest.errors import BadOption, HostileFile, UnreadableFile
from ingest.sources.waterml import SOURCE
from tests.ingest.sensors.reading import Read, read

HEAD = '<timeSeriesResponse xmlns="http://www.cuahsi.org/waterML/1.1/"><timeSeries>'
SITE = (
    '<sourceInfo><siteName>Bobrza</siteName><siteCode network="N">S1</siteCode>'
    '<geoLocation><geogLocation srs="EPSG:4326"><latitude>50.87028</latitude>'
    "<longitude>20.63139</longitude></geogLocation></geoLocation></sourceInfo><variable><variableCode>H</variableCode>"
    "<variableName>Gage height</variableName><unit><unitName>centimeter</unitName>"
    "<unitAbbreviation>cm</unitAbbreviation>"
    "</unit><noDataValue>-9999</noDataValue></variable><values>"
)
TAIL = "</values></timeSeries></timeSeriesResponse>"


def document(folder: Path, values: str, before: str = "", **options: str) -> Read:
    path = folder / "answer.xml"
    path.write_text(f'<?xml version="1.0"?>{before}{HEAD}{SITE}\n{values}{TAIL}', encoding="utf-8")
    return read(SOURCE, path, **options)


def value(text: str, **attributes: str) -> str:
    return "<value " + " ".join(f'{name}="{one}"' for name, one in attributes.items()) + f">{text}</value>\n"


def test_times_in_utc_with_offsets_and_of_the_option(tmp_path: Path) -> None:
    values = (
        value("1.5", dateTime="2005-08-05T00:00:00", timeOffset="-07:00", dateTimeUTC="2005-08-05T07:00:00")
        + value("2", dateTime="2005-08-05T01:00:00", timeOffset="-07:00")
        + value("3", dateTime="2005-08-05T02:00:00-07:00")
        + value("4", dateTime="2005-08-05T10:00:00")
        + value("-9999", dateTime="2005-08-05T11:00:00")
    )
    found = document(tmp_path, values, zone="+00:00")
    expected = [datetime(2005, 8, 5, hour) for hour in (7, 8, 9, 10)]
    assert [(one[2], one[3]) for one in found.observations] == [(one, one) for one in expected]
    assert [one[4] for one in found.observations] == [1.5, 2.0, 3.0, 4.0]
    assert found.refusals == []


def test_site_variable_and_unit(tmp_path: Path) -> None:
    found = document(
        tmp_path, value("1", dateTimeUTC="2005-08-05T07:00:00", methodCode="4", qualityControlLevelCode="0")
    )
    stream = found.streams["waterml/N:S1 H/4/0"]
    assert (stream.thing.name, stream.unit.symbol, stream.name) == ("Bobrza", "cm", "Gage height: Bobrza")
    assert isinstance(stream.thing.geometry, Point)
    assert (stream.thing.geometry.x, stream.thing.geometry.y) == pytest.approx((7474054.383, 5637285.400), abs=0.01)


def test_values_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    values = (
        value("x", dateTimeUTC="2005-08-05T07:00:00")
        + value("1", dateTime="2005-08-05T07:00:00")
        + value("2", dateTimeUTC="noon")
        + value("3", dateTimeUTC="2005-08-05T08:00:00", censorCode="lt")
        + value("4", dateTimeUTC="2005-08-05T09:00:00", censorCode="nc")
    )
    found = document(tmp_path, values)
    assert [(one.row, one.reason) for one in found.refusals] == [
        (2, "number"),
        (3, "time"),
        (4, "time"),
        (5, "censored"),
    ]
    assert [one[4:] for one in found.observations] == [(4.0, 6)]


def test_a_zone_with_summer_time_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="changes its offset"):
        document(tmp_path, value("1", dateTime="2005-08-05T07:00:00"), zone="Europe/Warsaw")


def test_entities_and_document_types_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for before in (bomb, outside):
        with pytest.raises(HostileFile, match="document type or entities"):
            document(tmp_path, value("1", dateTimeUTC="2005-08-05T07:00:00"), before)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostileFile, match="nested deeper"):
        document(tmp_path, "<a>" * 100 + "</a>" * 100)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html></html>", "is an XML document html"),
        ("<timeSeriesResponse xmlns='urn:other'/>", "has the root"),
        ("<timeSeriesResponse xmlns='http://www.cuahsi.org/waterML/1.1/'/>", "has no time series"),
        ("<timeSeriesResponse>", "not well-formed"),
        ("station,value", "not well-formed"),
    ],
)
def test_another_document_is_one_clear_error(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "answer.xml"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=words):
        read(SOURCE, path)
