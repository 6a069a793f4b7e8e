"""Print the configuration of supervisord: one program for each line of the Procfile, all with the same rules.

A process that ends is started again. One that ends within START_SECONDS waits 1, 2, 3, ... seconds longer after each
attempt, without end; the others keep running. On SIGTERM each process has STOP_SECONDS to end, then it is killed.
"""

import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60  # a slow machine takes half of it to load the portal
STOP_SECONDS = 20
ATTEMPTS = 1_000_000
OF_BROKER = ("broker", "listener", "publisher")
"""Programs that are left out where Mosquitto is not installed."""
OF_FRONT = ("front",)
"""The program that is left out where nginx is not installed."""
OF_DEMO = ("simulator",)
"""Programs of scripts/demo alone; they need the broker too."""

DAEMON = """\
[supervisord]
nodaemon = true
logfile = /dev/null
logfile_maxbytes = 0
pidfile = {run}/supervisord.pid
childlogdir = {run}
directory = {root}
umask = {umask:03o}
user = {user}
"""
PROGRAM = """
[program:{name}]
command = {command}
autorestart = true
startsecs = {start}
startretries = {attempts}
stopwaitsecs = {stop}
killasgroup = true
redirect_stderr = true
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0
"""


def programs(procfile: str) -> dict[str, str]:
    """The commands of a Procfile by name. Raises ValueError for a line that is no command, comment or blank."""
    found = {}
    for line in procfile.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"([\w-]+):\s*(.+)", line)
        if match is None:
            raise ValueError(f"not a line of a Procfile: {line}")
        found[match[1]] = match[2]
    return found


def configuration(procfile: str, run: Path, without: Sequence[str] = ()) -> str:
    """The text of supervisord's configuration file; `run` is the folder of its pid file. `without` are left out."""
    umask = os.umask(0o077)
    os.umask(umask)
    parts = [DAEMON.format(run=escaped(str(run)), root=escaped(str(ROOT)), umask=umask, user=os.getuid())]
    for name, command in programs(procfile).items():
        if name in without:
            continue
        shell = escaped(shlex.join(["/bin/sh", "-c", command]))
        parts.append(
            PROGRAM.format(name=name, command=shell, start=START_SECONDS, attempts=ATTEMPTS, stop=STOP_SECONDS)
        )
    return "".join(parts)


def escaped(text: str) -> str:
    """A text that supervisord, which expands %(name)s, reads as it stands."""
    return text.replace("%", "%%")


def main() -> int:
    """Print the configuration for the Procfile of this checkout, or the one that is named."""
    procfile = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "Procfile"
    without: tuple[str, ...] = () if os.environ.get("MOSQUITTO_PATH") else (*OF_BROKER, *OF_DEMO)
    if os.environ.get("SIMULATED_SENSORS") != "yes":
        without += OF_DEMO
    if not os.environ.get("NGINX_PATH"):
        without += OF_FRONT
    sys.stdout.write(configuration(procfile.read_text(encoding="utf-8"), Path(sys.argv[1]), without))
    return 0


if __name__ == "__main__":
    sys.exit(main())
