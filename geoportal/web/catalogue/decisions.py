"""Decisions of editors about a datastream, in words: excluded periods, and who decided what when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from geoportal.wording.series import limit_titles, limit_words, period, stored_moment
from geoportal.wording.values import moment
from layers.access.rules import Access
from layers.observations.decisions import decisions
from layers.observations.entity_changes import LOG
from layers.observations.models import Datastream
from layers.runs.models import Run

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    """An excluded period in words. `who` is "" for visitors outside the city's staff."""

    key: int
    since: str
    until: str
    reason: str
    who: str
    decided: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in words. `changes` are (title, before, after); `undoes` is the run where it can be taken back."""

    what: str
    when: str
    who: str
    reason: str
    changes: list[tuple[str, str, str]]
    undoes: int | None


def exclusion_rows(access: Access, stream: Datastream) -> list[ExclusionRow]:
    """The excluded periods, the latest first, withdrawn ones included."""
    return [
        ExclusionRow(
            one.pk,
            moment(one.since),
            moment(one.until) if one.until else "",
            one.reason,
            one.account if access.reaches("staff") else "",
            moment(one.decided_at),
            one.ended_by_id is not None,
        )
        for one in stream.exclusions.order_by("-since", "-pk")
    ]


def decision_rows(access: Access, stream: Datastream) -> list[DecisionRow]:
    """The last MOST_SHOWN decisions, latest first."""
    return [
        DecisionRow(
            _what(run),
            moment(run.created_at),
            run.account if access.reaches("staff") else "",
            str(run.parameters.get("note", "")),
            list(_changes(stream, run)),
            run.pk if run.kind == Run.Kind.EDIT and not run.taken_back else None,
        )
        for run in decisions(stream)[:MOST_SHOWN]
    ]


def _what(run: Run) -> str:
    words = {
        "excluded": gettext("Period excluded"),
        "ended": gettext("End of an exclusion set"),
        "withdrawn": gettext("Exclusion withdrawn"),
        "limits": gettext("Limits changed"),
    }
    if run.undoes is not None:
        return gettext("Taken back: {what}").format(what=_what(run.undoes))
    what = words.get(str(run.parameters.get("what")), "")
    if "since" in run.parameters:
        begin, end = run.parameters["since"], run.parameters.get("until")
        words_of = period(datetime.fromisoformat(begin), datetime.fromisoformat(end) if end else None)
        return f"{what} ({words_of})"
    return what


def _changes(stream: Datastream, run: Run) -> Iterator[tuple[str, str, str]]:
    titles = limit_titles() | {"until": gettext("Until")}
    for entry in run.details.get(LOG, []):
        for name, after in entry["after"].items():
            if name in titles:
                yield titles[name], _value(stream, name, entry["before"][name]), _value(stream, name, after)


def _value(stream: Datastream, name: str, value: object) -> str:
    if name == "until":
        return stored_moment(str(value)) if value else gettext("open end")
    return limit_words(stream, name, value) or gettext("none")
