"""All tables of this room, for Django to find."""

from layers.access.publication import Publication
from layers.feed.changes import BuiltUp, Change, ChangeCounter, ConsumerCursor, TileBlock
from layers.kinds import load_kinds
from layers.planner.declarations import PlannerLayer
from layers.runs.models import Dataset, DatasetKind, Erasure, Rejection, Run
from layers.snapshots.models import Snapshot, SnapshotFile

load_kinds()

__all__ = [
    "BuiltUp",
    "Change",
    "ChangeCounter",
    "ConsumerCursor",
    "Dataset",
    "DatasetKind",
    "Erasure",
    "PlannerLayer",
    "Publication",
    "Rejection",
    "Run",
    "Snapshot",
    "SnapshotFile",
    "TileBlock",
]
