"""Runs and their records: datasets, counts, rejections, erasures."""

from typing import Any

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from layers.errors import UnknownDataset

EDITS = "edits"
"""Slug of the dataset of edits."""


class Dataset(models.Model):
    """Data from one origin: the scope of a snapshot and the owner of fields, with its licence."""

    slug = models.CharField(max_length=80, unique=True, verbose_name=_("short name"))
    title = models.CharField(max_length=200, blank=True, verbose_name=_("title"))
    source = models.CharField(max_length=40, blank=True, verbose_name=_("source"))
    licence = models.CharField(max_length=200, blank=True, verbose_name=_("licence"))
    attribution = models.CharField(max_length=300, blank=True, verbose_name=_("whom to name"))
    synthetic = models.BooleanField(default=False, verbose_name=_("invented"))
    created_at = models.DateTimeField(default=now, verbose_name=_("since"))

    class Meta:
        verbose_name, verbose_name_plural = _("dataset"), _("datasets")

    def __str__(self) -> str:
        return self.slug

    @classmethod
    def named(cls, slug: str) -> "Dataset":
        """The dataset with that slug. Raises UnknownDataset."""
        try:
            return cls.objects.get(slug=slug)
        except cls.DoesNotExist:
            raise UnknownDataset(f"There is no dataset “{slug}”.") from None


class DatasetKind(models.Model):
    """Current row count, data date and last run of a kind in a dataset. Updated by the store."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="kinds")
    kind = models.CharField(max_length=40)
    current_rows = models.BigIntegerField(default=0)
    data_date = models.DateField(null=True, blank=True)
    last_run = models.ForeignKey("Run", models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "kind"], name="datasetkind_once")]

    def __str__(self) -> str:
        return f"{self.dataset_id}/{self.kind}"


class Run(models.Model):
    """One transaction that changes or queries data, attempted at most three times (`layers.jobs.recovery`).

    Visible while it runs; its counts are final once `committed`.

    `account` is the account that requested it; empty for the city's own schedule and commands.
    """

    class Kind(models.TextChoices):
        INGEST = "ingest", _("data brought in")
        STUDY = "study", _("study")
        EDIT = "edit", _("edit")
        ROLLBACK = "rollback", _("taken back")
        ERASE = "erase", _("erased")
        QUERY = "query", _("query")
        RETENTION = "retention", _("dropped by age")

    class Status(models.TextChoices):
        QUEUED = "queued", _("waits")
        RUNNING = "running", _("works")
        COMMITTED = "committed", _("done")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        INTERRUPTED = "interrupted", _("interrupted")

    kind = models.CharField(max_length=10, choices=Kind.choices, verbose_name=_("what it was"))
    source = models.CharField(max_length=80, blank=True, verbose_name=_("source"))
    dataset = models.ForeignKey(Dataset, models.PROTECT, null=True, related_name="runs")
    mode = models.CharField(max_length=10, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED, verbose_name=_("outcome"))
    message = models.TextField(blank=True, verbose_name=_("message"))
    input_name = models.CharField(max_length=300, blank=True, verbose_name=_("file"))
    input_sha256 = models.CharField(max_length=64, blank=True)
    data_date = models.DateField(null=True, blank=True)
    code_version = models.CharField(max_length=40, blank=True)
    read = models.BigIntegerField(default=0, verbose_name=_("read"))
    stored = models.BigIntegerField(default=0, verbose_name=_("stored"))
    unchanged = models.BigIntegerField(default=0, verbose_name=_("unchanged"))
    closed = models.BigIntegerField(default=0, verbose_name=_("ended"))
    rejected = models.BigIntegerField(default=0, verbose_name=_("rejected"))
    warnings = models.BigIntegerField(default=0, verbose_name=_("warnings"))
    details = models.JSONField(default=dict, blank=True)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    attempt = models.IntegerField(default=1)
    account = models.CharField(max_length=150, blank=True, verbose_name=_("account"))
    created_at = models.DateTimeField(default=now, verbose_name=_("when"))
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undoes = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="undone_by")

    class Meta:
        verbose_name, verbose_name_plural = _("run"), _("runs")
        indexes = [models.Index(fields=["dataset", "status"], name="run_dataset_status")]

    def __str__(self) -> str:
        return f"run {self.pk} ({self.kind} {self.source}, {self.status})"

    def summary(self) -> dict[str, Any]:
        """The run as the commands print it: its id, source and counts."""
        return {
            "run": self.pk,
            "study" if self.kind == self.Kind.STUDY else "source": self.source,
            "read": self.read,
            "stored": self.stored,
            "unchanged": self.unchanged,
            "closed": self.closed,
            "rejected": self.rejected,
            "warnings": self.warnings,
        }


class Rejection(models.Model):
    """A record, or one value of it, that a run rejected. Staff only: the value may be personal data."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="rejections")
    kind = models.CharField(max_length=40, verbose_name=_("layer"))
    row = models.BigIntegerField(null=True, verbose_name=_("row"))
    source_id = models.CharField(max_length=200, blank=True, verbose_name=_("object"))
    severity = models.CharField(max_length=5, verbose_name=_("what was turned away"))
    reason = models.CharField(max_length=40, verbose_name=_("reason"))
    message = models.TextField(verbose_name=_("message"))
    field = models.CharField(max_length=80, blank=True, verbose_name=_("field"))
    value = models.CharField(max_length=300, blank=True, verbose_name=_("value"))

    class Meta:
        verbose_name, verbose_name_plural = _("rejection"), _("rejections")

    def __str__(self) -> str:
        return f"row {self.row}: {self.message}"


class Erasure(models.Model):
    """The audit stub of an erased feature: its identity and the reason, none of its content."""

    kind = models.CharField(max_length=40)
    feature_id = models.UUIDField()
    reason = models.CharField(max_length=300)
    versions = models.IntegerField()
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    erased_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.kind} {self.feature_id}"
