"""Storing an upload after its dry run, within the request or as a job, and undoing it (`undo`).

Undo is the portal's word; what happens is the rollback of the upload's run (`layers.store.rollback`).
"""

from contextlib import nullcontext

from django.conf import settings

from geoportal.accounts.visitors import Visitor
from geoportal.uploads.errors import BadUpload, KindForbidden
from geoportal.uploads.files import Upload
from geoportal.uploads.targets import NEW, allowed_kind, declared, order_of
from ingest.pipeline import ingest, new_run, plan
from ingest.tasks import queue
from layers.errors import BadLayer, RollbackRefused, UnknownKind
from layers.jobs.queue import is_open
from layers.kinds import KINDS
from layers.planner.declarations import REGISTER, PlannerLayer
from layers.planner.tables import holds, make_layer, remove_layer
from layers.runs.models import Dataset, Run
from layers.store.rollback import rollback_run


def store(upload: Upload, visitor: Visitor) -> Run:
    """Store the upload; returns the run. Raises a LayersError where nothing was stored; the upload is unchanged."""
    with upload.claimed():
        upload.refresh_from_db()
        if upload.run is None:
            _store(upload, visitor)
    settle(upload)
    assert upload.run is not None
    return upload.run


def _store(upload: Upload, visitor: Visitor) -> None:
    trial = upload.result_of("trial")
    if not trial or "fault" in trial:
        raise BadUpload("untried", "The upload was not tried, or the dry run was refused.")
    if trial.get("asked") != upload.request_digest:
        raise BadUpload("changed", "The choices were changed since the dry run.")
    try:
        order = order_of(upload, _target_slug(upload, visitor), visitor.name)
        if upload.result_of("look")["features"] > settings.UPLOAD_FEATURES_AT_ONCE:
            _keep(upload, queue(order))
        else:
            _keep(upload, ingest(order, new_run(order, plan(order))))
    except BaseException:  # in any case a new layer that nothing was stored in must be removed
        _remove_new_layer(upload)
        raise


def _keep(upload: Upload, run: Run) -> None:
    upload.run = run
    upload.save(update_fields=["run"])


def _target_slug(upload: Upload, visitor: Visitor) -> str:
    """The slug of the target layer, which is created now where it is new."""
    if upload.target["kind"] != NEW:
        return allowed_kind(visitor, upload.target["kind"]).slug
    layer = declared(upload.target, visitor.name)
    make_layer(layer)
    upload.layer = layer.slug
    REGISTER.refresh(force=True)
    upload.save(update_fields=["layer"])
    return layer.slug


def _remove_new_layer(upload: Upload) -> None:
    """Remove the new layer of an upload of which nothing was stored."""
    if not upload.layer:
        return
    try:
        if not holds(upload.layer):
            remove_layer(upload.layer)
    except (UnknownKind, BadLayer):
        return
    finally:
        Upload.objects.filter(pk=upload.pk).update(layer="")
        upload.layer = ""


def settle(upload: Upload) -> None:
    """After the run ended: delete the file where it was stored, else remove the layer that was made for it."""
    run = upload.run
    if run is None or is_open(run):
        return
    if run.status == Run.Status.COMMITTED:
        _set_title(upload, run)
        upload.delete_files()
    elif upload.has_files:
        _remove_new_layer(upload)
        upload.store_result(
            "trial", (upload.result_of("trial") or {}) | {"fault": run.status, "message": run.message}
        )
        upload.run = None
        upload.save(update_fields=["run"])


def _set_title(upload: Upload, run: Run) -> None:
    """Give the dataset a title where it has none: that of the layer, or of the file."""
    slug = run.parameters.get("kind", "")
    layer = PlannerLayer.objects.filter(slug=slug).first()
    title = layer.title_pl if layer else upload.name
    named = Dataset.objects.filter(runs=run, title="")
    named.update(title=title[:200], licence=layer.licence if layer else "")


def remove(upload: Upload) -> None:
    """Delete an upload. Raises BadUpload while it is being stored."""
    with upload.claimed() if upload.folder.is_dir() else nullcontext():
        upload.refresh_from_db()
        if upload.run is not None and is_open(upload.run):
            raise BadUpload("busy", "The upload is being stored already.")
        upload.delete_files()
        if upload.run is None:
            upload.delete()


def undo(upload: Upload, visitor: Visitor) -> Run:
    """Undo an upload: roll back the run that stored it.

    Raises RollbackRefused, and KindForbidden or UnknownKind as storing does.
    """
    if upload.run is None or upload.run.status != Run.Status.COMMITTED:
        raise RollbackRefused("Nothing was stored that could be undone.", [])
    if upload.run.undone_by.filter(status=Run.Status.COMMITTED).exists():
        raise RollbackRefused("This was undone already.", [])
    slug = upload.run.parameters.get("kind", "")
    if slug not in KINDS:
        raise RollbackRefused("The layer is no longer there.", [])
    allowed_kind(visitor, slug)
    return rollback_run(upload.run.pk, account=visitor.name)


def layer_left(upload: Upload, visitor: Visitor) -> bool:
    """Whether the layer made for the upload still exists, is empty, and this account may remove it."""
    try:
        return bool(upload.layer) and not holds(allowed_kind(visitor, upload.layer).slug)
    except (KindForbidden, UnknownKind):
        return False


def remove_left(upload: Upload, visitor: Visitor) -> None:
    """Remove the empty layer made for an upload which was undone. Raises BadLayer, KindForbidden, UnknownKind."""
    allowed_kind(visitor, upload.layer)
    if not layer_left(upload, visitor):
        raise BadLayer("The layer is not empty, or not there any more.")
    remove_layer(upload.layer)
