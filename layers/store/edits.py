"""Edits of single features, each as a run of its own: checks the draft, opens the transaction, returns the result.

Every edit is a `Run` of kind edit and dataset `edits`, with the account and the editor's reason, and can be rolled
back like any run. The change of rows itself is in `layers.store.editing`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import GEOSGeometry
from shapely.geometry.base import BaseGeometry

from layers.errors import UnknownFeature, WriteRefused
from layers.runs.models import EDITS, Dataset, Run
from layers.schema.feature import CityFeature
from layers.schema.kind import KindField, LayerKind
from layers.store import editing
from layers.store.drafts import checked, refuse_uneditable
from layers.store.writer import Writer, writing

LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor: the account's name, the fields that it may see (None for all), and the reason of the edit."""

    account: str
    fields: tuple[KindField, ...] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """The result of an edit: the feature, and its current version, None where it ended."""

    run: Run
    feature_id: UUID
    version: int | None


def create_feature(kind: LayerKind, values: Mapping[str, Any], shape: BaseGeometry | None, editor: Editor) -> Edit:
    """Add a feature. Raises DraftRefused, NotEditable, WriteRefused."""
    good, geometry = checked(kind, values, shape, whole=True, fields=editor.fields)
    assert geometry is not None
    run = _run(kind, editor, "added")
    feature = _in_run(run, lambda writer: editing.create(writer, kind, good, geometry))
    run.parameters["feature"] = str(feature)
    run.save(update_fields=["parameters"])
    return _result(run, kind, feature)


def change_feature(
    kind: LayerKind,
    feature_id: UUID,
    values: Mapping[str, Any],
    shape: BaseGeometry | None,
    editor: Editor,
    *,
    expected_version: int,
) -> Edit:
    """Change fields of a feature, and its geometry where one is given.

    Raises DraftRefused, EditConflict, FieldOwned, NotEditable, WriteRefused.
    """
    good, geometry = checked(kind, values, shape, fields=editor.fields)
    if geometry is not None:
        good["geom"] = geometry
    return _changed(kind, feature_id, good, editor, expected_version)


def end_feature(kind: LayerKind, feature_id: UUID, editor: Editor, *, expected_version: int) -> Edit:
    """End a feature. Raises EditConflict, NotEditable, WriteRefused."""
    refuse_uneditable(kind)
    run = _run(kind, editor, "ended", feature_id)
    _in_run(run, lambda writer: editing.close(writer, kind, feature_id, expected_version=expected_version))
    return _result(run, kind, feature_id)


def restore_version(
    kind: LayerKind, feature_id: UUID, version: int, editor: Editor, *, expected_version: int | None
) -> Edit:
    """Restore the values of an older version, as a new version; an ended feature becomes current again.

    `expected_version` is None for an ended one. Raises UnknownFeature, EditConflict, FieldOwned, NotEditable.
    """
    refuse_uneditable(kind)
    row = kind.model._default_manager.filter(feature_id=feature_id, version_id=version).first()
    if row is None:
        raise UnknownFeature(f"There is no version {version} of the {kind.slug} feature {feature_id}.")
    if expected_version is not None:
        fields = kind.fields if editor.fields is None else editor.fields
        names = (*(field.name for field in fields), "geom")
        return _changed(kind, feature_id, {name: getattr(row, name) for name in names}, editor, expected_version)
    run = _run(kind, editor, "restored", feature_id)
    _in_run(run, lambda writer: editing.reopen(writer, kind, feature_id, version))
    return _result(run, kind, feature_id)


def _changed(
    kind: LayerKind, feature_id: UUID, values: dict[str, Any], editor: Editor, expected_version: int
) -> Edit:
    """Store only values that differ: an equal value does not change the field's owner."""
    row = kind.model._default_manager.filter(feature_id=feature_id, recorded_to__isnull=True).first()
    differing = {name: value for name, value in values.items() if row is None or not same(kind, row, name, value)}
    run = _run(kind, editor, "changed", feature_id)
    _in_run(
        run,
        lambda writer: editing.amend(writer, kind, feature_id, differing, expected_version=expected_version),
    )
    return _result(run, kind, feature_id)


def same(kind: LayerKind, row: CityFeature, name: str, value: Any) -> bool:
    """Whether a stored version has the same value, in the stored precision."""
    stored = getattr(row, name)
    if isinstance(stored, GEOSGeometry):
        other = value if isinstance(value, GEOSGeometry) else GEOSGeometry(memoryview(value.wkb), srid=stored.srid)
        return bool(stored.equals_exact(other))
    return bool(stored == editing.precise(kind, name, value))


def _run(kind: LayerKind, editor: Editor, what: str, feature_id: UUID | None = None) -> Run:
    dataset, _ = Dataset.objects.get_or_create(slug=EDITS, defaults={"source": "edit"})
    parameters = {"kind": kind.slug, "what": what, "note": editor.note[:LONGEST_NOTE]}
    if feature_id is not None:
        parameters["feature"] = str(feature_id)
    return Run(
        kind=Run.Kind.EDIT,
        source="edit",
        dataset=dataset,
        account=editor.account,
        parameters=parameters,
        status=Run.Status.RUNNING,
    )


def _in_run(run: Run, step: Callable[[Writer], Any]) -> Any:
    """Run the step in the run's transaction; a refused run is stored with its reason."""
    run.save()
    try:
        with writing(run) as writer:
            return step(writer)
    except WriteRefused as fault:
        Run.objects.filter(pk=run.pk).update(status=Run.Status.REFUSED, message=str(fault))
        raise


def _result(run: Run, kind: LayerKind, feature_id: UUID) -> Edit:
    rows = kind.model._default_manager.filter(feature_id=feature_id, recorded_to__isnull=True)
    return Edit(run, feature_id, rows.values_list("version_id", flat=True).first())
