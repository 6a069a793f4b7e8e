"""Source ids of a file's objects, stable so that a later run updates the same features."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ingest.errors import BadOption
from ingest.files.survey import Survey

MILLIMETRES = 3
"""Decimals of a metre that are significant in a source id made from the geometry."""
LENGTH = 200


@dataclass(slots=True)
class Identity:
    """Makes source ids from a column, or (`column` None) from the geometry and a number among equal geometries."""

    column: str | None
    notes: tuple[str, ...] = ()
    seen: Counter[str] = field(default_factory=Counter)

    @classmethod
    def choose(cls, survey: Survey, wanted: str) -> "Identity":
        """By the wanted column, else the best one that is filled and unique, else the geometry. Raises BadOption."""
        if wanted:
            if wanted not in survey.columns:
                raise BadOption(
                    f"There is no column “{wanted}” for id=; columns are: {', '.join(survey.columns[:40])}."
                )
            return cls(wanted)
        if survey.unique:
            return cls(survey.unique[0], (f"Objects are identified by the column {survey.unique[0]}.",))
        return cls(None, ("No column identifies the objects; identities are taken from the geometry.",))

    def of(self, geometry: BaseGeometry | None, row: dict[str, Any]) -> str | None:
        """The object's source id, or None where its column is empty."""
        if self.column is not None:
            value = row[self.column]
            return str(value).strip()[:LENGTH] or None if value is not None else None
        digest = geometry_hash(geometry)
        self.seen[digest] += 1
        return f"{digest}-{self.seen[digest]}"


def geometry_hash(geometry: BaseGeometry | None) -> str:
    """A short hash of a geometry in metres, the same for coordinates that are equal to the millimetre."""
    if geometry is None:
        return "none"
    flat = shapely.transform(shapely.force_2d(geometry), lambda pairs: np.round(pairs, MILLIMETRES) + 0.0)
    return hashlib.blake2b(shapely.to_wkb(flat, byte_order=1), digest_size=16).hexdigest()
