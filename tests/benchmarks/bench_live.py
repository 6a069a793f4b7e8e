"""The live map under load: watchers that poll every two seconds while devices send, and tiles beside them.

500 watchers poll `/live/stations.json?after=` of the portal (two workers, as the Procfile serves it) while 200
messages a second go through the real broker and listener. Polls and the age of the newest value on the watchers'
pages are measured without other load. Tiles: requests a second of two connections, beside these watchers and beside
the same ones that poll a view that does nothing; alternating rounds, medians. At last, without other load, the chart
of a year of hours in a browser: 8,760 points of each of three series, from their request until they are drawn.

Needs: wrk, mosquitto, chromium.
"""

import argparse
import json
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from tests.benchmarks import setting

setting.guard()

import numpy as np  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils.timezone import now  # noqa: E402

from geoportal.accounts.tokens import new_token  # noqa: E402
from geoportal.broker.place import HOST  # noqa: E402
from ingest.sensors.simulated.network import instruments  # noqa: E402
from layers.crs import storage_point  # noqa: E402
from layers.observations.columns import Observations  # noqa: E402
from layers.observations.feed import number_batches  # noqa: E402
from layers.observations.live.windows import MEMORY  # noqa: E402
from layers.observations.models import Datastream  # noqa: E402
from layers.observations.streams import declare  # noqa: E402
from layers.observations.writing import write  # noqa: E402
from layers.store.writer import writing  # noqa: E402
from tests.benchmarks.bench_tiles import load, places, warm_rate, wrk_rate  # noqa: E402
from tests.benchmarks.browsing import browsed  # noqa: E402
from tests.benchmarks.live_chart import a_year_of_hours, visit  # noqa: E402
from tests.benchmarks.live_watchers import Seen, Watchers  # noqa: E402
from tests.benchmarks.report import Report  # noqa: E402
from tests.benchmarks.servers import NOOP, portal, served  # noqa: E402
from tests.geoportal.broker.brokers import TestBroker, a_broker  # noqa: E402

LIVE = "/live/stations.json"
FLOWING_S = 5.0
"""After so long the first messages are stored."""
TOPIC = "v1.1/Observations"


def station_streams() -> list[int]:
    """Store the simulated network's stations with their last days; returns the keys of their datastreams."""
    network = instruments(storage_point)
    with writing(setting.new_run()) as writer:
        declared = declare(writer, [one.stream for one in network])
        for one, stream in zip(network, declared, strict=True):
            starts = one.starts(now() - MEMORY, now())
            keys = np.full(len(starts), stream.pk, np.int32)
            write(writer.run, Observations(keys, starts, one.ends(starts), one.values(starts)))
        number_batches(writer.run)
    return list(Datastream.objects.filter(thing__kind="stations").order_by("pk").values_list("pk", flat=True))


@contextmanager
def fed(broker: TestBroker, streams: list[int], rate: int) -> Iterator[None]:
    """Let devices send so many messages a second in the block, and the portal's listener store them."""
    user, _ = get_user_model().objects.get_or_create(username="bench")
    user.groups.set(Group.objects.filter(name="editors"))
    token, secret = new_token(user, "live", ["sensors"], now() + timedelta(days=1))
    broker.broker.refresh()
    ended = threading.Event()
    sizes = {"batch_messages": settings.MQTT_BATCH_MESSAGES, "batch_seconds": settings.MQTT_BATCH_SECONDS}
    listener = threading.Thread(target=_listen, args=(broker.listener(**sizes), ended))
    given = ["-h", HOST, "-p", str(broker.write), "-u", token.broker_user, "-P", secret, "-q", "1", "-t", TOPIC, "-l"]
    sender = subprocess.Popen(["mosquitto_pub", *given], stdin=subprocess.PIPE, text=True)
    sending = threading.Thread(target=_send, args=(sender, streams, rate, ended))
    listener.start()
    sending.start()
    try:
        yield
    finally:
        ended.set()
        sending.join()
        sender.communicate(timeout=30)
        listener.join()


def _listen(listener: object, ended: threading.Event) -> None:
    listener.run(ended)  # type: ignore[attr-defined]
    connection.close()


def _send(sender: "subprocess.Popen[str]", streams: list[int], rate: int, ended: threading.Event) -> None:
    """A message each 1/rate s, of the datastreams in turn."""
    assert sender.stdin is not None
    began, n = time.monotonic(), 0
    while not ended.wait(max(0.0, began + n / rate - time.monotonic())):
        moment = datetime.now(tz=UTC).isoformat()
        stream = {"@iot.id": streams[n % len(streams)]}
        document = {"phenomenonTime": moment, "result": 20.0 + n % 7, "Datastream": stream}
        sender.stdin.write(f"{json.dumps(document)}\n")
        sender.stdin.flush()
        n += 1


def add_polls(report: Report, port: int, number: int, seconds: float) -> None:
    """The polls' times and the age of values."""
    with Watchers(port, number, LIVE, seconds) as watchers:
        pass
    seen: Seen = watchers.seen
    print(f"{len(seen.polls)} polls: {seen.statuses}; median {1000 * statistics.median(seen.polls):.1f} ms")
    report.add("poll, 95th percentile, ms", 1000 * _percentile(seen.polls, 95), at_most=50)
    report.add("newest value on a page, 99th percentile of age, s", _percentile(seen.ages, 99), at_most=5)


def add_tiles(report: Report, port: int, arguments: argparse.Namespace) -> None:
    """The rate of tiles beside watchers, over that beside watchers of a view that does nothing."""
    paths = [f"/tiles/buildings/{z}/{x}/{y}.mvt" for z, x, y in places({14: 40, 15: 80, 16: 80})]
    warm_rate(port, paths, 1)
    rates: dict[str, list[float]] = {NOOP: [], LIVE: []}
    for _ in range(arguments.rounds):
        for polled, found in rates.items():
            with Watchers(port, arguments.watchers, polled, arguments.seconds):
                time.sleep(2)
                found.append(wrk_rate(port, paths, arguments.seconds / 2, connections=2))
    middle = {polled: statistics.median(found) for polled, found in rates.items()}
    print(f"tiles: {middle[LIVE]:.0f}/s beside watchers, {middle[NOOP]:.0f}/s beside watchers of a no-op")
    report.add("tiles beside watchers / beside watchers of a no-op", middle[LIVE] / middle[NOOP], at_least=0.8)


def add_chart(report: Report, rounds: int) -> None:
    """The chart of a year; a first visit warms the server up."""
    address = a_year_of_hours()
    with browsed() as (browser, portal_address):
        found = [visit(browser, f"{portal_address}{address}") for _ in range(rounds + 1)][1:]
    print(f"chart: its data are there after {setting.median([one.answered for one in found]):.2f} s")
    report.add(
        "chart of a year of hours, three series, drawn, s", setting.median([one.seconds for one in found]), at_most=1
    )
    report.add(
        "chart of a year of hours, its data as sent, kB", setting.median([one.size_kb for one in found]), at_most=150
    )


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def main() -> None:
    """Measure, and print figures beside their targets."""
    parser = setting.options(__doc__, scale=1, rounds=3)
    parser.add_argument("--watchers", type=int, default=500, help="that poll every 2 s (default 500)")
    parser.add_argument("--messages", type=int, default=200, help="a second (default 200)")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement (default 20)")
    arguments = setting.parsed(parser, watchers=20, messages=20, seconds=6)
    report = Report("live")
    load(arguments.scale)
    streams = station_streams()
    with a_broker() as broker, served(portal(LIVE)) as port, fed(broker, streams, arguments.messages):
        time.sleep(FLOWING_S)
        add_polls(report, port, arguments.watchers, arguments.seconds)
        add_tiles(report, port, arguments)
    add_chart(report, arguments.rounds)
    report.print()


if __name__ == "__main__":
    main()
