"""SQL of the search for features by words; each kind's SELECT uses that kind's trigram indexes."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from layers.crs import WGS84
from layers.schema.kind import Findable, LayerKind

EXACT, BEGINNING, WITHIN, ALIKE = range(4)
"""Classes of match, best first: equal, prefix, contains the words, similar."""
SHORT = 3
"""Words of fewer letters have no whole trigram: they match the beginning of a word only."""

Sql = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Terms:
    """One reading of a query: words, and a house number or none."""

    words: tuple[str, ...]
    number: str = ""

    @property
    def text(self) -> str:
        """The words as one text."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class SearchTarget:
    """What to search: a kind's dataset, the fields to compare and those to show, all visible to the visitor."""

    kind: LayerKind
    how: Findable
    dataset_id: int
    compared: tuple[str, ...]
    shown: tuple[str, ...]


def statement(target: SearchTarget, terms: Terms, alike: bool, limit: int) -> Sql:
    """The SELECT of a kind's best matches: slug, identity, texts, match class, similarity, centre and box in degrees.

    With `alike` it matches similar spelling (at least `pg_trgm.word_similarity_threshold`); else values that contain
    the words.
    """
    rows, values = _matching_rows(target, terms, alike)
    grouped = target.how.grouped
    shown = ", ".join(f"{_name(field)}::text" for field in target.shown)
    columns = (
        f"NULL::text AS id, ARRAY[{shown}] AS shown, min(fit) AS fit, max(likeness) AS likeness, "
        "ST_Collect(geom) AS geom"
        if grouped
        else f"feature_id::text AS id, ARRAY[{shown}] AS shown, fit, likeness, geom"
    )
    ending = f"GROUP BY {', '.join(_name(field) for field in target.shown)}" if grouped else ""
    best = (
        f"SELECT {columns} FROM ({rows}) AS fitting {ending} "
        "ORDER BY fit, likeness DESC, length((ARRAY[" + shown + "])[1]), (ARRAY[" + shown + "])[1:2] LIMIT %s"
    )
    center = f"ST_Transform(ST_PointOnSurface(geom), {WGS84})"
    box = f"ST_Transform(ST_Envelope(geom), {WGS84})"
    edges = ", ".join(f"ST_{edge}({box})" for edge in ("XMin", "YMin", "XMax", "YMax"))
    sql = f"SELECT %s, id, shown, fit, likeness, ST_X({center}), ST_Y({center}), {edges} FROM ({best}) AS best"
    return sql, [target.kind.slug, *values, limit]


def _matching_rows(target: SearchTarget, terms: Terms, alike: bool) -> Sql:
    """Current rows that match, with their match class and similarity."""
    fits = [_match_class(target.how, field, terms, alike) for field in target.compared]
    fit = f"least({', '.join(sql for sql, _ in fits)})"
    likenesses = [f"word_similarity(layers_fold(%s), {_folded(field)})" for field in target.compared]
    likeness = f"greatest({', '.join(likenesses)})" if alike else "0"
    conditions = [_condition(target.how, field, terms, alike) for field in target.compared]
    condition = " OR ".join(f"({sql})" for sql, _ in conditions)
    shown = ", ".join(_name(field) for field in target.shown)
    number, number_values = _number(target.how, terms)
    sql = (
        f"SELECT feature_id, {shown}, {fit} AS fit, {likeness} AS likeness, geom FROM "
        f"{_name(target.kind.model._meta.db_table)} "
        f"WHERE recorded_to IS NULL AND dataset_id = %s AND ({condition}){number}"
    )
    values = [value for _, each in fits for value in each]
    values += [terms.text for _ in likenesses] if alike else []
    values += [target.dataset_id, *(value for _, each in conditions for value in each), *number_values]
    return sql, values


def _match_class(how: Findable, field: str, terms: Terms, alike: bool) -> Sql:
    if alike:
        return str(ALIKE), []
    words = _folded(field)
    sql = (
        f"CASE WHEN {words} = layers_fold(%s) THEN {EXACT} "
        f"WHEN {words} LIKE layers_fold(%s) THEN {BEGINNING} ELSE {WITHIN} END"
    )
    values = [terms.text, f"{_plain(terms.text)}%"]
    if not terms.number:
        return sql, values
    number = f"CASE WHEN {_folded(how.number)} = layers_fold(%s) THEN {EXACT} ELSE {BEGINNING} END"
    return f"greatest({sql}, {number})", [*values, terms.number]


def _condition(how: Findable, field: str, terms: Terms, alike: bool) -> Sql:
    words = _folded(field)
    if alike:
        return f"{words} %%> layers_fold(%s)", [terms.text]
    if how.leading:
        return f"{words} LIKE layers_fold(%s)", [f"{_plain(terms.text)}%"]
    parts: list[str] = []
    values: list[Any] = []
    for word in terms.words:
        if len(word) < SHORT:
            parts.append(f"({words} LIKE layers_fold(%s) OR {words} LIKE layers_fold(%s))")
            values += [f"{_plain(word)}%", f"% {_plain(word)}%"]
        else:
            parts.append(f"{words} LIKE layers_fold(%s)")
            values.append(f"%{_plain(word)}%")
    return " AND ".join(parts), values


def _number(how: Findable, terms: Terms) -> Sql:
    if not how.number:
        return "", []
    return f" AND {_folded(how.number)} LIKE layers_fold(%s)", [f"{_plain(terms.number)}%"]


def _plain(text: str) -> str:
    """A text escaped for LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _folded(field: str) -> str:
    return f"layers_fold({_name(field)})"


def _name(identifier: str) -> str:
    return connection.ops.quote_name(identifier)
