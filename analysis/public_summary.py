"""The public summary of a study's result: an answer in sentences, key figures and tables, rounded for the public.

A study fills these from its totals; pages, reports and the comparison of two results only show them. A figure about
fewer buildings or people than may be published has the value None, so that no output can contain it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any

from layers.text import Text


@dataclass(frozen=True, slots=True)
class Unit:
    """What an amount counts. `forms` are for one, a few and many: "{n} budynek", "{n} budynki", "{n} budynków"."""

    forms: tuple[Text, Text, Text]
    money: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure. `value` is None where it is not public; `least` is then the limit it is below, where there is one."""

    value: float | None
    unit: Unit
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with {names} and the amounts they stand for."""

    text: Text
    amounts: Mapping[str, Amount] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """An amount that is shown in large letters."""

    title: Text
    amount: Amount


@dataclass(frozen=True, slots=True)
class Column:
    """A column of amounts; `bars` draws them."""

    title: Text
    bars: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A named row of amounts, one for each column."""

    title: Text
    amounts: tuple[Amount, ...]
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Amounts of a result, as people read them. `slug` names it in addresses and comparisons."""

    slug: str
    title: Text
    rows_are: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class PublicSummary:
    """Everything public about one result. Two results are compared by the first table."""

    answer: tuple[Sentence, ...]
    figures: tuple[KeyFigure, ...]
    tables: tuple[Table, ...]


BUILDINGS = Unit(
    (
        Text("{n} budynek", "{n} building"),
        Text("{n} budynki", "{n} buildings"),
        Text("{n} budynków", "{n} buildings"),
    )
)
PEOPLE = Unit((Text("{n} osoba", "{n} person"), Text("{n} osoby", "{n} people"), Text("{n} osób", "{n} people")))
MONEY = Unit((Text("{n} zł", "{n} zł"),) * 3, money=True)


def rounded(value: float, step: float) -> float:
    """The nearest multiple of a step, halves upwards. Example: 4493 to 10 is 4490."""
    return floor(value / step + 0.5) * step


def counted(buildings: int, public: Mapping[str, Any]) -> Amount:
    """A number of buildings as an amount; its value is None below `public["least_buildings"]`."""
    few = 0 < buildings < public["least_buildings"]
    return Amount(None if few else buildings, BUILDINGS, public["least_buildings"] if few else None)


def public_amounts(totals: Mapping[str, Any], public: Mapping[str, Any]) -> tuple[Amount, Amount, Amount]:
    """`buildings`, `people` and `loss_pln` of a group, rounded by the rules in `public`; None below its minimum."""
    count = counted(totals["buildings"], public)
    if count.value is None:
        return count, Amount(None, PEOPLE), Amount(None, MONEY)
    people = Amount(rounded(totals["people"], public["round_people"]), PEOPLE)
    if 0 < totals["people"] < public["least_people"]:
        people = Amount(None, PEOPLE, public["least_people"])
    return count, people, Amount(rounded(totals["loss_pln"], public["round_loss_pln"]), MONEY)


Group = tuple[Text, Mapping[str, float]]


def merged_small(groups: Sequence[Group], count: str, least: float, rest: Text) -> list[Group]:
    """Groups of which none has fewer than `least` of `count`: small ones are summed under the name `rest`.

    Where the rest is itself too small, the next smallest group is added to it: otherwise it could be found by
    subtracting the others from the total.
    """
    kept = list(groups)
    small: list[Group] = []
    while kept and (any(one[count] < least for _, one in kept) or 0 < _sum(small, count) < least):
        smallest = min(range(len(kept)), key=lambda at: kept[at][1][count])
        small.append(kept.pop(smallest))
    if not small:
        return kept
    names = {name for _, one in small for name in one}
    return [*kept, (rest, {name: _sum(small, name) for name in names})]


def _sum(groups: Sequence[Group], name: str) -> float:
    return sum(one[name] for _, one in groups)
