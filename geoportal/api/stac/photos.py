"""The photos that a visitor sees over STAC, as two shelves that are walked one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.aggregates import BoolOr
from django.db.models import CharField, Count, Exists, Max, Min, OuterRef, QuerySet
from django.db.models.functions import Cast

from geoportal.accounts.visitors import Visitor
from layers.access.rules import may_see, serving
from layers.crs import WGS84
from layers.kinds import KINDS
from layers.kinds.street_photos import StreetPhoto
from layers.kinds.street_photos_released import ReleasedPhoto
from layers.media.models import Medium

RELEASED, WORKING = "street_photos_released", "street_photos"
SHELVES = ("r", "w")
"""Released pictures, then photos that are not public."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Rows of one kind; `released` ones have public files."""

    name: str
    rows: QuerySet[Any]

    @property
    def released(self) -> bool:
        """Whether its pictures are public."""
        return self.name == SHELVES[0]


def shelves(visitor: Visitor) -> list[Shelf]:
    """The shelves that the visitor sees, each in the order of its version ids."""
    found = []
    if may_see(visitor.access, KINDS[RELEASED]):
        found.append(Shelf("r", _shown(RELEASED, ReleasedPhoto.objects.current())))
    if may_see(visitor.access, KINDS[WORKING]):
        public = Medium.objects.released().annotate(text=Cast("key", CharField())).filter(text=OuterRef("picture"))
        found.append(Shelf("w", _shown(WORKING, StreetPhoto.objects.current()).exclude(Exists(public))))
    return found


def _shown(slug: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows of the serving dataset, with their place in degrees."""
    shown = serving(KINDS[slug])
    rows = rows.filter(dataset=shown.dataset_id) if shown else rows.none()
    return rows.exclude(picture=None).annotate(place=Transform("geom", WGS84)).order_by("version_id")


@dataclass(frozen=True, slots=True)
class RunExtent:
    """What a visitor sees of one run: number of photos, bounds in degrees, first and last time."""

    slug: str
    count: int
    bounds: tuple[float, float, float, float]
    first: Any
    last: Any
    synthetic: bool


def runs(visitor: Visitor, slug: str | None = None) -> list[RunExtent]:
    """The runs of which the visitor sees photos, by their slugs; of one slug only, if given. A query a shelf."""
    found: dict[str, RunExtent] = {}
    for shelf in shelves(visitor):
        rows = shelf.rows.exclude(photo_run=None)
        rows = rows.filter(photo_run=slug) if slug is not None else rows
        values = rows.order_by().values("photo_run").annotate(
            count=Count("pk"), bounds=Extent("place"), first=Min("taken_at"), last=Max("taken_at"),
            invented=BoolOr("synthetic"),
        )  # fmt: skip
        for one in values:
            made = RunExtent(
                one["photo_run"], one["count"], one["bounds"], one["first"], one["last"], bool(one["invented"])
            )
            found[made.slug] = _joined(found[made.slug], made) if made.slug in found else made
    return [found[name] for name in sorted(found)]


def _joined(first: RunExtent, second: RunExtent) -> RunExtent:
    west, south, east, north = zip(first.bounds, second.bounds, strict=True)
    moments = [one for one in (first.first, second.first) if one], [one for one in (first.last, second.last) if one]
    return RunExtent(
        first.slug,
        first.count + second.count,
        (min(west), min(south), max(east), max(north)),
        min(moments[0], default=None),
        max(moments[1], default=None),
        first.synthetic or second.synthetic,
    )


def media_of(rows: list[Any], *, released: bool) -> dict[str, Medium]:
    """The media of rows by their `picture`, with their variants; two queries."""
    field = "released_key" if released else "key"
    keys = [UUID(row.picture) for row in rows]
    found = Medium.objects.filter(**{f"{field}__in": keys}).prefetch_related("variants")
    return {str(getattr(one, field)): one for one in found}


def neighbours(shelf: Shelf, row: Any) -> Iterator[tuple[str, Any]]:
    """The previous and the next photo of the run on the same shelf, as ("prev" or "next", picture)."""
    if row.number is None:
        return
    same = shelf.rows.filter(photo_run=row.photo_run)
    for rel, found in (
        ("prev", same.filter(number__lt=row.number).order_by("-number")),
        ("next", same.filter(number__gt=row.number).order_by("number")),
    ):
        if (picture := found.values_list("picture", flat=True).first()) is not None:
            yield rel, picture
