"""Watchers of the live map for `bench_live`: many connections that ask every two seconds, in a process apart."""

import asyncio
import gzip
import multiprocessing
import random
import re
import time
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

EVERY_S = 2.0
START_S = 2.0
"""Watchers begin within so many seconds, not all at once."""
READS_ALL = 20
"""One in so many watchers reads whole documents; the others only the number of the batch, as they are on one machine
with the portal here and would take its time."""
_CONTENT_LENGTH = b"content-length:"
_SEQ = re.compile(rb'"seq":([0-9]+)')
_HEAD_BYTES = 200


@dataclass
class Seen:
    """What the watchers saw: seconds of each poll, and the age of the newest value on each page before each poll."""

    polls: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


class Watchers:
    """A block in which so many watchers poll a path of the portal; `seen` has what they saw, after the block."""

    def __init__(self, port: int, number: int, path: str, seconds: float) -> None:
        self._pipe, end = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.get_context("spawn").Process(
            target=_watch_all, args=(end, port, number, path, seconds)
        )
        self.seen = Seen()

    def __enter__(self) -> "Watchers":
        self._process.start()
        self._pipe.recv()  # all are connected
        return self

    def __exit__(self, *fault: Any) -> None:
        self.seen = self._pipe.recv()
        self._process.join()


def _watch_all(pipe: Any, port: int, number: int, path: str, seconds: float) -> None:
    async def run() -> Seen:
        seen, end = Seen(), time.monotonic() + START_S + seconds
        connected = [await asyncio.open_connection("127.0.0.1", port) for _ in range(number)]
        pipe.send(None)
        watching = [_watch(*one, path, end, seen, reads=n % READS_ALL == 0) for n, one in enumerate(connected)]
        await asyncio.gather(*watching)
        return seen

    pipe.send(asyncio.run(run()))


async def _watch(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, end: float, seen: Seen, *, reads: bool
) -> None:
    seq, newest = 0, 0.0
    await asyncio.sleep(random.random() * START_S)  # noqa: S311
    while time.monotonic() < end:
        if newest:
            seen.ages.append(time.time() - newest)
        began = time.monotonic()
        status, body = await _get(reader, writer, path if not seq else f"{path}?after={seq}")
        seen.polls.append(time.monotonic() - began)
        seen.statuses[status] = seen.statuses.get(status, 0) + 1
        if status == 200 and body:
            seq = _seq(body)
            newest = max(newest, _newest(body)) if reads else 0.0
        await asyncio.sleep(EVERY_S - (time.monotonic() - began))
    writer.close()


def _seq(body: bytes) -> int:
    found = _SEQ.search(zlib.decompressobj(wbits=31).decompress(body, _HEAD_BYTES))
    assert found, body[:100]
    return int(found[1])


def _newest(body: bytes) -> float:
    """The moment of the newest value in a document."""
    stations = orjson.loads(gzip.decompress(body))["stations"].values()
    return max(datetime.fromisoformat(one["at"]).timestamp() for one in stations if one["at"])


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, bytes]:
    """The status and body of a request on a connection that stays open."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(_CONTENT_LENGTH):
            length = int(line.removeprefix(_CONTENT_LENGTH))
    status = int(head.split(b" ", 2)[1])
    return status, await reader.readexactly(length) if length and status != 304 else b""
