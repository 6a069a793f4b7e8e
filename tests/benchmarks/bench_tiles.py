"""Vector tiles of the buildings over HTTP, two workers, z 13 to 17, against three baselines of the same run.

1. The same SQL run by two psycopg2 processes (no HTTP).  2. tipg on the same table, two workers.
3. For cached tiles: a view that does nothing, on the same server with the same middleware.
The load is wrk's, four connections, tiles in turn; alternating rounds, medians.

Needs: wrk, peers.
"""

import argparse
import json
import multiprocessing
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks import setting

setting.guard()

import psycopg2  # noqa: E402
from django.db import connection  # noqa: E402

from layers.access.rules import ANONYMOUS, serving  # noqa: E402
from layers.kinds import kind_of  # noqa: E402
from layers.store.writer import writing  # noqa: E402
from layers.tiles.vector import tile_columns, tile_parameters, tile_sql  # noqa: E402
from tests.benchmarks.report import Report  # noqa: E402
from tests.benchmarks.servers import NOOP, PEERS_PYTHON, portal, served, tipg  # noqa: E402

KIND = kind_of("buildings")
TABLE = KIND.model._meta.db_table
Place = tuple[int, int, int]
WRK_LUA = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local i = %d
request = function() i = i %% #paths + 1; return wrk.format("GET", paths[i], {["Accept-Encoding"] = "gzip"}) end
"""


def load(scale: float) -> int:
    """Fill the layer with the demo city's buildings; returns how many."""
    records = setting.city_records("buildings", scale)
    setting.empty_layers()
    with writing(setting.new_run()) as writer:
        writer.write(KIND, records)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {TABLE}")
        # tipg knows no current rows; through this view it uses the same partial indexes.
        cursor.execute("DROP VIEW IF EXISTS bench_buildings")
        cursor.execute(
            "CREATE VIEW bench_buildings AS SELECT version_id, use_class, storeys_above, height_m, name, geom, "
            f"geom_web FROM {TABLE} WHERE recorded_to IS NULL"
        )
    return len(records)


def places(zooms: dict[int, int]) -> list[Place]:
    """Tiles with buildings, at most so many a zoom, evenly selected."""
    chosen: list[Place] = []
    with connection.cursor() as cursor:
        for zoom, most in zooms.items():
            size = 2 * 20037508.342789244 / 2**zoom
            cursor.execute(
                "SELECT DISTINCT floor((ST_XMin(geom_web) + 20037508.342789244) / %s)::int, "
                f"floor((20037508.342789244 - ST_YMax(geom_web)) / %s)::int FROM {TABLE} ORDER BY 1, 2",
                [size, size],
            )
            found = cursor.fetchall()
            step = max(1, len(found) // most)
            chosen += [(zoom, x, y) for x, y in found[::step][:most]]
    return chosen


def statement(place: Place, dataset: int) -> tuple[str, dict[str, float]]:
    """The tile's own query."""
    zoom, x, y = place
    query = tile_sql(KIND, tile_columns(ANONYMOUS, KIND, zoom), zoom, 1)
    return query, tile_parameters(dataset, zoom, x, y)


def _client(
    jobs: list[tuple[str, dict[str, float]]], seconds: float, start: int, out: "multiprocessing.Queue[int]"
) -> None:
    parameters = {key: value for key, value in connection.get_connection_params().items() if key != "cursor_factory"}
    session = psycopg2.connect(**parameters)
    cursor, done, at, end = session.cursor(), 0, start, time.monotonic() + seconds
    while time.monotonic() < end:
        cursor.execute(*jobs[at % len(jobs)])
        cursor.fetchone()
        done, at = done + 1, at + 1
    out.put(done)


def raw_rate(jobs: list[tuple[str, dict[str, float]]], seconds: float) -> float:
    """Tiles a second of two processes that only run the SQL."""
    out: multiprocessing.Queue[int] = multiprocessing.Queue()
    halves = [0, len(jobs) // 2]
    clients = [multiprocessing.Process(target=_client, args=(jobs, seconds, start, out)) for start in halves]
    for client in clients:
        client.start()
    total = sum(out.get() for _ in clients)
    for client in clients:
        client.join()
    return total / seconds


def wrk_rate(port: int, paths: list[str], seconds: float, connections: int = 4) -> float:
    """Requests a second over the paths in turn; any answer that is not 2xx ends the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder) / "paths", Path(folder) / "turn.lua"
        listed.write_text("\n".join(paths))
        script.write_text(WRK_LUA % (listed, 0))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script), f"http://127.0.0.1:{port}"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        sys.exit(f"The server on port {port} gave errors:\n{text}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert found, text
    return float(found[1])


def warm_rate(port: int, paths: list[str], seconds: int) -> float:
    """The same after a second in which workers connect to the database and read their caches."""
    wrk_rate(port, paths, 1)
    return wrk_rate(port, paths, seconds)


def medians_by_zoom(jobs: dict[Place, tuple[str, dict[str, float]]]) -> dict[int, list[float]]:
    """Milliseconds of each tile's query, by zoom."""
    times: dict[int, list[float]] = {}
    with connection.cursor() as cursor:
        for place, (query, values) in jobs.items():
            cursor.execute(query, values)
            cursor.fetchone()
            start = time.perf_counter()
            cursor.execute(query, values)
            cursor.fetchone()
            times.setdefault(place[0], []).append((time.perf_counter() - start) * 1000)
    return times


def add_figures(report: Report, rates: dict[str, list[float]], times: dict[int, list[float]]) -> None:
    """The ratios of the medians, and the slowest zoom's query beside an ordinary one's."""
    middle = {name: statistics.median(values) for name, values in rates.items()}
    print("  ".join(f"{name} {value:.0f}/s" for name, value in middle.items()))
    print(
        "ms a tile (SQL, median/worst): "
        + "  ".join(
            f"z{zoom} {statistics.median(values):.1f}/{max(values):.1f}" for zoom, values in sorted(times.items())
        )
    )
    report.add("tiles over HTTP / same SQL", middle["portal"] / middle["raw"], at_least=0.8)
    if "tipg" in middle:
        report.add("tiles / tipg", middle["portal"] / middle["tipg"], at_least=2)
    report.add("cached tiles / no-op view", middle["cached"] / middle["noop"], at_least=0.65)
    report.add("worst z11 / median z13, SQL", max(times[11]) / statistics.median(times[13]), at_most=5)


def measure(arguments: argparse.Namespace, jobs: dict[Place, tuple[str, dict[str, float]]]) -> dict[str, list[float]]:
    """Requests a second of all contestants, in alternating rounds."""
    ours = [f"/tiles/buildings/{z}/{x}/{y}.mvt" for z, x, y in jobs if z >= 13]
    view = "/collections/public.bench_buildings/tiles/WebMercatorQuad"
    theirs = [f"{view}/{z}/{x}/{y}?geom-column={arguments.tipg_column}" for z, x, y in jobs if z >= 13]
    work = [job for (z, _, _), job in jobs.items() if z >= 13]
    rates: dict[str, list[float]] = {}
    seconds = arguments.seconds
    with tempfile.TemporaryDirectory() as cache, ExitStack() as servers:
        cold = servers.enter_context(served(portal(ours[0], TILE_CACHE_DIR="")))
        warm = servers.enter_context(served(portal(ours[0], TILE_CACHE_DIR=cache)))
        for path in ours:
            urllib.request.urlopen(f"http://127.0.0.1:{warm}{path}").read()
        for _ in range(arguments.rounds):
            rates.setdefault("raw", []).append(raw_rate(work, seconds))
            rates.setdefault("portal", []).append(warm_rate(cold, ours, seconds))
            if PEERS_PYTHON:
                with served(tipg(theirs[0], TIPG_MAX_FEATURES_PER_TILE="1000000")) as peer:
                    rates.setdefault("tipg", []).append(warm_rate(peer, theirs, seconds))
            rates.setdefault("cached", []).append(warm_rate(warm, ours, seconds))
            rates.setdefault("noop", []).append(warm_rate(warm, [NOOP], seconds))
    return rates


def main() -> None:
    """Measure, and print ratios beside their targets."""
    parser = setting.options(__doc__, scale=6, rounds=3)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement (default 5)")
    parser.add_argument("--tipg-column", default="geom", help="geom (tipg's own default) or geom_web")
    arguments = setting.parsed(parser, seconds=1)
    report = Report("tiles")
    count = load(arguments.scale)
    shown = serving(KIND)
    assert shown is not None
    chosen = places({11: 6, 12: 12, 13: 60, 14: 70, 15: 70, 16: 70, 17: 70})
    jobs = {place: statement(place, shown.dataset_id) for place in chosen}
    print(f"{count} buildings, {len(chosen)} tiles, medians of {arguments.rounds} rounds of {arguments.seconds} s")
    times = medians_by_zoom(jobs)
    rates = measure(arguments, jobs)
    add_figures(report, rates, times)
    print(json.dumps({name: [round(value) for value in values] for name, values in rates.items()}))
    report.print()


if __name__ == "__main__":
    main()
