"""The program of the sandbox's server: it forks a process for each job. `ingest.sandbox.client` starts it.

It is started with an environment of its own and no descriptor of its parent but the control socket, leaves the
network, imports a program's heavy modules once and never opens a job's file. A message on the control socket names a
program and passes four descriptors: the job (JSON), the output, the messages, the job's channel. At the end of a job
its exit status, negative for a signal, is written to its channel, and what else runs in its process group is ended.
When the other side shuts a channel, its job is ended; when the control socket is closed, also because the parent was
killed, all jobs and the server are ended. A server without jobs for some time ends too: it takes about 80 MB.

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
    """A forked job: its process, a descriptor that becomes readable when it has ended, and its channel."""

    pid: int
    ended: int
    channel: socket.socket


class Server:
    """Event loop for new jobs, ended jobs and shut channels; has one thread."""

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
        """Serve until the control socket is closed or no job came for `idle_seconds`."""
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
        """Receive the next job; end all jobs if the control socket was closed."""
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
        with suppress(ImportError):  # raised again in the fork, whose messages are read
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
            with suppress(OSError):  # the fork does it too; the first of both counts
                os.setpgid(pid, pid)
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
        """Run the job in the forked process: closes the server's sockets, and is ended with the server."""
        status = 1
        try:
            os.setpgid(0, 0)
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
        except BaseException:  # the fork must not return into the server's loop
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _attend(self, job: Running, *, ended: bool) -> None:
        """Write an ended job's status to its channel; end a job first whose channel was shut. Processes that the job
        started end with it, unless they left its process group."""
        if not ended:
            os.kill(job.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):  # the job's number stays its own until it is waited for
            os.killpg(job.pid, signal.SIGKILL)
        _, status = os.waitpid(job.pid, 0)
        for waited in (job.ended, job.channel):
            self.selector.unregister(waited)
        del self.running[job.pid]
        with suppress(OSError):
            job.channel.send(str(os.waitstatus_to_exitcode(status)).encode())
        job.channel.close()
        os.close(job.ended)


def main() -> None:
    """Serve on the control socket; the arguments are its descriptor and the idle time in seconds."""
    leave_network()
    Server(socket.socket(fileno=int(sys.argv[1])), float(sys.argv[2])).serve()
    os._exit(0)  # no cleanup is needed, and that of libraries takes time


if __name__ == "__main__":
    main()
