"""An order to bring a run of photos in: what and how, its dry run, its storing. It is an upload of its account.

Small runs are tried and stored within the request, others as jobs, like uploads of geodata.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.utils.timezone import now
from django_tasks import task

from geoportal.uploads.errors import BadUpload
from geoportal.uploads.files import PHOTOS, Upload, keep
from geoportal.web.photos.inbox import path_of, size_of
from ingest.pipeline import Order, ingest, new_run, plan
from ingest.tasks import queue
from layers.errors import LayersError
from layers.jobs.queue import is_open
from layers.media.models import PhotoRun
from layers.runs.models import Run
from layers.store.writer import Writer

SOURCE = "photo_scan"
SOURCES = {False: SOURCE, True: "demo_photos"}
"""The source that indexes a run again, by whether its pictures are invented."""
AT_ONCE_BYTES = 20_000_000
"""Bytes of photos up to which a run is tried and stored within the request."""
AT_ONCE_PHOTOS = 500
"""Photos up to which a stored run is indexed again within the request."""
MOST_REJECTIONS = 1000


def order(user: Any, files: Iterable[UploadedFile], item: str, options: Mapping[str, str]) -> Upload:
    """A new order: of a sent archive, or of an item of the inbox. Raises BadUpload, BadOption."""
    from ingest.photos.storing import run_slug  # it loads Arrow

    sent = list(files)
    if bool(sent) == bool(item):
        raise BadUpload("choice", "Choose either a file or something from the inbox.")
    if sent and (len(sent) > 1 or not (sent[0].name or "").casefold().endswith(".zip")):
        raise BadUpload("zip", "One zip archive is needed.")
    path = path_of(item) if item else Path(sent[0].name or "")
    wanted = {**options, "run": run_slug(options, path)}
    plan(Order(SOURCE, None, wanted))
    if sent:
        upload = keep(user, sent)
    else:
        upload = Upload.objects.create(user=user, name=item[:200], size=size_of(path))
        upload.folder.mkdir(parents=True, mode=0o700)
    upload.reading = {PHOTOS: {"item": item, "options": wanted}}
    upload.save(update_fields=["reading"])
    return upload


def path(upload: Upload) -> Path:
    """The folder or archive to read. Raises BadUpload, UnknownUpload where it is gone."""
    item = upload.reading[PHOTOS]["item"]
    return path_of(item) if item else upload.path


def try_out(upload: Upload) -> None:
    """Start the dry run; its result is `upload.result_of("trial")`."""
    upload.forget("trial")
    Upload.objects.filter(pk=upload.pk).update(trying_since=now())
    if upload.size <= AT_ONCE_BYTES:
        dry_run(upload)
    else:
        try_photos.enqueue(upload.pk)


@task()
def try_photos(upload_id: int) -> None:
    """The dry run as a job."""
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is not None and upload.folder.is_dir():
        dry_run(upload)


def dry_run(upload: Upload) -> None:
    """Read the whole run, store what was found in it beside the order, and undo everything else."""
    options = upload.reading[PHOTOS]["options"]
    found: dict[str, Any] = {}

    def look(writer: Writer) -> None:
        found["report"] = PhotoRun.objects.get(slug=options["run"]).report
        found["counts"] = {slug: dict(counts) for slug, counts in writer.by_kind.items()}

    rejections: list[Any] = []
    try:
        ingest(Order(SOURCE, path(upload), options, dry_run=True, rejections=rejections, look=look))
    except (LayersError, DatabaseError) as fault:
        found = {"fault": type(fault).__name__, "message": str(fault)}
    found["rejections"] = [
        {"id": one.source_id, "reason": one.reason, "message": one.message} for one in rejections[:MOST_REJECTIONS]
    ]
    if upload.folder.is_dir():
        upload.store_result("trial", found)


def store(upload: Upload, account: str) -> None:
    """Store what was tried. Raises BadUpload where nothing was tried, and a LayersError where nothing was stored."""
    with upload.claimed():
        upload.refresh_from_db()
        trial = upload.result_of("trial")
        if upload.run is not None:
            return
        if not trial or "fault" in trial:
            raise BadUpload("untried", "The upload was not tried, or the dry run was refused.")
        wanted = Order(SOURCE, path(upload), upload.reading[PHOTOS]["options"], account=account)
        upload.run = carry_out(wanted, at_once=upload.size <= AT_ONCE_BYTES)
        upload.save(update_fields=["run"])
    settle(upload)


def carry_out(wanted: Order, *, at_once: bool) -> Run:
    """Carry an order out now or as a job; returns its run."""
    return ingest(wanted, new_run(wanted, plan(wanted))) if at_once else queue(wanted)


def settle(upload: Upload) -> None:
    """After the run ended: delete the sent file where it was stored, else the order can be stored again."""
    run = upload.run
    if run is None or is_open(run):
        return
    if run.status == Run.Status.COMMITTED:
        upload.delete_files()
    elif upload.folder.is_dir():
        trial = upload.result_of("trial") or {}
        upload.store_result("trial", trial | {"fault": run.status, "message": run.message})
        upload.run = None
        upload.save(update_fields=["run"])


def remove(upload: Upload) -> None:
    """Delete an order of which nothing was stored."""
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        if locked.run is None:
            upload.delete_files()
            locked.delete()


def correct(run: PhotoRun, changes: Mapping[str, str], account: str) -> Run:
    """Index a stored run again with other corrections. Raises BadOption, and a LayersError where nothing changed."""
    wanted = Order(SOURCES[run.synthetic], None, {"run": run.slug, **changes}, account=account)
    return carry_out(wanted, at_once=run.files.count() <= AT_ONCE_PHOTOS)
