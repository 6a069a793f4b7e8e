"""Starts the sandbox's server, one for each process that needs it, and sends it jobs.

The server is started with the first job and replaced if it has ended. It ends with this process, however that ends,
because its control socket is closed then. Several threads may run jobs at the same time.
"""

import atexit
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent.parent
NOWHERE = Path("/nonexistent")
"""The server's HOME and TMPDIR: it needs none, each job has a folder."""
STOP_SECONDS = 20
IDLE_SECONDS = 900
"""A server ends after so long without a job; the next job starts another."""
_GDAL_SETTINGS = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "CPL_CURL_ENABLE_VSIMEM": "NO",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_NUM_THREADS": "1",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "GML_DOWNLOAD_SCHEMA": "NO",
    "GDAL_XML_VALIDATION": "NO",
    "LIBKML_RESOLVE_STYLE": "NO",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NONE",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
    "PROJ_NETWORK": "OFF",
}
_THREADS = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""A process that forks or leaves its network must have one thread: pyarrow's import would start another."""


def environment(folder: Path) -> dict[str, str]:
    """The whole environment of a server or job: nothing inherited, GDAL without network and outside references."""
    places = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    pools = {"ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**places, **pools, **_THREADS, **_GDAL_SETTINGS}


class Job:
    """A job in a fork of the server: its output, its exit status, and methods to wait for it and end it."""

    def __init__(self, server: "_Process", channel: socket.socket, output: int) -> None:
        self._server = server
        self._channel = channel
        self.output = output
        self.status: int | None = None
        """The exit status, negative for a signal; None while it runs."""
        self.ended_with_server = False

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most `seconds`; returns whether it has ended."""
        if self.status is None and select.select([self._channel], [], [], seconds)[0]:
            status = self._channel.recv(100)
            self.ended_with_server = not status
            self.status = int(status) if status else self._server.end_status()
        return self.status is not None

    def stop(self) -> None:
        """End the job, if it still runs, and close what is open."""
        if self.status is None:
            with suppress(OSError):  # the server is gone
                self._channel.shutdown(socket.SHUT_WR)
            self.wait(STOP_SECONDS)
        self._channel.close()
        os.close(self.output)


class _Process:
    """A running server process and its control socket."""

    def __init__(self, idle_seconds: float) -> None:
        self._messages: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "ingest.sandbox.server", str(theirs.fileno()), str(idle_seconds)],
                cwd=ROOT,
                env=environment(NOWHERE),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._messages,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.pid = self._popen.pid

    def runs(self) -> bool:
        """Whether the process has not ended."""
        return self._popen.poll() is None

    def end_status(self) -> int:
        """The server's exit status, for jobs whose channel was closed without one: they end with the server."""
        return self._popen.wait(STOP_SECONDS) or -signal.SIGKILL

    def release(self) -> None:
        """Close the control socket, which ends the server and its jobs. A failed server's messages are logged."""
        if self._popen.poll():
            self._messages.seek(0)
            messages = self._messages.read()[-2000:].decode(errors="replace")
            logger.error("The server that reads files ended with %s. %s", self._popen.returncode, messages)
        self.forget()

    def close(self) -> None:
        """End the server; returns when it has ended."""
        self.release()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(STOP_SECONDS)

    def forget(self) -> None:
        """Close the descriptors in a forked process, whose copies would keep the server alive."""
        self.control.close()
        self._messages.close()


class Sandbox:
    """This process's server, started on first use."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._process: _Process | None = None

    @property
    def pid(self) -> int | None:
        """The server's process, None before the first job."""
        return None if self._process is None else self._process.pid

    def start(self, program: str, job: Mapping[str, Any], folder: Path) -> Job:
        """Start a job of a program (the name of its module). Its messages are written to a file in `folder`."""
        order = folder / "job.json"
        order.write_text(json.dumps(job), encoding="utf-8")
        channel, theirs = socket.socketpair()
        output, sink = os.pipe()
        try:
            with theirs, order.open("rb") as orders, (folder / "messages").open("wb") as messages:
                given = [orders.fileno(), sink, messages.fileno(), theirs.fileno()]
                server = self._send(program, given)
        except BaseException:
            channel.close()
            os.close(output)
            raise
        finally:
            os.close(sink)
        return Job(server, channel, output)

    def _send(self, program: str, descriptors: list[int]) -> _Process:
        with self._lock:
            process = self._process
            if process is not None and process.runs():
                with suppress(OSError):  # it has just ended
                    socket.send_fds(process.control, [program.encode()], descriptors)
                    return process
            if process is not None:
                process.release()
            process = self._process = _Process(self._idle_seconds)
            socket.send_fds(process.control, [program.encode()], descriptors)
            return process

    def close(self) -> None:
        """End the server; the next job starts another."""
        with self._lock:
            if self._process is not None:
                self._process.close()
                self._process = None

    def forget(self) -> None:
        """Release the parent's server in a forked process; the next job starts another."""
        self._lock = threading.Lock()
        if self._process is not None:
            self._process.forget()
            self._process = None


SANDBOX = Sandbox()
os.register_at_fork(after_in_child=SANDBOX.forget)
atexit.register(SANDBOX.close)
