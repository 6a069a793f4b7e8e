"""Snapshots for tests."""

from layers.kind import LayerKind
from layers.snapshot_taking import take
from layers.snapshots import Snapshot


def taken(kind: LayerKind) -> Snapshot:
    """The kind's snapshot, taken now."""
    snapshot = take(kind)
    assert snapshot is not None, f"{kind.slug} holds no data"
    return snapshot
