"""The change feed: one row for every feature a run changed, numbered without gaps in the order of commits.

A reader stores the last number it has read and asks for later changes; `Gap` means that unread rows were pruned and
the reader must recompute everything. `prune_old_changes` prunes nothing that a registered reader still needs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.gis.db.models import GeometryField
from django.db import connection, models
from django.db.models import Min

from layers.crs import WEB_MERCATOR, CityGeometryField
from layers.runs.models import Dataset, Run


class Change(models.Model):
    """One feature changed by one run. Boxes are the envelopes of its geometry before and after, storage CRS."""

    seq = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=40)
    dataset = models.ForeignKey(Dataset, models.PROTECT, db_index=False, related_name="+")
    feature_id = models.UUIDField()
    old_version = models.BigIntegerField(null=True)
    new_version = models.BigIntegerField(null=True)
    old_box: models.Field = CityGeometryField(null=True)
    new_box: models.Field = CityGeometryField(null=True)
    fields = models.JSONField(null=True)
    run = models.ForeignKey(Run, models.PROTECT, related_name="changes")

    def __str__(self) -> str:
        return f"{self.seq}: {self.kind} {self.feature_id}"


class ChangeCounter(models.Model):
    """One row: the last number assigned and the last number pruned. Locked from numbering to commit."""

    last = models.BigIntegerField(default=0)
    pruned = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class TileBlock(models.Model):
    """The last change in a square of the web map (a z 14 tile), by kind and dataset; (-1, -1) means everywhere."""

    kind = models.CharField(max_length=40)
    dataset = models.ForeignKey(Dataset, models.CASCADE, db_index=False, related_name="+")
    x = models.IntegerField()
    y = models.IntegerField()
    version = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "dataset", "x", "y"], name="tileblock_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.x}/{self.y} v{self.version}"


class BuiltUp(models.Model):
    """Small objects of a kind merged for zoom 11 and 12, one row a square of the web map (z 15 tile)."""

    kind = models.CharField(max_length=40)
    dataset = models.ForeignKey(Dataset, models.CASCADE, db_index=False, related_name="+")
    level = models.SmallIntegerField()
    x = models.IntegerField()
    y = models.IntegerField()
    objects_merged = models.IntegerField()
    geom_web = GeometryField(srid=WEB_MERCATOR)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "dataset", "level", "x", "y"], name="builtup_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.level} {self.x}/{self.y}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Unread changes were pruned; `last` is the number to continue from after a full recompute."""

    last: int


def last_change() -> int:
    """The number of the newest committed change, 0 when there is none."""
    return ChangeCounter.objects.values_list("last", flat=True).first() or 0


def changes_after(seq: int, kinds: list[str] | None = None) -> Iterator[Change] | Gap:
    """Changes of these kinds (None: all) with a number above `seq`, in order; or a Gap."""
    counter = ChangeCounter.objects.first()
    if counter is None:
        return iter(())
    if seq < counter.pruned:
        return Gap(last=counter.last)
    found = Change.objects.filter(seq__gt=seq).order_by("seq")
    return (found.filter(kind__in=kinds) if kinds is not None else found).iterator()


def prune_old_changes(before: datetime, read: Iterable[int]) -> int:
    """Drop changes of runs made before a moment that all readers have read; returns how many.

    `read` are the numbers up to which they have read. The runs of dropped changes can no longer be rolled back.
    """
    first_kept = Change.objects.filter(run__created_at__gte=before).aggregate(first=Min("seq"))["first"]
    oldest = last_change() if first_kept is None else first_kept - 1
    return prune_changes(min([oldest, *read]))


def prune_changes(up_to: int) -> int:
    """Drop changes numbered `up_to` and below; returns how many. Their runs can no longer be rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE layers_changecounter SET pruned = GREATEST(pruned, LEAST(%s, last))", [up_to])
        cursor.execute("DELETE FROM layers_change WHERE seq <= %s", [up_to])
        return cursor.rowcount
