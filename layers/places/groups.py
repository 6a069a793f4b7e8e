"""The groups of a report item's figures: the SQL that makes them, their titles, filters and order."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from layers.schema.kind import LayerKind
from layers.schema.report_items import Count, GroupedItem
from layers.text import Text

NOT_STATED = Text("nie podano", "not stated")

Filter = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A figure: of one code, one group of numbers, or one field. `filter` (CQL2-JSON) asks for the rows behind it."""

    title: str
    value: float
    filter: Filter
    share: float | None = None
    unit: str = ""


def all_of(parts: list[Filter]) -> Filter:
    """A filter that combines filters with AND; {} for none."""
    return parts[0] if len(parts) == 1 else {"op": "and", "args": parts} if parts else {}


def groups_sql(item: GroupedItem) -> str:
    """The groups of an item, as an SQL expression."""
    if not item.by:
        return "NULL"
    column = quoted(item.by)
    bins = _bins(item)
    return f"width_bucket({column}, ARRAY{list(bins)}::float[])" if bins else column


def _bins(item: GroupedItem) -> tuple[int, ...]:
    return item.bins if isinstance(item, Count) else ()


def line_of(item: GroupedItem, kind: LayerKind, filter: Filter, code: Any, *, value: float, share: float) -> Line:
    """The line of the group `code`; `filter` is that of all groups."""
    title, rows = _group(item, kind, filter, code)
    return Line(title, value, rows, share)


def _group(item: GroupedItem, kind: LayerKind, filter: Filter, code: Any) -> tuple[str, Filter]:
    """The words of a code or group of numbers, and the rows of it."""
    if not item.by:
        return str(item.title or kind.title), filter
    field = {"property": item.by}
    if code is None:
        return str(NOT_STATED), all_of([filter, {"op": "isNull", "args": [field]}])
    bins = _bins(item)
    if not bins:
        choices = kind.field(item.by).choices or {}
        equal = {"op": "=", "args": [field, code]}
        return str(choices.get(str(code), code)), all_of([filter, equal])
    low, high = ((None, *bins)[code], (*bins, None)[code])
    limits = [{"op": ">=", "args": [field, low]}] if low is not None else []
    limits += [{"op": "<", "args": [field, high]}] if high is not None else []
    return str(_range(low, high)), all_of([filter, *limits])


def _range(low: int | None, high: int | None) -> Text:
    if low is None:
        return Text(f"do {(high or 0) - 1}", f"up to {(high or 0) - 1}")
    if high is None:
        return Text(f"{low} i więcej", f"{low} and more")
    words = str(low) if high == low + 1 else f"{low}–{high - 1}"
    return Text(words, words)


def sorted_lines(item: GroupedItem, kind: LayerKind, found: list[Any], lines: list[Line]) -> tuple[Line, ...]:
    """Groups of numbers and `ordered` codes in their own order, others the largest first; what is not stated last."""
    bins = _bins(item)
    codes = [str(code) for code in (kind.field(item.by).choices or {})] if item.by else []

    def place(pair: tuple[Any, Line]) -> tuple[bool, float, str]:
        code, line = pair[0][0], pair[1]
        if bins:
            return code is None, code or 0, ""
        own = codes.index(str(code)) if item.ordered and str(code) in codes else -line.value
        return code is None, own, line.title

    return tuple(line for _, line in sorted(zip(found, lines, strict=True), key=place))


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return str(connection.ops.quote_name(name))
