"""The history of a feature for editors: with account and note, and which edits can be undone."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext, pgettext

from geoportal.wording import datasets
from geoportal.wording.feature_history import Event, events
from geoportal.wording.values import moment
from layers.access.rules import Access
from layers.runs.models import Run
from layers.schema.kind import LayerKind


@dataclass(frozen=True, slots=True)
class Line:
    """An event. `changes` are (title, before, after), the last two None for the geometry.

    `restores` is a version that can be restored, `undoes` an edit that can be undone; else None.
    """

    what: str
    when: str
    who: str
    note: str
    changes: list[tuple[str, str | None, str | None]]
    restores: int | None
    undoes: int | None


def history(access: Access, kind: LayerKind, feature_id: UUID) -> list[Line]:
    """The events, latest first."""
    found = events(access, kind, feature_id) or []
    runs = {one.run.pk for one in found if one.run.kind == Run.Kind.EDIT}
    undone = set(Run.objects.filter(undoes__in=runs, status=Run.Status.COMMITTED).values_list("undoes_id", flat=True))
    return list(_lines(found, runs - undone))


def _lines(found: list[Event], undoable: set[int]) -> Iterator[Line]:
    words = {
        "added": gettext("Added"),
        "changed": pgettext("history", "Changed"),
        "removed": gettext("Removed"),
        "returned": gettext("Back in the data"),
    }
    for event in found:
        run, version = event.run, event.version
        past = version.recorded_to is not None
        yield Line(
            words[event.what],
            moment(event.at),
            who(run),
            str(run.parameters.get("note") or ""),
            [_change(str(one.field.title) if one.field else None, one.old, one.new) for one in event.changes],
            int(version.version_id) if past else None,
            run.pk if run.pk in undoable else None,
        )


def _change(title: str | None, old: str | None, new: str | None) -> tuple[str, str | None, str | None]:
    if title is None:
        return gettext("New shape or position on the map"), None, None
    unknown = gettext("not known")
    return title, old or unknown, new or unknown


def who(run: Run) -> str:
    """The account of a run, else the source that was loaded."""
    if run.account:
        return run.account
    return datasets.title(run.dataset.slug, run.dataset.title) if run.dataset else ""
