"""What the benchmarks share: the portal's own code on the bench database, its city, their options, medians."""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoportal.settings")
import django

django.setup()

from django.db import connection  # noqa: E402

from ingest.source import Request  # noqa: E402
from ingest.sources import demo_city  # noqa: E402
from layers.city import city  # noqa: E402
from layers.kinds import kind_of  # noqa: E402
from layers.record import Record  # noqa: E402
from layers.runs.models import Dataset, Run  # noqa: E402
from layers.store.validation import accept  # noqa: E402

SMALLEST_SCALE = 0.02
"""Of the demo city: about 500 buildings."""


def guard() -> None:
    """Refuse to measure, and so to empty tables, in any other database than the bench's own."""
    name = connection.settings_dict["NAME"]
    if "bench" not in str(name):
        sys.exit(f"This measures by filling and emptying tables, and {name} is no bench database; use scripts/bench.")


def options(doc: str | None, *, scale: float, rounds: int) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=scale, help=f"of the demo city (default {scale:g})")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"measured in turn (default {rounds})")
    parser.add_argument("--small", action="store_true", help="the smallest city and one round")
    return parser


def parsed(parser: argparse.ArgumentParser, **small: float) -> argparse.Namespace:
    """The options as typed; `--small` sets the smallest scale, one round and the values of `small`."""
    arguments = parser.parse_args()
    if arguments.small:
        for name, value in {"scale": SMALLEST_SCALE, "rounds": 1, **small}.items():
            setattr(arguments, name, value)
    return arguments


def city_records(kind: str, scale: float) -> list[Record]:
    """The demo city's accepted records of a kind."""
    return layers_of((kind,), scale)[kind]


def layers_of(kinds: Sequence[str], scale: float) -> dict[str, list[Record]]:
    """The demo city's accepted records of those kinds that it makes."""
    made = [kind for kind in kinds if kind in demo_city.KINDS]
    options = {"scale": str(scale), "seed": "1", "kinds": ",".join(made)}
    found: dict[str, list[Record]] = {}
    with TemporaryDirectory() as folder:
        request = Request(None, options, city(), Path(folder), lambda done, total: None)
        for reading in demo_city.SOURCE.read(request):
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
