"""What studies leave beside the layers: the standing parameters, and private results that only a link opens."""

import secrets
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.timezone import now

from analysis.errors import UnknownResult
from layers.crs import CityGeometryField
from layers.runs.models import Run

KEPT = timedelta(days=30)


def _token() -> str:
    return secrets.token_urlsafe(18)


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


class PrivateResult(models.Model):
    """What one private run found: totals here, features in `PrivateFeature`. Whoever has the token sees it.

    A queued run has its result, and so its link, from the start; it is empty until the run is committed.
    """

    run = models.OneToOneField(Run, models.CASCADE, related_name="private_result")
    token = models.CharField(max_length=40, unique=True, default=_token)
    summary = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"private result of run {self.run_id}"

    @classmethod
    def opened(cls, token: str) -> "PrivateResult":
        """The result behind a link, whether its run is done or not. Raises UnknownResult."""
        found = cls.objects.select_related("run").filter(token=token, expires_at__gt=now()).first()
        if found is None:
            raise UnknownResult("This result is not there, or is no longer kept; run the study again.")
        return found

    @classmethod
    def finished(cls, token: str) -> "PrivateResult":
        """The result behind a link whose run was committed. Raises UnknownResult."""
        found = cls.opened(token)
        if found.run.status != Run.Status.COMMITTED:
            raise UnknownResult(f"The run of this result is {found.run.status}; it gave no result.")
        return found


class PrivateFeature(models.Model):
    """One feature of a private result, in the storage system."""

    result = models.ForeignKey(PrivateResult, models.CASCADE, related_name="features")
    kind = models.CharField(max_length=40)
    source_id = models.CharField(max_length=200)
    values = models.JSONField()
    geom: models.Field = CityGeometryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result", "kind", "source_id"], name="privatefeature_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id}"


def prune_private_results() -> int:
    """Drop private results past their time; says how many."""
    gone = PrivateResult.objects.filter(expires_at__lte=now())
    count = gone.count()
    gone.delete()
    return count
