"""The faults the city's layers know. Each message says what was found and what to do.

Programs that read files in a sandbox know these faults too: this module imports nothing that starts a thread, for the
sandbox's server, which forks them, has one thread only (`ingest.sandbox.server`).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layers.record import Refusal


class LayersError(Exception):
    """Base of all faults of this room; its text is one line fit for a person."""


class UnknownKind(LayersError):
    """A slug that names no layer kind."""


class UnknownDataset(LayersError):
    """A slug that names no dataset."""


class BadFilter(LayersError):
    """A filter that is not CQL2, or asks for what the layer or the visitor does not have."""


class BadGeometry(LayersError):
    """A geometry that cannot be read, is too large, or a distance around it that makes no sense."""


class BadGeoJSON(BadGeometry):
    """A GeoJSON geometry that `layers.geojson` refuses.

    `reason` is one of size, json, type, nesting, coordinates, position, ring, vertices, empty, degrees, so that pages
    can use words of their own; `found` is the number of vertices found.
    """

    def __init__(self, reason: str, text: str, found: int = 0) -> None:
        super().__init__(text)
        self.reason = reason
        self.found = found


class UnknownSystem(LayersError):
    """A text that names none of the reference systems offered."""


class BadMoment(LayersError):
    """A text that is no moment of time."""


class BadSort(LayersError):
    """An order by something the layer or the visitor does not have."""


class BadKey(LayersError):
    """A place in a table that is none, or belongs to another order."""


class UnknownPlace(LayersError):
    """A text that names no place in the city."""


class TooSlow(LayersError):
    """An answer that would take longer than a visitor is allowed to keep the database busy."""


class BadPlace(LayersError):
    """A point or an area that no report can be made of."""


class UnknownFeature(LayersError):
    """An identity that names no feature of the layer at that moment."""


class BadLayer(LayersError):
    """A planner's layer that cannot be made, changed or removed as asked."""


class NoLogins(LayersError):
    """The database has no login for people who write SQL, or none is free."""


class CityProfileInvalid(LayersError):
    """The city file is missing or says something impossible."""


class WriteRefused(LayersError):
    """A run was refused as a whole; nothing was stored."""


class SnapshotRefused(WriteRefused):
    """A snapshot would close too much, was read only in part, or is older than what is stored."""


class RollbackRefused(WriteRefused):
    """Later runs changed the same features; `conflicts` lists (feature_id, run_id)."""

    def __init__(self, message: str, conflicts: list[tuple[str, int]]) -> None:
        super().__init__(message)
        self.conflicts = conflicts


class FieldOwned(WriteRefused):
    """A dataset tried to overwrite a field that another dataset owns."""


class EditConflict(WriteRefused):
    """The feature changed since the editor read it (its version is not the expected one)."""


class DraftRefused(WriteRefused):
    """What an editor wants to store breaks a rule; `faults` lists them, one a field, as `layers.record.Refusal`."""

    def __init__(self, faults: "list[Refusal]") -> None:
        super().__init__(" ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = faults


class NotEditable(WriteRefused):
    """Features of this layer are not changed by hand."""


class RunCancelled(LayersError):
    """Someone asked for the run to stop; nothing was stored."""
