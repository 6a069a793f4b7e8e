"""Errors of the SQL console. Messages are for the author of the statement, in the language of the page."""

from dataclasses import dataclass
from typing import Any

from layers.errors import LayersError


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a text: line and column from 1, and the character's offset from 0."""

    line: int
    column: int
    position: int

    @classmethod
    def of(cls, text: str, position: int) -> "Place":
        """Line and column of the character at an offset."""
        position = min(max(position, 0), len(text))
        before = text[:position]
        return cls(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1, position)


class ConsoleError(LayersError):
    """The statement has no answer. `outcome` is its outcome in the audit."""

    outcome = "failed"

    def __init__(self, words: str, place: Place | None = None) -> None:
        super().__init__(words)
        self.place = place

    def as_json(self) -> dict[str, Any]:
        """The error as members of a JSON response: outcome, and position where there is one."""
        known = self.place
        where = {"line": known.line, "column": known.column, "position": known.position} if known else {}
        return {"outcome": self.outcome, **where}


class StatementRefused(ConsoleError):
    """The statement contains something that the console does not allow, or is no SQL."""

    outcome = "refused"


class StatementFailed(ConsoleError):
    """The database could not compute the statement."""


class StatementTooSlow(ConsoleError):
    """The statement was cancelled at its time limit or at the limit of temporary files."""

    outcome = "limit"


class StatementCancelled(ConsoleError):
    """The statement was cancelled by its owner."""

    outcome = "cancelled"


class ConsoleBusy(ConsoleError):
    """The limit of concurrent statements is reached."""

    outcome = "busy"


class ConsoleClosed(ConsoleError):
    """This installation has no database logins for the console."""

    outcome = "closed"


class UnknownStatement(LayersError):
    """There is no running or saved statement with that key."""
