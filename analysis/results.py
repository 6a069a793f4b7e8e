"""Tables of studies: the parameters of published results, and private results that only a link opens."""

from typing import Any

from django.db import models

from analysis.errors import UnknownResult
from layers.access.rules import ANONYMOUS
from layers.crs import CityGeometryField
from layers.jobs.results import KeptResult, new_token
from layers.runs.models import Dataset, Run

_token = new_token
"""The first migration refers to it by this path."""


class StandingParameters(models.Model):
    """Parameters of a study's published result, where they are not the study's defaults."""

    study = models.CharField(max_length=40, primary_key=True)
    parameters = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.study

    @classmethod
    def of(cls, study: str) -> dict[str, Any]:
        """The standing parameters of a study that differ from its defaults."""
        return dict(cls.objects.filter(study=study).values_list("parameters", flat=True).first() or {})


class PrivateResult(KeptResult):
    """The result of one private run: its totals; the differences to the published result are in `PrivateFeature`.

    Every visitor with the token may see it. `analysis.running.result_rows` reads its features.

    A queued run has its result, and so its link, from the start; it is empty until the run is committed.
    """

    run = models.OneToOneField(Run, models.CASCADE, related_name="private_result")
    level = models.CharField(max_length=10, default="public")
    summary = models.JSONField(default=dict)
    base = models.ForeignKey(Dataset, models.CASCADE, related_name="+", null=True)
    """The dataset of the published result that it differs from; None: `PrivateFeature` has all features."""
    base_at = models.DateTimeField(null=True)
    """The moment of recorded time at which that result is compared."""

    def __str__(self) -> str:
        return f"private result of run {self.run_id}"

    @classmethod
    def opened(cls, token: str) -> "PrivateResult":
        """The result of a link, its run finished or not. Raises UnknownResult."""
        found = cls.by_token(ANONYMOUS, token)
        if found is None:
            raise UnknownResult("This result is not there, or is no longer kept; run the study again.")
        return found

    @classmethod
    def finished(cls, token: str) -> "PrivateResult":
        """The result of a link whose run was committed. Raises UnknownResult."""
        found = cls.opened(token)
        if found.run.status != Run.Status.COMMITTED:
            raise UnknownResult(f"The run of this result is {found.run.status}; it gave no result.")
        return found


class PrivateFeature(models.Model):
    """One feature, in the storage system, in which a private result differs from the published one."""

    result = models.ForeignKey(PrivateResult, models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=40)
    source_id = models.CharField(max_length=200)
    base_version = models.BigIntegerField(null=True)
    """The version it replaces; None: the published result does not have this feature."""
    values = models.JSONField(null=True)
    """The fields that differ from that version; None: the private result does not have this feature."""
    geom: models.Field = CityGeometryField(null=True)
    """None: the shape of that version."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result", "kind", "source_id"], name="privatefeature_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id}"
