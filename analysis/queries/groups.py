"""Figures of a question: count, and sum, mean, minimum or maximum of a number, in all or by group."""

from dataclasses import dataclass
from typing import Any, Protocol

from analysis.queries.chosen import Sql, point_of, quoted, related_rows, table
from analysis.queries.question import AREA, DISTANCE, DISTRICT, DISTRICTS, LENGTH, Question
from layers.kinds import KINDS
from layers.reading.selection import select
from layers.schema.kind import LayerKind

MOST_GROUPS = 500
AGGREGATES = {"sum": "sum", "mean": "avg", "min": "min", "max": "max"}


class Features(Protocol):
    """A selection that can join to each feature the nearest one of a second layer."""

    @property
    def kind(self) -> LayerKind:
        """The layer."""

    def where(self) -> Sql:
        """The condition that selects its features, for a statement that reads FROM its table."""

    def nearest(self, shown: tuple[str, ...] = ()) -> Sql:
        """The join that provides `near.distance_m` and these fields of the nearest feature."""


@dataclass(frozen=True, slots=True)
class Group:
    """A row of figures. `code` is the value it is grouped by (of a district its feature_id); None: unknown.

    `known`: the number of features whose measured value is known.
    """

    code: Any
    name: str
    count: int
    value: float | None
    known: int


def groups(question: Question, features: Features, cursor: Any) -> list[Group]:
    """The groups of a question, the largest first; at most MOST_GROUPS + 1, so that a caller sees there are more."""
    sql, values = statement(question, features)
    cursor.execute(sql, values)
    return [Group(*found) for found in cursor.fetchall()]


def statement(question: Question, features: Features) -> Sql:
    """The groups as SQL: code, name, count, value, known."""
    where, values = features.where()
    mine = table(question.kind)
    join, join_values = features.nearest() if _needs_nearest(question) else ("", [])
    measured, by = _measured(question), _grouped(question)
    chosen = (
        f"WITH chosen AS MATERIALIZED (SELECT {mine}.version_id, {measured} AS measured, {by} AS code "
        f"FROM {mine} {join} WHERE {where})"
    )
    value = f"{AGGREGATES[question.measure]}(measured ORDER BY version_id)" if question.of else "NULL::float8"
    figures = f"count(*), {value}, count(measured)"
    order = f"{value} DESC NULLS LAST" if question.of else "count(*) DESC"
    if question.by != DISTRICT:
        body = f"SELECT code, '', {figures} FROM chosen GROUP BY code"
        return f"{chosen} {body} ORDER BY {order}, code LIMIT {MOST_GROUPS + 1}", [*join_values, *values]
    homes, home_values = _homes(question)
    body = f"SELECT home, coalesce(name, ''), {figures} FROM chosen LEFT JOIN homes USING (version_id) GROUP BY 1, 2"
    return f"{chosen}, {homes} {body} ORDER BY {order}, home", [*join_values, *values, *home_values]


def _needs_nearest(question: Question) -> bool:
    return question.of is not None and question.of.name == DISTANCE.name


def _measured(question: Question) -> str:
    """SQL of the measured number; areas and lengths are in m² and m of the storage system."""
    if question.of is None:
        return "NULL::float8"
    geom = f"{table(question.kind)}.geom"
    measured = {AREA.name: f"ST_Area({geom})", LENGTH.name: f"ST_Length({geom})", DISTANCE.name: "near.distance_m"}
    return measured.get(question.of.name, f"{table(question.kind)}.{quoted(question.of.name)}::float8")


def _grouped(question: Question) -> str:
    if question.by == DISTRICT:
        return point_of(question.kind)
    return f"{table(question.kind)}.{quoted(question.by)}::text" if question.by else "NULL::text"


def _homes(question: Question) -> Sql:
    """SQL of the district of each feature's point on surface; on the border of two, that of the lower feature_id.

    Districts are the outer loop (OFFSET 0 retains that order), so that PostGIS uses each prepared border again.
    """
    districts = select(question.access, KINDS[DISTRICTS])
    if districts is None:
        return "homes AS (SELECT NULL::bigint AS version_id, NULL::text AS home, NULL::text AS name LIMIT 0)", []
    rows, values = related_rows(districts, ("name",))
    return (
        "homes AS (SELECT DISTINCT ON (inside.version_id) inside.version_id, related.feature_id::text AS home, "
        f"related.name AS name FROM {rows} CROSS JOIN LATERAL (SELECT version_id FROM chosen "
        "WHERE code && related.geom AND ST_Intersects(related.geom, code) OFFSET 0) AS inside "
        "ORDER BY inside.version_id, related.feature_id)"
    ), values
