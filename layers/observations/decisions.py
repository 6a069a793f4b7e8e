"""Decisions of editors about a datastream: excluded periods, limits of quality control. Each is a run of kind edit.

Nothing is deleted. A withdrawn exclusion stays stored as withdrawn, and the run of each decision has its account, its
reason and the values before, so that it can be rolled back. A draft is refused with one fault a field.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from layers.errors import DraftRefused, RollbackRefused
from layers.locks import AdvisoryLock
from layers.observations.entity_changes import LOG, change
from layers.observations.models import Datastream, Exclusion
from layers.record import Refusal
from layers.runs.models import EDITS, Dataset, Run
from layers.store.edits import LONGEST_NOTE, Editor
from layers.store.writer import writing

SOURCE = "decision"
"""The source of these runs; their parameters name the datastream."""
LIMITS = ("lowest", "highest", "step", "spike", "stuck")
SETTABLE = (*LIMITS, "interval_s")
"""The columns of a datastream that an editor sets."""
MOST_STUCK = 1000
"""Quality control reads so many values before each new one."""
LONGEST_INTERVAL_S = 366 * 86_400
_LARGEST = 1e15
_RANGES: dict[str, tuple[float, float]] = {
    "step": (0, _LARGEST),
    "spike": (0, _LARGEST),
    "stuck": (2, MOST_STUCK),
    "interval_s": (0, LONGEST_INTERVAL_S),
}
_WHOLE = ("stuck", "interval_s")


def exclude(stream: Datastream, since: datetime, until: datetime | None, editor: Editor) -> Run:
    """Exclude a period; `until` is not included, None for an open end. Raises DraftRefused."""
    refuse([*_reason_faults(editor), *_period_faults(since, until)])
    with _deciding(stream, editor, "excluded") as run:
        refuse(_overlap_faults(stream, since, until))
        made = Exclusion(datastream=stream, since=since, until=until, reason=editor.note, account=editor.account)
        made.created_by = run
        made.save()
        run.parameters |= {"exclusion": made.pk, "since": since.isoformat()}
        run.parameters |= {"until": until.isoformat()} if until else {}
    return run


def end_exclusion(exclusion: Exclusion, until: datetime, editor: Editor) -> Run:
    """Set the end of an exclusion: it ends, or becomes shorter or longer. Raises DraftRefused."""
    refuse([*_reason_faults(editor), *_period_faults(exclusion.since, until)])
    with _deciding(exclusion.datastream, editor, "ended") as run:
        row = _active(exclusion)
        if row.until == until:
            refuse([_fault("until", "nothing_differs", "The exclusion ends then already.")])
        refuse(_overlap_faults(row.datastream, row.since, until, other_than=row.pk))
        change(run, row, {"until": until})
        run.parameters |= {"exclusion": row.pk}
    return run


def withdraw_exclusion(exclusion: Exclusion, editor: Editor) -> Run:
    """Withdraw an exclusion, which stays listed as withdrawn. Raises DraftRefused."""
    refuse(_reason_faults(editor))
    with _deciding(exclusion.datastream, editor, "withdrawn") as run:
        row = _active(exclusion)
        change(run, row, {"ended_by": run})
        run.parameters |= {"exclusion": row.pk}
    return run


def settable(stream: Datastream) -> tuple[str, ...]:
    """The columns that an editor may set: limits only where results are numbers."""
    return SETTABLE if stream.measures else ("interval_s",)


def set_limits(stream: Datastream, values: Mapping[str, float | None], editor: Editor) -> Run:
    """Set some of the settable columns; None for no such limit. Raises DraftRefused.

    A source's declarations leave these alone from now on. Flags stored before stay as they are.
    """
    refuse(_reason_faults(editor))
    with _deciding(stream, editor, "limits") as run:
        locked = Datastream.objects.select_for_update(no_key=True).get(pk=stream.pk)
        new = values if values.get("interval_s", 0) is not None else {**values, "interval_s": 0}
        refuse(_limit_faults(locked, new))
        differing = {name: _plain(name, value) for name, value in new.items() if getattr(locked, name) != value}
        if not differing:
            refuse([_fault("", "nothing_differs", "Nothing differs from what is stored.")])
        change(run, locked, differing | {"edited": sorted({*locked.edited, *differing})})
    return run


def decisions(stream: Datastream) -> QuerySet[Run, Any]:
    """The runs that decided about a datastream, and those that rolled one back; latest first.

    `taken_back` is whether another one rolled it back.
    """
    made = Q(source=SOURCE, parameters__datastream=stream.pk)
    undone = Q(undoes__source=SOURCE, undoes__parameters__datastream=stream.pk)
    runs = Run.objects.filter(made | undone, status=Run.Status.COMMITTED)
    rollbacks = Run.objects.filter(undoes=OuterRef("pk"), status=Run.Status.COMMITTED)
    lasting = rollbacks.exclude(undone_by__status=Run.Status.COMMITTED)
    return runs.annotate(taken_back=Exists(lasting)).select_related("undoes").order_by("-created_at", "-pk")


def roll_back_exclusions(made: Run, run: Run) -> None:
    """Withdraw the exclusions that a run made, as changes of the run `made`.

    Raises RollbackRefused where one that the rollback brings back overlaps with another.
    """
    for one in Exclusion.objects.filter(created_by=run, ended_by=None):
        change(made, one, {"ended_by": made})
    changed = [entry["key"] for entry in made.details.get(LOG, []) if entry["model"] == Exclusion.__name__]
    for one in Exclusion.objects.filter(pk__in=changed, ended_by=None).select_related("datastream"):
        if _overlap_faults(one.datastream, one.since, one.until, other_than=one.pk):
            raise RollbackRefused(f"Exclusion {one} overlaps with a later one; withdraw that one first.", [])


def refuse(faults: list[Refusal]) -> None:
    """Raise DraftRefused where there is a fault."""
    if faults:
        raise DraftRefused(faults)


@contextmanager
def _deciding(stream: Datastream, editor: Editor, what: str) -> Iterator[Run]:
    """A run that no other decision about the datastream overtakes; nothing is stored on an exception.

    An exclusion does not wait for an import that writes the datastream, as its row's lock would.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [AdvisoryLock.DECISIONS, stream.pk])
        dataset, _ = Dataset.objects.get_or_create(slug=EDITS, defaults={"source": "edit"})
        run = Run.objects.create(
            kind=Run.Kind.EDIT,
            source=SOURCE,
            dataset=dataset,
            account=editor.account,
            parameters={"datastream": stream.pk, "what": what, "note": editor.note},
            status=Run.Status.RUNNING,
        )
        with writing(run) as writer:
            yield run
            writer.tally.read, writer.tally.stored = 1, 1
            run.save(update_fields=["parameters"])


def _active(exclusion: Exclusion) -> Exclusion:
    found = Exclusion.objects.filter(pk=exclusion.pk, ended_by=None).first()
    if found is None:
        raise DraftRefused([_fault("", "withdrawn", "This exclusion was withdrawn meanwhile.")])
    return found


def _fault(field: str, reason: str, message: str) -> Refusal:
    return Refusal(None, "", reason, message, field)


def _reason_faults(editor: Editor) -> list[Refusal]:
    if not editor.note.strip():
        return [_fault("note", "no_reason", "A decision needs a reason.")]
    if len(editor.note) > LONGEST_NOTE:
        return [_fault("note", "too_long", f"A reason has at most {LONGEST_NOTE} characters.")]
    return []


def _period_faults(since: datetime, until: datetime | None) -> list[Refusal]:
    if until is not None and until <= since:
        return [
            _fault("until", "reversed_period", f"The period ends at {until}, before or when it begins ({since}).")
        ]
    return []


def _overlap_faults(
    stream: Datastream, since: datetime, until: datetime | None, other_than: int | None = None
) -> list[Refusal]:
    others = Exclusion.objects.filter(Q(until=None) | Q(until__gt=since), datastream=stream, ended_by=None)
    if other_than is not None:
        others = others.exclude(pk=other_than)
    found = (others if until is None else others.filter(since__lt=until)).first()
    if found is None:
        return []
    words = f"Exclusion {found.pk} from {found.since} to {found.until or 'now on'} has a part of this period already."
    return [_fault("since", "overlaps", words)]


def _plain(name: str, value: float | None) -> float | None:
    return value if value is None else int(value) if name in _WHOLE else float(value)


def _limit_faults(stream: Datastream, new: Mapping[str, float | None]) -> list[Refusal]:
    faults = [_fault(name, "unknown_field", "An editor does not set this.") for name in new.keys() - settable(stream)]
    for name, value in new.items():
        least, most = _RANGES.get(name, (-_LARGEST, _LARGEST))
        if value is not None and not least <= value <= most:
            faults.append(_fault(name, "out_of_range", f"{name} is {value}; expected {least:g} to {most:g}."))
        elif name in _WHOLE and value is not None and value != int(value):
            faults.append(_fault(name, "not_whole", f"{name} is {value}; expected a whole number."))
    after: dict[str, Any] = {name: new.get(name, getattr(stream, name)) for name in ("lowest", "highest")}
    if None not in after.values() and after["lowest"] >= after["highest"]:
        faults.append(_fault("highest", "reversed_range", "The highest possible value is not above the lowest one."))
    return faults
