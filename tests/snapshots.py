"""Snapshots for tests."""

from layers.schema.kind import LayerKind
from layers.snapshots.models import Snapshot
from layers.snapshots.taking import take


def taken(kind: LayerKind) -> Snapshot:
    """The kind's snapshot, taken now."""
    snapshot = take(kind)
    assert snapshot is not None, f"{kind.slug} holds no data"
    return snapshot
