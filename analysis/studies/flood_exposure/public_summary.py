"""Public summary of the study flood_exposure: the answer for the 1 in 100 years flood, and its tables."""

from collections.abc import Mapping
from typing import Any

from analysis.public_summary import (
    MONEY,
    Amount,
    Column,
    KeyFigure,
    PublicSummary,
    Row,
    Sentence,
    Table,
    counted,
    merged_small,
    public_amounts,
    rounded,
)
from analysis.study import Rules
from layers.kinds.buildings import USE_CLASSES
from layers.kinds.flood_zones import DEPTH_CLASSES
from layers.text import Text

FLOODS = {
    "p10": Text("Woda 10-letnia", "1 in 10 years"),
    "p1": Text("Woda 100-letnia", "1 in 100 years"),
    "p02": Text("Woda 500-letnia", "1 in 500 years"),
    "embankment": Text("Zniszczenie wału", "Embankment failure"),
}
COLUMNS = (
    Column(Text("Budynki", "Buildings"), bars=True),
    Column(Text("Mieszkańcy", "Residents"), bars=True),
    Column(Text("Strata", "Loss"), bars=True),
)


def public_summary(summary: Mapping[str, Any], rules: Rules) -> PublicSummary:
    """The answer for the 1 in 100 years flood, and the tables. Loss and people are None where they are of too few."""
    public, scenarios = rules["public"], summary["scenarios"]
    amounts = {name: public_amounts(scenarios[name], public) for name in FLOODS}
    buildings, people, loss = amounts["p1"]
    annual = Amount(rounded(summary["ead_pln"], public["round_ead_pln"]), MONEY)
    if loss.value is None:
        annual = Amount(None, MONEY)
    return PublicSummary(
        _answer(buildings, people, loss, annual),
        (
            KeyFigure(Text("Budynki w zasięgu wody 100-letniej", "Buildings in the 1-in-100-year flood"), buildings),
            KeyFigure(Text("Mieszkający w nich ludzie", "People who live in them"), people),
            KeyFigure(Text("Strata przy takiej wodzie", "Loss in such a flood"), loss),
            KeyFigure(Text("Przeciętna strata w roku", "Average loss a year"), annual),
        ),
        (
            _by_scenario(amounts, rules["probability"]),
            *_by_use(scenarios["p1"]["by_use"], public),
            _by_depth(scenarios, public),
        ),
    )


def _answer(buildings: Amount, people: Amount, loss: Amount, annual: Amount) -> tuple[Sentence, ...]:
    if not buildings.value:
        none = Text("Woda 100-letnia nie obejmie żadnego budynku.", "A 1-in-100-year flood reaches no building.")
        few = Text("Woda 100-letnia obejmie {buildings}.", "A 1-in-100-year flood reaches {buildings}.")
        return (Sentence(few if buildings.least else none, {"buildings": buildings}),)
    reached = Text(
        "Woda 100-letnia obejmie {buildings}, w których mieszka około {people}; strata około {loss}.",
        "A 1-in-100-year flood reaches {buildings} in which about {people} live; the loss is about {loss}.",
    )
    if not people.value:
        reached = Text(
            "Woda 100-letnia obejmie {buildings}; strata około {loss}.",
            "A 1-in-100-year flood reaches {buildings}; the loss is about {loss}.",
        )
    yearly = Text("Przeciętnie rocznie: {annual}.", "On average a year: {annual}.")
    return (
        Sentence(reached, {"buildings": buildings, "people": people, "loss": loss}),
        Sentence(yearly, {"annual": annual}),
    )


def _by_scenario(amounts: Mapping[str, tuple[Amount, ...]], probability: Mapping[str, float]) -> Table:
    rows = tuple(
        Row(FLOODS[name], amounts[name], _chance(probability.get(name)))
        for name in FLOODS
        if name in probability or amounts[name][0].value != 0
    )
    return Table(
        "scenarios",
        Text("Skutki według scenariusza", "Effects by scenario"),
        Text("Powódź", "Flood"),
        COLUMNS,
        rows,
    )


def _chance(probability: float | None) -> Text | None:
    if probability is None:
        return None
    percent = f"{100 * probability:g}"
    return Text(f"{percent.replace('.', ',')}% szans w roku", f"{percent}% chance a year")


def _by_use(uses: Mapping[str, Mapping[str, float]], public: Mapping[str, Any]) -> tuple[Table, ...]:
    groups = [(title, uses[use]) for use, title in USE_CLASSES.items() if use in uses]
    rest = Text("pozostałe", "all others")
    groups = merged_small(groups, "buildings", public["least_buildings"], rest)
    if len(groups) < 2:
        return ()
    return (
        Table(
            "uses",
            Text("Co obejmie woda 100-letnia", "What the 1-in-100-year flood reaches"),
            Text("Funkcja budynku", "Use of the building"),
            COLUMNS,
            tuple(Row(title, public_amounts(totals, public)) for title, totals in groups),
        ),
    )


def _by_depth(scenarios: Mapping[str, Mapping[str, Any]], public: Mapping[str, Any]) -> Table:
    """Counts of buildings only. Small ones are left out like everywhere; both layers behind them are public."""
    shown = [name for name in FLOODS if scenarios[name]["buildings"]]
    return Table(
        "depths",
        Text("Głębokość wody przy budynkach", "Depth of water at the buildings"),
        Text("Głębokość", "Depth"),
        tuple(Column(FLOODS[name], bars=True) for name in shown),
        tuple(
            Row(title, tuple(counted(scenarios[name]["by_depth"].get(depth, 0), public) for name in shown))
            for depth, title in DEPTH_CLASSES.items()
        ),
        Text("Liczba budynków.", "Number of buildings."),
    )
