"""nginx in front of the portal, and the portal behind a server with TLS."""

import http.client
import json
import os
import socket
import time
from collections.abc import Iterator
from random import Random

import pytest

from tests.scripts.conftest import Installation
from tests.scripts.serving import health, start

MINE = "127.0.0.2"
"""The address of a slow visitor; others come from 127.0.0.3."""
SECONDS = float(os.environ.get("DRILL_SECONDS", "10"))
"""Within which others are answered while other tests occupy the machine; on a quiet one, by hand, 2."""


@pytest.fixture
def served(ready_portal: Installation) -> Iterator[Installation]:
    process = start(ready_portal)
    yield ready_portal
    process.terminate()
    process.wait(timeout=40)


def connected(portal: Installation, source: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(portal.extra["PORT"])), timeout=10, source_address=(source, 0))


def asked(portal: Installation, path: str, source: str = "127.0.0.3", **headers: str) -> tuple[int, bytes]:
    """Status and body of the answer to GET from an address."""
    port = int(portal.extra["PORT"])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=(source, 0))
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, response.read()


def test_slow_and_idle_visitors_of_one_address_hold_nobody_else(served):
    slow = [connected(served, MINE) for _ in range(20)]
    for one in slow[:10]:
        one.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nab")
    began = time.monotonic()
    status, _ = asked(served, "/accounts/login/")
    assert status == 200 and time.monotonic() - began < SECONDS
    assert health(served)["status"]
    for one in slow:
        one.close()


def attacks() -> dict[str, list[bytes]]:
    """What one visitor sends at once, by kind; no answer is read."""
    random = Random(1)
    corners = [(20.6 + random.random() / 20, 50.85 + random.random() / 20) for _ in range(4000)]
    line = json.dumps({"geometry": {"type": "LineString", "coordinates": corners}, "distance_m": 500})
    area = json.dumps({"geometry": {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}, "distance_m": 500})
    brackets = "%28" * 39
    return {
        "slow bodies": [request("POST", "/accounts/login/", "Content-Length: 100") + b"ab"] * 8,
        "unread downloads": [request("GET", "/static/vendor/maplibre-gl/maplibre-gl.js")] * 8,
        "abandoned questions": [request("GET", "/query.json?layer=buildings&filter=height%3E1")] * 8,
        "buffers of lines": [posted("/buffer.json", line)] * 8,
        "buffers of areas": [posted("/buffer.json", area)] * 8,
        "brackets": [request("GET", f"/ogc/collections/buildings/items?filter={brackets}")] * 8,
        "600 MB": [request("POST", "/accounts/login/", "Content-Length: 600000000") + b"a" * 65536] * 8,
        "idle": [b""] * 1100,
    }


def request(method: str, path: str, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def posted(path: str, body: str) -> bytes:
    head = request("POST", path, "Content-Type: application/json", f"Content-Length: {len(body)}")
    return head + body.encode()


@pytest.mark.thorough
def test_one_visitor_keeps_nobody_else_from_tiles_pages_and_the_login(ready_portal):
    ready_portal.extra |= {"WEB_WORKERS": "2", "WEB_THREADS": "4"}
    process = start(ready_portal)
    held = []
    for kind, requests in attacks().items():
        for sent in requests:
            held.append(connected(ready_portal, MINE))
            try:
                held[-1].sendall(sent)
            except OSError:
                assert kind == "600 MB"  # closed by the server
        for _ in range(3):
            for path in ("/tiles/buildings/14/9131/5478.mvt", "/catalogue/", "/accounts/login/", "/health"):
                began = time.monotonic()
                status, _ = asked(ready_portal, path)
                assert status == (404 if path.startswith("/tiles/") else 200), (
                    kind,
                    path,
                    status,
                )  # no city is loaded
                assert time.monotonic() - began < SECONDS, (kind, path)
    for one in held:
        one.close()
    process.terminate()
    process.wait(timeout=40)


def test_too_large_bodies_are_refused_unread(served):
    with connected(served, MINE) as one:
        head = "POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
        one.sendall(f"{head}Content-Length: 600000000\r\n\r\n".encode())
        answer = one.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 413 ") and "za duży" in answer


def test_a_foreign_port_in_host_is_refused_and_headers_of_strangers_do_not_count(served):
    port = served.extra["PORT"]
    assert asked(served, "/ogc/", Host="localhost:1")[0] == 400
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    _, landing = asked(served, "/ogc/", Host=f"localhost:{port}", **forged)
    links = [one["href"] for one in json.loads(landing)["links"]]
    assert links and all(one.startswith(f"http://localhost:{port}/") for one in links)
