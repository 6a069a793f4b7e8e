"""All tables of this room, for Django to find."""

from layers.access.publication import Publication
from layers.feed.changes import BuiltUp, Change, ChangeCounter, TileBlock
from layers.jobs.processes import ProcessBeat
from layers.kinds import load_kinds
from layers.media.models import Decision, Medium, PhotoRun, Region, RemovalRequest, RunFile, Variant
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
    "Decision",
    "Erasure",
    "Exclusion",
    "FeatureOfInterest",
    "HistoricalLocation",
    "HourlyRollup",
    "LatestValue",
    "Location",
    "Medium",
    "Observation",
    "ObservationCounter",
    "ObservedProperty",
    "PhotoRun",
    "PlannerLayer",
    "ProcessBeat",
    "Publication",
    "Region",
    "Rejection",
    "RemovalRequest",
    "Revision",
    "Run",
    "RunFile",
    "Sensor",
    "Snapshot",
    "SnapshotFile",
    "Thing",
    "TileBlock",
    "Variant",
]
