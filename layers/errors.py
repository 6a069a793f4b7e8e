"""Errors of the layers room. Each message contains what was found and what to do.

This module imports nothing that starts a thread: the sandbox's server imports it and forks, so it must have one
thread only (`ingest.sandbox.server`).
"""

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layers.record import Refusal


class LayersError(Exception):
    """Base of all errors of this room; its text is one line that may be shown to visitors."""


class UnknownKind(LayersError):
    """A slug that names no layer kind."""


class UnknownDataset(LayersError):
    """A slug that names no dataset."""


class BadFilter(LayersError):
    """A filter that is not CQL2, or names a property that the layer has not or the visitor may not see."""


class BadGeometry(LayersError):
    """A geometry that cannot be read or is too large, or an impossible buffer distance."""


class BadJSON(LayersError, ValueError):
    """A text that is not JSON, or JSON with a value that cannot be stored."""


class BadGeoJSON(BadGeometry):
    """A GeoJSON geometry that `layers.geojson` refuses.

    `reason` is one of size, json, type, nesting, coordinates, position, ring, vertices, empty, degrees,
    crossings, so that pages can use words of their own; `found` is the number of vertices found.
    """

    def __init__(self, reason: str, text: str, found: int = 0) -> None:
        super().__init__(text)
        self.reason = reason
        self.found = found


class UnknownSystem(LayersError):
    """A text that names none of the reference systems offered."""


class BadMoment(LayersError):
    """A text that is no date or date-time."""


class BadSeries(LayersError):
    """A choice of observations that names no series, or cannot be read."""


class TooManyRows(BadSeries):
    """A choice of observations with more rows than one file takes."""


class UnknownSeries(LayersError):
    """A key without a datastream in the layer."""


class BadObservation(LayersError):
    """A document that is no observation; `reason` is a code that `layers.observations.documents` lists."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class BadMeasure(LayersError):
    """Values that a rule cannot judge: their unit, averaging time or order in time is another one than it expects."""


class NoBandTable(LayersError):
    """A date on which no band table of the index is known to hold, or a version that is not there."""


class RulesInvalid(LayersError):
    """A rule file cannot be read, or its classes or limits contradict each other."""


class DiskFull(LayersError):
    """There is no room for a file; what was stored before stays, and the work can be started again."""

    def __init__(self) -> None:
        super().__init__("The disk of the media folder is full; make room and start again; nothing is lost.")

    @staticmethod
    def caused(fault: OSError) -> bool:
        """Whether an error of the system means that."""
        return fault.errno in (errno.ENOSPC, errno.EDQUOT)


class DecisionRefused(LayersError):
    """A decision about a picture, or regions in it, that its state or their shape does not allow."""


class BadSort(LayersError):
    """A sort by a property that the layer has not or the visitor may not see."""


class BadKey(LayersError):
    """A page key or token that is invalid or belongs to another order."""


class UnknownPlace(LayersError):
    """A text that names no place in the city."""


class TooSlow(LayersError):
    """A query that exceeded its time limit."""


class BadPlace(LayersError):
    """A point or an area for which no report can be made."""


class UnknownFeature(LayersError):
    """A feature_id without a feature in the layer at that moment."""


class BadLayer(LayersError):
    """A planner's layer that cannot be made, changed or removed as asked."""


class NoLogins(LayersError):
    """The database has no logins for people who write SQL, or no connection of them is free."""


class CityProfileInvalid(LayersError):
    """The city file is missing or has an invalid entry."""


class WriteRefused(LayersError):
    """A run was refused as a whole; nothing was stored."""


class SnapshotRefused(WriteRefused):
    """A snapshot would close too many features, was read only in part, or is older than the stored data."""


class RollbackRefused(WriteRefused):
    """A run that cannot be rolled back.

    It is missing, not committed or rolled back already, it erased data, its changes were pruned, its layer is gone or
    has no history, or later runs changed the same features: then `conflicts` lists (feature_id, run_id).
    """

    def __init__(self, message: str, conflicts: list[tuple[str, int]]) -> None:
        super().__init__(message)
        self.conflicts = conflicts


class FieldOwned(WriteRefused):
    """A dataset tried to overwrite a field that another dataset owns."""


class EditConflict(WriteRefused):
    """The feature changed since the editor read it (its version is not the expected one)."""


class DraftRefused(WriteRefused):
    """An edit is invalid; `faults` lists why, one a field, as `layers.record.Refusal`."""

    def __init__(self, faults: "list[Refusal]") -> None:
        super().__init__(" ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = faults


class NotEditable(WriteRefused):
    """Features of this layer cannot be edited."""


class RunCancelled(LayersError):
    """The run was cancelled on request; nothing was stored."""
