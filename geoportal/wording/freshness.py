"""The freshness table as text and figures, shared by the page and the JSON."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from geoportal.wording.datasets import title
from geoportal.wording.values import day, moment, number
from layers.metadata.freshness import Freshness, State
from layers.runs.models import Run

ICONS: dict[State, str] = {
    "fresh": "check",
    "due": "history",
    "late": "warning",
    "unpromised": "calendar",
    "invented": "warning",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the freshness table."""

    one: Freshness
    dataset: str
    state: str
    date: str
    run: str
    outcome: str
    refused: str


def line(one: Freshness) -> Line:
    """A dataset's row in the active language; texts are "" where unknown."""
    known, run = one.age, one.run
    return Line(
        one,
        title(one.shown.slug, one.shown.title),
        states()[one.state],
        day(known.since) if known else "",
        moment(run.finished_at) if run and run.finished_at else "",
        outcome(run) if run else "",
        number(one.refused),
    )


def states() -> dict[State, str]:
    """Titles of the states."""
    return {
        "fresh": gettext("up to date"),
        "due": gettext("an update is due"),
        "late": gettext("out of date"),
        "unpromised": gettext("changes when something happens"),
        "invented": gettext("invented"),
    }


def outcome(run: Run) -> str:
    """The outcome of a run as text."""
    words = {
        Run.Status.COMMITTED: gettext("stored"),
        Run.Status.REFUSED: gettext("refused, nothing stored"),
        Run.Status.FAILED: gettext("failed, nothing stored"),
        Run.Status.CANCELLED: gettext("cancelled, nothing stored"),
        Run.Status.INTERRUPTED: gettext("interrupted, nothing stored"),
    }
    return words.get(Run.Status(run.status), gettext("at work"))


def as_json(one: Freshness) -> dict[str, Any]:
    """The row as a JSON object."""
    run = one.run
    return {
        "layer": one.kind.slug,
        "dataset": one.shown.slug,
        "shown": one.is_serving,
        "synthetic": one.shown.synthetic,
        "objects": one.shown.rows,
        "state": one.state,
        "date": one.age.since.isoformat() if one.age else None,
        "date_of": ("data" if one.age.dated else "last change") if one.age else None,
        "age_days": one.age.days if one.age else None,
        "rhythm_days": one.kind.source.rhythm_days,
        "last_run": {
            "finished_at": run.finished_at.isoformat() if run.finished_at else None,
            "outcome": run.status,
            "rejections": one.refused,
        }
        if run
        else None,
    }
