"""Bulk writing: an upsert of new buildings, and an identical rerun, against raw COPY of the same rows.

Baseline: COPY of the finished rows (every column the store writes) into the same table with the same indexes and
constraints, one transaction. Alternating rounds, medians. Memory is what one more upsert needs beyond an idle portal:
in a process of its own that reads the records one by one from a file, its peak less what it had before the first.

Needs: none.
"""

import io
import multiprocessing
import pickle
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import setting

setting.guard()

from django.db import connection, transaction  # noqa: E402

from layers.kinds import kind_of  # noqa: E402
from layers.record import Record  # noqa: E402
from layers.store.writer import writing  # noqa: E402
from tests.benchmarks.report import Report  # noqa: E402

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


def upsert(records: Iterable[Record]) -> None:
    """What is measured: the store's own way in."""
    with writing(setting.new_run()) as writer:
        writer.write(KIND, records)


def forget_rows() -> None:
    """Empty the layer only; runs stay, so that copied rows have theirs."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")


def memory_of_upsert(records: list[Record]) -> float:
    """MB that an upsert of new records needs, measured in a new process without the records in memory."""
    setting.empty_layers()
    connection.close()
    fresh = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "records"
        with path.open("wb") as file:
            for one in records:
                pickle.dump(one, file)
        with fresh.Pool(1) as pool:
            return pool.apply(_growth, [path])


def _growth(path: Path) -> float:
    connection.ensure_connection()
    before = _memory("VmRSS")
    upsert(_read(path))
    return _memory("VmHWM") - before


def _read(path: Path) -> Iterator[Record]:
    with path.open("rb") as file:
        while file.peek(1):
            yield pickle.load(file)


def _memory(name: str) -> float:
    """MB of this process: VmRSS now, VmHWM at most so far. Unlike getrusage, nothing of the parent's is in them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (one for one in lines if one.startswith(name))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure, and print ratios beside their targets."""
    arguments = setting.parsed(setting.options(__doc__, scale=6, rounds=3))
    report = Report("upsert")
    records = setting.city_records("buildings", arguments.scale)
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
    report.add("upsert / COPY", setting.median(upserted) / base, at_most=4)
    report.add("rerun / COPY", setting.median(rerun) / base, at_most=3)
    report.add("memory of an upsert, MB", memory_of_upsert(records), at_most=150)
    report.print()


if __name__ == "__main__":
    main()
