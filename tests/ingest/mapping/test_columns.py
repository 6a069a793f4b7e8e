"""Columns find their fields and cells become values; what cannot be used is refused alone and stored as extra."""

from datetime import UTC, date, datetime

import pytest

from ingest.errors import BadOption, UnmappedKind
from ingest.mapping.columns import FieldMapping, kind_of
from ingest.mapping.values import Unusable, json_safe, read_date, read_flag, read_integer, read_number, read_text
from ingest.text.names import plain, same_name
from ingest.text.numbers import split_number
from layers.kinds import KINDS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2,277 ha", (2.277, "ha")),
        ("350 PLN /m2", (350.0, "PLN /m2")),
        ("1 234,5", (1234.5, "")),
        ("1\u00a0234,5", (1234.5, "")),
        ("1.234,5", (1234.5, "")),
        ("1,234.5", (1234.5, "")),
        ("1,234,567", (1234567.0, "")),
        ("-12.5e3", (-12500.0, "")),
        ("−7", (-7.0, "")),
        (".5", (0.5, "")),
        ("ha 3", None),
        ("", None),
    ],
)
def test_numbers_as_people_write_them(text: str, expected: tuple[float, str] | None) -> None:
    assert split_number(text) == expected


def test_units_are_converted() -> None:
    assert read_number("2,277 ha", "m²") == 22770.0
    assert read_number("12 a", "m²") == 1200.0
    assert read_number("350 cm", "m") == 3.5
    assert read_number("30 mph", "km/h") == pytest.approx(48.28032)


@pytest.mark.parametrize("text", ["0-3", "12/14", "dużo", "nan3"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        read_number(text)


@pytest.mark.parametrize("text", ["", " ", "-", "brak", "b.d.", None, float("nan")], ids=repr)
def test_cells_that_say_nothing_are_empty(text: object) -> None:
    assert read_number(text) is None


def test_whole_numbers() -> None:
    assert read_integer(2.0) == 2
    with pytest.raises(Unusable, match="whole"):
        read_integer("2,5")


@pytest.mark.parametrize("cell", ["T", "Tak", "tak", "yes", "1", 1, True, 1.0], ids=repr)
def test_yes(cell: object) -> None:
    assert read_flag(cell) is True


@pytest.mark.parametrize("cell", ["N", "Nie", "no", "0", 0, False, "fałsz"], ids=repr)
def test_no(cell: object) -> None:
    assert read_flag(cell) is False


@pytest.mark.parametrize(
    "cell",
    [
        "2021-12-18",
        "2021.12.18",
        "18.12.2021",
        "18-12-2021",
        "20211218",
        "2021-12-18T11:31:36",
        datetime(2021, 12, 18, tzinfo=UTC),
    ],
)
def test_dates(cell: object) -> None:
    assert read_date(cell) == date(2021, 12, 18)


def test_impossible_date_is_refused() -> None:
    with pytest.raises(Unusable):
        read_date("31.02.2021")


def test_texts_lose_what_a_database_cannot_hold() -> None:
    assert read_text(" a\x00b ", 10) == "ab"
    with pytest.raises(Unusable, match="11 characters"):
        read_text("x" * 11, 10)


def test_extra_is_json() -> None:
    assert json_safe('{"a": [1, NaN]}') == {"a": [1, None]}
    assert json_safe(float("inf")) is None
    assert json_safe([1, 2, None, date(2020, 1, 2)]) == [1, 2, None, "2020-01-02"]
    assert json_safe("[not json]") == "[not json]"


def test_names_are_compared_as_people_read_them() -> None:
    assert plain("Użytkowanie_gruntu") == "uzytkowaniegruntu"
    assert same_name("nazwa_przy", "nazwa_przystanku")
    assert not same_name("nazwa", "nazwa_przystanku")


def test_columns_find_fields_by_option_name_and_synonym() -> None:
    mapping = FieldMapping.choose(KINDS["buildings"], ("NAZWA", "Rok_Budowy", "H", "kolor"), {"map.height_m": "H"})
    row = {"NAZWA": " Hala ", "Rok_Budowy": "1975", "H": "12,5 m", "kolor": "biały"}
    mapped = mapping.apply(row)
    assert mapped.values == {"name": "Hala", "year_built": 1975, "height_m": 12.5}
    assert mapped.extra == {"kolor": "biały"}
    assert mapped.refusals == ()


def test_value_out_of_the_table_s_bounds_is_refused_alone_and_kept_as_extra() -> None:
    mapping = FieldMapping.choose(KINDS["buildings"], ("rok", "nazwa"), {})
    mapped = mapping.apply({"rok": "20215", "nazwa": "a"})
    assert mapped.values == {"year_built": None, "name": "a"}
    assert [(one.field, one.reason, one.value, one.severity) for one in mapped.refusals] == [
        ("year_built", "out_of_range", "20215", "value")
    ]
    assert mapped.extra == {"rok": "20215"}


def test_codes_by_code_and_by_label_in_both_languages() -> None:
    mapping = FieldMapping.choose(KINDS["zoning_plans"], ("przeznaczenie",), {})
    cells = ["U", "u", "U – teren usług komercyjnych", "usługi", "services", "USLUGI"]
    assert [mapping.apply({"przeznaczenie": cell}).values["land_use"] for cell in cells] == ["U"] * 6


def test_area_in_hectares_by_the_unit_column_of_gml() -> None:
    mapping = FieldMapping.choose(KINDS["parcels"], ("poleEwidencyjne", "poleEwidencyjne_uom"), {})
    mapped = mapping.apply({"poleEwidencyjne": 0.242, "poleEwidencyjne_uom": "ha"})
    assert (mapped.values, mapped.extra) == ({"area_m2": 2420.0}, {})


@pytest.mark.parametrize("options", [{"map.nothing": "a"}, {"map.name": "absent"}])
def test_impossible_mappings_are_named(options: dict[str, str]) -> None:
    with pytest.raises(BadOption):
        FieldMapping.choose(KINDS["buildings"], ("a",), options)


def test_kind_by_the_layer_s_name_or_not_at_all() -> None:
    assert kind_of(KINDS, "", "Budynki").slug == "buildings"
    assert kind_of(KINDS, "", "data", "bus_stops").slug == "bus_stops"
    with pytest.raises(UnmappedKind, match="kind="):
        kind_of(KINDS, "", "Hale")
    with pytest.raises(BadOption):
        kind_of(KINDS, "halls")
