"""The dry run of an upload: a complete load in a transaction that is inspected and rolled back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import shapely
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils.timezone import now
from django_tasks import task

from geoportal.uploads.errors import BadUpload
from geoportal.uploads.files import Upload
from geoportal.uploads.inspection import collection
from geoportal.uploads.targets import NEW, declared, order_of
from geoportal.wording.values import in_words
from ingest.pipeline import ingest
from layers.errors import LayersError
from layers.kinds import KINDS, kind_of
from layers.planner.tables import checked, make_table
from layers.reading.differences import Difference, differences
from layers.runs.models import Rejection
from layers.schema.kind import LayerKind
from layers.store.writer import Writer

SHOWN_REJECTIONS = 10_000
log = logging.getLogger(__name__)


def set_target(upload: Upload, target: dict[str, Any]) -> None:
    """Set the target of an upload and delete the previous dry run. Raises BadUpload once it was stored."""
    with transaction.atomic():
        if Upload.objects.select_for_update().get(pk=upload.pk).run_id is not None:
            raise BadUpload("busy", "The upload is being stored already.")
        upload.target = target
        upload.save(update_fields=["target"])
        upload.forget("trial", "differences")


def try_out(upload: Upload) -> None:
    """Dry-run the upload: now when it is small, else as a job; the result is `upload.result_of("trial")`."""
    upload.forget("trial", "differences")
    Upload.objects.filter(pk=upload.pk).update(trying_since=now())
    if upload.result_of("look")["features"] <= settings.UPLOAD_FEATURES_AT_ONCE:
        dry_run(upload)
    else:
        try_upload.enqueue(upload.pk)


@task()
def try_upload(upload_id: int) -> None:
    """The dry run as a job."""
    upload = Upload.objects.filter(pk=upload_id).select_related("user").first()
    if upload is not None and upload.has_files:
        dry_run(upload)


def dry_run(upload: Upload) -> dict[str, Any]:
    """What storing the upload would change, or the error; stored beside the file and returned."""
    found: dict[str, Any] = {"asked": upload.request_digest}
    drawn: dict[str, Any] = {}
    rejections: list[Rejection] = []

    def look(writer: Writer) -> None:
        kind = next(kind for slug, kind in KINDS.items() if slug in writer.by_kind)
        counts, first = _first_differences(kind, writer, drawn)
        found.update(counts=counts, first=first)

    try:
        with _rolled_back(), _target(upload) as kind:
            order = order_of(upload, kind, upload.user.get_username(), dry_run=True, look=look, rejections=rejections)
            run = ingest(order)
        found["counts"] |= {
            name: getattr(run, name) for name in ("read", "stored", "unchanged", "closed", "rejected", "warnings")
        }
        found["notes"] = run.details.get("notes", [])
    except LayersError as fault:
        found = {"asked": upload.request_digest, "fault": type(fault).__name__, "message": str(fault)}
    except DatabaseError as fault:
        log.exception("Upload %s", upload.pk)
        found = {"asked": upload.request_digest, "fault": type(fault).__name__, "message": ""}
    found["rejections"] = [_rejection_json(one) for one in rejections[:SHOWN_REJECTIONS]]
    _note(upload, found, drawn)
    return found


def _note(upload: Upload, found: dict[str, Any], drawn: dict[str, Any]) -> None:
    """Store the result, unless the upload was deleted or its target changed meanwhile."""
    with transaction.atomic():
        current = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if current is None or not current.has_files or current.request_digest != found["asked"]:
            log.info("Upload %s: what was tried is asked for no longer.", upload.pk)
            return
        if drawn:
            upload.store_result("differences", drawn)
        upload.store_result("trial", found)


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _target(upload: Upload) -> Iterator[str]:
    """The slug of the target kind. A new layer has a table only within the transaction of the dry run."""
    if upload.target["kind"] != NEW:
        yield kind_of(upload.target["kind"]).slug
        return
    layer = checked(declared(upload.target, upload.user.get_username()))
    layer.save(force_insert=True)
    kind = make_table(layer, tried=True)
    with KINDS.with_trial(kind):
        yield kind.slug


def _first_differences(
    kind: LayerKind, writer: Writer, drawn: dict[str, Any]
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Counts and the first differences, read before the rollback; adds their shapes for the map to `drawn`."""
    first = list(differences(kind))
    shapes = [(shapely.from_wkb(bytes(one.geometry.wkb)), {"what": one.what, "n": n}) for n, one in enumerate(first)]
    drawn.update(collection(shapes))
    return dict(writer.by_kind[kind.slug]), [_difference_json(kind, one) for one in first]


def _difference_json(kind: LayerKind, one: Difference) -> dict[str, Any]:
    fields = [
        [
            str(kind.field(name).title.pl),
            str(kind.field(name).title.en),
            *(_words(kind, name, value) for value in pair),
        ]
        for name, pair in one.fields.items()
    ]
    return {"what": one.what, "name": one.name, "id": one.source_id, "fields": fields, "moved": one.moved}


def _words(kind: LayerKind, name: str, value: Any) -> str:
    return in_words(kind.field(name), value) or "—"


def _rejection_json(one: Rejection) -> dict[str, Any]:
    names = ("row", "source_id", "severity", "reason", "message", "field", "value")
    return {name: getattr(one, name) for name in names}
