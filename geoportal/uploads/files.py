"""Uploads: each in a folder of its own, visible to its owner only, deleted after a week or once stored."""

import hashlib
import json
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import QuerySet
from django.utils.timezone import now

from geoportal.uploads.errors import BadUpload, UnknownUpload
from layers.runs.models import Run

KEPT_FOR = timedelta(days=7)
CLAIM_SECONDS = 600
"""How long a claim is valid: storing takes seconds, and the claim of a dead process must expire."""
MOST_FILES = 12
"""Most files of one upload: a shapefile consists of several."""

PHOTOS = "photos"
"""The entry of `Upload.reading` that only orders of runs of photos have."""


def new_token() -> str:
    """A random, unguessable token."""
    return secrets.token_urlsafe(24)


class Upload(models.Model):
    """One uploaded file, from its upload until after its storing.

    `reading` are the options for reading the file; `target` is the layer to fill or make; `run` stored it.
    """

    token = models.CharField(max_length=40, unique=True, default=new_token)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(default=now, db_index=True)
    reading = models.JSONField(default=dict)
    target = models.JSONField(default=dict)
    trying_since = models.DateTimeField(null=True)
    layer = models.CharField(max_length=40, blank=True)
    """The slug of the planner's layer that was made for it."""
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.name} ({self.created_at:%Y-%m-%d})"

    @property
    def folder(self) -> Path:
        """The folder of the file and of the results of the steps."""
        return Path(settings.MEDIA_ROOT) / "uploads" / self.token

    @property
    def path(self) -> Path:
        """The path to read: the file, or the folder of several files."""
        parts = sorted(self.data.iterdir()) if self.data.is_dir() else []
        if not parts:
            raise UnknownUpload("The uploaded file is no longer kept.")
        return parts[0] if len(parts) == 1 else self.data

    @property
    def data(self) -> Path:
        """The folder of the file itself."""
        return self.folder / "data"

    @property
    def has_files(self) -> bool:
        """Whether the file still exists."""
        return self.data.is_dir()

    @property
    def request_digest(self) -> str:
        """A digest of reading options and target: a dry run is valid for these alone."""
        return hashlib.sha256(json.dumps([self.target, self.reading], sort_keys=True).encode()).hexdigest()

    def store_result(self, name: str, what: Any) -> None:
        """Store the result of a step as JSON beside the file."""
        path = self.folder / f"{name}.json"
        written = path.with_suffix(".new")
        written.write_text(json.dumps(what, ensure_ascii=False), encoding="utf-8")
        written.replace(path)

    def result_of(self, name: str) -> Any:
        """The stored result of a step, None where it did not run or the folder is gone."""
        try:
            return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def forget(self, *names: str) -> None:
        """Delete the results of steps, as an earlier step changed."""
        for name in names:
            (self.folder / f"{name}.json").unlink(missing_ok=True)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Claim the upload for storing, as a form may be sent twice. Raises BadUpload where it is claimed already."""
        claim = self.folder / "storing"
        try:
            claim.touch(exist_ok=False)
        except FileNotFoundError:
            raise UnknownUpload("The uploaded file is no longer kept.") from None
        except FileExistsError:
            if time.time() - claim.stat().st_mtime < CLAIM_SECONDS:
                raise BadUpload("busy", "The upload is being stored already.") from None
        try:
            yield
        finally:
            claim.unlink(missing_ok=True)

    def delete_files(self) -> None:
        """Delete the folder with the file and all results; the row stays."""
        shutil.rmtree(self.folder, ignore_errors=True)


def keep(user: Any, given: Iterable[UploadedFile]) -> Upload:
    """Save sent files as one new upload. Raises BadUpload."""
    files = list(given)
    total = sum(one.size or 0 for one in files)
    if not files or not total:
        raise BadUpload("empty", "The file is empty.")
    if len(files) > MOST_FILES:
        raise BadUpload("many", f"At most {MOST_FILES} files are taken at once.")
    if total > settings.UPLOAD_BYTES:
        raise BadUpload("large", f"The file has {total:,} bytes; the limit is {settings.UPLOAD_BYTES:,}.")
    forget_old()
    upload = Upload.objects.create(user=user, name=_shown(files[0].name), size=total)
    upload.data.mkdir(parents=True, mode=0o700)
    for one in files:
        with (upload.data / harmless(one.name or "")).open("wb") as sink:
            for chunk in one.chunks():
                sink.write(chunk)
    return upload


def _shown(name: str | None) -> str:
    return re.sub(r"[\x00-\x1f]", "", Path(name or "").name)[:200] or "plik"


def harmless(name: str) -> str:
    """A file name reduced to letters, digits, dots and dashes, with its suffix."""
    path = Path(name.replace("\\", "/")).name
    return re.sub(r"[^\w.-]+", "_", path).lstrip(".")[-120:] or "data"


def owned(user: Any, token: str) -> Upload:
    """This account's upload of geodata with that token. Raises UnknownUpload, also for another account's."""
    return _found(user, token, Upload.objects.exclude(reading__has_key=PHOTOS))


def owned_photos(user: Any, token: str) -> Upload:
    """This account's order of a run of photos with that token. Raises UnknownUpload, also for another account's."""
    return _found(user, token, Upload.objects.filter(reading__has_key=PHOTOS))


def _found(user: Any, token: str, uploads: QuerySet[Upload]) -> Upload:
    found = uploads.filter(token=token, user=user).select_related("run", "run__dataset").first()
    if found is None:
        raise UnknownUpload("There is no such upload.")
    return found


def forget_old() -> None:
    """Delete uploads older than a week, and folders without an upload."""
    for old in Upload.objects.filter(created_at__lt=now() - KEPT_FOR).select_related("run"):
        if old.run is None or old.run.finished_at or old.run.status not in (Run.Status.QUEUED, Run.Status.RUNNING):
            old.delete_files()
            old.delete()
    uploads = Path(settings.MEDIA_ROOT) / "uploads"
    left = {one.name for one in uploads.iterdir()} if uploads.is_dir() else set()
    for token in left - set(Upload.objects.filter(token__in=left).values_list("token", flat=True)):
        shutil.rmtree(uploads / token, ignore_errors=True)
