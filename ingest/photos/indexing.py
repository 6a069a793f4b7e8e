"""Makes the rows of a stored run: its line, its photos with place, time and heading, and what was released of them.

The store of media and the run's sidecars are all it needs, so a run is indexed again with another clock offset or
camera profile without its files. All photos are in memory as columns of numbers only (`columns`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import shapely
from django.db.models import Exists, OuterRef, QuerySet

from ingest.errors import BadOption
from ingest.photos.columns import SIDECAR_FIELDS, FactColumns, sidecar_values
from ingest.photos.facts import FLAT, SPHERE, Facts
from ingest.photos.resolving import CameraProfile, Origin, Resolved, Trust, disagreements, resolve
from ingest.photos.storing import run_slug
from ingest.photos.track import ClockOffset, Track, estimate_offset
from ingest.source import Reading, Request
from layers.city import city
from layers.crs import WGS84, storage_srid, transformer
from layers.kinds import KINDS
from layers.media.models import Medium, PhotoRun, RunFile
from layers.media.publication import released_records
from layers.record import Record, Refusal

NUMBERS = {
    "mount_offset": "mount_offset_deg",
    "height": "height_m",
    "hfov": "hfov_deg",
    "clock_offset": "clock_offset_s",
    "gps_offset": "gps_offset_s",
    "declination": "declination_deg",
}
"""Options with numbers, and the fields of the camera profile that they set."""
CENTURY_S = 3.2e9
RANGES = {
    "mount_offset": (-360.0, 360.0),
    "height": (0.0, 100.0),
    "hfov": (1.0, 179.0),
    "clock_offset": (-CENTURY_S, CENTURY_S),
    "gps_offset": (-CENTURY_S, CENTURY_S),
    "declination": (-180.0, 180.0),
}
"""Least and largest value of each; with them a corrected time stays one that can be stored."""
LONGEST = 120
"""Letters of a name, as the layer of runs stores it."""
OPTIONS = frozenset((*NUMBERS, "run", "name", "author", "camera", "zone", "trust"))
SHOWN_DISAGREEMENTS = 200
BREAK_M, BREAK_S = 200.0, 300.0
"""A run's line is interrupted between photos that are farther apart in space or time."""


@dataclass(frozen=True, eq=False)
class Indexed:
    """The photos of a run: names, numbers, media and columns, all in the order of the run."""

    names: list[str]
    numbers: list[int]
    media: list[UUID]
    facts: Mapping[str, Any]
    accuracy: Any
    cameras: Counter[str]
    flags: Counter[str]


def read_run(request: Request) -> Iterator[Reading]:
    """The readings of `photo_runs`, `street_photos` and `street_photos_released`. Raises BadOption."""
    run = PhotoRun.objects.select_for_update().get(slug=run_slug(request.options, request.path))
    settings = _settings(run, request)
    profile = _profile(settings, request)
    photos = _photos(run)
    names = photos.names
    rows = [row for rows in run.sidecars.get("rows", {}).values() for row in rows]
    sidecar = sidecar_values(names, rows)
    tracks = list(run.sidecars.get("tracks", {}).values())
    track = Track.of(tracks) if tracks else None
    trust = Trust(**{one: True for one in settings.get("trust", "").split(",") if one})
    found = resolve(photos.facts, sidecar, track, profile, trust)
    run.report = _report(run, photos, sidecar, track, profile, found)
    run.profile = settings
    run.save(update_fields=["profile", "report"])
    notes = _notes(run)
    east, north = _placed(found)
    yield Reading("photo_runs", KINDS["photo_runs"].field_names, _line(run, photos, found, east, north), notes=notes)
    kind = KINDS["street_photos"]
    records = _records(run, photos, found, east, north)
    yield Reading(kind.slug, kind.field_names, records, _day(found), len(names), notes)
    yield from _released(run)


def _settings(run: PhotoRun, request: Request) -> dict[str, str]:
    """The run's stored options, replaced by those of this order. Raises BadOption."""
    given = {name: text.strip() for name, text in request.options.items() if name in OPTIONS - {"run"}}
    settings = {**run.profile, **given}
    for name in NUMBERS:
        _number(settings, name)
    for name in ("name", "author", "camera"):
        if len(settings.get(name, "")) > LONGEST:
            raise BadOption(f"Option {name} has {len(settings[name])} letters; at most {LONGEST} are stored.")
    _check_zone(settings.get("zone", ""))
    unknown = set(filter(None, settings.get("trust", "").split(","))) - {one.name for one in fields(Trust)}
    if unknown:
        raise BadOption(f"Option trust={settings['trust']}: sidecar, track or both with a comma.")
    return {name: text for name, text in settings.items() if text}


def _number(settings: Mapping[str, str], name: str) -> float | None:
    text = settings.get(name, "")
    try:
        number = float(text.replace(",", ".")) if text else None
    except ValueError:
        number = np.nan
    if number is not None and not np.isfinite(number):
        raise BadOption(f"Option {name}={text[:40]}: a number is needed.")
    least, most = RANGES[name]
    if number is not None and not least <= number <= most:
        raise BadOption(f"Option {name}={text[:40]}: a number from {least:,.0f} to {most:,.0f} is needed.")
    return number


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name or "UTC")
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise BadOption(f"Option zone={name[:40]}: a time zone such as Europe/Warsaw is needed.") from None


def _profile(settings: Mapping[str, str], request: Request) -> CameraProfile:
    zone = settings.get("zone") or str(request.city.timezone)
    profile = CameraProfile(declination_deg=request.city.declination_deg, zone=zone)
    given: dict[str, Any] = {field: _number(settings, name) for name, field in NUMBERS.items()}
    return replace(profile, **{field: number for field, number in given.items() if number is not None})


def _own_files(run: PhotoRun) -> QuerySet[RunFile]:
    """Files of photos whose content was not brought in before, by this run or another."""
    earlier = RunFile.objects.filter(medium=OuterRef("medium"), pk__lt=OuterRef("pk"))
    return run.files.filter(medium__isnull=False).exclude(Exists(earlier)).order_by("number")


def _photos(run: PhotoRun) -> Indexed:
    columns, accuracy = FactColumns(), []
    numbers: list[int] = []
    media: list[UUID] = []
    cameras: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    values = _own_files(run).values_list("name", "number", "medium__key", "medium__facts")
    for name, number, key, stored in values.iterator(chunk_size=1000):
        facts = Facts.from_json(stored)
        columns.add(name, facts)
        numbers.append(number)
        media.append(key)
        accuracy.append(np.nan if facts.accuracy_m is None else facts.accuracy_m)
        cameras[f"{facts.make} {facts.model}".strip()] += 1
        flags.update(set(facts.reasons))
    return Indexed(columns.names, numbers, media, columns.values(), np.array(accuracy), cameras, flags)


def _report(
    run: PhotoRun,
    photos: Indexed,
    sidecar: Mapping[str, Any],
    track: Track | None,
    profile: CameraProfile,
    found: Resolved,
) -> dict[str, Any]:
    """What people read about the run before they trust it."""
    apart = list(disagreements(photos.names, photos.facts, sidecar, track, profile))
    offset = _clock_offset(photos, track, profile)
    unusable = run.files.filter(medium=None)
    return {
        "photos": run.files.count(),
        "usable": len(photos.names),
        "located": int(np.isfinite(found.lat).sum()),
        "timed": int(np.isfinite(found.time).sum()),
        "directed": int(np.isfinite(found.heading).sum()),
        "spherical": int((photos.facts["sphere"] > 0).sum()),
        "position_from": _counts(found.position_from),
        "time_from": _counts(found.time_from),
        "heading_from": _counts(found.heading_from),
        "first": _iso(np.nanmin(found.time)) if np.isfinite(found.time).any() else None,
        "last": _iso(np.nanmax(found.time)) if np.isfinite(found.time).any() else None,
        "cameras": dict(photos.cameras.most_common(10)),
        "flags": dict(photos.flags),
        "unusable": dict(Counter(unusable.values_list("reason", flat=True))),
        "disagreements": len(apart),
        "disagreeing": [asdict(one) for one in apart[:SHOWN_DISAGREEMENTS]],
        "offset": None if offset is None else asdict(offset),
        "clock_offset_s": profile.clock_offset_s,
        "sidecar_faults": run.sidecars.get("faults", []),
    }


def _clock_offset(photos: Indexed, track: Track | None, profile: CameraProfile) -> ClockOffset | None:
    """The offset that the track suggests, from places and times as the pictures state them."""
    if track is None:
        return None
    nothing = dict.fromkeys(SIDECAR_FIELDS, np.full(len(photos.names), np.nan))
    stated = resolve(photos.facts, nothing, None, replace(profile, clock_offset_s=0.0))
    return estimate_offset(stated.time, stated.lat, stated.lon, track)


def _counts(codes: Any) -> dict[str, int]:
    found, counts = np.unique(codes, return_counts=True)
    return {Origin(code).name.lower(): int(count) for code, count in zip(found, counts, strict=True)}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).isoformat()


def _notes(run: PhotoRun) -> tuple[str, ...]:
    report = run.report
    notes = list(run.sidecars.get("notes", []))
    if report["disagreements"]:
        first = report["disagreeing"][0]
        notes.append(
            f"Sources disagree for {report['disagreements']} values, first {first['name']}: {first['what']} "
            f"{first['values']}."
        )
    if (offset := report["offset"]) and abs(offset["offset_s"] - report["clock_offset_s"]) >= 0.5:
        notes.append(
            f"The track suggests a clock offset of {offset['offset_s']:+.1f} s: the mean distance to it would be "
            f"{offset['after_m']:.1f} m instead of {offset['before_m']:.1f} m ({offset['photos']} photos). "
            f"Apply it with --option clock_offset={offset['offset_s']:.1f}."
        )
    notes.extend(message for _, _, message in run.sidecars.get("faults", []))
    return tuple(notes)


def _day(found: Resolved) -> Any:
    known = found.time[np.isfinite(found.time)]
    return datetime.fromtimestamp(float(known.min()), UTC).date() if len(known) else None


def _placed(found: Resolved) -> tuple[Any, Any]:
    """Easting and northing of each photo in the storage system, NaN for unknown places."""
    east, north = transformer(WGS84, storage_srid()).transform(found.lon, found.lat)
    known = np.isfinite(east) & np.isfinite(north)
    return np.where(known, east, np.nan), np.where(known, north, np.nan)


def _line(run: PhotoRun, photos: Indexed, found: Resolved, east: Any, north: Any) -> Iterator[Record | Refusal]:
    known = np.flatnonzero(np.isfinite(east))
    timed = np.isfinite(found.time[known])
    if timed.all():
        known = known[np.argsort(found.time[known], kind="stable")]
    steps = np.hypot(np.diff(east[known]), np.diff(north[known]))
    waits = np.diff(found.time[known])
    cuts = np.flatnonzero((steps > BREAK_M) | (waits > BREAK_S)) + 1
    moved = [part[np.insert(_moved(east[part], north[part]), 0, True)] for part in np.split(known, cuts) if len(part)]
    lines = [shapely.LineString(np.column_stack([east[part], north[part]])) for part in moved if len(part) > 1]
    settings = run.profile
    if not lines:
        yield Refusal(
            None, run.slug, "no_line", "Fewer than two places of the run lie near each other; it has no line."
        )
        return
    camera = settings.get("camera") or next(iter(run.report["cameras"]), "")
    yield Record(
        run.slug,
        shapely.MultiLineString(lines),
        {
            "name": settings.get("name") or run.slug,
            "taken_on": _local_day(found),
            "camera": camera[:120] or None,
            "author": settings.get("author") or None,
            "photos": len(photos.names),
            "located": len(known),
            "clock_offset_s": _number(settings, "clock_offset") or 0.0,
            "mount_offset_deg": _number(settings, "mount_offset") or 0.0,
        },
    )


def _moved(east: Any, north: Any) -> Any:
    return np.hypot(np.diff(east), np.diff(north)) > 0.001


def _local_day(found: Resolved) -> Any:
    known = found.time[np.isfinite(found.time)]
    return datetime.fromtimestamp(float(known.min()), city().timezone).date() if len(known) else None


def _records(run: PhotoRun, photos: Indexed, found: Resolved, east: Any, north: Any) -> Iterator[Record | Refusal]:
    """A record a photo with a place, in the order of the run; a refusal for each other file."""
    for place, name in enumerate(photos.names):
        if not np.isfinite(east[place]):
            message = "Neither the picture nor a file beside it gives its place."
            yield Refusal(photos.numbers[place], name[-200:], "no_position", message)
            continue
        values = {
            "photo_run": run.slug,
            "number": photos.numbers[place],
            "name": name[-300:],
            "taken_at": _moment(found.time[place]),
            "heading_deg": _known(found.heading[place]),
            "hfov_deg": _known(found.hfov[place]),
            "projection": SPHERE if photos.facts["sphere"][place] > 0 else FLAT,
            "altitude_m": _known(found.alt_m[place]),
            "accuracy_m": _known(photos.accuracy[place]),
            "position_from": _origin(found.position_from[place]),
            "time_from": _origin(found.time_from[place]),
            "heading_from": _origin(found.heading_from[place]),
            "picture": str(photos.media[place]),
        }
        point = shapely.Point(east[place], north[place])
        yield Record(str(photos.media[place]), point, values, photos.numbers[place])
    yield from _refusals(run)


def _refusals(run: PhotoRun) -> Iterator[Refusal]:
    """Files that cannot be used, and contents that were brought in before."""
    for name, number, reason, message in run.files.filter(medium=None).values_list(
        "name", "number", "reason", "message"
    ):
        yield Refusal(number, name[-200:], reason, message)
    own = _own_files(run).values("pk")
    copies = run.files.filter(medium__isnull=False).exclude(pk__in=own).select_related("medium")
    for file in copies:
        first = RunFile.objects.filter(medium=file.medium).select_related("photo_run").earliest("pk")
        message = f"The same picture is {first.name} of the run {first.photo_run.slug}; it is shown there."
        yield Refusal(file.number, file.name[-200:], "same_picture", message)


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(float(seconds), UTC) if np.isfinite(seconds) else None


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def _origin(code: int) -> str | None:
    return Origin(code).name.lower() if code else None


def _released(run: PhotoRun) -> Iterator[Reading]:
    """The released pictures of the run with their corrected place, time and heading."""
    if Medium.objects.released().filter(in_runs__photo_run=run).exists():
        kind = KINDS["street_photos_released"]
        yield Reading(kind.slug, kind.field_names, _public_records(run))


def _public_records(run: PhotoRun) -> Iterator[Record]:
    """The rows of pictures that are public when the layer is locked, that is, when the first row is asked for.

    One that is hidden before is left out; one that is hidden later waits for the lock and erases the row.
    """
    media = Medium.objects.released().filter(in_runs__photo_run=run)
    yield from released_records({str(one.key): str(one.released_key) for one in media})
