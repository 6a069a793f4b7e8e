"""Texts of studies' pages: tables with bars, parameters, inputs, history of runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext

from analysis.parameters import Number
from analysis.public_summary import Amount, Table
from analysis.study import Study
from geoportal.wording.amounts import cell, difference
from geoportal.wording.datasets import title
from geoportal.wording.values import NO_BREAK, day, moment, number
from layers.access.rules import Access, may_see
from layers.kinds import kind_of
from layers.runs.models import Dataset, Run
from layers.text import Text

RUNS_SHOWN = 10
BAR_UNITS = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as text and the length of its bar in percent, "" for none."""

    words: str
    bar: str = ""


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A row of a table with its cells."""

    title: Text
    note: Text | None
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """A table with a bar beside each figure, relative to the largest in its column."""

    table: Table
    rows: list[DrawnRow]


def drawn(table: Table) -> DrawnTable:
    """A table with its bars."""
    longest = [max((row.amounts[at].value or 0 for row in table.rows), default=0) for at in range(len(table.columns))]
    rows = [
        DrawnRow(
            row.title,
            row.note,
            [
                Cell(cell(amount), _bar(amount, most) if column.bars else "")
                for amount, most, column in zip(row.amounts, longest, table.columns, strict=True)
            ],
        )
        for row in table.rows
    ]
    return DrawnTable(table, rows)


def _bar(amount: Amount, most: float) -> str:
    return f"{BAR_UNITS * (amount.value or 0) / most:.1f}" if most else "0"


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of a trial beside the published one."""

    now: str
    before: str
    difference: str


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of both results."""

    title: Text
    cells: list[Compared]


def compared(now: Table, before: Table) -> list[ComparedRow]:
    """Rows of a trial beside those of the published result, both of their public summaries."""
    published = {row.title: row for row in before.rows}
    return [
        ComparedRow(
            row.title,
            [
                Compared(cell(mine), cell(theirs), difference(mine, theirs))
                for mine, theirs in zip(row.amounts, published[row.title].amounts, strict=True)
            ],
        )
        for row in now.rows
        if row.title in published
    ]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A parameter of a study with its value in a run."""

    parameter: Number
    value: str
    usual: str
    range: str

    @property
    def changed(self) -> bool:
        """Whether the value differs from the published result's."""
        return self.value != self.usual


def assumptions(study: Study, used: Mapping[str, float], usual: Mapping[str, float]) -> list[Assumption]:
    """The parameters of a run, beside the published ones."""
    return [
        Assumption(one, _valued(one, used[one.name]), _valued(one, usual[one.name]), range_of(one))
        for one in study.parameters
        if one.name in used and one.name in usual
    ]


def range_of(one: Number) -> str:
    """The allowed range of a parameter as text."""
    return f"{number(float(one.low))}–{_valued(one, one.high)}"


def _valued(one: Number, value: float) -> str:
    return f"{number(float(value))}{NO_BREAK}{one.unit}" if one.unit else number(float(value))


@dataclass(frozen=True, slots=True)
class InputRow:
    """A layer that a run read. `slug` is "" where the visitor may not see it."""

    slug: str
    title: Text
    dataset: str
    rows: str
    date: str
    synthetic: bool


def inputs(access: Access, run: Run) -> list[InputRow]:
    """The layers a run read, with dataset and date."""
    read: Mapping[str, Any] = run.details.get("inputs", {})
    datasets = {one.slug: one for one in Dataset.objects.filter(slug__in=[one["dataset"] for one in read.values()])}
    rows = []
    for slug, one in read.items():
        kind, dataset = kind_of(slug), datasets.get(one["dataset"])
        rows.append(
            InputRow(
                slug if may_see(access, kind) else "",
                kind.title,
                title(one["dataset"], dataset.title if dataset else ""),
                number(one["rows"]),
                day(date.fromisoformat(one["data_date"])) if one["data_date"] else "",
                bool(dataset and dataset.synthetic),
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class RunRow:
    """A finished standing run (whose result is published) with its public facts."""

    when: str
    why: str
    scope: str
    outcome: str
    seconds: str
    parameters: str


def history(study: Study) -> list[RunRow]:
    """The last finished standing runs, newest first."""
    runs = Run.objects.filter(kind=Run.Kind.STUDY, source=study.slug, mode="standing", finished_at__isnull=False)
    return [_run_row(study, run) for run in runs.order_by("-pk")[:RUNS_SHOWN]]


def _run_row(study: Study, run: Run) -> RunRow:
    scopes = {
        "city": gettext("the whole city"),
        "changes": gettext("only what changed"),
        "nothing": gettext("nothing had changed"),
    }
    seconds = run.details.get("seconds")
    return RunRow(
        moment(run.finished_at or run.created_at),
        gettext("by itself, after a change of data") if run.details.get("job") else gettext("ordered by the city"),
        scopes.get(run.details.get("scope", ""), NO_BREAK),
        _outcome(run),
        f"{number(float(seconds), decimals=1)}{NO_BREAK}s" if seconds is not None else "–",
        _parameters(study, run),
    )


def _outcome(run: Run) -> str:
    if run.status != Run.Status.COMMITTED:
        return gettext("not finished; the earlier result stays")
    return gettext("{stored} results written, {unchanged} unchanged, {closed} ended").format(
        stored=number(run.stored), unchanged=number(run.unchanged), closed=number(run.closed)
    )


def _parameters(study: Study, run: Run) -> str:
    usual = {one.name: one.default for one in study.parameters}
    changed = [one for one in assumptions(study, run.parameters, usual) if one.changed]
    return ", ".join(f"{one.parameter.title}: {one.value}" for one in changed) or gettext("the usual ones")
