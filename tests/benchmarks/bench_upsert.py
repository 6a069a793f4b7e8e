"""Bulk writing: an upsert of new buildings, and an identical rerun, against raw COPY of the same rows.

Baseline: COPY of the finished rows (every column the store writes) into the same table with the same indexes and
constraints, one transaction. Alternating rounds, medians. Memory is the peak of this process.
"""

import argparse
import io
import resource
from functools import partial

from tests.benchmarks import setting

setting.guard()

from django.db import connection, transaction  # noqa: E402

from layers.kinds import kind_of  # noqa: E402
from layers.record import Record  # noqa: E402
from layers.store.writer import writing  # noqa: E402

KIND = kind_of("buildings")
TABLE = KIND.model._meta.db_table


def columns() -> str:
    """The table's columns without the generated one."""
    return ", ".join(str(field.column) for field in KIND.model._meta.concrete_fields if field.name != "geom_web")


def dump() -> tuple[str, bytes]:
    """The stored rows as COPY text, and their column names."""
    out = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY (SELECT {columns()} FROM {TABLE}) TO STDOUT", out)
    return columns(), out.getvalue()


def raw_copy(names: str, rows: bytes) -> None:
    """The baseline."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {TABLE} ({names}) FROM STDIN", io.BytesIO(rows))


def upsert(records: list[Record]) -> None:
    """What is measured: the store's own way in."""
    with writing(setting.new_run()) as writer:
        writer.write(KIND, records)


def forget_rows() -> None:
    """Empty the layer only; runs stay, so that copied rows have theirs."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    records = setting.city_records("buildings", arguments.scale)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    setting.empty_layers()
    upsert(records)
    names, rows = dump()
    copied, upserted, rerun = [], [], []
    for _ in range(arguments.rounds):
        forget_rows()
        copied.append(setting.timed(partial(raw_copy, names, rows)))
        setting.empty_layers()
        upserted.append(setting.timed(lambda: upsert(records)))
        rerun.append(setting.timed(lambda: upsert(records)))
        names, rows = dump()
    base = setting.median(copied)
    print(
        f"{len(records)} buildings: COPY {base:.2f} s, upsert {setting.median(upserted):.2f} s, "
        f"identical rerun {setting.median(rerun):.2f} s (medians of {arguments.rounds})"
    )
    setting.verdict("upsert / COPY", setting.median(upserted) / base, 4)
    setting.verdict("rerun / COPY", setting.median(rerun) / base, 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak / 1024:.0f} MB, of which the test's own records held {held / 1024:.0f} MB")
    setting.verdict("peak memory, GB", peak / 1024 / 1024, 1)


if __name__ == "__main__":
    main()
