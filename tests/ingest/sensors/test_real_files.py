"""Real files of GIOŚ, IMGW and a WaterML service, against values that were taken from them in other ways."""

import csv
import gzip
import io
import zipfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ingest.sources import gios, imgw, waterml
from tests.ingest.sensors.reading import read

pytestmark = pytest.mark.real_data
RENAMED = {"SkKielJagielWios": "SkKielJagiel", "SkKielKusoc": "SkKielKusoci"}
HOUR = timedelta(hours=1)


def expected_of_kielce(folder: Path) -> Counter[tuple[str, str, datetime, datetime, float]]:
    """The reference in UTC: published times are UTC+1, ends of hours and beginnings of days."""
    rows: Counter[tuple[str, str, datetime, datetime, float]] = Counter()
    with gzip.open(folder / "kielce_pm_tidy_reference.csv.gz", "rt") as stream:
        for row in csv.DictReader(stream):
            hourly = row["averaging"] == "1g"
            time = datetime.fromisoformat(row["time_as_published"]) - HOUR
            start, end = (time - HOUR, time) if hourly else (time, time + 24 * HOUR)
            station = RENAMED.get(row["station_code"], row["station_code"])
            stream_code = f"{row['parameter']}/{'1h' if hourly else '24h'}"
            rows[f"gios/{station}", stream_code, start, end, float(row["value_ug_m3"])] += 1
    return rows


def test_all_values_of_kielce_are_read_one_by_one(real_data: Path) -> None:
    folder = real_data / "sensors"
    found: Counter[tuple[str, str, datetime, datetime, float]] = Counter()
    for path in sorted((folder / "gios").glob("20*.csv*")):
        one = read(gios.SOURCE, path, stations="SkKiel*")
        assert one.refusals == []
        found += Counter(row[:5] for row in one.observations)
    assert found == expected_of_kielce(folder)
    assert (found.total(), len(found)) == (27_229, 26_921)


def test_the_workbook_gives_the_observations_of_its_csv(real_data: Path) -> None:
    folder = real_data / "sensors/gios"
    table, workbook = (read(gios.SOURCE, folder / f"2016_PM10_24g{end}") for end in (".csv", ".xlsx"))
    assert [one[:5] for one in workbook.observations] == [one[:5] for one in table.observations]
    assert len(table.observations) > 50_000


def test_another_export_of_a_station_is_found_by_its_name(real_data: Path) -> None:
    found = read(
        gios.SOURCE, real_data / "sensors/gios_pm25_warszawa_daily.csv", metadata=str(real_data / "sensors/gios")
    )
    text = (real_data / "sensors/gios_pm25_warszawa_daily.csv").read_text(encoding="cp1250")
    filled = [row for row in list(csv.reader(io.StringIO(text)))[2:] if row[1].strip()]
    assert found.values("gios/MzWarKondrat PM2.5/24h") == [float(row[1]) for row in filled]


@pytest.mark.parametrize("name", ["2014_m_s", "2016_m_s", "2016_07_k"])
def test_every_measurement_of_imgw_is_read(real_data: Path, name: str) -> None:
    """Counted by the pairs of a cell and its status, which follow each other wherever a status is 8, 9 or blank."""
    path = real_data / f"sensors/imgw/{name}.zip"
    found = read(imgw.SOURCE, path)
    assert found.refusals == []
    count = 0
    texts_at = {"s_m_d": (20, 21), "k_d_0": (15,)}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            left_out = texts_at.get(member[:5], ())
            for row in csv.reader(io.TextIOWrapper(archive.open(member), "cp1250", newline="")):
                cells = [cell for at, cell in enumerate(row) if at not in left_out][5 if "k_d" in member else 4 :]
                count += sum(
                    bool(cell) and status != "8" for cell, status in zip(cells[::2], cells[1::2], strict=True)
                )
    assert len(found.observations) == count


def test_the_weather_of_kielce_in_january_2016(real_data: Path) -> None:
    found = read(imgw.SOURCE, real_data / "sensors/imgw/2016_m_s.zip", stations="KIELCE*")
    assert found.things["imgw/350200570"].name == "KIELCE-SUKÓW"
    assert found.values("imgw/350200570 TMAX/month")[:2] == [12.0, 13.2]
    assert found.values("imgw/350200570 NOS/month")[:2] == [6.1, 6.8]
    assert len(found.values("imgw/350200570 TMAX/month")) == 12


def test_a_real_answer_of_waterml(real_data: Path) -> None:
    path = real_data / "sensors/waterml/cuahsi_get_values.xml"
    found = read(waterml.SOURCE, path)
    values = [one for one in ElementTree.parse(path).iter() if one.tag.endswith("}value")]  # noqa: S314
    assert [one[4] for one in found.observations] == [float(one.text or "") for one in values]
    assert [one[2].isoformat() for one in found.observations] == [one.get("dateTimeUTC") for one in values]
    assert found.things["waterml/LBR:USU-LBR-Mendon"].name.startswith("Little Bear River")
