"""Tables of IMGW: layouts without a header, statuses, periods."""

# ruff: noqa: DTZ001 (times of files and of the readers have no zone: the readers' are UTC)

import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from ingest.errors import HostileFile, UnreadableFile
from ingest.sensors.imgw_columns import LAYOUTS, Quantity, layout_named
from ingest.sources.imgw import SOURCE
from tests.ingest.sensors.reading import read

DAILY = (
    '"249180010","KIELCE-SUKÓW","2016","07","31",28.4,"",11.1,"",20.8,"",11.3,"",.0,"9","",0,"9"\r\n'
    '"249180010","KIELCE-SUKÓW","2016","08","01",-.4,"",11.1,"",20.8,"",.0,"8",2.5,"","W",0,"8"\r\n'
)
TERM = (
    '"350200570","KIELCE-SUKÓW","1996","12",5.6,"",3.1,"",-1.4,"",4.8,"",81.8,"",.0,"8",1016.4,"",16.5,"",.0,"9"\r\n'
)


def zipped(folder: Path, **texts: str) -> Path:
    path = folder / "tables.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"{name}.csv", text.encode("cp1250"))
    return path


def test_days_are_utc_days_and_a_bare_point_begins_a_number(tmp_path: Path) -> None:
    found = read(SOURCE, zipped(tmp_path, k_d_07_2016=DAILY))
    highest = [one[2:] for one in found.observations if one[1] == "TMAX/day"]
    assert highest == [
        (datetime(2016, 7, 31), datetime(2016, 8, 1), 28.4, 1),
        (datetime(2016, 8, 1), datetime(2016, 8, 2), -0.4, 2),
    ]


def test_no_measurement_is_left_out_and_no_event_is_zero(tmp_path: Path) -> None:
    found = read(SOURCE, zipped(tmp_path, k_d_07_2016=DAILY))
    assert found.values("imgw/249180010 SMDB/day") == [0.0, 2.5]
    assert found.values("imgw/249180010 PKSN/day") == [0.0]
    assert found.values("imgw/249180010 TMNG/day") == [11.3]
    assert found.refusals == []


def test_months_end_where_the_next_begins(tmp_path: Path) -> None:
    found = read(SOURCE, zipped(tmp_path, s_m_t_1996_2000=TERM))
    assert {one[2:4] for one in found.observations} == {(datetime(1996, 12, 1), datetime(1997, 1, 1))}
    values = {one[1]: one[4] for one in found.observations}
    assert values == {
        "NOS/month": 5.6, "FWS/month": 3.1, "TEMP/month": -1.4, "CPW/month": 4.8, "WLGS/month": 81.8,
        "PPPM/month": 1016.4, "WODZ/month": 16.5, "WONO/month": 0.0,
    }  # fmt: skip


def test_polish_names_and_streams(tmp_path: Path) -> None:
    found = read(SOURCE, zipped(tmp_path, k_d_07_2016=DAILY))
    stream = found.streams["imgw/249180010 SMDB/day"]
    assert (stream.thing.name, stream.thing.geometry) == ("KIELCE-SUKÓW", None)
    assert (stream.unit.symbol, stream.interval_s, stream.day_zone) == ("mm", 86400, "UTC")
    assert stream.name == "suma opadów, doba: KIELCE-SUKÓW"


def test_stations_by_name_and_files_that_are_no_table(tmp_path: Path) -> None:
    path = zipped(
        tmp_path, k_d_07_2016=DAILY + DAILY.replace("KIELCE-SUKÓW", "ŁÓDŹ").replace("249", "111"), other="x"
    )
    found = read(SOURCE, path, stations="KIELCE*")
    assert set(found.things) == {"imgw/249180010"}
    assert found.notes[-1].startswith("other.csv was not read")


def test_rows_and_cells_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    bad = '"249180010","KIELCE-SUKÓW","2016","02","30",1,"",1,"",1,"",1,"",1,"","",1,""\r\n"249180010","K","2016"\r\n'
    text = DAILY + DAILY.replace('28.4,""', '28.4,"9"').replace("2.5", "x") + bad
    found = read(SOURCE, zipped(tmp_path, k_d_07_2016=text))
    told = sorted((one.row, one.reason, one.source_id.split("/")[2], one.value) for one in found.refusals)
    assert [one[:3] for one in told] == [
        (3, "status", "TMAX"), (4, "number", "SMDB"), (5, "row", ""), (6, "row", "")
    ]  # fmt: skip
    assert told[0][3] == "28.4 (9)"


def test_a_table_of_another_width_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"k_d_t_1.csv has 18 cells in row 1; a table k_d_t has 13"):
        read(SOURCE, zipped(tmp_path, k_d_t_1=DAILY))
    with pytest.raises(UnreadableFile, match="has no rows to read"):
        read(SOURCE, zipped(tmp_path, nothing="x"))


def test_a_name_that_leads_outside_the_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tables.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../k_d_1.csv", DAILY)
    with pytest.raises(HostileFile, match="leads outside"):
        read(SOURCE, path)


def test_layouts_are_as_wide_as_published() -> None:
    assert {name: one.width for name, one in LAYOUTS.items()} == {"s_m_d": 60, "s_m_t": 22, "k_d": 18, "k_d_t": 13}
    for layout in LAYOUTS.values():
        codes = [one.code for one in layout.columns if isinstance(one, Quantity)]
        assert len(codes) == len(set(codes))
    assert (layout_named("k_d_t_07_2016.csv"), layout_named("K_D_07.csv")) == (LAYOUTS["k_d_t"], LAYOUTS["k_d"])
