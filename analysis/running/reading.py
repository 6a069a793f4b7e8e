"""Reads a study's inputs: the serving dataset of each kind, the changes since a run, and the frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db.models import F
from shapely.geometry.base import BaseGeometry

from analysis.errors import InputMissing
from analysis.study import Changed, Input, Inputs, Study
from layers.access.rules import Access, Serving, serving
from layers.feed.changes import Change, Gap, changes_after
from layers.kinds import kind_of
from layers.reading.frames import empty_frame, frame
from layers.reading.selection import Selection

if TYPE_CHECKING:
    import geopandas

SYSTEM = Access("services")
"""A study reads all fields it declares; the kinds of its results decide who may see these."""
MOST_CHANGES = 20_000
"""With more changes than this, computing everything is quicker."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The datasets a run reads, by kind."""

    serving: dict[str, Serving]

    @property
    def synthetic(self) -> bool:
        """Whether any of the datasets is invented data."""
        return any(one.synthetic for one in self.serving.values())

    def described(self) -> dict[str, Any]:
        """Dataset, number of rows and data date of each input, for the run's details."""
        return {
            kind: {"dataset": one.slug, "rows": one.rows, "data_date": one.data_date and one.data_date.isoformat()}
            for kind, one in self.serving.items()
        }


def basis_of(study: Study) -> Basis:
    """The serving datasets of the study's inputs now. Raises InputMissing."""
    found = {one.kind: serving(kind_of(one.kind)) for one in study.inputs}
    for one in study.inputs:
        if found[one.kind] is None and not one.optional:
            title = kind_of(one.kind).title
            raise InputMissing(
                f"{study.slug} needs the layer {one.kind} ({title}), which holds no data; load it first."
            )
    return Basis({kind: shown for kind, shown in found.items() if shown is not None})


def has_changed(study: Study, basis: Basis, seq: int) -> bool:
    """Whether anything changed in the study's inputs after change `seq` of the change feed."""
    found = changes_after(seq, [one.kind for one in study.inputs])
    return isinstance(found, Gap) or any(True for _ in _of_basis(found, basis))


def _of_basis(found: Iterable[Change], basis: Basis) -> Iterator[Change]:
    """Changes of the datasets that a run reads."""
    for change in found:
        shown = basis.serving.get(change.kind)
        if shown is not None and change.dataset_id == shown.dataset_id:
            yield change


def changed_since(study: Study, basis: Basis, seq: int) -> list[Changed] | None:
    """The changes of the study's inputs after change `seq` of the feed; None when they are too many to list."""
    found = changes_after(seq, [one.kind for one in study.inputs])
    if isinstance(found, Gap):
        return None
    changes = list(islice(_of_basis(found, basis), MOST_CHANGES + 1))
    if len(changes) > MOST_CHANGES:
        return None
    return _with_geometry(changes)


def _with_geometry(changes: Sequence[Change]) -> list[Changed]:
    shapes: dict[tuple[str, int], BaseGeometry] = {}
    for kind in {change.kind for change in changes}:
        versions = [v for c in changes if c.kind == kind for v in (c.old_version, c.new_version) if v is not None]
        rows = kind_of(kind).model._default_manager.filter(version_id__in=versions)
        for version, wkb in rows.values_list("version_id", AsWKB(F("geom"))):
            shapes[kind, version] = shapely.from_wkb(bytes(wkb))

    def shape(change: Change, version: int | None, box: Any) -> BaseGeometry | None:
        if version is None and box is None:
            return None
        kept = shapes.get((change.kind, version or 0))
        return kept if kept is not None else shapely.from_wkb(bytes(box.wkb)) if box is not None else None

    return [
        Changed(one.kind, shape(one, one.old_version, one.old_box), shape(one, one.new_version, one.new_box))
        for one in changes
    ]


def inputs_of(study: Study, basis: Basis, area: BaseGeometry | None) -> Inputs:
    """The frames of a study: of the whole city, or of the subjects in an area with their context."""
    subject = study.subject
    frames = {subject.kind: _frame(subject, basis, area)}
    bounds = None if area is None else _around(frames[subject.kind], area)
    for one in study.inputs:
        if not one.subject:
            frames[one.kind] = _frame(one, basis, None if bounds is None else bounds.buffer(one.reach_m))
    return Inputs(frames, area)


def _around(subjects: geopandas.GeoDataFrame, area: BaseGeometry) -> BaseGeometry:
    return shapely.box(*(subjects.total_bounds if len(subjects) else area.bounds))


def _frame(one: Input, basis: Basis, area: BaseGeometry | None) -> geopandas.GeoDataFrame:
    kind, shown = kind_of(one.kind), basis.serving.get(one.kind)
    if shown is None:
        return empty_frame(kind, one.fields)
    return frame(Selection(SYSTEM, kind, shown), one.fields, area)
