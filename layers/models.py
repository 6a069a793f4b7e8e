"""All tables of this room, for Django to find."""

from layers.changes import BuiltUp, Change, ChangeCounter, ConsumerCursor, TileBlock
from layers.kinds import load_kinds
from layers.publication import Publication
from layers.runs import Dataset, DatasetKind, Erasure, Rejection, Run

load_kinds()

__all__ = [
    "BuiltUp",
    "Change",
    "ChangeCounter",
    "ConsumerCursor",
    "Dataset",
    "DatasetKind",
    "Erasure",
    "Publication",
    "Rejection",
    "Run",
    "TileBlock",
]
