"""Dated snapshots: addresses and JSON, shared by pages, programs and data portals."""

from datetime import date
from typing import Any

from django.urls import reverse

from layers.schema.kind import LayerKind
from layers.snapshots.models import Snapshot, SnapshotFile, open_snapshots


def file_address(snapshot: Snapshot, file: SnapshotFile) -> str:
    """The path of a snapshot's file."""
    return reverse("snapshot-file", args=[snapshot.kind, snapshot.day.isoformat(), file.name])


def snapshot_of(kind: LayerKind, day: str) -> Snapshot | None:
    """The open snapshot of a day ("2026-01-31"), or the newest one ("latest"); None where there is none."""
    found = open_snapshots(kind)
    if day != "latest":
        found = [one for one in found if one.day.isoformat() == day]
    return found[0] if found else None


def as_json(snapshot: Snapshot, base: str) -> dict[str, Any]:
    """A snapshot as a JSON object; `base` is the portal's address."""
    return {
        "layer": snapshot.kind,
        "day": snapshot.day.isoformat(),
        "taken_at": snapshot.taken_at.isoformat(),
        "data_date": _iso(snapshot.data_date),
        "objects": snapshot.rows,
        "synthetic": snapshot.synthetic,
        "licence": snapshot.licence,
        "files": [
            {
                "format": file.ending,
                "title": file.format.title,
                "media_type": file.format.plain_type,
                "href": base.rstrip("/") + file_address(snapshot, file),
                "size": file.size,
                "sha256": file.sha256,
            }
            for file in snapshot.files.all()
        ],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
