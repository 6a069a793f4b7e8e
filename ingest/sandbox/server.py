"""The program of the sandbox's server: it forks a process for each job. `ingest.sandbox.client` starts it.

It is started with an environment of its own, without descriptors of its parent but the control socket, gives up the
network, imports a program's heavy modules once and never opens a job's file. A message on the control socket names a
program and brings four descriptors: the job (JSON), the output, the messages, the job's channel. The end of a job is
written to its channel: the exit status, negative for a signal. A channel that the other side shuts ends its job; the
end of the control socket ends all jobs and the server, also where the parent was ended by SIGKILL.

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

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.running: dict[int, Running] = {}
        self.programs: dict[str, Program] = {}
        self.selector = PollSelector()
        self.selector.register(control, EVENT_READ)

    def serve(self) -> None:
        """Work until the control socket ends; then end all jobs."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.control:
                    if not self._take():
                        self._end_all()
                        return
                elif (job := self.running.get(key.data)) is not None:
                    self._attend(job, ended=key.fileobj == job.ended)

    def _take(self) -> bool:
        """Fork a process for the next job; False where the control socket has ended."""
        message, descriptors, _, _ = socket.recv_fds(self.control, MESSAGE_BYTES, DESCRIPTORS)
        if not message:
            return False
        order, sink, messages, channel = descriptors
        name = message.decode()
        with suppress(ImportError):  # the fork meets it again, and its messages are read
            self._program(name)
        server, pid = os.getpid(), os.fork()
        if not pid:
            self._become_job(name, order, sink, messages, channel, server)
        job = Running(pid, os.pidfd_open(pid), socket.socket(fileno=channel))
        for descriptor in (order, sink, messages):
            os.close(descriptor)
        self.running[pid] = job
        self.selector.register(job.ended, EVENT_READ, pid)
        self.selector.register(job.channel, EVENT_READ, pid)
        return True

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

    def _become_job(self, name: str, order: int, sink: int, messages: int, channel: int, server: int) -> NoReturn:
        """The forked process: without any of the server's sockets, ended with the server."""
        status = 1
        try:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != server:
                os._exit(status)
            os.dup2(messages, 1)
            os.dup2(messages, 2)
            for descriptor in (messages, channel, *(job.ended for job in self.running.values())):
                os.close(descriptor)
            for other in (self.control, *(job.channel for job in self.running.values())):
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

    def _end_all(self) -> None:
        for job in list(self.running.values()):
            self._attend(job, ended=False)


def main() -> None:
    """Serve on the control socket, whose descriptor is the only argument."""
    leave_network()
    Server(socket.socket(fileno=int(sys.argv[1]))).serve()
    os._exit(0)  # nothing to tidy up; a library's end takes time


if __name__ == "__main__":
    main()
