"""Datastreams and observations for tests of the store."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from layers.observations.columns import Observations
from layers.observations.feed import number_batches
from layers.observations.models import Datastream, Observation
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.observations.streams import declare
from layers.observations.writing import Written, write
from layers.runs.models import Dataset, Run
from layers.store.writer import writing

START = datetime(2026, 1, 15, 0, 0, tzinfo=UTC)


def new_run(source: str = "test", dataset: str = "sensors") -> Run:
    owner, _ = Dataset.objects.get_or_create(slug=dataset)
    return Run.objects.create(kind=Run.Kind.INGEST, source=source, dataset=owner, status=Run.Status.RUNNING)


def spec(code: str = "level", thing: str = "silnica", **fields: Any) -> StreamSpec:
    return StreamSpec(
        thing=ThingSpec(thing, f"Stacja {thing}"),
        observed_property=PropertySpec("water_level", "Stan wody"),
        sensor=SensorSpec("gauge", "Wodowskaz"),
        code=code,
        name=code,
        unit=Unit("centymetr", "cm"),
        **fields,
    )


def stream(code: str = "level", thing: str = "silnica", **fields: Any) -> Datastream:
    run = new_run()
    with writing(run) as writer:
        (made,) = declare(writer, [spec(code, thing, **fields)])
    return made


def observations(
    of: Datastream, values: dict[int, float], *, length: int = 0, made: int | None = None
) -> Observations:
    """Observations at so many minutes after START, each so many minutes long; `made` is the minute of the result."""
    begin = START.replace(tzinfo=None)
    starts: Any = np.array([begin + timedelta(minutes=at) for at in values], dtype="datetime64[us]")
    times = None
    if made is not None:
        moment = START.replace(tzinfo=None) + timedelta(minutes=made)
        times = np.full(len(values), np.datetime64(moment), "datetime64[us]")
    keys = np.full(len(values), of.pk, dtype=np.int32)
    ends = starts + np.timedelta64(length * 60_000_000, "us")
    return Observations(keys, starts, ends, np.array(list(values.values()), dtype=float), times)


def store(arrived: Observations, run: Run | None = None, each: bool = False) -> Written:
    """Store observations in one transaction, as a run of their own where none is given."""
    made = run or new_run()
    with transaction.atomic(), writing(made):
        written = write(made, arrived, each=each)
        number_batches(made)
    return written


def stored(of: Datastream) -> dict[int, float | None]:
    """The stored values by minutes after START."""
    rows = Observation.objects.filter(datastream=of).order_by("starts_at").values_list("starts_at", "value")
    return {int((at - START).total_seconds() // 60): value for at, value in rows}


def flags(of: Datastream) -> dict[int, int]:
    """The flags by minutes after START."""
    rows = Observation.objects.filter(datastream=of).order_by("starts_at").values_list("starts_at", "flags")
    return {int((at - START).total_seconds() // 60): flag for at, flag in rows if flag}
