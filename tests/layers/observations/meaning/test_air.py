"""Air-quality indices: the oracles of domain.md 4.1 and 4.2, edges of bands, versions by date, missing pollutants."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest

from layers.errors import BadMeasure, NoBandTable
from layers.observations.meaning.air import AirIndex, Concentration, hour_index, index_series
from layers.observations.meaning.bands import NO_CLASS, Index, band_table, band_table_named
from tests.layers.observations.meaning.series import NAN, POLISH_WINTER, hours, numbers

DAY = date(2026, 1, 15)


def index(name: Index, values: Mapping[str, float], day: date = DAY) -> AirIndex:
    """The index of an hour from values in the units of the table."""
    table = band_table(name, day)
    given = {code: Concentration(value, table.bands[code].unit) for code, value in values.items()}
    return hour_index(table, given)


ORACLE = {"PM10": 62, "PM2.5": 41, "NO2": 38, "O3": 20, "SO2": 9}


def test_oracle_of_an_ordinary_winter_hour() -> None:
    polish, european = index("pl", ORACLE), index("eu", ORACLE)
    assert (polish.meaning.index, polish.deciding) == (2, ("PM10", "PM2.5"))
    assert (european.meaning.index, set(european.deciding)) == (2, {"PM10", "PM2.5", "NO2"})


def test_oracle_at_the_upper_edges_of_the_best_polish_class() -> None:
    values = {"PM10": 20, "PM2.5": 13, "NO2": 40}
    assert [one.index for one in index("pl", values).pollutants.values()] == [0, 0, 0]
    european = index("eu", values).pollutants
    assert [european[code].index for code in values] == [1, 1, 2]


def test_oracle_of_a_night_of_smog() -> None:
    values = {"PM10": 151, "PM2.5": 95}
    polish, european = index("pl", values), index("eu", values)
    assert ([polish.pollutants[code].index for code in values], polish.meaning.index) == ([5, 4], 5)
    assert ([european.pollutants[code].index for code in values], european.meaning.index) == ([3, 4], 4)
    assert polish.deciding == ("PM10",)


POLISH = {
    "SO2": [50, 100, 200, 350, 500],
    "NO2": [40, 100, 150, 200, 400],
    "CO": [3, 7, 11, 15, 21],
    "PM10": [20, 50, 80, 110, 150],
    "PM2.5": [13, 35, 55, 80, 110],
    "O3": [60, 100, 140, 180, 240],
    "C6H6": [6, 11, 16, 21, 51],
}
EUROPEAN = {
    "PM2.5": [5, 15, 50, 90, 140],
    "PM10": [15, 45, 120, 195, 270],
    "NO2": [10, 25, 60, 100, 150],
    "O3": [60, 100, 120, 160, 180],
    "SO2": [20, 40, 125, 190, 275],
}


@pytest.mark.parametrize(("name", "printed"), [("pl", POLISH), ("eu", EUROPEAN)])
def test_a_value_at_an_edge_is_in_the_better_class_and_one_above_in_the_next(
    name: Index, printed: dict[str, list[float]]
) -> None:
    table = band_table(name, DAY)
    assert set(table.bands) == set(printed)
    for code, upper in printed.items():
        assert table.bands[code].classes(numbers(upper)).tolist() == [0, 1, 2, 3, 4]
        assert table.bands[code].classes(numbers(upper) + 0.1).tolist() == [1, 2, 3, 4, 5]
        assert table.bands[code].classes(numbers([-3, 0, NAN, np.inf, 1e6])).tolist() == [0, 0, -1, -1, 5]


def test_the_polish_colours_are_those_seen_in_public_clients() -> None:
    colours = ["#57b108", "#b0dd10", "#ffd911", "#e58100", "#e50000", "#990000"]
    assert [one.colour for one in band_table("pl", DAY).grades] == colours


def test_carbon_monoxide_is_judged_in_milligrams_whatever_the_unit_given() -> None:
    table = band_table("pl", DAY)
    for given in (Concentration(3.0, "mg/m³"), Concentration(3000, "ug/m3")):
        assert hour_index(table, {"CO": given}).meaning.index == 0
    assert hour_index(table, {"CO": Concentration(3001, "µg/m³")}).meaning.index == 1
    assert hour_index(table, {"PM10": Concentration(0.0201, "mg/m³")}).meaning.index == 1
    with pytest.raises(BadMeasure, match="ppb"):
        hour_index(table, {"NO2": Concentration(20, "ppb")})


def test_missing_and_unmeasured_pollutants_are_listed_apart_in_result_and_words() -> None:
    found = index("eu", {"PM10": 30, "O3": NAN})
    assert (found.missing, set(found.unmeasured)) == (("O3",), {"PM2.5", "NO2", "SO2"})
    assert "brak ważnej wartości: O3" in found.meaning.reason.pl
    assert "not measured here: PM2.5, NO2, SO2" in found.meaning.reason.en
    assert "1 of 5 pollutants judged" in found.meaning.reason.en


def test_without_any_value_the_index_is_unknown() -> None:
    for values in ({}, {"PM10": NAN}):
        found = index("pl", values)
        assert found.meaning.index is None
        assert "żadne zanieczyszczenie" in found.meaning.reason.pl


def test_the_reason_has_value_band_and_window_in_both_languages() -> None:
    reason = index("pl", {"PM10": 62.5}).meaning.reason
    assert "PM10 62,5\u00a0µg/m³, średnia godzinna, powyżej 50 do 80" in reason.pl
    assert "PM10 62.5\u00a0µg/m³, hourly mean, above 50 to 80" in reason.en


def test_the_table_of_the_date_holds_and_a_date_without_one_is_refused() -> None:
    assert band_table("eu", date(2024, 12, 31)).bands["PM10"].upper == (20, 40, 50, 100, 150)
    assert band_table("eu", date(2025, 1, 1)).bands["PM10"].upper == (15, 45, 120, 195, 270)
    with pytest.raises(NoBandTable, match="2017-11-15"):
        band_table("eu", date(2017, 11, 15))


def test_a_table_of_unknown_validity_is_chosen_by_name_only() -> None:
    older = band_table_named("pl", "GIOŚ older")
    assert (older.bands["PM2.5"].upper[3], older.bands["NO2"].upper[3], older.bands["O3"].upper[0]) == (75, 230, 70)
    assert band_table("pl", date(2005, 1, 1)).rule.version == "GIOŚ 2025-06"
    with pytest.raises(NoBandTable, match="there are"):
        band_table_named("pl", "1999")


def test_a_table_of_daily_means_of_dust_refuses_an_hourly_value() -> None:
    older = band_table("eu", date(2024, 1, 1))
    with pytest.raises(BadMeasure, match="24 h"):
        hour_index(older, {"PM10": Concentration(60, "µg/m³")})
    assert hour_index(older, {"PM10": Concentration(50, "µg/m³", hours=24)}).meaning.index == 2


def test_a_series_has_the_classes_of_its_single_hours() -> None:
    station = {
        "PM10": hours("2026-01-15T00:00", [20, 151, NAN, NAN]),
        "CO": hours("2026-01-15T01:00", [3000, 8000], "CO"),
    }
    found = index_series("pl", station)
    assert found.classes.tolist() == [0, 5, 2, NO_CLASS]
    assert found.by_pollutant["CO"].tolist() == [NO_CLASS, 0, 2, NO_CLASS]
    assert [found.at(at).meaning.index for at in range(4)] == [0, 5, 2, None]
    assert found.at(2).missing == ("PM10",)
    assert found.values["CO"].tolist()[1:3] == [3, 8]


def test_hours_that_no_series_has_are_unknown_in_between() -> None:
    station = {
        "PM10": hours("2026-01-15T00:00", [10]),
        "NO2": hours("2026-01-15T02:00", [10], "NO2"),
    }
    assert index_series("eu", station).classes.tolist() == [0, NO_CLASS, 0]


def test_a_series_over_a_change_of_the_table_is_judged_by_both_with_running_means_before() -> None:
    """Midnight in Warsaw is 23:00 UTC. Hours of 120 among zeros: 24-hour means of dust need 18 of 24 hours."""
    found = index_series("eu", {"PM10": hours("2024-12-31T05:00", [48.0] * 18 + [130.0] * 2)})
    assert found.classes[:17].tolist() == [NO_CLASS] * 17
    assert found.classes[17] == 2 and found.values["PM10"][17] == 48
    assert found.classes[18:].tolist() == [3, 3] and found.values["PM10"][18] == 130
    assert "running mean of 24 h" in found.at(17).meaning.reason.en


def test_hours_before_any_table_are_unknown_with_the_reason() -> None:
    found = index_series("eu", {"PM10": hours("2016-01-01T00:00", [10.0])})
    assert found.classes.tolist() == [NO_CLASS]
    assert "no band table" in found.at(0).meaning.reason.en


def test_no_series_and_empty_series_give_an_empty_index() -> None:
    assert len(index_series("pl", {})) == 0
    assert len(index_series("pl", {"PM10": hours("2026-01-01T00:00", [])})) == 0


def test_series_of_other_pollutants_or_zones_are_refused() -> None:
    with pytest.raises(BadMeasure, match="NO2"):
        index_series("pl", {"NO2": hours("2026-01-01T00:00", [1.0])})
    with pytest.raises(BadMeasure, match="zones"):
        index_series(
            "pl",
            {
                "PM10": hours("2026-01-01T00:00", [1.0]),
                "NO2": hours("2026-01-01T00:00", [1.0], "NO2", zone=POLISH_WINTER),
            },
        )
