"""Vector tiles of the buildings over HTTP, two workers, z 13 to 17, against three baselines of the same run.

1. The same SQL run by two psycopg2 processes (no HTTP).  2. tipg on the same table, two workers.
3. For cached tiles: a view that does nothing, on the same server with the same middleware.
The load is wrk's (Debian package `wrk`), four connections, tiles in turn; alternating rounds, medians.
"""

import argparse
import json
import multiprocessing
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks import setting

setting.guard()

import psycopg2  # noqa: E402
from django.db import connection  # noqa: E402

from layers.access.rules import ANONYMOUS, serving  # noqa: E402
from layers.kinds import kind_of  # noqa: E402
from layers.store.writer import writing  # noqa: E402
from layers.tiles.vector import tile_columns, tile_parameters, tile_sql  # noqa: E402

KIND = kind_of("buildings")
TABLE = KIND.model._meta.db_table
ROOT = Path(__file__).resolve().parents[2]
Place = tuple[int, int, int]
WRK_LUA = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local i = %d
request = function() i = i %% #paths + 1; return wrk.format("GET", paths[i], {["Accept-Encoding"] = "gzip"}) end
"""


def load(scale: float) -> int:
    """Fill the layer with the demo city's buildings; says how many."""
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
    """Tiles that hold buildings, at most so many a zoom, evenly picked."""
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


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(command: list[str], environment: dict[str, str], port: int, path: str) -> Iterator[int]:
    """A server that answers at `path`, ended afterwards with its workers."""
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _await(port, path)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def _await(port: int, path: str) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30).read()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"The server for {path} did not start.")


def portal(port: int) -> list[str]:
    """The command that serves the portal as the Procfile does."""
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--http",
        "1",
        "--no-ws",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "2",
        "--blocking-threads",
        "2",
        "--blocking-threads-idle-timeout",
        "600",
        "tests.benchmarks.noop:application",
    ]


def tipg(port: int) -> tuple[list[str], dict[str, str]]:
    """tipg as it comes, but with the layer's rows all allowed in a tile."""
    url = re.sub(r"^postgis:", "postgresql:", os.environ["DATABASE_URL"])
    command = [os.environ["PEERS_PYTHON"], "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--workers", "2"]
    return command, {"DATABASE_URL": url, "TIPG_MAX_FEATURES_PER_TILE": "1000000", "TIPG_DB_SCHEMAS": '["public"]'}


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


def report(rates: dict[str, list[float]], times: dict[int, list[float]]) -> None:
    """Print the figures and whether the targets hold."""
    middle = {name: statistics.median(values) for name, values in rates.items()}
    print("  ".join(f"{name} {value:.0f}/s" for name, value in middle.items()))
    print(
        "ms a tile (SQL, median/worst): "
        + "  ".join(
            f"z{zoom} {statistics.median(values):.1f}/{max(values):.1f}" for zoom, values in sorted(times.items())
        )
    )
    setting.verdict("tiles over HTTP / same SQL raw", middle["portal"] / middle["raw"], 0.80, at_most=False)
    if "tipg" in middle:
        setting.verdict("tiles / tipg", middle["portal"] / middle["tipg"], 2, at_most=False)
    setting.verdict("cached tiles / no-op view", middle["cached"] / middle["noop"], 0.65, at_most=False)
    setting.verdict("worst z11 / median z13", max(times[11]) / statistics.median(times[13]), 5)


def measure(arguments: argparse.Namespace, jobs: dict[Place, tuple[str, dict[str, float]]]) -> dict[str, list[float]]:
    """Rates of all contestants, in alternating rounds."""
    ours = [f"/tiles/buildings/{z}/{x}/{y}.mvt" for z, x, y in jobs if z >= 13]
    view = "/collections/public.bench_buildings/tiles/WebMercatorQuad"
    theirs = [f"{view}/{z}/{x}/{y}?geom-column={arguments.tipg_column}" for z, x, y in jobs if z >= 13]
    work = [job for (z, _, _), job in jobs.items() if z >= 13]
    rates: dict[str, list[float]] = {}
    cold, warm, peer = free_port(), free_port(), free_port()
    with (
        tempfile.TemporaryDirectory() as cache,
        served(portal(cold), {"TILE_CACHE_DIR": ""}, cold, ours[0]),
        served(portal(warm), {"TILE_CACHE_DIR": cache}, warm, ours[0]),
    ):
        for path in ours:
            urllib.request.urlopen(f"http://127.0.0.1:{warm}{path}").read()
        for _ in range(arguments.rounds):
            rates.setdefault("raw", []).append(raw_rate(work, arguments.seconds))
            rates.setdefault("portal", []).append(wrk_rate(cold, ours, arguments.seconds))
            if os.environ.get("PEERS_PYTHON"):
                command, environment = tipg(peer)
                with served(command, environment, peer, theirs[0]):
                    rates.setdefault("tipg", []).append(wrk_rate(peer, theirs, arguments.seconds))
            rates.setdefault("cached", []).append(wrk_rate(warm, ours, arguments.seconds))
            rates.setdefault("noop", []).append(wrk_rate(warm, ["/noop"], arguments.seconds))
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--tipg-column", default="geom", help="geom (tipg's own default) or geom_web")
    arguments = parser.parse_args()
    count = load(arguments.scale)
    shown = serving(KIND)
    assert shown is not None
    chosen = places({11: 6, 12: 12, 13: 60, 14: 70, 15: 70, 16: 70, 17: 70})
    jobs = {place: statement(place, shown.dataset_id) for place in chosen}
    print(f"{count} buildings, {len(chosen)} tiles, medians of {arguments.rounds} rounds of {arguments.seconds:g} s")
    times = medians_by_zoom(jobs)
    rates = measure(arguments, jobs)
    report(rates, times)
    print(json.dumps({name: [round(value) for value in values] for name, values in rates.items()}))


if __name__ == "__main__":
    main()
