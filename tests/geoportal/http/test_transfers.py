"""Slow bodies and unread answers without a proxy in front: what one address may hold, and when it is refused."""

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from geoportal.http import transfers
from geoportal.http.transfers import HELD, SHORT, bounded

UPLOAD = 5_000_000


class Streamed:
    """A streamed answer, as Django's responses are."""

    streaming = True

    def __init__(self, parts: Iterable[bytes]) -> None:
        self.parts, self.closed = iter(parts), False

    def __iter__(self) -> Iterator[bytes]:
        return self.parts

    def close(self) -> None:
        self.closed = True


class Slow:
    """A body of which nothing arrives until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def read(self, size: int) -> bytes:
        assert self.go.wait(10)
        return b"a" * size


def asked(application: Any, body: Any = None, length: object = 0, path: str = "/", address: str = "192.0.2.1") -> Any:
    """Status, headers and the answer of a request."""
    found: list[Any] = []
    environ = {
        "REMOTE_ADDR": address,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(length),
        "wsgi.input": body or io.BytesIO(),
    }
    answer = application(environ, lambda *words: found.append(words))
    status, headers = found[-1]
    return int(status.split()[0]), dict(headers), answer


def of(view: Callable[[dict[str, Any]], Iterable[bytes]], *, buffered: bool = False) -> Any:
    """A portal whose only view answers with this."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return view(environ)

    return bounded(application, UPLOAD, buffered=lambda environ: buffered)


def echo(environ: dict[str, Any]) -> list[bytes]:
    return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/accounts/login/", 2_500_000, 200),
        ("/accounts/login/", 2_500_001, 413),
        ("/uploads/", UPLOAD + 100_000, 200),
        ("/uploads/", UPLOAD + 100_001, 413),
        ("/sta/v1.1/Observations", 20_000_000, 200),
        ("/accounts/login/", "10000000000000000000000", 413),
        ("/accounts/login/", "many", 200),
    ],
)
def test_too_large_bodies_are_refused_unread(path, length, status):
    known = length if isinstance(length, int) else 0
    body = io.BytesIO(b"a" * (known if status == 200 else 0))
    found, _, answer = asked(of(lambda environ: [b"ok"]), body, length, path)
    assert found == status and (answer == [b"ok"] or b"too large" in answer[0])


def test_a_body_arrives_whole_and_unchanged():
    sent = bytes(range(256)) * 8000
    assert asked(of(echo), io.BytesIO(sent), len(sent))[2] == [sent]


def test_a_body_that_does_not_arrive_in_time_is_given_up(monkeypatch):
    monkeypatch.setattr(transfers, "GRACE_SECONDS", 0.05)
    slow = Slow()
    assert asked(of(echo), slow, 10)[0] == 408
    slow.go.set()


def test_one_address_holds_few_threads_by_slow_bodies_and_others_none():
    application, slow = of(echo), Slow()
    threads = [threading.Thread(target=asked, args=(application, slow, 10)) for _ in range(HELD)]
    for one in threads:
        one.start()
    while len([one for one in threading.enumerate() if one.name == "body"]) < HELD:
        pass
    refused, headers, _ = asked(application, io.BytesIO(b"a"), 1)
    assert (refused, headers["Retry-After"]) == (429, "5")
    assert asked(application, io.BytesIO(b"a"), 1, address="192.0.2.2")[0] == 200
    slow.go.set()
    for one in threads:
        one.join()
    assert asked(application, io.BytesIO(b"a"), 1)[0] == 200


def test_long_unread_answers_of_one_address_are_few_and_short_ones_are_whole():
    made: list[Streamed] = []

    def view(environ: dict[str, Any]) -> Streamed:
        made.append(Streamed([b"a" * SHORT, b"b"] if environ["PATH_INFO"] == "/long" else [b"a", b"b"]))
        return made[-1]

    application = of(view)
    held = [asked(application, path="/long") for _ in range(HELD)]
    assert [one[0] for one in held] == [200] * HELD
    assert asked(application, path="/long")[0] == 429 and made[-1].closed
    assert asked(application, path="/short")[2] == [b"ab"] and made[-1].closed
    assert asked(application, path="/long", address="192.0.2.2")[0] == 200
    assert b"".join(held[0][2]) == b"a" * SHORT + b"b"
    held[0][2].close()
    assert made[0].closed and asked(application, path="/long")[0] == 200


def test_behind_the_portal_s_own_proxy_only_sizes_are_checked():
    application = of(echo, buffered=True)
    assert asked(application, io.BytesIO(b"a"), 1)[2] == [b"a"]
    assert asked(application, io.BytesIO(), 2_500_001)[0] == 413
