"""Changes of stored features: edits of single features, rollback of a run, erasure.

Everything here runs inside the transaction of a `layers.store.writer.Writer`, which the caller opens: `edits` for an
editor's change, `rollback` for a rollback, `analysis.running` for erasing results.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.db.models import FloatField, Max
from shapely.geometry.base import BaseGeometry

from layers.access.rules import serving
from layers.crs import storage_srid
from layers.errors import EditConflict, FieldOwned, RollbackRefused, WriteRefused
from layers.feed.changes import Change
from layers.kinds import KINDS
from layers.record import Record
from layers.runs.models import Dataset, DatasetKind, Erasure, Rejection, Run
from layers.schema.feature import CityFeature, feature_identity
from layers.schema.kind import LayerKind
from layers.store import merge
from layers.store.endings import drawn_id
from layers.store.merge import Target, execute
from layers.store.staging import Stage, column_of, rounded_value
from layers.store.writer import Writer


def amend(
    writer: Writer,
    kind: LayerKind,
    feature_id: UUID,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> int:
    """Change fields of a stored feature for the run's dataset, which owns these fields from then on.

    `values` may contain `geom` (a GEOSGeometry or shapely geometry in the storage system). Later loads of the
    feature's own dataset leave owned fields alone. Returns the new version, or the old one when nothing differs.
    Raises EditConflict, FieldOwned, WriteRefused.
    """
    values = {name: precise(kind, name, value) for name, value in values.items()}
    row = _current(kind, feature_id)
    target = writer.target(kind, row.dataset)
    row = _expected(kind, feature_id, expected_version)
    owner = writer.run.dataset.slug if writer.run.dataset else row.dataset.slug
    _refuse_foreign(row, values, owner)
    writer.tally.read += 1
    if all(_same(getattr(row, name), value) for name, value in values.items()):
        writer.tally.unchanged += 1
        return int(row.version_id)
    _stage_copies(target, [(row.version_id, row.version_id)])
    _set(target, values, (row.field_owners or {}) | dict.fromkeys(values, owner))
    writer.tally.stored += writer.apply(target)
    writer.update_counts(DatasetKind.objects.get(dataset=row.dataset, kind=kind.slug), None)
    return int(_current(kind, feature_id).version_id)


def create(
    writer: Writer,
    kind: LayerKind,
    values: Mapping[str, Any],
    geom: BaseGeometry,
    *,
    dataset: Dataset | None = None,
    source_id: str = "",
) -> UUID:
    """Add a feature to a dataset, by default the kind's serving dataset; where there is none, the run's own.

    The run's dataset owns its fields. `source_id` is by default one that keeps it out of later snapshots of the
    dataset (`layers.store.endings.drawn_id`). `values` and `geom` are results of `layers.store.drafts.checked`.
    Returns its identity. Raises WriteRefused.
    """
    owner = writer.run.dataset
    if owner is None:
        raise WriteRefused("The run has no dataset in whose name it adds; give dataset=.")
    shown = serving(kind) if dataset is None else None
    place = dataset or (Dataset.objects.get(pk=shown.dataset_id) if shown else owner)
    target = writer.target(kind, place)
    dataset_kind, _ = DatasetKind.objects.get_or_create(dataset=place, kind=kind.slug)
    record = Record(source_id or drawn_id(), geom, values)
    stage = Stage(kind, place.slug, kind.field_names)
    stage.create()
    stage.load(stage.encode([record], None), [(0, None)])
    owners = dict.fromkeys((*(name for name in values if values[name] is not None), "geom"), owner.slug)
    execute(f"UPDATE {target.stage} SET field_owners = %s::jsonb", [json.dumps(owners)])
    writer.tally.read += 1
    writer.tally.stored += writer.apply(target)
    writer.update_counts(dataset_kind, None)
    return feature_identity(place.slug, record.source_id)


def close(writer: Writer, kind: LayerKind, feature_id: UUID, *, expected_version: int | None = None) -> None:
    """End a feature: its current version is closed now, its history stays. Raises EditConflict, WriteRefused.

    Later loads of its dataset leave it ended until its source record changes (`layers.store.endings`).
    """
    target = writer.target(kind, _current(kind, feature_id).dataset)
    row = _expected(kind, feature_id, expected_version)
    writer.tally.read += 1
    writer.tally.closed += merge.close_rows(target, "c.version_id = %(version)s", {"version": row.version_id})
    if kind.history != "full":
        execute(f"DELETE FROM {target.table} WHERE closed_by_id = %s", [writer.run.pk])
    writer.update_counts(DatasetKind.objects.get(dataset=row.dataset, kind=kind.slug), None)


def reopen(writer: Writer, kind: LayerKind, feature_id: UUID, version: int) -> None:
    """Make a version of an ended feature current again, as a new version. Raises EditConflict, WriteRefused."""
    rows = kind.model._default_manager.filter(feature_id=feature_id)
    row: Any = rows.filter(version_id=version).select_related("dataset").first()
    if row is None:
        raise WriteRefused(f"There is no version {version} of the {kind.slug} feature {feature_id}.")
    target = writer.target(kind, row.dataset)
    if rows.filter(recorded_to__isnull=True).exists():
        raise EditConflict(f"The {kind.slug} feature {feature_id} is back already.")
    _stage_copies(target, [(version, None)])
    writer.tally.read += 1
    writer.tally.stored += writer.apply(target)
    writer.update_counts(DatasetKind.objects.get(dataset=row.dataset, kind=kind.slug), None)


def _expected(kind: LayerKind, feature_id: UUID, version: int | None) -> CityFeature:
    """The current version. Raises EditConflict where it is not the expected one (None: any)."""
    row = _current(kind, feature_id)
    if version is not None and row.version_id != version:
        raise EditConflict(
            f"The {kind.slug} feature {feature_id} changed since it was read (version {row.version_id})."
        )
    return row


def _current(kind: LayerKind, feature_id: UUID) -> CityFeature:
    found = kind.model._default_manager.filter(feature_id=feature_id, recorded_to__isnull=True).first()
    if found is None:
        raise WriteRefused(f"There is no current {kind.slug} feature {feature_id}.")
    assert isinstance(found, CityFeature)
    return found


def precise(kind: LayerKind, name: str, value: Any) -> Any:
    """A value in its stored precision. Raises WriteRefused where the kind has no such field."""
    if name == "geom":
        return _geos(value)
    if name not in kind.field_names:
        raise WriteRefused(f"{kind.slug} have no field {name}; they have: {', '.join(kind.field_names)}, geom.")
    is_float = isinstance(column_of(kind, name), FloatField)
    return rounded_value(value, kind.field(name).decimals) if is_float and value is not None else value


def _refuse_foreign(row: CityFeature, values: Mapping[str, Any], owner: str) -> None:
    for name in values:
        holder = (row.field_owners or {}).get(name)
        if holder not in (None, owner):
            raise FieldOwned(
                f"Field {name} of {row.feature_id} belongs to dataset {holder}; {owner} may not change it."
            )


def _geos(value: Any) -> Any:
    return GEOSGeometry(memoryview(value.wkb), srid=storage_srid()) if hasattr(value, "wkb") else value


def _same(stored: Any, value: Any) -> bool:
    return bool(stored.equals_exact(value)) if isinstance(stored, GEOSGeometry) and value else stored == value


def _set(target: Target, values: Mapping[str, Any], owners: dict[str, str]) -> None:
    parameters = []
    for name, value in values.items():
        geometry = isinstance(value, GEOSGeometry)
        parameters.append(value.hexewkb.decode() if geometry else column_of(target.kind, name).get_prep_value(value))
    assignments = ", ".join(f"{name} = %s" for name in values)
    execute(
        f"UPDATE {target.stage} SET {assignments}, field_owners = %s::jsonb",
        [*parameters, json.dumps(owners)],
    )


def _stage_copies(target: Target, pairs: Iterable[tuple[int, int | None]]) -> int:
    """Stage copies of stored versions, given as (version to copy, version it replaces or None); returns how many."""
    Stage(target.kind, target.dataset, target.kind.field_names).create()
    names = ", ".join(("feature_id", "source_id", "data_date", "payload_hash", "field_owners", *target.payload))
    copies, follows = zip(*pairs, strict=True)
    return execute(
        f"INSERT INTO {target.stage} ({names}, old_version) SELECT {names}, p.follows "
        "FROM unnest(%s::bigint[], %s::bigint[]) AS p(copied, follows) "
        f"JOIN {target.table} c ON c.version_id = p.copied",
        [list(copies), list(follows)],
    )


def roll_back(writer: Writer, run: Run) -> None:
    """Roll back a committed run: features that it changed get their earlier values, as new versions.

    Raises RollbackRefused, which lists them, when later runs changed the same features.
    """
    if run.status != Run.Status.COMMITTED:
        raise RollbackRefused(f"Run {run.pk} is {run.status}; only a committed run can be rolled back.", [])
    if run.kind == Run.Kind.ERASE:
        raise RollbackRefused(f"Run {run.pk} erased data; that cannot be taken back.", [])
    net = _net_changes(run)
    if Change.objects.filter(run=run).count() < _features_written(run):
        raise RollbackRefused(f"The changes of run {run.pk} were pruned; it can no longer be rolled back.", [])
    targets = {
        key: writer.target(KINDS[key[0]], Dataset.objects.get(pk=key[1])) for key in sorted(net, key=lambda key: key)
    }
    left = {key: _unchanged_since(target, key, net[key]) for key, target in targets.items()}
    conflicts = [found for key, target in targets.items() for found in _conflicts(target, net[key], left[key])]
    if conflicts:
        shown = ", ".join(f"{feature} (run {later})" for feature, later in conflicts[:5])
        raise RollbackRefused(
            f"{len(conflicts)} features of run {run.pk} were changed by later runs: {shown}; roll those back first.",
            conflicts,
        )
    for key, target in targets.items():
        _restore(writer, target, {one: (before, left[key].get(one)) for one, (before, _) in net[key].items()})


def _features_written(run: Run) -> int:
    """How many features the run added, changed and ended; its other counts may include observations."""
    kinds = run.details.get("kinds")
    return run.stored + run.closed if kinds is None else sum(sum(counts.values()) for counts in kinds.values())


Net = dict[UUID, tuple[int | None, int | None]]


def _net_changes(run: Run) -> dict[tuple[str, int], Net]:
    """Net changes of a run: {(kind, dataset): {feature: (version before, version after)}}."""
    erasures = Erasure.objects.values("run", "feature_id")
    erased = dict(
        Change.objects.filter(run__in=erasures.values("run"), feature_id__in=erasures.values("feature_id"))
        .values_list("feature_id")
        .annotate(Max("seq"))
    )
    net: dict[tuple[str, int], Net] = {}
    for change in Change.objects.filter(run=run).order_by("seq").iterator():
        if change.seq < erased.get(change.feature_id, 0):
            continue
        features = net.setdefault((change.kind, change.dataset_id), {})
        before = features.get(change.feature_id, (change.old_version, None))[0]
        features[change.feature_id] = (before, change.new_version)
    return net


def _current_versions(target: Target, features: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """{feature: (current version, the run that wrote it)}."""
    rows = target.kind.model._default_manager.filter(recorded_to__isnull=True, dataset=target.dataset_id)
    found = rows.filter(feature_id__in=list(features)).values_list("feature_id", "version_id", "run_id")
    return {feature: (version, run) for feature, version, run in found}


def _unchanged_since(target: Target, key: tuple[str, int], net: Net) -> dict[UUID, int | None]:
    """Features unchanged since the run, with their current version (None: ended).

    A version written by a rollback counts as the version it copies: a later change that was rolled back is no
    conflict, else the advice to roll back later runs first could not be followed.
    """
    now = _current_versions(target, net)
    left: dict[UUID, int | None] = {one: None for one, (_, after) in net.items() if after is None and one not in now}
    stands_for = now
    while stands_for:
        left |= {one: now[one][0] for one, (version, _) in stands_for.items() if version == net[one][1]}
        stands_for = _copied_versions(target, key, {one: at for one, at in stands_for.items() if one not in left})
    return left


def _copied_versions(
    target: Target, key: tuple[str, int], versions: dict[UUID, tuple[int, int]]
) -> dict[UUID, tuple[int, int]]:
    """For versions written by rollbacks, the version each one copies and the run that wrote that."""
    by_run: dict[int, list[UUID]] = {}
    for feature, (_, run) in versions.items():
        by_run.setdefault(run, []).append(feature)
    copies: dict[int, UUID] = {}
    rollbacks = Run.objects.filter(pk__in=list(by_run), kind=Run.Kind.ROLLBACK, undoes__isnull=False)
    for rollback in rollbacks.select_related("undoes"):
        assert rollback.undoes is not None
        undone = _net_changes(rollback.undoes).get(key, {})
        for feature in by_run[rollback.pk]:
            before, _ = undone.get(feature, (None, None))
            if before is not None:
                copies[before] = feature
    writers = target.kind.model._default_manager.filter(version_id__in=list(copies))
    return {copies[version]: (version, run) for version, run in writers.values_list("version_id", "run_id")}


def _conflicts(target: Target, net: Net, left: Mapping[UUID, int | None]) -> list[tuple[str, int]]:
    changed = [feature for feature in net if feature not in left]
    now = _current_versions(target, changed)
    return [(str(one), now[one][1] if one in now else _closed_by(target, one)) for one in changed]


def _closed_by(target: Target, feature: UUID) -> int:
    last = target.kind.model._default_manager.filter(feature_id=feature).order_by("-recorded_to").first()
    return int(getattr(last, "closed_by_id", None) or 0)


def _restore(writer: Writer, target: Target, net: Net) -> None:
    added = [after for before, after in net.values() if before is None and after is not None]
    pairs = [(before, after) for before, after in net.values() if before is not None]
    writer.tally.read += len(net)
    if added:
        writer.tally.closed += merge.close_rows(target, "c.version_id = ANY(%(added)s)", {"added": added})
    if pairs:
        if _stage_copies(target, pairs) < len(pairs):
            raise RollbackRefused(f"{target.kind.slug} keep no history; what was before is gone.", [])
        writer.tally.stored += writer.apply(target)
    writer.update_counts(DatasetKind.objects.get(dataset=target.dataset_id, kind=target.kind.slug), None)


def erase(writer: Writer, kind: LayerKind, feature_id: UUID, reason: str) -> Erasure:
    """Remove all versions of a feature, and its rejections in runs; returns the audit stub that remains.

    The change feed gets one entry with the box of all its versions, so that tiles, snapshots and studies drop it,
    also at earlier positions; boxes and field names of its earlier entries are emptied. Raises WriteRefused when
    there is no such feature.
    """
    versions = kind.model._default_manager.filter(feature_id=feature_id)
    row = versions.order_by("recorded_from").last()
    if row is None:
        raise WriteRefused(f"There is no {kind.slug} feature {feature_id}.")
    assert isinstance(row, CityFeature)
    target = writer.target(kind, row.dataset)
    execute(
        "INSERT INTO run_changes (kind, dataset_id, feature_id, old_version, old_box) "
        "SELECT %s, dataset_id, feature_id, max(version_id) FILTER (WHERE recorded_to IS NULL), "
        f"ST_Envelope(ST_Collect(geom)) FROM {target.table} WHERE feature_id = %s GROUP BY dataset_id, feature_id",
        [kind.slug, feature_id],
    )
    Change.objects.filter(kind=kind.slug, feature_id=feature_id).update(old_box=None, new_box=None, fields=None)
    Rejection.objects.filter(kind=kind.slug, source_id=row.source_id, run__dataset=row.dataset).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {target.table} WHERE feature_id = %s AND recorded_to IS NULL", [feature_id]
        )
        (current,) = cursor.fetchone()
    removed, _ = versions.delete()
    writer.update_counts(DatasetKind.objects.get(dataset=row.dataset, kind=kind.slug), None)
    writer.tally.read += 1
    writer.tally.closed += current
    return Erasure.objects.create(
        kind=kind.slug, feature_id=feature_id, reason=reason, versions=removed, run=writer.run
    )
