"""The report items of a layer kind: which figures the report of a place shows of it, one class for each form.

`layers.places.figures` computes them. A figure whose fields the visitor may not see is left out.
"""

from dataclasses import dataclass
from typing import Literal

from layers.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportItem:
    """What all forms of report items declare. Declare one of the subclasses, not this class."""

    title: Text | None = None
    """The kind's title where there is none."""
    filter: str = ""
    """CQL2 that a feature must satisfy."""
    none: Text | None = None
    """What it means when nothing is found."""
    key: Text | None = None
    """The name under which the total is also shown among the key facts."""

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields without which the figure cannot be computed, besides those of `filter`."""
        return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureItem(ReportItem):
    """Shows features by name. Base of `Within` and `Nearest`."""

    show: tuple[str, ...] = ()
    """Fields shown of each feature."""
    only: Literal["", "point", "area", "small"] = ""
    """Shown only in reports of points, of areas, or of points and areas up to a hectare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedItem(ReportItem):
    """Shows a figure of an area in groups. Base of `Share`, `Length` and `Count`."""

    by: str = ""
    """The field whose values make the groups; one group of all where it is empty."""
    ordered: bool = False
    """Groups are in the order of the field's `choices`; else the largest figure comes first."""

    @property
    def fields(self) -> frozenset[str]:
        """The field of the groups."""
        return frozenset({self.by} - {""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Within(FeatureItem):
    """The features that contain a point; for an area those that overlap it, the largest part first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest(FeatureItem):
    """The nearest feature, with its distance and direction."""

    names_place: bool = False
    """Its name is also that of a place without a name of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(GroupedItem):
    """How much of an area the features cover, in m²; overlaps within a group are counted once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Length(GroupedItem):
    """How much of the features' length is in an area, in metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(GroupedItem):
    """How many features are in an area.

    A feature is where its point on surface is, so each is counted in one district only and districts add up to the
    city.
    """

    bins: tuple[int, ...] = ()
    """For a `by` of numbers: where the second and later groups begin, in ascending order."""

    def __post_init__(self) -> None:
        if self.bins and (not self.by or self.ordered):
            raise ValueError("bins group the numbers of a field (by) and have an order of their own (not ordered)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(ReportItem):
    """Sums of the fields `of` over the features that `Count` would count."""

    of: tuple[str, ...]

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are summed."""
        return frozenset(self.of)
