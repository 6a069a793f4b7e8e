"""Pages of buildings over OGC API Features, access on, against two baselines of the same run; then a long walk.

1. `SELECT ..., ST_AsGeoJSON`: the same rows in the same order read by psycopg2 (no HTTP, no assembly of GeoJSON).
2. tipg on the same rows (a view of current rows), one worker, its own way to page.
One client, one worker each, pages of 10,000 and 1,000; alternating rounds, medians. The walk reads a million features
page by page and watches the memory of the server's worker. A small city's pages are as large as the city.

Needs: peers.
"""

import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from tests.benchmarks import setting

setting.guard()

from django.db import connection  # noqa: E402

from layers.access.rules import ANONYMOUS, serving  # noqa: E402
from layers.kinds import kind_of  # noqa: E402
from layers.reading.pages import FeatureQuery, PageRequest, property_names  # noqa: E402
from layers.reading.paging import Sorting  # noqa: E402
from layers.store.writer import writing  # noqa: E402
from tests.benchmarks.report import Report  # noqa: E402
from tests.benchmarks.servers import PEERS_PYTHON, portal, served, tipg  # noqa: E402

KIND = kind_of("buildings")
PAGES = (10_000, 1_000)
TABLE = KIND.model._meta.db_table
ITEMS = "/ogc/collections/buildings/items"
SHOWN = ("name", "use_class", "storeys_above", "height_m", "year_built", "data_date", "recorded_from", "synthetic")


def load(scale: float) -> int:
    """Fill the layer with the demo city's buildings; returns how many."""
    records = setting.city_records("buildings", scale)
    setting.empty_layers()
    with writing(setting.new_run()) as writer:
        writer.write(KIND, records)
    tidy()
    return len(records)


def tidy() -> None:
    """Update statistics, and create the view of current rows that tipg serves."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {TABLE}")
        cursor.execute("DROP VIEW IF EXISTS bench_features")
        cursor.execute(
            f"CREATE VIEW bench_features AS SELECT version_id, {', '.join(SHOWN)}, geom "
            f"FROM {TABLE} WHERE recorded_to IS NULL"
        )


def multiply(wanted: int) -> int:
    """Copy the stored rows, with new feature ids, until there are so many; returns how many there are."""
    columns = [str(one.column) for one in KIND.model._meta.concrete_fields]
    kept = [one for one in columns if one not in ("version_id", "feature_id", "source_id", "geom_web")]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}")
        (there,) = cursor.fetchone()
        copies = -(-wanted // there) - 1
        cursor.execute(
            f"INSERT INTO {TABLE} (feature_id, source_id, {', '.join(kept)}) "
            f"SELECT gen_random_uuid(), source_id || '-' || n, {', '.join(kept)} "
            f"FROM {TABLE}, generate_series(1, {copies}) n"
        )
        cursor.execute(f"UPDATE layers_datasetkind SET current_rows = (SELECT count(*) FROM {TABLE})")
        cursor.execute(f"SELECT count(*) FROM {TABLE}")
        (there,) = cursor.fetchone()
    tidy()
    return int(there)


def baseline(limit: int) -> Callable[[], int]:
    """Reads the same rows by `SELECT ..., ST_AsGeoJSON`; returns how many."""
    shown = serving(KIND)
    assert shown is not None
    asked = FeatureQuery(ANONYMOUS, KIND, shown)
    wish = PageRequest(asked, Sorting(), limit, property_names(asked))
    assert set(wish.properties) == set(SHOWN), wish.properties
    where, values = asked.where()
    query = (
        f"SELECT feature_id, {', '.join(wish.properties)}, ST_AsGeoJSON(ST_Transform(geom, 4326), 7) "
        f"FROM {TABLE} WHERE {where} ORDER BY feature_id LIMIT {limit}"
    )

    def read() -> int:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return len(cursor.fetchall())

    return read


def over_http(port: int, path: str, limit: int) -> Callable[[], int]:
    """Reads a page over HTTP on a persistent connection; returns how many features it should have."""
    session = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def read() -> int:
        session.request("GET", path, headers={"Accept": "application/geo+json"})
        answer = session.getresponse()
        text = answer.read()
        if answer.status != 200 or text.count(b'"Feature"') != limit:
            sys.exit(f"{path}: {answer.status} {text[:200]!r}")
        return limit

    return read


def rates(limit: int, rounds: int) -> dict[str, float]:
    """Rows a second of all contestants, medians of alternating rounds after one round to warm up."""
    path = f"{ITEMS}?limit={limit}"
    peer = f"/collections/public.bench_features/items?limit={limit}"
    with ExitStack() as servers:
        ours = servers.enter_context(served(portal("/health", workers=1)))
        readers = {"select": baseline(limit), "portal": over_http(ours, path, limit)}
        if PEERS_PYTHON:
            most = {"TIPG_MAX_FEATURES_PER_QUERY": str(max(PAGES))}
            theirs = servers.enter_context(served(tipg("/collections?limit=1", workers=1, **most)))
            readers["tipg"] = over_http(theirs, peer, limit)
        return _measured(readers, rounds)


def _measured(readers: dict[str, Callable[[], int]], rounds: int) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for name, read in readers.items():
            start = time.perf_counter()
            rows = read()
            if turn:
                found.setdefault(name, []).append(rows / (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in found.items()}


def walk(there: int) -> tuple[int, float, list[int]]:
    """Reads the whole layer in at least twelve pages: features, seconds, and the server's memory (MB) at times."""
    features, pages, memory = 0, 0, []
    with served(portal("/health", workers=1)) as port:
        session = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        address, start = f"{ITEMS}?limit={max(1, min(max(PAGES), there // 12))}", time.perf_counter()
        while address:
            session.request("GET", address)
            text = session.getresponse().read()
            tail = json.loads("{" + text[text.rindex(b'"numberReturned"') :].decode())
            features, pages = features + tail["numberReturned"], pages + 1
            following = next((one["href"] for one in tail["links"] if one["rel"] == "next"), "")
            parts = urlsplit(following)
            address = f"{parts.path}?{parts.query}" if following else ""
            if pages % 10 == 0 or not address:
                memory.append(_megabytes(port))
        return features, time.perf_counter() - start, memory


def _megabytes(port: int) -> int:
    """Memory in MB of the processes of the server on a port."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"--port\0{port}\0" in status.read_text():
                words = (status.parent / "statm").read_text().split()
                total += int(words[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return total // 2**20


def add_ratios(report: Report, limit: int, found: dict[str, float]) -> None:
    """The ratios of one length of page. On short ones the cost of a request decides, so there is no target."""
    print(f"page of {limit}: " + "  ".join(f"{name} {value:,.0f} rows/s" for name, value in found.items()))
    target = 0.5 if limit == max(PAGES) else None
    report.add(f"page of {limit} / SELECT ..., ST_AsGeoJSON", found["portal"] / found["select"], at_least=target)
    if "tipg" in found:
        report.add(f"page of {limit} / tipg", found["portal"] / found["tipg"], at_least=5)


def add_walk(report: Report, wanted: int) -> None:
    """The memory of the server at the end of a walk through all pages."""
    there = multiply(wanted)
    features, seconds, memory = walk(there)
    print(f"{features} of {there} features in {seconds:.0f} s ({features / seconds:,.0f} rows/s), MB: {memory}")
    assert features == there, "a walk through all pages must meet every feature once"
    report.add("memory at the end of the walk / after ten pages", memory[-1] / memory[0], at_most=1.1)


def main() -> None:
    """Measure, and print ratios beside their targets."""
    parser = setting.options(__doc__, scale=6, rounds=7)
    parser.add_argument("--walk", type=int, default=1_000_000, help="features to page through; 0 leaves the walk out")
    arguments = setting.parsed(parser, walk=2_000)
    report = Report("features")
    there = load(arguments.scale)
    print(f"{there} buildings, medians of {arguments.rounds} alternating rounds, one worker each")
    for limit in sorted({min(there, page) for page in PAGES}, reverse=True):
        add_ratios(report, limit, rates(limit, arguments.rounds))
    if arguments.walk:
        add_walk(report, arguments.walk)
    report.print()


if __name__ == "__main__":
    main()
