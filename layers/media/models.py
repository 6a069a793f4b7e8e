"""Tables of media: what is stored, its variants, runs of photos, regions to blur, decisions, requests for removal."""

import uuid
from pathlib import Path
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from layers.media.files import path_of


class MediumQuerySet(models.QuerySet):
    """Media by their state."""

    def locked(self) -> Self:
        """Locked until the end of the transaction, in one order. A trial of a run, which refers to pictures for as
        long as it lasts, does not wait for that, nor is it waited for."""
        return self.select_for_update(no_key=True).order_by("pk")

    def released(self) -> Self:
        """Pictures that everybody may see."""
        return self.filter(state=Medium.State.RELEASED)

    def to_review(self) -> Self:
        """Street photos about which nobody has decided, in the order of their runs."""
        return self.filter(purpose=Medium.Purpose.STREET_PHOTO, state=Medium.State.RAW, approved_at=None)


class Medium(models.Model):
    """One stored content. `key` addresses it for people with the ability `photos`; the hash is in no address.

    `facts` are the values as read from the file (`ingest.photos.facts`), never corrected ones.
    """

    class Purpose(models.TextChoices):
        STREET_PHOTO = "street_photo", _("street photo")

    class State(models.TextChoices):
        RAW = "raw", _("not reviewed")
        BLURRED = "blurred", _("blurred, not yet released")
        RELEASED = "released", _("released")
        WITHHELD = "withheld", _("withheld")
        HIDDEN = "hidden", _("hidden on request")
        REMOVED = "removed", _("removed")

    class Note(models.TextChoices):
        DETECTOR_FAILED = "detector_failed", _("the detector failed on this picture; look closely")
        TOO_MANY = "too_many", _("the detector found more regions than are stored; look closely")
        BLUR_FAILED = "blur_failed", _("it was not released, because it could not be blurred")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=60)
    name = models.CharField(max_length=300)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    facts = models.JSONField(default=dict)
    synthetic = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RAW)
    stored_at = models.DateTimeField(default=now)
    examined_at = models.DateTimeField(null=True)
    """When the detector of faces looked for regions."""
    approved_at = models.DateTimeField(null=True)
    """When a person decided to release it; the release itself is a job."""
    released_key = models.UUIDField(null=True, unique=True)
    """Addresses the blurred variants for everybody; a new one with each release."""
    released_at = models.DateTimeField(null=True)
    delete_after = models.DateTimeField(null=True)
    """When the raw variants are deleted; None: never."""
    note = models.CharField(max_length=16, choices=Note.choices, blank=True)
    """What a reviewer should know."""
    note_details = models.TextField(blank=True)
    """The message of what failed."""

    objects = MediumQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "sha256"], name="medium_content"),
            models.CheckConstraint(
                condition=~Q(state="released") | Q(released_key__isnull=False, approved_at__isnull=False),
                name="medium_released_by_decision",
            ),
        ]
        indexes = [models.Index(fields=["state", "purpose"], name="medium_state")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.key}"

    def variant(self, side: str, name: str) -> "Variant | None":
        """The variant of that side and name, if there is one."""
        return self.variants.filter(side=side, name=name).first()


class Variant(models.Model):
    """One file of a medium. `details` describe the levels of `tiles`, a zip archive of JPEG tiles."""

    class Side(models.TextChoices):
        RAW = "raw", _("raw")
        BLURRED = "blurred", _("blurred")

    class Name(models.TextChoices):
        ORIGINAL = "original", _("original file")
        FULL = "full", _("full size")
        SCREEN = "screen", _("screen size")
        THUMBNAIL = "thumbnail", _("thumbnail")
        TILES = "tiles", _("tiles of a spherical picture")

    medium = models.ForeignKey(Medium, models.CASCADE, related_name="variants")
    side = models.CharField(max_length=8, choices=Side.choices)
    name = models.CharField(max_length=12, choices=Name.choices)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=60)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    details = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["medium", "side", "name"], name="variant_once")]

    def __str__(self) -> str:
        return f"{self.side} {self.name}"

    def path(self) -> Path:
        """The path of the file."""
        return path_of(self.sha256)


class PhotoRun(models.Model):
    """A drive or walk whose photos were brought in together. `slug` is the source id of its row of `photo_runs`."""

    slug = models.CharField(max_length=80, unique=True)
    profile = models.JSONField(default=dict)
    """The camera and the corrections: fields of `ingest.photos.resolving.CameraProfile`."""
    sidecars = models.JSONField(default=dict)
    """Tracks and rows of the files beside the photos, as read (`ingest.photos.reading.Sidecars`)."""
    report = models.JSONField(default=dict)
    """What was found when the run was last indexed: counts, disagreements, the estimated clock offset."""
    synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.slug


class RunFile(models.Model):
    """A file of a run of photos. `mark` is equal while the source's file is the same."""

    photo_run = models.ForeignKey(PhotoRun, models.CASCADE, related_name="files")
    name = models.CharField(max_length=300)
    size = models.BigIntegerField()
    mark = models.CharField(max_length=40)
    number = models.IntegerField()
    """Its place in the natural order of names."""
    medium = models.ForeignKey(Medium, models.PROTECT, related_name="in_runs", null=True)
    """None where the file cannot be used; `reason` and `message` explain it."""
    reason = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["photo_run", "name"], name="runfile_once")]
        indexes = [models.Index(fields=["photo_run", "number"], name="runfile_order")]

    def __str__(self) -> str:
        return self.name


class Region(models.Model):
    """A rectangle that is blurred before release, in shares (0 to 1) of the picture's displayed width and height."""

    class What(models.TextChoices):
        FACE = "face", _("face")
        PLATE = "plate", _("number plate")
        OTHER = "other", _("other")

    medium = models.ForeignKey(Medium, models.CASCADE, related_name="regions")
    left = models.FloatField()
    top = models.FloatField()
    right = models.FloatField()
    bottom = models.FloatField()
    what = models.CharField(max_length=8, choices=What.choices, default=What.OTHER)
    origin = models.CharField(max_length=80)
    """The detector and its version, or "person"."""
    score = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left__gte=0, top__gte=0, right__lte=1, bottom__lte=1)
                & Q(right__gt=models.F("left"), bottom__gt=models.F("top")),
                name="region_inside",
            )
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.what} {self.left:.3f} {self.top:.3f} {self.right:.3f} {self.bottom:.3f}"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.left, self.top, self.right, self.bottom


class Decision(models.Model):
    """What a person decided about a picture. Append-only."""

    class Verdict(models.TextChoices):
        RELEASE = "release", _("release")
        WITHHOLD = "withhold", _("withhold")
        UNDO = "undo", _("take the decision back")
        REMOVE = "remove", _("remove")
        KEEP = "keep", _("leave public")

    medium = models.ForeignKey(Medium, models.CASCADE, related_name="decisions")
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    reason = models.TextField(blank=True)
    account = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.verdict} {self.at:%Y-%m-%d}"


class RemovalRequest(models.Model):
    """Somebody's request, without an account, to remove a released picture. `contact` goes with the answer."""

    class Reason(models.TextChoices):
        PERSON = "person", _("I or my child can be recognised")
        PLATE = "plate", _("a number plate can be read")
        HOME = "home", _("it shows the inside of my home or garden")
        OTHER = "other", _("another reason")

    class State(models.TextChoices):
        OPEN = "open", _("waits for an answer")
        GRANTED = "granted", _("picture removed")
        REFUSED = "refused", _("picture stays")

    reference = models.CharField(max_length=20, unique=True)
    medium = models.ForeignKey(Medium, models.PROTECT, related_name="removal_requests")
    reason = models.CharField(max_length=8, choices=Reason.choices)
    message = models.TextField(blank=True)
    contact = models.CharField(max_length=200, blank=True)
    visitor = models.CharField(max_length=64)
    """A hash of the sender's address that changes with the day, for the limit a day."""
    hid = models.BooleanField(default=False)
    """Whether the picture was hidden at once."""
    created_at = models.DateTimeField(default=now)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    account = models.CharField(max_length=150, blank=True)

    class Meta:
        indexes = [models.Index(fields=["visitor", "created_at"], name="removalrequest_visitor")]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.reference


def released_or_none(key: Any) -> Medium | None:
    """The released picture with that public key."""
    return Medium.objects.released().filter(released_key=key).first()
