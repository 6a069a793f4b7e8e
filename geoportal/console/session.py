"""Run a statement as the database login of a level: read-only, through a server-side cursor, within limits.

The statement runs in a thread of its own, which the request's thread monitors. At the time limit or when its owner
cancels it, the server is asked to cancel the query; if it does not, the connection is closed, and the server ends the
query of a closed connection (`client_connection_check_interval`, set on the login).
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg2
from django.utils.translation import gettext
from psycopg2 import errors

from geoportal.console.errors import (
    ConsoleBusy,
    ConsoleClosed,
    ConsoleError,
    Place,
    StatementCancelled,
    StatementFailed,
    StatementTooSlow,
)
from layers.access.database_views import logged_in
from layers.city import city
from layers.errors import NoLogins
from layers.reading.time_limits import limit_statements
from layers.schema.kind import Level

if TYPE_CHECKING:
    from geoportal.console.statement import Statement

MOST_COLUMNS = 100
LARGEST_ROW = 1_000_000
"""Most bytes of a row as text. Larger rows are left out on the server, so that no row fills this process' memory."""
FETCHED = 50
_TICK_SECONDS = 0.2
_ASKED_EVERY_SECONDS = 0.5
_GRACE_SECONDS = 3.0
_DECLARED = "DECLARE asked NO SCROLL CURSOR FOR "
_TYPES = {16: "boolean", 20: "whole", 21: "whole", 23: "whole", 700: "number", 701: "number", 1700: "number"}
_TYPES |= {1082: "date", 1114: "time", 1184: "time", 114: "json", 3802: "json"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of an answer: rows, bytes and seconds."""

    rows: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer. `type` is whole, number, boolean, date, time, json, geometry or text."""

    name: str
    type: str


@dataclass(slots=True)
class Answer:
    """Rows as PostgreSQL's text. `more`: there are further rows. `large`: number of rows left out for their size."""

    columns: tuple[Column, ...] = ()
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    more: bool = False
    large: int = 0
    seconds: float = 0.0


def run_statement(statement: Statement, level: Level, bounds: Bounds, stopping: Callable[[], bool]) -> Answer:
    """The answer to a statement. `stopping` returns whether its owner cancelled it. Raises ConsoleError."""
    began = time.monotonic()
    try:
        with logged_in(level) as opened:
            opened.set_session(isolation_level="REPEATABLE READ", readonly=True)
            work = _Work(opened, statement.text, bounds)
            thread = threading.Thread(target=work.run, name="sql console", daemon=True)
            thread.start()
            _watch(work, thread, stopping)
    except NoLogins as fault:
        if "too many connections" in str(fault):
            raise ConsoleBusy(gettext("Others' statements are running now. Try again in a moment.")) from None
        raise ConsoleClosed(gettext("The SQL console is not set up here.")) from None
    if work.fault is not None:
        raise _console_error(work, statement.text)
    work.answer.seconds = time.monotonic() - began
    return work.answer


@dataclass(slots=True)
class _Work:
    """One statement in its thread. `stopped` is why it was cancelled: "" (it was not), "cancelled" or "limit"."""

    opened: Any
    text: str
    bounds: Bounds
    answer: Answer = field(default_factory=Answer)
    fault: Exception | None = None
    stopped: str = ""

    def run(self) -> None:
        """Run the statement; stores the answer, or the fault for the monitoring thread."""
        try:
            with self.opened.cursor() as cursor:
                self._answer(cursor)
        except Exception as fault:
            self.fault = fault

    def _answer(self, cursor: Any) -> None:
        limit_statements(cursor, self.bounds.seconds)
        cursor.execute("SET LOCAL timezone = %s", [city().timezone.key])
        cursor.execute("SELECT 'public.geometry'::regtype::oid, 'public.geography'::regtype::oid")
        types = _TYPES | dict.fromkeys(cursor.fetchone(), "geometry")
        cursor.execute(_DECLARED + self.text)
        cursor.execute("FETCH FORWARD 0 FROM asked")
        found = cursor.description or ()
        cursor.execute("CLOSE asked")
        if not 1 <= len(found) <= MOST_COLUMNS:
            words = gettext("An answer has 1 to {most} columns; this one has {n}.")
            raise StatementFailed(words.format(most=MOST_COLUMNS, n=len(found)))
        self.answer.columns = tuple(Column(one.name, types.get(one.type_code, "text")) for one in found)
        cursor.execute("DECLARE answer NO SCROLL CURSOR FOR " + _bounded(self.text, len(found)))
        self._fetch(cursor)

    def _fetch(self, cursor: Any) -> None:
        answer, size = self.answer, 0
        while not self.stopped:
            cursor.execute(f"FETCH FORWARD {FETCHED} FROM answer")
            rows = cursor.fetchall()
            for bytes_of_row, *cells in rows:
                if bytes_of_row > LARGEST_ROW:
                    answer.large += 1
                    continue
                if len(answer.rows) >= self.bounds.rows or size + bytes_of_row > self.bounds.bytes:
                    answer.more = True
                    return
                size += bytes_of_row
                answer.rows.append(tuple(cells))
            if len(rows) < FETCHED:
                return
        raise errors.QueryCanceled


def _bounded(text: str, columns: int) -> str:
    """The statement with all columns as text after a first column with the row's bytes; NULLs for large rows."""
    names = [f"c{number}" for number in range(columns)]
    texts = ", ".join(f"{name}::text AS {name}" for name in names)
    size = " + ".join(f"coalesce(octet_length({name}), 0)::bigint" for name in names)
    kept = ", ".join(f"CASE WHEN size <= {LARGEST_ROW} THEN {name} END" for name in names)
    # OFFSET 0 prevents merging the subqueries, which would evaluate each expression twice (size and value).
    return (
        f"SELECT size, {kept} FROM (SELECT {size} AS size, {', '.join(names)} FROM (SELECT {texts} FROM (\n{text}\n)"
        f" AS asked ({', '.join(names)}) OFFSET 0) AS written OFFSET 0) AS sized"
    )


def _watch(work: _Work, thread: threading.Thread, stopping: Callable[[], bool]) -> None:
    """Wait until the thread ends; cancel the query at the time limit or on its owner's request."""
    line = os.dup(work.opened.fileno())
    try:
        began = asked = time.monotonic()
        while thread.is_alive():
            thread.join(_TICK_SECONDS)
            moment = time.monotonic()
            if not work.stopped and moment - began > work.bounds.seconds:
                work.stopped = "limit"
            if not work.stopped and moment - asked > _ASKED_EVERY_SECONDS:
                asked = moment
                work.stopped = "cancelled" if stopping() else ""
            if work.stopped and thread.is_alive():
                end(work.opened, line, patient=moment - began < work.bounds.seconds + _GRACE_SECONDS)
    finally:
        os.close(line)


def end(opened: Any, line: int, *, patient: bool) -> None:
    """Cancel the query of a connection; without `patient` shut down its socket as well."""
    if patient:
        opened.cancel()
        return
    with socket.socket(fileno=os.dup(line)) as cut:
        cut.shutdown(socket.SHUT_RDWR)


def _console_error(work: _Work, text: str) -> ConsoleError:
    """The ConsoleError of a statement that failed or was cancelled."""
    fault = work.fault
    if isinstance(fault, ConsoleError):
        return fault
    if work.stopped == "cancelled":
        return StatementCancelled(gettext("The statement was stopped."))
    if work.stopped == "limit" or isinstance(fault, errors.QueryCanceled):
        words = gettext("The statement was stopped after {n} seconds. Narrow it, or use the page of spatial queries.")
        return StatementTooSlow(words.format(n=round(work.bounds.seconds)))
    if isinstance(fault, errors.ConfigurationLimitExceeded | errors.OutOfMemory | errors.ProgramLimitExceeded):
        return StatementTooSlow(gettext("The statement needs more space than it may take. Narrow it."))
    if not isinstance(fault, psycopg2.Error):
        return StatementFailed(gettext("The answer could not be read."))
    said = (fault.diag.message_primary or "").strip()
    position = fault.diag.statement_position
    place = Place.of(text, int(position) - 1 - len(_DECLARED)) if position else None
    return StatementFailed(gettext("The database says: {said}").format(said=said), place)
