"""All tables of this room, for Django to find."""

from layers.changes import BuiltUp, Change, ChangeCounter, ConsumerCursor, TileBlock
from layers.kinds import load_kinds
from layers.planner_layers import PlannerLayer
from layers.publication import Publication
from layers.runs import Dataset, DatasetKind, Erasure, Rejection, Run
from layers.snapshots import Snapshot, SnapshotFile

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
