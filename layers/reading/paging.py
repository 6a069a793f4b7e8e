"""Sort orders and keyset paging of the OGC API.

The default order is by `feature_id`, which is the same for all versions of a feature: whatever changes between two
pages, no feature is returned twice and none that stays is missed. In an order by values an edit moves a feature, so
all such pages show the moment of the first one, which the page token contains.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import CharField, TextField

from layers.access.rules import Access
from layers.errors import BadKey, BadSort
from layers.filters.columns import Columns
from layers.json_text import json_value
from layers.locks import AdvisoryLock
from layers.reading.table import COLLATION
from layers.schema.kind import LayerKind

MOST_TERMS = 5
Statement = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Term:
    """One column to sort by."""

    name: str
    descending: bool
    column: Any
    table: str

    @property
    def raw(self) -> str:
        """The column without collation."""
        return f'{self.table}."{self.name}"'

    @property
    def expression(self) -> str:
        """The SQL sort expression: texts by Polish collation."""
        text = isinstance(self.column, CharField | TextField)
        return f'{self.raw} COLLATE "{COLLATION}"' if text else self.raw

    @property
    def operand(self) -> str:
        """The SQL of a bound value that is compared with the expression."""
        text = isinstance(self.column, CharField | TextField)
        return f'%s COLLATE "{COLLATION}"' if text else "%s"


@dataclass(frozen=True, slots=True)
class Sorting:
    """The columns to sort by, then `feature_id`. NULL comes last."""

    terms: tuple[Term, ...] = ()

    @property
    def text(self) -> str:
        """The value of the query parameter `sortby`."""
        return ",".join(f"{'-' if term.descending else ''}{term.name}" for term in self.terms)

    def sql(self) -> str:
        """The ORDER BY list."""
        ways = [f"{term.expression}{' DESC' if term.descending else ''} NULLS LAST" for term in self.terms]
        return ", ".join([*ways, "feature_id"])

    def beyond(self, place: "Place") -> Statement:
        """The condition that selects the rows after a place."""
        sql, values = "feature_id > %s", [place.feature_id]
        for term, value in reversed(list(zip(self.terms, place.values, strict=True))):
            if value is None:
                sql = f"({term.expression} IS NULL AND {sql})"
                continue
            further = "<" if term.descending else ">"
            sql = (
                f"({term.expression} {further} {term.operand} OR {term.expression} IS NULL "
                f"OR ({term.expression} = {term.operand} AND {sql}))"
            )
            values = [value, value, *values]
        return sql, values


@dataclass(frozen=True, slots=True)
class Place:
    """The last feature of a page: its sort values and identity, and the moment that all pages show, if any."""

    values: tuple[Any, ...]
    feature_id: UUID
    moment: datetime | None = None


def sorting(access: Access, kind: LayerKind, text: str) -> Sorting:
    """The order of a parameter such as "+height_m,-year_built"; "" is the order by feature_id. Raises BadSort."""
    columns = Columns(access, kind)
    terms: list[Term] = []
    for part in text.split(",") if text.strip() else ():
        name = part.strip().lstrip("+-") if part.strip()[:1] in "+-" else part.strip()
        if name not in columns.types:
            there_are = ", ".join(columns.types)
            raise BadSort(f"{kind.slug} cannot be sorted by “{name[:60]}”; there are: {there_are}.")
        if name in (term.name for term in terms):
            raise BadSort(f"“{name}” stands twice in the order.")
        table = kind.model._meta.db_table
        terms.append(Term(name, part.strip().startswith("-"), columns.types[name], table))
    if terms and kind.history != "full":
        raise BadSort(f"{kind.slug} keep no history, so that pages in an order by values could not hold together.")
    if len(terms) > MOST_TERMS:
        raise BadSort(f"At most {MOST_TERMS} properties can be sorted by.")
    return Sorting(tuple(terms))


def write_place(order: Sorting, place: Place) -> str:
    """A place as the token of a page, for addresses."""
    plain = [str(one) if isinstance(one, date | UUID) else one for one in place.values]
    moment = place.moment.isoformat() if place.moment else None
    text = json.dumps([order.text, plain, place.feature_id.hex, moment], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_place(order: Sorting, text: str) -> Place:
    """The place of a token. Raises BadKey when it is invalid or belongs to another order."""
    try:
        sort, plain, identity, moment = json_value(urlsafe_b64decode(text[:4000] + "=" * (-len(text) % 4)))
        if sort != order.text or len(plain) != len(order.terms):
            raise ValueError(sort)
        values = tuple(_typed(term, value) for term, value in zip(order.terms, plain, strict=True))
        known = datetime.fromisoformat(moment) if moment is not None else None
        if bool(order.terms) != bool(known and known.tzinfo):
            raise ValueError(moment)
        return Place(values, UUID(hex=identity), known)
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError, ValidationError):
        raise BadKey("This is no place in these pages; begin with the first page, without token=.") from None


def _typed(term: Term, value: Any) -> Any:
    if isinstance(term.column, CharField | TextField) and value is not None:
        if "\0" in value:
            raise ValueError(value)
        value.encode()  # a lone surrogate cannot be sent to the database
    return term.column.to_python(value)


def settled_moment(kind: LayerKind, dataset: str) -> datetime:
    """The latest moment for which no running write can change the dataset's features any more.

    A run takes its moment of change after it has the DATASET_KIND lock and may commit much later. So this is now, or
    just before the start of the oldest other transaction that has or awaits that lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least(statement_timestamp(), min(a.xact_start) - interval '1 microsecond') "
            "FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.classid = %s "
            "AND l.objid = hashtext(%s)::oid AND l.objsubid = 2 AND l.pid <> pg_backend_pid() "
            "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [AdvisoryLock.DATASET_KIND, f"{dataset}:{kind.slug}"],
        )
        (moment,) = cursor.fetchone()
    found: datetime = moment
    return found
