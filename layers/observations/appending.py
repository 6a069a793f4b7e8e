"""Observations that follow all stored ones of their datastreams: nothing to compare, so they are copied in flagged.

Most are of this kind, live values and first imports. Writers lock the datastreams, so that what is latest stays so.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection

from layers.observations import partitions, quality
from layers.observations.binary_copy import copy_binary
from layers.observations.columns import Integers, Keys, Observations, Rows, Times, no_keys
from layers.observations.quality import Controls
from layers.observations.stored_rows import read_columns

_NUMBERS = "SELECT nextval('layers_observation_number') FROM generate_series(1, %s)"


@dataclass(frozen=True, slots=True)
class Appended:
    """Rows (n,) stored after all others of their datastreams.

    `since` (n,) is when the latest one before of the datastream starts, NaT where there was none. `neighbours` are
    rows stored before whose flags were changed.
    """

    rows: Rows
    since: Times
    neighbours: Keys


def nothing_appended() -> Appended:
    """No rows."""
    keys = no_keys()
    return Appended(Rows(keys, np.empty(0), np.empty(0, np.int16)), keys.starts, keys)


def append(batch: int, arrived: Observations, since: Times, controls: Controls) -> Appended:
    """Store observations, in order and each later than all stored ones of its datastream, with their flags.

    `since` is that of `Appended`.
    """
    keys = Keys(arrived.datastream, arrived.starts, arrived.ends)
    unflagged = Rows(keys, arrived.values, np.zeros(len(arrived), np.int16))
    flags, changed = quality.judge_appended(unflagged, controls)
    columns = {
        "number": number_bases(arrived.starts) + _numbers(len(arrived)),
        "datastream_id": arrived.datastream,
        "starts_at": arrived.starts,
        "ends_at": arrived.ends,
        "value": arrived.values,
        "flags": flags,
        "batch_id": np.full(len(arrived), batch, np.int64),
    }
    if arrived.result_times is not None:
        columns["result_time"] = arrived.result_times
    with connection.cursor() as cursor:
        copy_binary(cursor, partitions.TABLE, columns)
    return Appended(Rows(keys, arrived.values, flags), since, changed)


def number_bases(starts: Times) -> Integers:
    """The numbers below those of the months in which observations start."""
    return months(starts) * partitions.NUMBERS_A_MONTH


def months(starts: Times) -> Integers:
    """The months in which observations start, numbered as partitions are."""
    return starts.astype("datetime64[M]").astype(np.int64) + (1970 - partitions.FIRST_YEAR) * 12


def _numbers(count: int) -> Integers:
    return read_columns(_NUMBERS, [count], {"number": "i8"})["number"]
