"""Writes released pictures into the public layer `street_photos_released`, and takes them out of it.

The row is written in the transaction that makes the picture released, and erased in the one that ends that, so that
layer and addresses never contradict each other for long; the address is decided by the medium's state alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from uuid import UUID, uuid4

import shapely
from django.db import transaction
from django.utils.timezone import now

from layers.city import city
from layers.errors import RollbackRefused
from layers.kinds import KINDS
from layers.kinds.photo_runs import PhotoRunTrack
from layers.kinds.street_photos import StreetPhoto
from layers.kinds.street_photos_released import ReleasedPhoto
from layers.media.models import Medium, PhotoRun, RunFile, Variant
from layers.record import Record
from layers.runs.models import Dataset, Run
from layers.store import editing
from layers.store.writer import writing

SOURCE = "photo_release"
DATASETS = {False: "photo_scan", True: "demo_photos"}
"""The dataset of photos and released pictures, by whether they are invented."""
RELEASED = "street_photos_released"
COPIED = ("photo_run", "number", "taken_at", "heading_deg", "hfov_deg", "projection")


def publish(media: Iterable[Medium], account: str = "") -> int:
    """Release pictures that a person approved and whose blurred variants are made; returns how many were.

    Those of which somebody took the decision back meanwhile, and those without a place, stay as they are.
    """
    count = 0
    for synthetic in (False, True):
        keys = [one.pk for one in media if one.synthetic == synthetic]
        count += _publish(keys, synthetic, account) if keys else 0
    return count


def _publish(keys: list[int], synthetic: bool, account: str) -> int:
    with transaction.atomic():
        ready = Medium.objects.locked().filter(pk__in=keys, state=Medium.State.BLURRED, approved_at__isnull=False)
        placed = _placed([one.key for one in ready])
        media = [one for one in ready if str(one.key) in placed]
        if not media:
            return 0
        moment = now()
        for one in media:
            one.state, one.released_key, one.released_at = Medium.State.RELEASED, uuid4(), moment
            if (days := city().raw_photo_days) is not None:
                one.delete_after = moment + timedelta(days=days)
        Medium.objects.bulk_update(media, ["state", "released_key", "released_at", "delete_after"])
        with writing(_run(synthetic, account)) as writer:
            writer.write(KINDS[RELEASED], released_records({str(one.key): str(one.released_key) for one in media}))
    return len(media)


def is_placed(medium: Medium) -> bool:
    """Whether the picture has a place, without which it is not published."""
    return bool(_placed([medium.key]))


def without_place(run: PhotoRun) -> list[RunFile]:
    """The pictures of a run that have no place: once approved and blurred they wait until they have one."""
    files = list(run.files.filter(medium__isnull=False).select_related("medium").order_by("number"))
    placed = _placed([one.medium.key for one in files if one.medium])
    return [one for one in files if one.medium and str(one.medium.key) not in placed]


def _placed(keys: list[UUID]) -> set[str]:
    """Those of the pictures that have a current row of `street_photos`."""
    rows = StreetPhoto.objects.current().filter(picture__in=[str(key) for key in keys])
    return {str(key) for key in rows.values_list("picture", flat=True)}


def released_records(keys: Mapping[str, str]) -> Iterator[Record]:
    """The public rows of released pictures: from their current rows of `street_photos` and their runs' authors.

    `keys` are the public keys by the pictures' own.
    """
    authors = dict(PhotoRunTrack.objects.current().values_list("source_id", "author"))
    for row in StreetPhoto.objects.current().filter(picture__in=list(keys)).order_by("photo_run", "number"):
        values = {name: getattr(row, name) for name in COPIED}
        key = keys[str(row.picture)]
        values |= {"picture": key, "author": authors.get(str(row.photo_run))}
        yield Record(key, shapely.from_wkb(bytes(row.geom.wkb)), values)


def _run(synthetic: bool, account: str) -> Run:
    dataset, _ = Dataset.objects.get_or_create(
        slug=DATASETS[synthetic], defaults={"source": SOURCE, "synthetic": synthetic}
    )
    return Run.objects.create(
        kind=Run.Kind.EDIT, source=SOURCE, dataset=dataset, status=Run.Status.RUNNING, account=account
    )


def withdraw(medium: Medium, state: str, account: str = "") -> None:
    """Give a picture another state and erase its row of the public layer; its blurred files go, except where it
    is hidden. Inside the caller's transaction, with the medium locked."""
    key = medium.released_key
    medium.state, medium.approved_at = state, medium.approved_at if state == Medium.State.HIDDEN else None
    if state != Medium.State.HIDDEN:
        medium.released_key = medium.released_at = medium.delete_after = None
        medium.variants.filter(side=Variant.Side.BLURRED).delete()
    medium.save()
    if key is not None:
        _erase_row(str(key), medium.synthetic, account)


def _erase_row(key: str, synthetic: bool, account: str) -> None:
    """Erase the picture from the public layer with its past, which maps and files of earlier days would show on.

    In whichever dataset: a run that was brought in with another one is written there when it is indexed again.
    """
    versions = ReleasedPhoto.objects.filter(picture=key)
    if features := list(versions.order_by().values_list("feature_id", flat=True).distinct()):
        with writing(_run(synthetic, account)) as writer:
            for feature in features:
                editing.erase(writer, KINDS[RELEASED], feature, "the release of the picture was taken back")


def show_again(medium: Medium, account: str = "") -> None:
    """Release a hidden picture once more, under a new public key. Inside a transaction, with the medium locked."""
    medium.state = Medium.State.BLURRED
    medium.save(update_fields=["state"])
    publish([medium], account)


def _public_of(run: Run) -> int:
    """How many pictures whose first rows of `street_photos` the run wrote are public."""
    brought = StreetPhoto.objects.filter(run=run).values_list("picture", flat=True)
    return Medium.objects.released().filter(key__in=[key for key in brought if key]).count()


def refuse_rollback(made: Run, run: Run) -> dict[str, int]:
    """Raises RollbackRefused for runs of releases: decisions about pictures are taken back in their review."""
    if run.kind == Run.Kind.INGEST and (public := _public_of(run)):
        raise RollbackRefused(f"{public} pictures of run {run.pk} are public; take their release back first.", [])
    if run.source == SOURCE:
        raise RollbackRefused(
            f"Run {run.pk} released or withdrew pictures; take the decisions back in the review of photos.", []
        )
    return {}
