"""Runs that grow: what arrives observation by observation is stored in one run a day, source and account.

The run is committed with its first batch, and its counts grow with each. It can be rolled back once its day (in the
city's zone) is over.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils.timezone import now

from layers.city import city
from layers.errors import RollbackRefused
from layers.locks import AdvisoryLock
from layers.record import Tally
from layers.runs.models import Dataset, Run
from layers.store.writer import Writer, writing

COUNTS = ("read", "stored", "unchanged", "closed", "rejected", "warnings")
SERIES = "sensors"
"""The dataset of stations and series that the city itself brings in, by whatever way."""


def series_dataset() -> Dataset:
    """The dataset of the city's own series."""
    dataset, _ = Dataset.objects.get_or_create(slug=SERIES, defaults={"source": SERIES})
    return dataset


@contextmanager
def writing_today(source: str, account: str = "") -> Iterator[Writer]:
    """The transaction of the next batch of today's run. Batches of one run wait for each other."""
    with transaction.atomic():
        run = _run_of_today(source, account)
        with writing(run) as writer:
            writer.tally = Tally(
                **{name: getattr(run, name) for name in COUNTS}, reasons=dict(run.details.get("reasons", {}))
            )
            yield writer


def refuse_growing(made: Run, run: Run) -> dict[str, int]:
    """Refuse to roll back a run of today. Waits for a batch that is being stored. Raises RollbackRefused."""
    if "day" in run.parameters and run.kind == Run.Kind.INGEST:
        locked = Run.objects.select_for_update().get(pk=run.pk)
        if locked.parameters["day"] >= _today():
            text = f"Run {run.pk} is that of today's observations by {run.source} and still grows"
            raise RollbackRefused(f"{text}; roll it back from tomorrow on.", [])
    return {}


def _run_of_today(source: str, account: str) -> Run:
    """The run of today, locked until the transaction ends; made where there is none."""
    day = _today()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [AdvisoryLock.DAILY_RUN, f"{source}:{account}"]
        )
    runs = Run.objects.select_for_update(of=("self",)).filter(
        kind=Run.Kind.INGEST, source=source, account=account, parameters__day=day, status=Run.Status.COMMITTED
    )
    return runs.order_by("pk").first() or Run.objects.create(
        kind=Run.Kind.INGEST,
        source=source,
        account=account,
        dataset=series_dataset(),
        mode="append",
        parameters={"day": day},
        heartbeat_at=now(),
    )


def _today() -> str:
    return now().astimezone(city().timezone).date().isoformat()
