"""The statement that looks for features by words: one for all kinds, each part over a kind's own indexes."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from layers.crs import WGS84
from layers.schema.kind import Findable, LayerKind

EXACT, BEGINNING, WITHIN, ALIKE = range(4)
"""How a value fits, best first."""
SHORT = 3
"""Words of fewer letters have no trigram of their own: they are looked for at the beginning of a word only."""

Sql = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One reading of a query: words, and a house number or none."""

    words: tuple[str, ...]
    number: str = ""

    @property
    def text(self) -> str:
        """The words as one text."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Look:
    """Where to look: a kind's dataset, the fields to compare and those to show, all of them visible to who asks."""

    kind: LayerKind
    how: Findable
    dataset_id: int
    compared: tuple[str, ...]
    shown: tuple[str, ...]


def statement(look: Look, wanted: Wanted, alike: bool, limit: int) -> Sql:
    """The best of a kind: slug, identity, shown texts, fit, likeness, centre and box in degrees.

    With `alike`, what is spelled like the words (PostgreSQL's `pg_trgm.word_similarity_threshold` says how much);
    else what holds them.
    """
    rows, values = _fitting(look, wanted, alike)
    grouped = look.how.grouped
    shown = ", ".join(f"{_name(field)}::text" for field in look.shown)
    columns = (
        f"NULL::text AS id, ARRAY[{shown}] AS shown, min(fit) AS fit, max(likeness) AS likeness, "
        "ST_Collect(geom) AS geom"
        if grouped
        else f"feature_id::text AS id, ARRAY[{shown}] AS shown, fit, likeness, geom"
    )
    ending = f"GROUP BY {', '.join(_name(field) for field in look.shown)}" if grouped else ""
    best = (
        f"SELECT {columns} FROM ({rows}) AS fitting {ending} "
        "ORDER BY fit, likeness DESC, length((ARRAY[" + shown + "])[1]), (ARRAY[" + shown + "])[1:2] LIMIT %s"
    )
    center = f"ST_Transform(ST_PointOnSurface(geom), {WGS84})"
    box = f"ST_Transform(ST_Envelope(geom), {WGS84})"
    edges = ", ".join(f"ST_{edge}({box})" for edge in ("XMin", "YMin", "XMax", "YMax"))
    sql = f"SELECT %s, id, shown, fit, likeness, ST_X({center}), ST_Y({center}), {edges} FROM ({best}) AS best"
    return sql, [look.kind.slug, *values, limit]


def _fitting(look: Look, wanted: Wanted, alike: bool) -> Sql:
    """Current rows that fit, with how well."""
    fits = [_fit(look.how, field, wanted, alike) for field in look.compared]
    fit = f"least({', '.join(sql for sql, _ in fits)})"
    likenesses = [f"word_similarity(layers_fold(%s), {_folded(field)})" for field in look.compared]
    likeness = f"greatest({', '.join(likenesses)})" if alike else "0"
    conditions = [_condition(look.how, field, wanted, alike) for field in look.compared]
    condition = " OR ".join(f"({sql})" for sql, _ in conditions)
    shown = ", ".join(_name(field) for field in look.shown)
    number, number_values = _number(look.how, wanted)
    sql = (
        f"SELECT feature_id, {shown}, {fit} AS fit, {likeness} AS likeness, geom FROM "
        f"{_name(look.kind.model._meta.db_table)} "
        f"WHERE recorded_to IS NULL AND dataset_id = %s AND ({condition}){number}"
    )
    values = [value for _, each in fits for value in each]
    values += [wanted.text for _ in likenesses] if alike else []
    values += [look.dataset_id, *(value for _, each in conditions for value in each), *number_values]
    return sql, values


def _fit(how: Findable, field: str, wanted: Wanted, alike: bool) -> Sql:
    if alike:
        return str(ALIKE), []
    words = _folded(field)
    sql = (
        f"CASE WHEN {words} = layers_fold(%s) THEN {EXACT} "
        f"WHEN {words} LIKE layers_fold(%s) THEN {BEGINNING} ELSE {WITHIN} END"
    )
    values = [wanted.text, f"{_plain(wanted.text)}%"]
    if not wanted.number:
        return sql, values
    number = f"CASE WHEN {_folded(how.number)} = layers_fold(%s) THEN {EXACT} ELSE {BEGINNING} END"
    return f"greatest({sql}, {number})", [*values, wanted.number]


def _condition(how: Findable, field: str, wanted: Wanted, alike: bool) -> Sql:
    words = _folded(field)
    if alike:
        return f"{words} %%> layers_fold(%s)", [wanted.text]
    if how.leading:
        return f"{words} LIKE layers_fold(%s)", [f"{_plain(wanted.text)}%"]
    parts: list[str] = []
    values: list[Any] = []
    for word in wanted.words:
        if len(word) < SHORT:
            parts.append(f"({words} LIKE layers_fold(%s) OR {words} LIKE layers_fold(%s))")
            values += [f"{_plain(word)}%", f"% {_plain(word)}%"]
        else:
            parts.append(f"{words} LIKE layers_fold(%s)")
            values.append(f"%{_plain(word)}%")
    return " AND ".join(parts), values


def _number(how: Findable, wanted: Wanted) -> Sql:
    if not how.number:
        return "", []
    return f" AND {_folded(how.number)} LIKE layers_fold(%s)", [f"{_plain(wanted.number)}%"]


def _plain(text: str) -> str:
    """A text for LIKE, in which nothing is a wildcard."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _folded(field: str) -> str:
    return f"layers_fold({_name(field)})"


def _name(identifier: str) -> str:
    return connection.ops.quote_name(identifier)
