"""All tables of this room, for Django to find."""

from layers.access.publication import Publication
from layers.feed.changes import BuiltUp, Change, ChangeCounter, TileBlock
from layers.jobs.processes import ProcessBeat
from layers.kinds import load_kinds
from layers.planner.declarations import PlannerLayer
from layers.runs.models import Dataset, DatasetKind, Erasure, Rejection, Run
from layers.snapshots.models import Snapshot, SnapshotFile

load_kinds()

__all__ = [
    "BuiltUp",
    "Change",
    "ChangeCounter",
    "Dataset",
    "DatasetKind",
    "Erasure",
    "PlannerLayer",
    "ProcessBeat",
    "Publication",
    "Rejection",
    "Run",
    "Snapshot",
    "SnapshotFile",
    "TileBlock",
]
