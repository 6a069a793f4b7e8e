"""All tables of this room, for Django to find."""

from layers.access.publication import Publication
from layers.feed.changes import BuiltUp, Change, ChangeCounter, TileBlock
from layers.jobs.processes import ProcessBeat
from layers.kinds import load_kinds
from layers.observations.models import (
    Batch,
    DailyRollup,
    Datastream,
    Exclusion,
    FeatureOfInterest,
    HistoricalLocation,
    HourlyRollup,
    LatestValue,
    Location,
    Observation,
    ObservationCounter,
    ObservedProperty,
    Revision,
    Sensor,
    Thing,
)
from layers.planner.declarations import PlannerLayer
from layers.runs.models import Dataset, DatasetKind, Erasure, Rejection, Run
from layers.snapshots.models import Snapshot, SnapshotFile

load_kinds()

__all__ = [
    "Batch",
    "BuiltUp",
    "Change",
    "ChangeCounter",
    "DailyRollup",
    "Dataset",
    "DatasetKind",
    "Datastream",
    "Erasure",
    "Exclusion",
    "FeatureOfInterest",
    "HistoricalLocation",
    "HourlyRollup",
    "LatestValue",
    "Location",
    "Observation",
    "ObservationCounter",
    "ObservedProperty",
    "PlannerLayer",
    "ProcessBeat",
    "Publication",
    "Rejection",
    "Revision",
    "Run",
    "Sensor",
    "Snapshot",
    "SnapshotFile",
    "Thing",
    "TileBlock",
]
