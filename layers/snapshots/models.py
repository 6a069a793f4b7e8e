"""Dated snapshots: a layer's files of one day, stored in the media folder, and their metadata.

A snapshot contains the public fields of an open layer in every format, all of one state of the database. A layer has
at most one a day; `layers.snapshots.taking` makes them.
"""

from pathlib import Path

from django.conf import settings
from django.db import models

from layers.access.rules import ANONYMOUS, fields_for
from layers.exports import FORMATS, Format
from layers.runs.models import Dataset
from layers.schema.kind import LayerKind


class Snapshot(models.Model):
    """A layer at `taken_at`; `change` is the number of its last change, `folder` is inside `snapshots_folder`."""

    kind = models.CharField(max_length=60)
    day = models.DateField()
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="+")
    change = models.BigIntegerField()
    fields = models.JSONField(default=list)
    rows = models.BigIntegerField()
    synthetic = models.BooleanField()
    licence = models.CharField(max_length=200)
    data_date = models.DateField(null=True)
    taken_at = models.DateTimeField()
    folder = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "day"], name="snapshot_once_a_day")]
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"

    def path(self) -> Path:
        """The folder of the files."""
        return snapshots_folder() / self.folder


class SnapshotFile(models.Model):
    """One file of a snapshot."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="files")
    ending = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "ending"], name="snapshotfile_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def path(self) -> Path:
        """The path of the file."""
        return self.snapshot.path() / self.name

    @property
    def format(self) -> Format:
        """The file's format."""
        return FORMATS[self.ending]


def snapshots_folder() -> Path:
    """The folder of all snapshots."""
    return Path(settings.MEDIA_ROOT) / "snapshots"


def open_snapshots(kind: LayerKind) -> list[Snapshot]:
    """The snapshots of a kind that are public today, newest first, with their files."""
    found = Snapshot.objects.filter(kind=kind.slug).select_related("dataset").prefetch_related("files")
    return [one for one in found if is_open(kind, one)]


def latest_by_kind() -> dict[str, Snapshot]:
    """The newest snapshot of each kind, with its files; two queries."""
    newest = Snapshot.objects.order_by("kind", "-day").distinct("kind").prefetch_related("files")
    return {one.kind: one for one in newest}


def is_open(kind: LayerKind, snapshot: Snapshot) -> bool:
    """Whether all fields of a snapshot are public today: a field may have been withdrawn since."""
    return {*snapshot.fields} <= {field.name for field in fields_for(ANONYMOUS, kind)}
