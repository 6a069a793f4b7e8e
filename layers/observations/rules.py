"""What decides about observations, read as plain tuples: a batch may be of thousands of datastreams."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers.observations.models import Datastream
from layers.observations.specs import MEASUREMENT


class Rules(NamedTuple):
    """Columns of a `Datastream` of the same names."""

    pk: int
    observation_type: str
    interval_s: int
    day_zone: str
    retention: str
    lowest: float | None
    highest: float | None
    step: float | None
    spike: float | None
    stuck: int | None
    ended_by_id: int | None = None

    @property
    def measures(self) -> bool:
        """Whether its results are numbers."""
        return self.observation_type == MEASUREMENT


def rules_of(keys: NDArray[np.int32], *, lock: bool = False) -> dict[int, Rules]:
    """The rules of datastreams by their keys; with `lock` they are locked in order until the transaction ends."""
    rows = Datastream.objects.filter(pk__in=keys.tolist()).order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    return {one[0]: Rules(*one) for one in rows.values_list(*Rules._fields)}
