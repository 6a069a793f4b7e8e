"""Pages of a set in a total order, NULL before all values (18-088, 9.3.3.1). The next page begins after the last row
of the one before.

The address of the next page carries the values by which that row was sorted, so that rows which arrive or end
meanwhile neither shift the others nor are shown twice.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import OrderBy
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual

from geoportal.sensorthings.entities import EntityType
from geoportal.sensorthings.errors import BadOption
from geoportal.sensorthings.expressions import Scope, condition, order
from geoportal.sensorthings.options import Options
from geoportal.sensorthings.values import FIELDS
from layers.access.rules import Access
from layers.json_text import json_value

KEY = "key"
"""The sort of an entity's own key."""
NEVER_NULL = ("starts_at", "ends_at", "number", "pk")


@dataclass(frozen=True)
class Sorted:
    """One expression of the order."""

    expression: Any
    sort: str
    descending: bool = False

    @property
    def nullable(self) -> bool:
        """Whether the expression may be NULL."""
        return getattr(self.expression, "name", "") not in NEVER_NULL

    @property
    def order(self) -> OrderBy:
        """The same for the database, which of itself has NULL behind; an index serves the order without it only."""
        first, last = self.nullable and not self.descending, self.nullable and self.descending
        return OrderBy(
            self.expression, descending=self.descending, nulls_first=first or None, nulls_last=last or None
        )


def filtered(rows: QuerySet[Any], entity: EntityType, options: Options, access: Access) -> QuerySet[Any]:
    """The rows that satisfy `$filter`. Raises BadOption."""
    if options.filter is None:
        return rows
    return rows.filter(condition(options.filter, Scope(access, entity)))


def order_of(entity: EntityType, options: Options, access: Access, *, of_one_series: bool) -> list[Sorted]:
    """The total order of a set: `$orderby`, then its key; of the observations of one datastream, by time."""
    scope = Scope(access, entity)
    found = [
        Sorted(expression, sort, one.descending)
        for one in options.order
        for expression, sort in order(one.tree, scope)
    ]
    if not found and of_one_series:
        found = [Sorted(F("starts_at"), "time"), Sorted(F("ends_at"), "time")]
    return [*found, Sorted(F(entity.key), KEY)]


def page_of(rows: QuerySet[Any], sorting: Sequence[Sorted], options: Options, limit: int) -> QuerySet[Any]:
    """The rows of a page, and one more where there are further ones. Raises BadOption for a bad `$skiptoken`."""
    if options.token:
        rows = rows.filter(_after(sorting, read_token(options.token, sorting)))
    ordered = rows.order_by(*(one.order for one in sorting))
    return ordered[options.skip : options.skip + limit + 1]


def _after(sorting: Sequence[Sorted], values: Sequence[Any]) -> Q:
    found = Q(pk__in=[])
    for one, given in reversed(list(zip(sorting, values, strict=True))):
        found = _beyond(one, given) | (_equal(one, given) & found)
    return _bound(sorting[0], values[0]) & found


def _bound(one: Sorted, given: Any) -> Q:
    """What holds for all rows from the given one on, in a form that an index answers."""
    if given is None or (one.nullable and one.descending):
        return Q()
    return Q((LessThanOrEqual if one.descending else GreaterThanOrEqual)(one.expression, _value(one, given)))


def _beyond(one: Sorted, given: Any) -> Q:
    """Rows whose value sorts after the given one: NULL is first, descending last."""
    if given is None:
        return Q(pk__in=[]) if one.descending else Q(IsNull(one.expression, False))
    if not one.descending:
        return Q(GreaterThan(one.expression, _value(one, given)))
    less = Q(LessThan(one.expression, _value(one, given)))
    return less | Q(IsNull(one.expression, True)) if one.nullable else less


def _equal(one: Sorted, given: Any) -> Q:
    return Q(IsNull(one.expression, True)) if given is None else Q(Exact(one.expression, _value(one, given)))


def _value(one: Sorted, given: Any) -> Any:
    return Value(given) if one.sort == KEY else Value(given, output_field=FIELDS[one.sort])


def write_token(values: Sequence[Any]) -> str:
    """The token of a row's sorting values."""
    plain = [_written(one) for one in values]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def _written(given: Any) -> Any:
    if isinstance(given, datetime | date | time):
        return given.isoformat()
    if isinstance(given, timedelta):
        return given.total_seconds()
    return given


def read_token(text: str, sorting: Sequence[Sorted]) -> list[Any]:
    """The sorting values in a token. Raises BadOption."""
    try:
        plain = json_value(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        return [_read(one.sort, given) for one, given in zip(sorting, plain, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as fault:
        raise BadOption("$skiptoken is not one that this set gave; begin with its first page.") from fault


def _read(sort: str, given: Any) -> Any:
    if given is None and sort != KEY:
        return None
    if sort == KEY:
        if type(given) is not int or not 0 <= given < 2**63:
            raise ValueError(given)
        return given
    if sort == "time":
        return datetime.fromisoformat(given).astimezone(UTC)
    if sort == "date":
        return date.fromisoformat(given)
    if sort == "clock":
        return time.fromisoformat(given)
    if sort == "duration":
        return timedelta(seconds=given)
    wanted = {"text": str, "number": int | float, "boolean": bool}[sort]
    if not isinstance(given, wanted) or (isinstance(given, str) and "\0" in given):
        raise ValueError(given)
    return given
