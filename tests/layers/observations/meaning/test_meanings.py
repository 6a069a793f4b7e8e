"""What all results have in common, the rule files, and that the package stays pure."""

import ast
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from layers.errors import BadMeasure, RulesInvalid
from layers.observations import meaning
from layers.observations.meaning.air import Concentration, hour_index
from layers.observations.meaning.bands import band_tables
from layers.observations.meaning.freshness import freshness
from layers.observations.meaning.gases import carbon_monoxide, methane
from layers.observations.meaning.litter import danger_degree
from layers.observations.meaning.meanings import UNKNOWN, Meaning, Rule, Sure, amount, duration, filled, number
from layers.observations.meaning.rises import rise_meaning
from layers.observations.meaning.rivers import Gauge, Memory, gauge_meaning
from layers.observations.meaning.rules import grades, rising, rule_file
from layers.observations.meaning.structures import crack, tilt, vibration
from layers.observations.meaning.units import converted, unit_named
from layers.text import Text
from tests.layers.observations.meaning.series import NAN, moments, numbers

FOLDER = Path(meaning.__file__).parent
MAY_BE_USED = ("layers.text", "layers.errors", "layers.observations.columns", "layers.observations.meaning", "numpy")
FRAMEWORKS = ("django", "layers", "geoportal", "ingest", "analysis", "psycopg2", "shapely", "requests")


def imported(path: Path) -> set[str]:
    """The names of modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_the_package_uses_numbers_and_texts_only(path: Path) -> None:
    foreign = {name for name in imported(path) if name.split(".")[0] in FRAMEWORKS}
    assert {name for name in foreign if not name.startswith(MAY_BE_USED)} == set()


def every_kind() -> list[Meaning]:
    """One result of each kind of rule, known and unknown."""
    gauge, at = Gauge(250, 300), moments("2026-03-01T00:00", [0])
    memory = Memory(int(at[0].astype(np.int64)), 286.0, (True, False), (None, None))
    air = [
        hour_index(table, {"PM10": Concentration(value, "µg/m³", table.bands["PM10"].hours)}).meaning
        for index in ("pl", "eu")
        for table in band_tables(index)
        for value in (62, NAN)
    ]
    return [
        *air,
        gauge_meaning(gauge, memory, at[0]),
        gauge_meaning(gauge, Memory(), at[0]),
        rise_meaning(moments("2026-03-01T00:00", [0, 30]), numbers([240, 255])),
        danger_degree(18, 35),
        danger_degree(NAN),
        *(one(value) for one in (crack, tilt, methane) for value in (3.0, NAN)),
        vibration(6, 8, "dwelling"),
        carbon_monoxide(at, numbers([60])),
        freshness(600, 600),
        freshness(None, 600),
    ]


def test_every_result_has_words_in_both_languages_a_shape_a_colour_and_its_rule() -> None:
    for one in every_kind():
        for text in (one.name, one.reason, one.rule.label):
            assert text.pl.strip() and text.en.strip() and "{" not in text.pl + text.en
        assert one.reason.pl != one.reason.en or one.reason.pl.isnumeric()
        assert one.colour.startswith("#") and len(one.colour) == 7
        assert one.rule.source and one.rule.version
        assert one.known == (one.index is not None)


def test_unknown_has_a_shape_and_colour_that_no_class_has() -> None:
    known = [one for one in every_kind() if one.known]
    assert UNKNOWN.shape not in {one.shape for one in known}
    assert UNKNOWN.colour not in {one.colour for one in known}


def test_the_classes_of_a_set_differ_in_colour_and_shape_or_the_file_is_refused() -> None:
    row = {"code": "a", "pl": "a", "en": "a", "colour": "#111111", "shape": "circle"}
    assert len(grades([row, {**row, "code": "b", "colour": "#222222", "shape": "square"}])) == 2
    for same in ("colour", "shape", "code"):
        other = {"code": "b", "colour": "#222222", "shape": "square"} | {same: row[same]}
        with pytest.raises(RulesInvalid, match=same):
            grades([row, {**row, **other}])


def test_limits_that_do_not_rise_and_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    assert rising([1, 2]) == (1.0, 2.0)
    with pytest.raises(RulesInvalid, match="do not rise"):
        rising([1, 1])
    with pytest.raises(RulesInvalid, match="cannot be read"):
        rule_file(tmp_path / "none.toml")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.name)
def test_each_rule_file_names_versions_sources_and_how_sure_they_are(path: Path) -> None:
    def origins(node: object) -> list[dict[str, object]]:
        if isinstance(node, dict):
            return [node] * ("version" in node) + [one for value in node.values() for one in origins(value)]
        return [one for value in node for one in origins(value)] if isinstance(node, list) else []

    found = origins(dict(rule_file(path)))
    assert found
    assert all(one["source"] and one["sure"] in set(Sure) and one["label"] for one in found)


def test_numbers_have_the_decimal_comma_in_polish_and_no_needless_zeros() -> None:
    assert number(294.5) == Text("294,5", "294.5")
    assert number(-0.001) == Text("0", "0")
    assert number(-1.25) == Text("\u22121,25", "\u22121.25")
    assert number(100) == Text("100", "100")
    assert amount(8.0, "cm/h") == Text("8\u00a0cm/h", "8\u00a0cm/h")
    assert [duration(one).en for one in (20, 600, 5400, 90000, 259200)] == [
        "20\u00a0s", "10\u00a0min", "1.5\u00a0h", "25\u00a0h", "3\u00a0d"
    ]  # fmt: skip
    assert filled(Text("{a} z {b}", "{a} of {b}"), a=1, b=number(2.5)) == Text("1 z 2,5", "1 of 2.5")


def test_a_rule_holds_from_its_first_day_until_before_its_end() -> None:
    rule = Rule("1", Text("a", "a"), "a", Sure.PROJECT, date(2025, 1, 2), date(2025, 1, 4))
    assert [rule.holds(date(2025, 1, day)) for day in range(1, 5)] == [False, True, True, False]
    assert Rule("1", Text("a", "a"), "a", Sure.PROJECT).holds(date(1900, 1, 1))


def test_text_on_a_colour_is_black_or_white_by_contrast() -> None:
    rule = Rule("1", Text("a", "a"), "a", Sure.PROJECT)
    light = Meaning(0, "a", Text("a", "a"), "#ffd911", UNKNOWN.shape, Text("a", "a"), rule)
    dark = Meaning(0, "a", Text("a", "a"), "#990000", UNKNOWN.shape, Text("a", "a"), rule)
    assert (light.ink, dark.ink) == ("#000000", "#ffffff")


def test_units_of_mass_are_converted_without_noise_and_others_refused() -> None:
    assert unit_named("ug/m3") == unit_named("μg/m³") == "µg/m³"
    assert converted(numbers([0.0501, 10]), "mg/m³", "µg/m³").tolist() == [50.1, 10_000]
    assert converted(numbers([3000]), "µg/m³", "mg/m³").tolist() == [3]
    assert np.isnan(converted(numbers([NAN]), "µg/m³", "mg/m³")[0])
    with pytest.raises(BadMeasure, match="ppb"):
        unit_named("ppb")
