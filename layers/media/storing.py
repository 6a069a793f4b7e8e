"""Stores photos and files beside them with their rows, and forgets contents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.timezone import now

from layers.media import files
from layers.media.models import Medium, PhotoRun, RunFile, Variant


@dataclass(frozen=True, slots=True)
class NewVariant:
    """A file to be stored as a variant; it is moved from `path`, which is on the media folder's file system."""

    name: str
    path: Path
    sha256: str
    size: int
    media_type: str
    width: int | None = None
    height: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a run as it was read: its content with facts and variants, or the reason why it cannot be used."""

    name: str
    size: int
    mark: str
    number: int
    path: Path | None = None
    sha256: str = ""
    media_type: str = ""
    width: int | None = None
    height: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    variants: Sequence[NewVariant] = ()
    reason: str = ""
    message: str = ""
    moved: bool = False
    """Whether `path` may be moved; else it is the city's own file and is copied."""


def store_files(
    run: PhotoRun, found: Sequence[NewFile], purpose: Medium.Purpose, *, with_contents: bool = True
) -> None:
    """Store files of a run in one transaction, contents first. What is stored already stays as it is.

    `with_contents=False` writes the rows only, for a trial whose transaction is rolled back.
    """
    with files.storing():
        usable = {one.sha256: one for one in found if one.sha256}
        known = set(Medium.objects.filter(purpose=purpose, sha256__in=list(usable)).values_list("sha256", flat=True))
        new = [one for sha256, one in usable.items() if sha256 not in known]
        if with_contents:
            _put(new)
        _create(run, new, purpose)
        keys = dict(Medium.objects.filter(purpose=purpose, sha256__in=list(usable)).values_list("sha256", "pk"))
        RunFile.objects.bulk_create(
            [_run_file(run, one, keys.get(one.sha256)) for one in found],
            update_conflicts=True,
            unique_fields=["photo_run", "name"],
            update_fields=["size", "mark", "number", "medium", "reason", "message"],
        )


def _put(new: Iterable[NewFile]) -> None:
    for one in new:
        if one.path is not None:
            files.put(one.path, one.sha256, move=one.moved)
        for variant in one.variants:
            files.put(variant.path, variant.sha256, move=True)
    files.flush()


def _create(run: PhotoRun, new: Sequence[NewFile], purpose: Medium.Purpose) -> None:
    """The rows of new media and their variants; another run that stored the same content meanwhile wins.

    In the order of hashes, so that two runs with the same pictures wait for each other and never in a circle.
    """
    media = [
        Medium(
            purpose=purpose,
            sha256=one.sha256,
            size=one.size,
            media_type=one.media_type,
            name=one.name[-300:],
            width=one.width,
            height=one.height,
            facts=dict(one.facts),
            synthetic=run.synthetic,
        )
        for one in sorted(new, key=lambda one: one.sha256)
    ]
    Medium.objects.bulk_create(media, ignore_conflicts=True)
    keys = dict(
        Medium.objects.filter(purpose=purpose, sha256__in=[one.sha256 for one in new]).values_list("sha256", "pk")
    )
    rows = [row for one in new for row in _variants(keys[one.sha256], one)]
    Variant.objects.bulk_create(rows, ignore_conflicts=True)


def _variants(medium: int, one: NewFile) -> list[Variant]:
    original = NewVariant(
        Variant.Name.ORIGINAL, one.path or Path(), one.sha256, one.size, one.media_type, one.width, one.height
    )
    return [_variant(medium, Variant.Side.RAW, variant) for variant in (original, *one.variants)]


def _variant(medium: int, side: str, new: NewVariant) -> Variant:
    return Variant(
        medium_id=medium,
        side=side,
        name=new.name,
        sha256=new.sha256,
        size=new.size,
        media_type=new.media_type,
        width=new.width,
        height=new.height,
        details=dict(new.details),
    )


def _run_file(run: PhotoRun, one: NewFile, medium: int | None) -> RunFile:
    return RunFile(
        photo_run=run,
        name=one.name,
        size=one.size,
        mark=one.mark,
        number=one.number,
        medium_id=medium,
        reason=one.reason[:40],
        message=one.message[:2000],
    )


def store_blurred(medium: Medium, made: Sequence[NewVariant]) -> None:
    """Replace the blurred variants of a picture."""
    with files.storing():
        for one in made:
            files.put(one.path, one.sha256, move=True)
        files.flush()
        medium.variants.filter(side=Variant.Side.BLURRED).delete()
        Variant.objects.bulk_create([_variant(medium.pk, Variant.Side.BLURRED, one) for one in made])


def forget(medium: Medium, side: str) -> None:
    """Forget the variants of one side; their files are removed by the next `sweep`. The row stays: the same content
    that is brought in again is recognised and not stored."""
    medium.variants.filter(side=side).delete()


def forget_due(moment: datetime | None = None) -> int:
    """Forget the raw variants of pictures whose time has come; returns how many pictures."""
    due = Medium.objects.filter(delete_after__lte=moment or now(), variants__side=Variant.Side.RAW).distinct()
    count = 0
    for medium in due.iterator():
        forget(medium, Variant.Side.RAW)
        count += 1
    return count


def sweep() -> int:
    """Remove files that no variant names; returns how many."""
    return files.sweep(_named)


def _named(hashes: list[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT sha256 FROM layers_variant WHERE sha256 = ANY(%s)", [hashes])
        return {sha256 for (sha256,) in cursor.fetchall()}
