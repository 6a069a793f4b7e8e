"""The program of the sandbox's server: it forks a process for each job. `ingest.sandbox.client` starts it.

It is started with an environment of its own, without descriptors of its parent but the control socket, gives up the
network, imports a program's heavy modules once and never opens a job's file. A message on the control socket names a
program and brings four descriptors: the job (JSON), the output, the messages, the job's channel. The end of a job is
written to its channel: the exit status, negative for a signal. A channel that the other side shuts ends its job; the
end of the control socket ends all jobs and the server, also where the parent was ended by SIGKILL. A server without
jobs for some time ends too: it takes about 80 MB.

Why not `multiprocessing.forkserver`: its server takes over the environment of the parent (DATABASE_URL; to replace
`os.environ` meanwhile is not safe beside threads), starts a second interpreter as resource tracker, cannot give up
the network before the first fork, and imports the parent's main module into each fork. `socketserver.ForkingMixIn`
does not report how a fork ended.
"""

import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from selectors import EVENT_READ, PollSelector
from typing import NoReturn

from ingest.sandbox.job import Program, leave_network, work

MESSAGE_BYTES = 1_000
DESCRIPTORS = 4
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Running:
    """A forked job: its process, a descriptor that is readable when it has ended, and its channel."""

    pid: int
    ended: int
    channel: socket.socket


class Server:
    """Waits for jobs, ends of jobs and orders to end one; has one thread."""

    def __init__(self, control: socket.socket, idle_seconds: float) -> None:
        self.control = control
        self.idle_seconds = idle_seconds
        self.open = True
        self.retired = False
        self.running: dict[int, Running] = {}
        self.programs: dict[str, Program] = {}
        self.selector = PollSelector()
        self.selector.register(control, EVENT_READ)

    def serve(self) -> None:
        """Work until the control socket ends, or no job came for `idle_seconds`."""
        while self.open or self.running:
            ready = self.selector.select(None if self.running else self.idle_seconds)
            if not ready:
                self.control.shutdown(socket.SHUT_RD)  # the next job meets an error; one sent before is still done
                self.retired = True
            for key, _ in ready:
                if key.fileobj is self.control:
                    self._listen()
                elif (job := self.running.get(key.data)) is not None:
                    self._attend(job, ended=key.fileobj == job.ended)

    def _listen(self) -> None:
        """Take the next job, or end all where the control socket has ended."""
        message, descriptors, _, _ = socket.recv_fds(self.control, MESSAGE_BYTES, DESCRIPTORS)
        if message:
            self._take(message.decode(), descriptors)
            return
        self.selector.unregister(self.control)
        self.open = False
        if not self.retired:
            for job in list(self.running.values()):
                self._attend(job, ended=False)

    def _take(self, name: str, descriptors: list[int]) -> None:
        """Fork a process for a job."""
        with suppress(ImportError):  # the fork meets it again, and its messages are read
            self._program(name)
        order, sink, messages, descriptor = descriptors
        channel, server = socket.socket(fileno=descriptor), os.getpid()
        try:
            pid = os.fork()
        except OSError:  # no memory or process is left for it
            channel.send(str(-signal.SIGKILL).encode())
            channel.close()
        else:
            if not pid:
                self._become_job(name, order, sink, messages, channel, server)
            job = self.running[pid] = Running(pid, os.pidfd_open(pid), channel)
            self.selector.register(job.ended, EVENT_READ, pid)
            self.selector.register(job.channel, EVENT_READ, pid)
        for descriptor in (order, sink, messages):
            os.close(descriptor)

    def _program(self, name: str) -> Program:
        """The program of a module; its heavy modules are imported on first use and shared by all later forks."""
        if name not in self.programs:
            program: Program = importlib.import_module(name).PROGRAM
            for module in program.preload:
                importlib.import_module(module)
            self.programs[name] = program
            gc.collect()
            gc.freeze()  # a collection in a fork would copy all these objects' pages
        return self.programs[name]

    def _become_job(
        self, name: str, order: int, sink: int, messages: int, channel: socket.socket, server: int
    ) -> NoReturn:
        """The forked process: without any of the server's sockets, ended with the server."""
        status = 1
        try:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != server:
                os._exit(status)
            os.dup2(messages, 1)
            os.dup2(messages, 2)
            for descriptor in (messages, *(job.ended for job in self.running.values())):
                os.close(descriptor)
            for other in (self.control, channel, *(job.channel for job in self.running.values())):
                other.close()
            work(self._program(name), order, sink)
            status = 0
        except BaseException:  # nothing may return into the server's loop
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _attend(self, job: Running, *, ended: bool) -> None:
        """A job has ended, or its channel was shut: end it then. The status goes to the channel."""
        if not ended:
            os.kill(job.pid, signal.SIGKILL)
        _, status = os.waitpid(job.pid, 0)
        for waited in (job.ended, job.channel):
            self.selector.unregister(waited)
        del self.running[job.pid]
        with suppress(OSError):
            job.channel.send(str(os.waitstatus_to_exitcode(status)).encode())
        job.channel.close()
        os.close(job.ended)


def main() -> None:
    """Serve on the control socket; the arguments are its descriptor and the seconds after which idleness ends it."""
    leave_network()
    Server(socket.socket(fileno=int(sys.argv[1])), float(sys.argv[2])).serve()
    os._exit(0)  # nothing to tidy up; a library's end takes time


if __name__ == "__main__":
    main()
