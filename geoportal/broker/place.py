"""The broker's folder: its files with private modes, its ports, and the portal's own account at it."""

import os
import pwd
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

WRITE_PORT, READ_PORT = 18830, 18831
"""The usual ports: beside 1883, where a broker of the system may listen."""
HOST = "127.0.0.1"
PORTAL = "portal"
"""The user name of the portal's own processes at the broker."""
SYSTEM_USER = "mosquitto"


class BrokerAbsent(Exception):
    """No broker of this installation has been started yet."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one broker."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """Mosquitto's configuration file."""
        return self.folder / "mosquitto.conf"

    @property
    def passwords(self) -> Path:
        """Mosquitto's password file."""
        return self.folder / "passwords"

    @property
    def rights(self) -> Path:
        """Mosquitto's file of rights to topics."""
        return self.folder / "rights"

    @property
    def data(self) -> Path:
        """The folder where Mosquitto saves sessions and their messages."""
        return self.folder / "data"

    def make(self) -> None:
        """Make the folders, closed to other accounts than the broker's."""
        for folder in (self.folder, self.data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._give(folder)

    def owner(self) -> str:
        """The account that the broker runs as: this one; for root, the system's account where it can enter."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid()).pw_name
        known = any(one.pw_name == SYSTEM_USER for one in pwd.getpwall())
        enters = all(one.stat().st_mode & 0o001 for one in self.folder.resolve().parents if one.exists())
        return SYSTEM_USER if known and enters else "root"

    def write(self, path: Path, text: str) -> bool:
        """Replace a file of the broker at once, readable by its account alone; False where it is the same."""
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return False
        made = path.with_suffix(".new")
        made.unlink(missing_ok=True)
        made.touch(mode=0o600)
        made.write_text(text, encoding="utf-8")
        self._give(made)
        made.replace(path)
        return True

    def secret(self, name: str) -> str:
        """A secret of the portal's own processes, made at the first call."""
        path = self.folder / name
        if not path.exists():
            self.make()
            self.write(path, secrets.token_urlsafe(32))
        return path.read_text(encoding="utf-8")

    def ports(self) -> tuple[int, int]:
        """The ports where devices publish and where clients read. Raises BrokerAbsent before the first start."""
        try:
            write, read = (self.folder / "ports").read_text(encoding="utf-8").split()
        except (OSError, ValueError):
            raise BrokerAbsent(f"No broker was started in {self.folder} yet; run: manage.py run_broker") from None
        return int(write), int(read)

    def choose_ports(self) -> tuple[int, int]:
        """Choose and store the ports: those of the settings, or from the last or usual ones on the next free."""
        try:
            write, read = self.ports()
        except BrokerAbsent:
            write, read = WRITE_PORT, READ_PORT
        write = settings.MQTT_WRITE_PORT or _free(write)
        read = settings.MQTT_READ_PORT or _free(read, other_than=write)
        self.write(self.folder / "ports", f"{write} {read}\n")
        return write, read

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, self.owner())


def place() -> Place:
    """The place of this installation's broker."""
    return Place(Path(settings.BROKER_DIR))


def _free(first: int, other_than: int = 0) -> int:
    """The first free port from here on."""
    for port in range(first, first + 200):
        if port == other_than:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port
    raise OSError(f"No port from {first} to {first + 199} is free.")
