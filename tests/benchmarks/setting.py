"""What the benchmarks share: the portal's own code on the bench database, its city, medians."""

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoportal.settings")
import django

django.setup()

from django.db import connection  # noqa: E402

from ingest.source import Request  # noqa: E402
from ingest.sources import source_of  # noqa: E402
from layers.city import city  # noqa: E402
from layers.kinds import kind_of  # noqa: E402
from layers.record import Record  # noqa: E402
from layers.runs.models import Dataset, Run  # noqa: E402
from layers.store.validation import accept  # noqa: E402


def guard() -> None:
    """Refuse to measure, and so to empty tables, in any other database than the bench's own."""
    name = connection.settings_dict["NAME"]
    if "bench" not in str(name):
        sys.exit(f"This measures by filling and emptying tables, and {name} is no bench database; use scripts/bench.")


def city_records(kind: str, scale: float) -> list[Record]:
    """The demo city's accepted records of a kind."""
    return layers_of((kind,), scale)[kind]


def layers_of(kinds: Sequence[str], scale: float) -> dict[str, list[Record]]:
    """The demo city's accepted records of several kinds, of one making."""
    request = Request(None, {"scale": str(scale), "seed": "1"}, city(), Path(mkdtemp()), lambda done, total: None)
    found: dict[str, list[Record]] = {}
    for reading in source_of("demo_city").read(request):
        if reading.kind in kinds:
            accepted = accept(kind_of(reading.kind), reading.records)
            found[reading.kind] = [one for one in accepted if isinstance(one, Record)]
    return found


def empty_layers() -> None:
    """Empty every layer, its runs and its change feed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'layers\\_%'")
        cursor.execute(f"TRUNCATE {', '.join(row[0] for row in cursor.fetchall())} CASCADE")


def new_run() -> Run:
    """A run into the dataset `bench`."""
    dataset, _ = Dataset.objects.get_or_create(slug="bench", defaults={"synthetic": True})
    return Run.objects.create(kind=Run.Kind.INGEST, source="bench", dataset=dataset)


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(values: list[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def verdict(name: str, value: float, limit: float, at_most: bool = True) -> None:
    """Print a ratio beside its target."""
    held = value <= limit if at_most else value >= limit
    side = "at most" if at_most else "at least"
    print(f"{name}: {value:.2f} (target {side} {limit:g}) {'ok' if held else 'MISSED'}")
