"""The public summary of a study: rounding, figures of too few, and how amounts are written."""

import pytest
from django.utils import translation

from analysis.public_summary import (
    BUILDINGS,
    MONEY,
    PEOPLE,
    Amount,
    PublicSummary,
    merged_small,
    public_amounts,
    rounded,
)
from analysis.studies import STUDIES
from analysis.study import rules_of
from geoportal.wording.amounts import NOT_SAID, cell, difference, in_sentence, money, spelled
from layers.text import Text

PUBLIC = {"least_buildings": 10, "least_people": 10, "round_people": 10, "round_loss_pln": 10_000}
FLOOD = STUDIES["flood_exposure"]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "step", "expected"), [(4493, 10, 4490), (4495, 10, 4500), (57_144_287, 10_000, 57_140_000), (0, 10, 0)]
)
def test_figures_are_rounded_to_a_step_halves_upwards(value: float, step: float, expected: float) -> None:
    assert rounded(value, step) == expected


@pytest.mark.parametrize(
    ("count", "pl", "en"),
    [
        (0, "0 budynków", "0 buildings"),
        (1, "1 budynek", "1 building"),
        (2, "2 budynki", "2 buildings"),
        (5, "5 budynków", "5 buildings"),
        (12, "12 budynków", "12 buildings"),
        (22, "22 budynki", "22 buildings"),
        (112, "112 budynków", "112 buildings"),
        (1234, "1 234 budynki", "1,234 buildings"),
    ],
)
def test_numbers_are_counted_as_the_language_does(count: int, pl: str, en: str) -> None:
    assert plain(spelled(Amount(count, BUILDINGS))) == pl
    with translation.override("en"):
        assert plain(spelled(Amount(count, BUILDINGS))) == en


@pytest.mark.parametrize(
    ("value", "digits", "pl", "en"),
    [
        (57_140_000, 2, "57 mln zł", "57 million zł"),
        (57_140_000, None, "57,14 mln zł", "57.14 million zł"),
        (4_067_000, 2, "4,1 mln zł", "4.1 million zł"),
        (142_420_000, 2, "140 mln zł", "140 million zł"),
        (410_000, None, "410 tys. zł", "410 thousand zł"),
        (995_000, 2, "1 mln zł", "1 million zł"),
        (0, 2, "0 zł", "0 zł"),
    ],
)
def test_money_is_told_in_millions_and_thousands(value: float, digits: int | None, pl: str, en: str) -> None:
    assert plain(money(value, digits)) == pl
    with translation.override("en"):
        assert plain(money(value, digits)) == en


def test_figures_of_too_few_have_no_value() -> None:
    nine = public_amounts({"buildings": 9, "people": 40.0, "loss_pln": 1e6}, PUBLIC)
    assert [amount.value for amount in nine] == [None, None, None]
    assert (plain(spelled(nine[0])), cell(nine[0]), cell(nine[2])) == (
        "mniej niż 10 budynków",
        "mniej niż 10",
        NOT_SAID,
    )
    few_people = public_amounts({"buildings": 10, "people": 9.9, "loss_pln": 1e6}, PUBLIC)
    assert [amount.value for amount in few_people] == [10, None, 1_000_000]
    assert [one.value for one in public_amounts({"buildings": 0, "people": 0.0, "loss_pln": 0}, PUBLIC)] == [0, 0, 0]


def test_small_groups_are_summed_and_no_subtraction_reveals_them() -> None:
    def group(name: str, n: int) -> tuple[Text, dict[str, float]]:
        return Text(name, name), {"buildings": n, "loss_pln": 100.0 * n}

    rest = Text("rest", "rest")
    told = merged_small([group("a", 40), group("b", 3), group("c", 12), group("d", 2)], "buildings", 10, rest)
    # b and d make 5, too few still: c joins them.
    assert [(str(title), values["buildings"], values["loss_pln"]) for title, values in told] == [
        ("a", 40, 4000.0),
        ("rest", 17, 1700.0),
    ]
    assert merged_small([group("a", 40), group("c", 12)], "buildings", 10, rest) == [group("a", 40), group("c", 12)]


def test_differences_have_a_sign_and_a_share() -> None:
    assert plain(difference(Amount(110, PEOPLE), Amount(100, PEOPLE))) == "+10 (+10 %)"
    assert plain(difference(Amount(9e6, MONEY), Amount(10e6, MONEY))) == "\u22121 mln zł (\u221210 %)"
    assert difference(Amount(5, PEOPLE), Amount(5, PEOPLE)) == "bez zmian"
    assert plain(difference(Amount(5e6, MONEY), Amount(0, MONEY))) == "+5 mln zł"
    assert difference(Amount(None, PEOPLE, 10), Amount(20, PEOPLE)) == NOT_SAID


def summary_of(buildings: int, people: float, loss: float) -> PublicSummary:
    """The public summary when only the 1 in 100 years flood reaches anything, all of it houses."""
    totals = {"buildings": buildings, "people": people, "loss_pln": loss}
    dry = {"buildings": 0, "people": 0.0, "loss_pln": 0, "by_use": {}, "by_depth": {}}
    wet = totals | {"by_use": {"residential": totals}, "by_depth": {"2": buildings}}
    scenarios = {"p10": dry, "p1": wet, "p02": dry, "embankment": dry}
    return FLOOD.public_summary({"scenarios": scenarios, "ead_pln": 0.049 * loss}, rules_of(FLOOD))


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ((0, 0.0, 0.0), "Woda 100-letnia nie obejmie żadnego budynku."),
        ((4, 12.0, 900_000.0), "Woda 100-letnia obejmie mniej niż 10 budynków."),
        (
            (12, 0.0, 1_340_000.0),
            "Woda 100-letnia obejmie 12 budynków; strata około 1,3 mln zł. Przeciętnie rocznie: 66 tys. zł.",
        ),
    ],
)
def test_the_answer_fits_what_was_found(totals: tuple[int, float, float], expected: str) -> None:
    public = summary_of(*totals)
    assert plain(" ".join(in_sentence(one) for one in public.answer)) == expected
    if totals[0] < 10:
        assert all(one.amount.value in (None, 0) for one in public.figures)
