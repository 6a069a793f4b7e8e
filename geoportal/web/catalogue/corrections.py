"""Corrected and removed values of a datastream, in words: before, after, when, and by which run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geoportal.wording.series import latest_words, period
from geoportal.wording.values import moment
from layers.access.rules import Access
from layers.observations.models import Datastream, Observation, Revision

MOST_SHOWN = 50
Key = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A change of a value; `before` and `after` are "" where there was none or is none any more.

    `run` is the number of the run for the city's staff, else None.
    """

    at: str
    before: str
    after: str
    changed: str
    source: str
    run: int | None


def correction_rows(access: Access, stream: Datastream) -> list[CorrectionRow]:
    """The last MOST_SHOWN changes, latest first; three queries at most."""
    rows = Revision.objects.filter(datastream=stream).select_related("changed_by__run").order_by("-pk")
    changes = list(rows[:MOST_SHOWN])
    following = _following(stream, changes)
    return [
        CorrectionRow(
            moment(one.starts_at) if one.starts_at == one.ends_at else period(one.starts_at, one.ends_at),
            latest_words(stream, one) if one.before_id is not None else "",
            latest_words(stream, following[one.pk]) if one.after_id is not None else "",
            moment(one.changed_by.stored_at),
            one.changed_by.run.source,
            one.changed_by.run_id if access.reaches("staff") else None,
        )
        for one in changes
    ]


def _following(stream: Datastream, changes: Sequence[Revision]) -> dict[int, Any]:
    """The state after each change: that before the next change of the same observation, else the current one."""
    if not changes:
        return {}
    starts = {one.starts_at for one in changes}
    current = Observation.objects.filter(datastream=stream, starts_at__in=starts)
    state: dict[Key, Any] = {(one.starts_at, one.ends_at): one for one in current}
    found = {}
    for one in changes:  # latest first
        key = (one.starts_at, one.ends_at)
        found[one.pk] = state.get(key)
        state[key] = one
    return found
