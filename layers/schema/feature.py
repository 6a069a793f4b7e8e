"""The base model of all layers: identity, recorded time, provenance, geometry; and its queryset."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid5

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from layers.crs import web_geometry
from layers.runs.models import Dataset, Run

NAMESPACE = UUID("6c1b8e9e-5f0d-4f7a-9a55-0d6a1f2b7c11")
"""Namespace of all feature identities; changing it would change every identity."""

CURRENT = Q(recorded_to__isnull=True)


def known_at(moment: datetime) -> Q:
    """The condition for versions current at a moment of recorded time."""
    return Q(recorded_from__lte=moment) & (CURRENT | Q(recorded_to__gt=moment))


def dataset_namespace(dataset: str) -> UUID:
    """The namespace of one dataset's features (`feature_identity`)."""
    return uuid5(NAMESPACE, dataset)


def feature_identity(dataset: str, source_id: str) -> UUID:
    """The identity of the feature that a dataset (its slug) gives as `source_id`."""
    return uuid5(dataset_namespace(dataset), source_id)


class FeatureQuerySet(models.QuerySet):
    """Versions of features of one layer, without access rules (`layers.access.rules`)."""

    def current(self) -> Self:
        """The current versions."""
        return self.filter(CURRENT)

    def as_of(self, moment: datetime) -> Self:
        """The versions that were current at a moment of recorded time."""
        return self.filter(known_at(moment))

    def of_dataset(self, slug: str) -> Self:
        """Rows of one dataset."""
        return self.filter(dataset__slug=slug)

    def history(self, feature_id: UUID) -> Self:
        """All versions of a feature, oldest first."""
        return self.filter(feature_id=feature_id).order_by("recorded_from", "version_id")


class CityFeature(models.Model):
    """One version of one object of a layer. Written by `layers.store.writer` only."""

    version_id = models.BigAutoField(primary_key=True)
    feature_id = models.UUIDField()
    dataset = models.ForeignKey(Dataset, models.PROTECT, db_index=False, related_name="+")
    source_id = models.CharField(max_length=200)
    recorded_from = models.DateTimeField(default=now)
    recorded_to = models.DateTimeField(null=True)
    data_date = models.DateField(null=True)
    run = models.ForeignKey(Run, models.PROTECT, db_index=False, related_name="+")
    closed_by = models.ForeignKey(Run, models.PROTECT, db_index=False, related_name="+", null=True)
    payload_hash = models.UUIDField()
    field_owners = models.JSONField(null=True)
    synthetic = models.BooleanField(default=False)
    extra = models.JSONField(null=True)
    geom_web = web_geometry()

    objects = FeatureQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["dataset", "source_id"], condition=CURRENT, name="%(class)s_current"),
            models.CheckConstraint(
                condition=Q(recorded_to__isnull=True) | Q(recorded_to__gt=F("recorded_from")),
                name="%(class)s_period",
            ),
        ]
        indexes = [
            GistIndex(F("geom"), name="%(class)s_geom", condition=CURRENT),
            GistIndex(fields=["geom_web"], name="%(class)s_web", condition=CURRENT),
            GistIndex(fields=["geom_web"], name="%(class)s_past", condition=~CURRENT),
            models.Index(fields=["feature_id", "recorded_from"], name="%(class)s_history"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.feature_id}"


def difference(older: CityFeature, newer: CityFeature, names: tuple[str, ...]) -> dict[str, tuple[Any, Any]]:
    """Fields whose values differ between two versions of a feature, geometry included: {name: (older, newer)}."""
    pairs = {name: (getattr(older, name), getattr(newer, name)) for name in (*names, "geom")}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
