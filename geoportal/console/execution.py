"""Run a visitor's statement: check it, run it with their level's rights and limits, record it in the audit."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from django.conf import settings

from geoportal.accounts.audit import AuditEntry, record_action
from geoportal.accounts.visitors import Visitor
from geoportal.console.errors import ConsoleError
from geoportal.console.runs import StatementRun, start_run
from geoportal.console.session import Answer, Bounds, run_statement
from layers.access.database_views import more_views, schema_of
from layers.access.rules import record_read, visible_kinds
from layers.kinds import kind_of

if TYPE_CHECKING:
    from geoportal.console.statement import Statement


def page_bounds() -> Bounds:
    """The limits of an answer on the console's page."""
    return Bounds(settings.SQL_ROWS, settings.SQL_BYTES, settings.SQL_SECONDS)


def file_bounds() -> Bounds:
    """The limits of an answer in a file."""
    return Bounds(settings.SQL_FILE_ROWS, settings.SQL_FILE_BYTES, settings.SQL_SECONDS)


def execute(
    visitor: Visitor, text: str, bounds: Bounds, *, key: uuid.UUID | None = None, address: str = ""
) -> Answer:
    """The answer to a statement, which is recorded in the audit, also when refused. Raises ConsoleError."""
    began, outcome, rows = time.monotonic(), "ok", None
    run: StatementRun | None = None
    try:
        statement = _checked(visitor, text)
        run = start_run(visitor.user, text, key)
        answer = run_statement(statement, visitor.access.level, bounds, run.stopping)
        rows = len(answer.rows)
        for slug in statement.relations:
            record_read(kind_of(slug))
        return answer
    except ConsoleError as fault:
        outcome = fault.outcome
        raise
    except Exception:
        outcome = "failed"
        raise
    finally:
        seconds = time.monotonic() - began
        if run is not None:
            run.end(outcome, seconds, rows)
        _record(visitor, text, address, outcome, seconds, rows)


def _checked(visitor: Visitor, text: str) -> Statement:
    from geoportal.console.schema import closed_attributes
    from geoportal.console.statement import checked

    access = visitor.access
    views = [kind.slug for kind in visible_kinds(access)] + [view.name for view in more_views(access)]
    return checked(text, schema_of(access.level), views, closed_attributes())


def _record(visitor: Visitor, text: str, address: str, outcome: str, seconds: float, rows: int | None) -> None:
    storable = text.replace("\0", "")[:20_000].encode("utf-8", "replace").decode()
    record_action(
        visitor,
        AuditEntry.Action.SQL,
        " ".join(storable.split())[:200],
        address,
        statement=storable,
        level=visitor.access.level,
        outcome=outcome,
        rows=rows,
        seconds=round(seconds, 3),
    )
