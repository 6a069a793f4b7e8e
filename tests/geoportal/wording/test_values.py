"""Values as people read them in both languages."""

from datetime import UTC, date, datetime

import pytest
from django.utils.translation import override

from geoportal.wording.folding import folded
from geoportal.wording.values import day, in_words, moment, number
from layers.schema.kind import KindField
from layers.text import Text

NB = "\u00a0"
AREA = KindField("area_m2", Text("Powierzchnia", "Area"), unit="m²", decimals=1)
YEAR = KindField("year_built", Text("Rok", "Year"))
USE = KindField("use", Text("Funkcja", "Use"), choices={"a": Text("dom", "house"), "1": Text("jeden", "one")})
PLAIN = KindField("shelter", Text("Wiata", "Shelter"))


@pytest.mark.parametrize(
    ("field", "value", "pl", "en"),
    [
        (AREA, 1234567.25, f"1{NB}234{NB}567,2{NB}m²", f"1,234,567.2{NB}m²"),
        (AREA, 12.0, f"12{NB}m²", f"12{NB}m²"),
        (AREA, -0.5, f"-0,5{NB}m²", f"-0.5{NB}m²"),
        (YEAR, 1908, "1908", "1908"),
        (USE, "a", "dom", "house"),
        (USE, 1, "jeden", "one"),
        (USE, "gone", "gone", "gone"),
        (PLAIN, True, "tak", "yes"),
        (PLAIN, False, "nie", "no"),
        (PLAIN, date(2026, 1, 31), "31 stycznia 2026", "31 January 2026"),
        (PLAIN, 0, "0", "0"),
        (PLAIN, "", None, None),
        (PLAIN, None, None, None),
    ],
)
def test_a_value_is_told_in_words(field: KindField, value: object, pl: str | None, en: str | None) -> None:
    with override("pl"):
        assert in_words(field, value) == pl
    with override("en"):
        assert in_words(field, value) == en


def test_a_unit_can_be_left_to_the_heading() -> None:
    with override("pl"):
        assert in_words(AREA, 12.5, unit=False) == "12,5"


def test_numbers_keep_no_more_digits_than_they_have() -> None:
    with override("pl"):
        assert [number(one) for one in (0.12345, 5, 24000, 2.50)] == ["0,123", "5", f"24{NB}000", "2,5"]


def test_time_is_the_city_s() -> None:
    # Half past eleven at night in UTC is half past midnight, and half past one in summer, in Kielce.
    with override("pl"):
        assert day(datetime(2026, 1, 30, 23, 30, tzinfo=UTC)) == "31 stycznia 2026"
        assert moment(datetime(2026, 7, 30, 23, 30, tzinfo=UTC)) == "31 lipca 2026, 01:30"


def test_texts_are_compared_without_case_and_diacritics() -> None:
    assert folded("ŁĄKA Żródlana Øre") == "laka zrodlana ore"


@pytest.mark.parametrize(
    ("value", "pl", "en"),
    [(1.5e30, "1,5·10³⁰", "1.5·10³⁰"), (-1e300, "-1·10³⁰⁰", "-1·10³⁰⁰"), (10**16, "1·10¹⁶", "1·10¹⁶")],
)
def test_a_huge_number_is_written_by_its_power_of_ten(value: float, pl: str, en: str) -> None:
    with override("pl"):
        assert number(value) == pl
    with override("en"):
        assert number(value) == en


def test_the_hour_that_the_clock_shows_twice_has_the_name_of_its_zone() -> None:
    with override("en"):
        first, second = (moment(datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) for hour in (0, 1))
        assert (first, second) == ("25 October 2026, 02:30 CEST", "25 October 2026, 02:30 CET")
        assert moment(datetime(2026, 10, 25, 2, 30, tzinfo=UTC)) == "25 October 2026, 03:30"
