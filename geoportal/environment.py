"""The environment variables that settings are read from, each checked: a wrong one ends the start with one line."""

import ipaddress
from collections.abc import Sequence
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):
    """Reads variables of the environment; raises ImproperlyConfigured naming variable, value and what is allowed."""

    def whole(self, name: str, *, default: int, least: int = 1, most: int) -> int:
        """A whole number within limits."""
        try:
            value = int(self.int(name, default=default))
        except ValueError:
            raise self._refusal(name, f"a whole number from {least:,} to {most:,}") from None
        if not least <= value <= most:
            raise self._refusal(name, f"a whole number from {least:,} to {most:,}")
        return value

    def number(self, name: str, *, default: float, most: float) -> float:
        """A number above 0."""
        try:
            value = float(self.float(name, default=default))
        except ValueError:
            raise self._refusal(name, f"a number above 0, up to {most:,}") from None
        if not 0 < value <= most:
            raise self._refusal(name, f"a number above 0, up to {most:,}")
        return value

    def choice(self, name: str, *, default: str, choices: Sequence[str]) -> str:
        """One of these words."""
        value = str(self.str(name, default=default))
        if value not in choices:
            raise self._refusal(name, f"one of {', '.join(choices)}")
        return value

    def networks(self, name: str, *, default: list[str]) -> list[str]:
        """Addresses and networks, separated by commas."""
        found = [one.strip() for one in self.list(name, default=default) if one.strip()]
        try:
            for one in found:
                ipaddress.ip_network(one)
        except ValueError:
            raise self._refusal(name, "addresses and networks as in 10.0.0.5,10.1.0.0/16") from None
        return found

    def file(self, name: str, *, default: str) -> str:
        """The path of an existing file."""
        value = str(self.str(name, default=default))
        if not Path(value).is_file():
            raise self._refusal(name, "the path of an existing file")
        return value

    def _refusal(self, name: str, allowed: str) -> ImproperlyConfigured:
        found = " ".join(str(self.ENVIRON.get(name, "(not set)")).split())[:200]
        return ImproperlyConfigured(f"{name}={found} is not allowed; set it to {allowed}.")
