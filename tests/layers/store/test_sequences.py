"""Any sequence of loads, edits, rollbacks and erasures leaves what a plain model of the rules predicts.

The model keeps Python dictionaries and knows no SQL. After every step the current rows, their versions, the counts
and the change feed are compared with it; at the end every recorded moment is asked for again.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from layers.errors import EditConflict, FieldOwned, RollbackRefused, SnapshotRefused
from layers.feed.changes import Change, ChangeCounter
from layers.kinds import KINDS
from layers.record import Record, Refusal
from layers.runs.models import Dataset, DatasetKind, Erasure, Run
from layers.store.editing import amend, close, create, erase
from layers.store.rollback import rollback_run
from layers.store.writer import writing
from tests.factories import feature_id, new_run, place
from tests.tiers import examples

KIND = KINDS["fire_stations"]
FIELDS = KIND.field_names
DATASETS = ("register", "survey")
KEYS = ("a", "b", "c")
PLACES = (place(0, 0), place(500, 0))
Key = tuple[str, str]

values = st.fixed_dictionaries(
    {"name": st.sampled_from(["x", "y", None]), "unit": st.sampled_from(["u", "v"]), "crews_24h": st.integers(1, 2)}
)


@dataclass(frozen=True)
class Said:
    """One item of an input; `bad` ones were refused before the store."""

    key: str
    values: dict[str, Any]
    place: int
    bad: bool


items = st.lists(
    st.builds(Said, st.sampled_from(KEYS), values, st.integers(0, 1), st.sampled_from([False] * 5 + [True])),
    max_size=4,
)


@dataclass(eq=False)
class Version:
    """One version of a feature; `loaded` is what the last load brought, which a second load may repeat."""

    payload: dict[str, Any]
    owners: dict[str, str] = field(default_factory=dict)
    loaded: Any = None
    copy_of: "Version | None" = None

    def is_or_copies(self, other: "Version | None") -> bool:
        one: Version | None = self
        while one is not None and one is not other:
            one = one.copy_of
        return one is other and other is not None


def differing(old: Version | None, new: Version | None) -> tuple[str, ...] | None:
    """What the feed should contain about the fields of a change."""
    if old is None or new is None:
        return None
    return tuple(sorted(name for name in new.payload if new.payload[name] != old.payload[name]))


class Model:
    """The rules, in plain Python."""

    def __init__(self) -> None:
        self.now: dict[Key, Version] = {}
        self.dates: dict[str, date | None] = dict.fromkeys(DATASETS)
        self.feed: list[list[Any]] = []
        self.past: list[tuple[Any, dict[Key, Version]]] = []
        self.runs: dict[int, dict[Key, tuple[Version | None, Version | None]]] = {}
        self.drawn: dict[Key, int] = {}
        self.ended: dict[Key, tuple[Version, int]] = {}
        """The last version of a feature that is no more, and the run that ended it."""
        self.means: dict[int, int | None] = {}
        """By run, the edit that it is or, by taking a taking back back, stands for; None for others."""

    def in_order(self, keys: Iterable[Key]) -> list[Key]:
        """Keys in the same order in each run of the same sequence; identities of drawn features are random."""
        return sorted(keys, key=lambda key: (self.drawn.get(key, -1), key))

    def commit(self, run: int, after: dict[Key, Version | None], edit: bool = False) -> None:
        """Make the state of some features what a run left them in."""
        self.means.setdefault(run, run if edit else None)
        net = {key: (self.now.get(key), new) for key, new in after.items()}
        self.runs[run] = net
        for key, (old, new) in net.items():
            self.feed.append([*key, old is not None, new is not None, differing(old, new), run])
            if new is None:
                if old is not None:
                    self.ended[key] = (old, run)
                self.now.pop(key, None)
            else:
                self.now[key] = new

    def stays_ended(self, key: Key, loaded: Any) -> bool:
        """Whether an editor ended a feature that is no more, and its source brings of it what it brought then."""
        last, run = self.ended.get(key, (None, 0))
        return last is not None and self.means[run] is not None and last.loaded == loaded

    def load(self, dataset: str, said: list[Said], fields: tuple[str, ...], append: bool) -> tuple[dict, Counter]:
        """What a load does to each feature, and its counts. Unchanged features only remember what was loaded."""
        after: dict[Key, Version | None] = {}
        tally: Counter = Counter(read=len(said))
        taken: set[str] = set()
        for one in said:
            if one.bad or one.key in taken:
                tally["rejected"] += 1
                continue
            taken.add(one.key)
            key = (dataset, one.key)
            gives = {**{name: one.values[name] for name in fields}, "geom": one.place}
            old, loaded = self.now.get(key), (fields, tuple(gives.values()))
            if old is not None and old.loaded == loaded:
                tally["unchanged"] += 1
            elif append if old is not None else self.stays_ended(key, loaded):
                tally["rejected"] += 1
            else:
                kept = old.payload if old else dict.fromkeys((*FIELDS, "geom"))
                owners = old.owners if old else {}
                ours = {name: value for name, value in gives.items() if owners.get(name, dataset) == dataset}
                new = Version(kept | ours, owners, loaded)
                if old is not None and new.payload == old.payload:
                    old.loaded = loaded
                    tally["unchanged"] += 1
                else:
                    after[key] = new
                    tally["stored"] += 1
        return after, tally


class Store(RuleBasedStateMachine):
    """The same steps taken by the store and by the model."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.model = Model()
        self.seen: dict[Key, tuple[Version, int]] = {}
        self.rollbacks: dict[int, int] = {}
        """The last rollback of each run that has one."""

    def teardown(self) -> None:
        try:
            self.compare_the_past()
        finally:
            transaction.savepoint_rollback(self.savepoint)

    # ------------------------------------------------------------------ steps

    def write(self, dataset: str, said: list[Said], **how: Any) -> Run:
        run = new_run(dataset)
        records = [
            Refusal(row, one.key, "geometry_empty", "empty")
            if one.bad
            else Record(one.key, PLACES[one.place], one.values, row)
            for row, one in enumerate(said)
        ]
        with writing(run) as writer:
            writer.write(KIND, records, **how)
        return run

    @rule(
        dataset=st.sampled_from(DATASETS),
        said=items,
        fields=st.sampled_from([FIELDS, ("name",), ("unit", "crews_24h")]),
        mode=st.sampled_from(["upsert", "upsert", "append"]),
        day=st.sampled_from([None, date(2026, 1, 1), date(2026, 2, 1)]),
    )
    def load(self, dataset: str, said: list[Said], fields: tuple[str, ...], mode: str, day: date | None) -> None:
        after, tally = self.model.load(dataset, said, fields, mode == "append")
        run = self.write(dataset, said, mode=mode, fields=fields, data_date=day)
        self.model.commit(run.pk, after)
        self.loaded(run, tally, dataset, day)

    @rule(
        dataset=st.sampled_from(DATASETS),
        said=items,
        day=st.sampled_from([None, date(2026, 1, 1), date(2026, 2, 1)]),
        allow=st.sampled_from([None, 0, 1, 3, 0.5, 1.0]),
    )
    def snapshot(self, dataset: str, said: list[Said], day: date | None, allow: int | float | None) -> None:
        model, held = self.model, self.model.dates[dataset]
        ours = {key for key in model.now if key[0] == dataset}
        missing = ours - {(dataset, one.key) for one in said} - model.drawn.keys()
        limit = len(ours) * 0.1 if allow is None else allow if isinstance(allow, int) else len(ours) * allow
        if (day and held and day < held) or len(missing) > limit:
            with pytest.raises(SnapshotRefused):
                self.write(dataset, said, mode="snapshot", data_date=day, allow_close=allow)
            return
        after, tally = model.load(dataset, said, FIELDS, False)
        after |= dict.fromkeys(missing)
        tally["closed"] = len(missing)
        run = self.write(dataset, said, mode="snapshot", data_date=day, allow_close=allow)
        model.commit(run.pk, after)
        self.loaded(run, tally, dataset, day)

    def loaded(self, run: Run, tally: Counter, dataset: str, day: date | None) -> None:
        run.refresh_from_db()
        counts = {name: getattr(run, name) for name in ("read", "stored", "unchanged", "closed", "rejected")}
        assert counts == {name: tally[name] for name in counts}
        assert run.status == Run.Status.COMMITTED
        self.model.dates[dataset] = max(filter(None, (self.model.dates[dataset], day)), default=None)
        self.remember()

    @precondition(lambda self: self.model.now)
    @rule(
        data=st.data(),
        changes=st.dictionaries(st.sampled_from(FIELDS), st.just(None), min_size=1, max_size=2),
        new=values,
        editor=st.sampled_from([*DATASETS, "editors"]),
        stale=st.booleans(),
    )
    def edit(self, data: Any, changes: dict, new: dict, editor: str, stale: bool) -> None:
        key = data.draw(st.sampled_from(self.model.in_order(self.model.now)))
        old = self.model.now[key]
        wanted = {name: new[name] for name in changes}
        run = new_run(editor, Run.Kind.EDIT)
        version = self.seen[key][1] + (1_000_000 if stale else 0)

        def store() -> None:
            with writing(run) as writer:
                amend(writer, KIND, feature_id(key[1], key[0]), wanted, expected_version=version)

        if stale:
            with pytest.raises(EditConflict):
                store()
        elif any(old.owners.get(name, editor) != editor for name in wanted):
            with pytest.raises(FieldOwned):
                store()
        else:
            store()
            made = Version(old.payload | wanted, old.owners | dict.fromkeys(wanted, editor), old.loaded)
            self.model.commit(run.pk, {} if made.payload == old.payload else {key: made}, edit=True)
            self.remember()

    @rule(dataset=st.sampled_from(DATASETS), new=values, where=st.integers(0, 1))
    def draw(self, dataset: str, new: dict, where: int) -> None:
        run = new_run("editors", Run.Kind.EDIT)
        with writing(run) as writer:
            made = create(writer, KIND, new, PLACES[where], dataset=Dataset.objects.get_or_create(slug=dataset)[0])
        row = KIND.model.objects.get(feature_id=made)
        key = (dataset, row.source_id)
        owners = {name: "editors" for name, value in new.items() if value is not None} | {"geom": "editors"}
        self.model.drawn[key] = len(self.model.drawn)
        version = Version(dict.fromkeys(FIELDS) | new | {"geom": where}, owners, "drawn")
        self.model.commit(run.pk, {key: version}, edit=True)
        self.remember()

    @precondition(lambda self: self.model.now)
    @rule(data=st.data(), stale=st.sampled_from([False, False, True]))
    def end(self, data: Any, stale: bool) -> None:
        key = data.draw(st.sampled_from(self.model.in_order(self.model.now)))
        run = new_run("editors", Run.Kind.EDIT)
        version = self.seen[key][1] + (1_000_000 if stale else 0)

        def store() -> None:
            with writing(run) as writer:
                close(writer, KIND, feature_id(key[1], key[0]), expected_version=version)

        if stale:
            with pytest.raises(EditConflict):
                store()
            return
        store()
        run.refresh_from_db()
        assert (run.read, run.closed, run.stored) == (1, 1, 0)
        self.model.commit(run.pk, {key: None}, edit=True)
        self.remember()

    def taken_back(self, pk: int) -> bool:
        """Whether the last rollback of a run stands."""
        return pk in self.rollbacks and not self.taken_back(self.rollbacks[pk])

    @precondition(lambda self: self.model.runs)
    @rule(data=st.data())
    def roll_back(self, data: Any) -> None:
        model = self.model
        pk = data.draw(st.sampled_from(sorted(model.runs)[-6:]))
        net = model.runs[pk]
        if self.taken_back(pk):
            with pytest.raises(RollbackRefused, match=f"Run {pk} was taken back by run {self.rollbacks[pk]};"):
                rollback_run(pk)
            return
        conflicts = set()
        for key, (_, left) in net.items():
            now = model.now.get(key)
            if now is None and left is not None or now is not None and not now.is_or_copies(left):
                conflicts.add(str(feature_id(key[1], key[0])))
        if conflicts:
            with pytest.raises(RollbackRefused) as refused:
                rollback_run(pk)
            assert {feature for feature, _ in refused.value.conflicts} == conflicts
            return
        after = {
            key: before and Version(before.payload, before.owners, before.loaded, copy_of=before)
            for key, (before, left) in net.items()
            if before or left
        }
        made = rollback_run(pk)
        self.rollbacks[pk] = made.pk
        made.refresh_from_db()
        back = sum(1 for one in after.values() if one)
        assert (made.stored, made.closed, made.undoes_id) == (back, len(after) - back, pk)
        undone = Run.objects.get(pk=pk)
        stands_for = undone.undoes_id if undone.kind == Run.Kind.ROLLBACK else None
        model.means[made.pk] = model.means[stands_for] if stands_for else None
        model.commit(made.pk, after)
        self.remember()

    @precondition(lambda self: any(state for _, state in self.model.past))
    @rule(data=st.data())
    def forget(self, data: Any) -> None:
        model = self.model
        key = data.draw(st.sampled_from(model.in_order({key for _, state in model.past for key in state})))
        run = new_run(key[0], Run.Kind.ERASE)
        with writing(run) as writer:
            stub = erase(writer, KIND, feature_id(key[1], key[0]), "asked for by the owner")
        assert stub.versions >= 1
        for entry in model.feed:
            if tuple(entry[:2]) == key:
                entry[4] = None
        model.feed.append([*key, key in model.now, False, None, run.pk])
        model.now.pop(key, None)
        model.ended.pop(key, None)
        for _, state in model.past:
            state.pop(key, None)
        for net in model.runs.values():
            net.pop(key, None)
        self.remember()

    def remember(self) -> None:
        """Note the moment; it must look the same for ever."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            self.model.past.append((cursor.fetchone()[0], dict(self.model.now)))

    # ------------------------------------------------------------------ what must hold

    @staticmethod
    def shown(row: Any) -> tuple:
        where = next((at for at, one in enumerate(PLACES) if row.geom.coords == (one.x, one.y)), None)
        return {name: getattr(row, name) for name in FIELDS} | {"geom": where}, row.field_owners or {}

    def stored(self, queryset: Any) -> dict[Key, tuple]:
        found = list(queryset.select_related("dataset"))
        state = {(row.dataset.slug, row.source_id): self.shown(row) for row in found}
        assert len(state) == len(found), "two rows of one feature at one moment"
        return state

    @invariant()
    def current_rows_are_the_models(self) -> None:
        rows = list(KIND.model.objects.current().select_related("dataset"))
        assert len({row.feature_id for row in rows}) == len(rows)
        found = {(row.dataset.slug, row.source_id): row for row in rows}
        assert {key: self.shown(row) for key, row in found.items()} == {
            key: (one.payload, one.owners) for key, one in self.model.now.items()
        }
        for key, row in found.items():
            before, version = self.seen.get(key, (None, None))
            same = before is self.model.now[key]
            assert (row.version_id == version) == same, "a version is rewritten exactly when its content changes"
        self.seen = {key: (self.model.now[key], row.version_id) for key, row in found.items()}

    @invariant()
    def counts_and_dates_are_the_models(self) -> None:
        for held in DatasetKind.objects.select_related("dataset"):
            slug = held.dataset.slug
            assert held.current_rows == sum(1 for key in self.model.now if key[0] == slug)
            assert held.data_date == self.model.dates[slug]

    @invariant()
    def feed_is_without_gaps_and_the_models(self) -> None:
        changes = list(Change.objects.select_related("dataset").order_by("seq"))
        assert [change.seq for change in changes] == list(range(1, len(changes) + 1))
        assert (ChangeCounter.objects.values_list("last", flat=True).first() or 0) == len(changes)
        keys = [(dataset, key) for dataset in DATASETS for key in KEYS] + sorted(self.model.drawn)
        names = {feature_id(key, dataset): (dataset, key) for dataset, key in keys}
        said = [
            (
                *names[one.feature_id],
                one.old_version is not None,
                one.new_version is not None,
                None if one.fields is None else tuple(sorted(one.fields)),
                one.run_id,
            )
            for one in changes
        ]
        assert Counter(said) == Counter(tuple(entry) for entry in self.model.feed)
        assert [entry[-1] for entry in said] == sorted(entry[-1] for entry in said), "runs in the order of commits"

    def compare_the_past(self) -> None:
        for moment, state in self.model.past:
            queryset = KIND.model.objects.as_of(moment)
            assert self.stored(queryset) == {key: (one.payload, one.owners) for key, one in state.items()}
        table = KIND.model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {table} a JOIN {table} b ON a.feature_id = b.feature_id "
                "AND a.version_id < b.version_id AND tstzrange(a.recorded_from, a.recorded_to) "
                "&& tstzrange(b.recorded_from, b.recorded_to)"
            )
            assert cursor.fetchone() == (0,)
        erased = set(Erasure.objects.values_list("feature_id", flat=True))
        ever = {feature_id(key[1], key[0]) for _, state in self.model.past for key in state}
        left = set(KIND.model._default_manager.values_list("feature_id", flat=True))
        assert left == ever and not (erased - ever) & left


@pytest.mark.django_db
def test_any_sequence_of_writes_leaves_what_the_rules_say():
    run_state_machine_as_test(
        Store,
        settings=settings(
            max_examples=examples(60),
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )
