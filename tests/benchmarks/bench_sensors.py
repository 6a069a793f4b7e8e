"""Observations: batches into a filled store, latest values, a day of rollups, pages over SensorThings, MQTT.

Baseline of writing: COPY (binary) of the same rows, finished, into a table with the same columns, partitions and
indexes that holds as many rows. Alternating rounds, medians. "Without flags and rollups" is the batch write up to the
stored rows and the list of what it touched; "whole path" adds flags, latest values, hourly and daily statistics.

Needs: mosquitto.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import numpy as np

from tests.benchmarks import setting

setting.guard()

from django.db import connection, transaction  # noqa: E402

from layers.city import city  # noqa: E402
from layers.observations import latest, partitions, quality, writing  # noqa: E402
from layers.observations.binary_copy import copy_binary  # noqa: E402
from layers.observations.columns import Observations, no_keys  # noqa: E402
from layers.observations.feed import number_batches  # noqa: E402
from layers.observations.models import Batch, Datastream, HourlyRollup  # noqa: E402
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit  # noqa: E402
from layers.observations.streams import declare  # noqa: E402
from layers.store.writer import writing as run_writing  # noqa: E402
from tests.benchmarks import sensor_messages, sensor_pages  # noqa: E402
from tests.benchmarks.report import Report  # noqa: E402

START = datetime(2025, 1, 1, tzinfo=UTC)
INTERVAL = timedelta(minutes=10)
COPY = "bench_copied"


def streams(number: int) -> list[int]:
    """Keys of so many datastreams with quality control, on as many things as tens."""
    specs = []
    for n in range(number):
        thing = ThingSpec(f"bench/{n // 10}", f"Station {n // 10}")
        one = StreamSpec(
            thing,
            PropertySpec("level", "Level"),
            SensorSpec("gauge", "Gauge"),
            f"{n}",
            f"Stream {n}",
            Unit("cm", "cm"),
        )
        specs.append(one)
    with run_writing(setting.new_run()) as writer:
        keys = [one.pk for one in declare(writer, specs)]
    Datastream.objects.update(lowest=0, highest=700, step=50, spike=50, stuck=12, interval_s=600)
    return keys


def fill(keys: list[int], rows: int) -> datetime:
    """Store history directly, in both tables; returns the moment after it."""
    steps = max(1, rows // len(keys))
    end = START + steps * INTERVAL
    ahead = end + timedelta(days=70)
    months = range(partitions.month_of(START), partitions.month_of(ahead) + 1)
    partitions.ensure(months)
    batch = Batch.objects.create(run=setting.new_run(), stored_seq=-Batch.objects.count() - 1)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {COPY}")
        cursor.execute(f"CREATE TABLE {COPY} (LIKE layers_observation INCLUDING ALL) PARTITION BY RANGE (starts_at)")
        for month in months:
            cursor.execute(
                f"CREATE TABLE {COPY}_{month} PARTITION OF {COPY} FOR VALUES FROM (%s) TO (%s)",
                [partitions.month_start(month), partitions.month_start(month + 1)],
            )
        for table in ("layers_observation", COPY):
            cursor.execute(
                f"INSERT INTO {table} (number, datastream_id, starts_at, ends_at, result_time, value, batch_id) "
                "SELECT ((extract(year FROM t) - 1900) * 12 + extract(month FROM t) - 1)::int8 * (1::int8 << 36) "
                "+ nextval('layers_observation_number'), d, t, t, t, "
                "200 + 100 * sin(extract(epoch FROM t) / 86400 + d), %s "
                "FROM generate_series(0, %s) n CROSS JOIN LATERAL (SELECT %s + n * interval '10 minutes' AS t) x "
                "CROSS JOIN unnest(%s) d",
                [batch.pk, steps - 1, START, keys],
            )
        for table, unit in (("layers_hourlyrollup", "hour"), ("layers_dailyrollup", "day")):
            cursor.execute(
                f"INSERT INTO {table} (datastream_id, starts_at, mean, lowest, highest, count, flagged, coverage) "
                "SELECT datastream_id, date_trunc(%s, starts_at, %s) AS start, avg(value), min(value), max(value), "
                "count(*), 0, 1 FROM layers_observation GROUP BY datastream_id, start",
                [unit, "UTC" if unit == "hour" else city().timezone.key],
            )
    latest.refresh(np.array(keys, np.int32))
    with connection.cursor() as cursor:
        for table in ("layers_observation", "layers_hourlyrollup", "layers_dailyrollup", "layers_latestvalue", COPY):
            cursor.execute(f"VACUUM ANALYZE {table}")
    return end


def arriving(keys: list[int], start: datetime, rows: int, shift: float = 0) -> Observations:
    """The next observations of all datastreams, in the order of time."""
    steps = max(1, rows // len(keys))
    n = np.repeat(np.arange(steps), len(keys))
    streams_ = np.tile(np.array(keys, dtype=np.int32), steps)
    begin = np.datetime64(start.replace(tzinfo=None), "us")
    starts: Any = begin + n * np.timedelta64(int(INTERVAL.total_seconds() * 1e6), "us")
    seconds = starts.astype("datetime64[s]").astype(np.int64)
    values = 200 + shift + 100 * np.sin(seconds / 86400 + streams_)
    return Observations(streams_, starts, starts, values, starts)


def copied(arrived: Observations) -> float:
    """Seconds of the baseline."""
    months = arrived.starts.astype("datetime64[M]").astype(np.int64) + 70 * 12
    columns = {
        "number": months * partitions.NUMBERS_A_MONTH + np.arange(len(arrived)),
        "starts_at": arrived.starts,
        "ends_at": arrived.ends,
        "result_time": arrived.starts,
        "value": arrived.values,
        "batch_id": np.ones(len(arrived), dtype=np.int64),
        "datastream_id": arrived.datastream,
    }

    def work() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            copy_binary(cursor, COPY, columns)

    return setting.timed(work)


def written(arrived: Observations) -> float:
    """Seconds of the store's own way."""

    def work() -> None:
        run = setting.new_run()
        with run_writing(run):
            writing.write(run, arrived)
            number_batches(run)

    return setting.timed(work)


def written_bare(arrived: Observations) -> float:
    """Seconds up to the stored rows and the list of what was touched."""
    unflagged = np.zeros(len(arrived), np.int16)
    with (
        mock.patch.object(writing, "finish", lambda *touched: {}),
        mock.patch.object(quality, "judge_appended", lambda rows, controls: (unflagged, no_keys())),
    ):
        return written(arrived)


def main() -> None:
    """Measure, and print ratios beside their targets."""
    parser = setting.options(__doc__, scale=1, rounds=5)
    parser.add_argument("--rows", type=int, default=10_000_000, help="stored before (default 10 million)")
    parser.add_argument("--streams", type=int, default=2000, help="datastreams (default 2000)")
    parser.add_argument("--batch", type=int, default=200_000, help="rows of a batch (default 200,000)")
    parser.add_argument("--messages", type=int, default=200_000, help="sent over MQTT a round (default 200,000)")
    arguments = setting.parsed(parser, rows=4000, streams=20, batch=400, messages=200)
    report = Report("sensors")
    setting.empty_layers()
    keys = streams(arguments.streams)
    at = add_writes(report, keys, fill(keys, arguments.rows), arguments.batch, arguments.rounds)
    add_reads(report, keys, at)
    sensor_pages.add_figures(report, keys, arguments.rounds)
    sensor_messages.add_figures(report, keys, arguments.messages, max(1, arguments.rounds // 2))
    report.print()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {COPY}")


def add_writes(report: Report, keys: list[int], at: datetime, rows: int, rounds: int) -> datetime:
    """Measure batches of so many rows beside COPY; returns the moment after the last one."""
    figures: dict[str, list[float]] = {"copy": [], "bare": [], "whole": [], "again": [], "corrected": []}
    for _ in range(rounds):
        batch = arriving(keys, at, rows)
        following = at + max(1, rows // len(keys)) * INTERVAL
        more = arriving(keys, following, rows)
        figures["copy"].append(copied(batch))
        figures["bare"].append(written_bare(batch))
        figures["copy"].append(copied(more))
        figures["whole"].append(written(more))
        figures["again"].append(written(more))
        figures["corrected"].append(written(arriving(keys, following, rows, shift=1)))
        at = following + max(1, rows // len(keys)) * INTERVAL
    median = {name: setting.median(times) for name, times in figures.items()}
    print(f"{len(keys)} datastreams: COPY {rows / median['copy']:,.0f} rows/s")
    report.add("new rows without flags and rollups / COPY", median["copy"] / median["bare"], at_least=0.45)
    report.add("new rows, whole path / COPY", median["copy"] / median["whole"], at_least=0.25)
    report.add("the same rows again / COPY", median["copy"] / median["again"])
    report.add("corrected rows, whole path / COPY", median["copy"] / median["corrected"])
    return at


def add_reads(report: Report, keys: list[int], at: datetime) -> None:
    """Measure the latest values, and a day of the first ten datastreams."""
    read = [setting.timed(latest.latest_rows) for _ in range(9)]
    report.add("latest values of all datastreams, ms", 1000 * setting.median(read), at_most=5)
    day = [setting.timed(lambda: _day(keys[:10], at)) for _ in range(9)]
    report.add("a station's day of hourly statistics, ms", 1000 * setting.median(day), at_most=5)


def _day(keys: list[int], at: datetime) -> list[Any]:
    found = HourlyRollup.objects.filter(datastream__in=keys, starts_at__range=(at - timedelta(days=1), at))
    return list(found.values_list("datastream", "starts_at", "mean", "lowest", "highest", "count"))


if __name__ == "__main__":
    main()
