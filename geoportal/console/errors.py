"""Faults of the SQL console. Their words are for the person who wrote the statement, in the language of the page."""

from dataclasses import dataclass
from typing import Any

from layers.errors import LayersError


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text something stands: line and column from 1, and the sign counted from 0."""

    line: int
    column: int
    position: int

    @classmethod
    def of(cls, text: str, position: int) -> "Place":
        """The place of the sign at a position."""
        position = min(max(position, 0), len(text))
        before = text[:position]
        return cls(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1, position)


class ConsoleError(LayersError):
    """The console did not answer. `outcome` is how the audit calls that."""

    outcome = "failed"

    def __init__(self, words: str, place: Place | None = None) -> None:
        super().__init__(words)
        self.place = place

    def told(self) -> dict[str, Any]:
        """For an answer to a machine."""
        known = self.place
        where = {"line": known.line, "column": known.column, "position": known.position} if known else {}
        return {"outcome": self.outcome, **where}


class StatementRefused(ConsoleError):
    """The statement says something that the console does not allow, or is no SQL."""

    outcome = "refused"


class StatementFailed(ConsoleError):
    """The database could not compute the statement."""


class StatementTooSlow(ConsoleError):
    """It was stopped because its time was over, or for the space it took."""

    outcome = "limit"


class StatementCancelled(ConsoleError):
    """Whoever ran it stopped it."""

    outcome = "cancelled"


class ConsoleBusy(ConsoleError):
    """As many statements run as may."""

    outcome = "busy"


class ConsoleClosed(ConsoleError):
    """This installation has no logins for people who write SQL."""

    outcome = "closed"


class UnknownStatement(LayersError):
    """No statement, or no saved one, is known by that key."""
