"""The edit form: change, create and end a feature, restore an older version, undo an edit.

The shape is sent as text, so that the form works without a map and without a mouse; the map writes into that text.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import shapely
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST
from shapely.geometry.base import BaseGeometry

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.accounts.visitors import visitor_of
from geoportal.web.editing.conflict import chosen, clashes
from geoportal.web.editing.form import GEOMETRY, filled, in_plain_words, inputs_of, with_sent
from geoportal.web.editing.history import history, who
from geoportal.web.editing.map import map_configuration
from geoportal.web.faults import faults_shown
from geoportal.wording import datasets
from geoportal.wording.features import feature_title
from geoportal.wording.written_geometry import as_text, from_text
from layers.access.rules import fields_for
from layers.crs import storage_srid, system_name
from layers.errors import (
    BadGeometry,
    DraftRefused,
    EditConflict,
    FieldOwned,
    RollbackRefused,
    UnknownFeature,
    WriteRefused,
)
from layers.runs.models import Run
from layers.schema.feature import CityFeature
from layers.schema.kind import LayerKind
from layers.store.drafts import refuse_uneditable, with_stored_vertices
from layers.store.edits import (
    LONGEST_NOTE,
    Editor,
    change_feature,
    create_feature,
    end_feature,
    restore_version,
    same,
)
from layers.store.rollback import rollback_run

SAME_M = 0.001
"""Distance in metres within which a vertex equals a stored one: the text has millimetres."""


@dataclass
class Sent:
    """A sent form: values, shape, and their faults."""

    values: dict[str, Any]
    shape: BaseGeometry | None
    faults: dict[str, str] = field(default_factory=dict)


@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def new_feature(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/edit/{layer}/new/`."""
    kind = _editable(request, layer)
    if request.method != "POST":
        return _page(request, kind, None)
    sent = _sent(request, kind, None)
    if not sent.faults:
        try:
            edit = create_feature(kind, sent.values, sent.shape, _editor(request, kind))
        except WriteRefused as fault:
            return _refused(request, kind, None, sent, fault)
        return _saved(kind, edit.feature_id, edit.run)
    return _page(request, kind, None, sent=sent, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def edit_feature(request: HttpRequest, layer: str, feature: UUID) -> HttpResponseBase:
    """`/edit/{layer}/{feature}/`."""
    kind = _editable(request, layer)
    row = _latest(kind, feature)
    if request.method != "POST" or row.recorded_to is not None:
        gone = request.method == "POST"
        alert = gettext("This object was ended meanwhile. What you typed was not stored.") if gone else ""
        return _page(request, kind, row, alert=alert, status=409 if gone else 200)
    if request.POST.get("action") == "end":
        return _ended(request, kind, row)
    return _changed(request, kind, row)


@require_POST
@faults_shown
def restore(request: HttpRequest, layer: str, feature: UUID) -> HttpResponseBase:
    """`/edit/{layer}/{feature}/restore/`: an older version becomes current, as a new edit."""
    kind = _editable(request, layer)
    row = _latest(kind, feature)
    current = _number(request, "current") if row.recorded_to is None else None
    try:
        version = _number(request, "restored")
        edit = restore_version(kind, feature, version, _editor(request, kind), expected_version=current)
    except WriteRefused as fault:
        return _page(request, kind, row, alert=refusal(fault), status=409)
    return _saved(kind, feature, edit.run)


@require_POST
@faults_shown
def undo(request: HttpRequest, run: int) -> HttpResponseBase:
    """`/edit/runs/{run}/undo/`: undo an edit."""
    edits = Run.objects.filter(
        kind=Run.Kind.EDIT, status=Run.Status.COMMITTED, parameters__has_keys=["kind", "feature"]
    )
    found = edits.filter(pk=run).first()
    if found is None:
        raise UnknownFeature(f"There is no edit {run}.")
    kind = _editable(request, str(found.parameters.get("kind", "")))
    feature = UUID(str(found.parameters.get("feature")))
    try:
        made = rollback_run(run, account=visitor_of(request).name)
    except RollbackRefused as fault:
        return _page(request, kind, _latest(kind, feature), alert=refusal(fault), status=409)
    return _saved(kind, feature, made)


def _editable(request: HttpRequest, layer: str) -> LayerKind:
    kind = visible_kind(request, layer)
    refuse_uneditable(kind)
    return kind


def _latest(kind: LayerKind, feature: UUID) -> Any:
    """The current version, or the last one of an ended feature. Raises UnknownFeature."""
    rows = kind.model._default_manager.filter(feature_id=feature).select_related("dataset", "run")
    row = rows.filter(recorded_to__isnull=True).first() or rows.order_by("-recorded_to").first()
    if row is None:
        raise UnknownFeature(f"Layer {kind.slug} never had a feature {feature}.")
    return row


def _editor(request: HttpRequest, kind: LayerKind) -> Editor:
    visitor = visitor_of(request)
    note = request.POST.get("note", "").replace("\0", "").strip()[:LONGEST_NOTE]
    return Editor(visitor.name, fields_for(visitor.access, kind), note)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise UnknownFeature(f"{name}: “{text[:40]}” is no version.")
    return int(text)


def _sent(request: HttpRequest, kind: LayerKind, row: Any) -> Sent:
    """The sent form; a shape equal to the stored one counts as none."""
    given = filled(access_of(request), kind, request.POST)
    sent = Sent(chosen(request.POST, given.values), None, dict(given.faults))
    text = request.POST.get(GEOMETRY, "")
    stored = shapely.from_wkb(bytes(row.geom.wkb)) if row is not None else None
    try:
        shape = from_text(kind, text)
    except BadGeometry:
        sent.faults[GEOMETRY] = gettext("These coordinates cannot be read. Write a position a line, or WKT.")
        return sent
    if shape is None:
        sent.faults[GEOMETRY] = gettext("An object needs a shape or a position.")
    elif stored is None:
        sent.shape = shape
    elif GEOMETRY in chosen(request.POST, {GEOMETRY: text}):
        sent.shape = with_stored_vertices(stored, shape, SAME_M)
    return sent


def _changed(request: HttpRequest, kind: LayerKind, row: Any) -> HttpResponseBase:
    version, sent = _number(request, "version"), _sent(request, kind, row)
    if sent.faults:
        return _page(request, kind, row, sent=sent, status=422)
    if version != row.version_id:
        return _conflict(request, kind, row, sent)
    if _nothing_differs(kind, row, sent):
        return _page(request, kind, row, alert=gettext("Nothing differs from what is stored, so nothing was saved."))
    try:
        editor = _editor(request, kind)
        edit = change_feature(kind, row.feature_id, sent.values, sent.shape, editor, expected_version=version)
    except EditConflict:
        return _conflict(request, kind, _latest(kind, row.feature_id), sent)
    except WriteRefused as fault:
        return _refused(request, kind, row, sent, fault)
    return _saved(kind, row.feature_id, edit.run)


def _nothing_differs(kind: LayerKind, row: CityFeature, sent: Sent) -> bool:
    shape_same = sent.shape is None or same(kind, row, GEOMETRY, sent.shape)
    return shape_same and all(same(kind, row, name, value) for name, value in sent.values.items())


def _ended(request: HttpRequest, kind: LayerKind, row: Any) -> HttpResponseBase:
    try:
        version = _number(request, "version")
        edit = end_feature(kind, row.feature_id, _editor(request, kind), expected_version=version)
    except EditConflict:
        words = gettext("Somebody changed this object meanwhile. Look at it as it is now before you end it.")
        return _page(request, kind, _latest(kind, row.feature_id), alert=words, status=409)
    return _saved(kind, row.feature_id, edit.run)


def _saved(kind: LayerKind, feature: UUID, run: Run) -> HttpResponseBase:
    response = redirect("edit-feature", kind.slug, feature)
    response["Location"] += f"?saved={run.pk}"
    return response


def _refused(request: HttpRequest, kind: LayerKind, row: Any, sent: Sent, fault: WriteRefused) -> HttpResponseBase:
    if not isinstance(fault, DraftRefused):
        return _page(request, kind, row, sent=sent, alert=refusal(fault), status=409)
    sent.faults |= {one.field: in_plain_words(kind, one) for one in fault.faults}
    return _page(request, kind, row, sent=sent, status=422)


def refusal(fault: WriteRefused) -> str:
    """The message of a refused write."""
    if isinstance(fault, RollbackRefused) and fault.conflicts:
        return gettext("Later changes touched the same object. Take those back first, the latest one first.")
    if isinstance(fault, FieldOwned):
        return gettext("One of the fields is kept by another source, which alone may change it.")
    if isinstance(fault, EditConflict):
        return gettext("Somebody changed this object meanwhile. Look at it as it is now and try again.")
    return gettext("This cannot be done any more.")


def _conflict(request: HttpRequest, kind: LayerKind, row: Any, sent: Sent) -> HttpResponseBase:
    """The page of a conflict; fields that only one editor changed are preselected."""
    access = access_of(request)
    read = kind.model._default_manager.filter(pk=_number(request, "version"), feature_id=row.feature_id).first()
    context = {
        "kind": kind,
        "title": feature_title(access, kind, row),
        "row": row,
        "who": who(row.run),
        "clashes": clashes(access, kind, (read, row), sent.values, sent.shape),
        "kept": [
            (name, text) for name, text in request.POST.items() if name.startswith("field.") or name == GEOMETRY
        ],
        "note": request.POST.get("note", ""),
    }
    return _private(render(request, "editing/conflict.html", context, status=409))


def _page(
    request: HttpRequest,
    kind: LayerKind,
    row: Any,
    *,
    sent: Sent | None = None,
    alert: str = "",
    status: int = 200,
) -> HttpResponseBase:
    """The form, with the sent values where there are any; for an ended feature only its history."""
    access = access_of(request)
    ended = row is not None and row.recorded_to is not None
    stored = as_text(shapely.from_wkb(bytes(row.geom.wkb))) if row is not None else ""
    inputs = inputs_of(access, kind, row)
    faults = sent.faults if sent is not None else {}
    saved = request.GET.get("saved", "")
    context = {
        "kind": kind,
        "row": row,
        "ended": ended,
        "title": feature_title(access, kind, row) if row is not None else gettext("New object"),
        "inputs": with_sent(inputs, request.POST, faults) if sent is not None else inputs,
        "geometry": request.POST.get(GEOMETRY, stored) if sent is not None else stored,
        "geometry_fault": faults.get(GEOMETRY, ""),
        "faulty": len(faults),
        "note": request.POST.get("note", "") if sent is not None else "",
        "system": system_name(storage_srid()),
        "alert": alert,
        "saved": int(saved) if saved.isascii() and saved.isdecimal() and len(saved) < 19 else None,
        "dataset": datasets.title(row.dataset.slug, row.dataset.title) if row is not None else "",
        "fresh": bool(saved or request.GET.get("drop")),
        "history": history(access, kind, row.feature_id) if row is not None else [],
        "configuration": map_configuration(visitor_of(request), kind, row, stored, inputs),
    }
    return _private(render(request, "editing/form.html", context, status=status))


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Cache-Control"] = "private, no-store"
    return response
