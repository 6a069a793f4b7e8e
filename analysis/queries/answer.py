"""Answers of a question within the request: the count, a page of features with their nearest ones, the figures."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from analysis.queries.chosen import Chosen, quoted, table
from analysis.queries.groups import Group, groups
from analysis.queries.kept import ResultFeatures
from analysis.queries.question import DISTRICT, DISTRICTS, Question
from layers.access.rules import fields_for, serving
from layers.crs import WGS84
from layers.kinds import KINDS
from layers.reading.cursors import hold_cursor
from layers.reading.time_limits import in_time, too_slow

Features = Chosen | ResultFeatures
DECIMALS = 7


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest feature: distance in metres and values of its fields. `distance_m` is None where there is none."""

    distance_m: float | None
    values: tuple[Any, ...]


def _in_time(seconds: float) -> AbstractContextManager[Any]:
    """A cursor for statements that run within a request. Raises TooSlow after `seconds`."""
    return in_time(seconds, too_slow(seconds, "narrow the question, or run it as a job"))


def figures(features: Features, seconds: float) -> list[Group]:
    """The groups of the question of these features. Raises TooSlow."""
    with _in_time(seconds) as cursor:
        return groups(asked(features), features, cursor)


def asked(features: Features) -> Question:
    """The question that selected these features."""
    assert features.question is not None
    return features.question


def invented(features: Features) -> bool:
    """Whether any layer that the answer depends on has invented data: the first, the second, the districts."""
    question = asked(features)
    kinds = [question.related.kind] if question.related else []
    if question.district is not None or question.by == DISTRICT:
        kinds.append(KINDS[DISTRICTS])
    return features.shown.synthetic or any(found.synthetic for found in map(serving, kinds) if found is not None)


def count(features: Features, seconds: float) -> int:
    """The number of features. Raises TooSlow."""
    where, values = features.where()
    with _in_time(seconds) as cursor:
        cursor.execute(f"SELECT count(*) FROM {table(features.kind)} WHERE {where}", values)
        return int(cursor.fetchone()[0])


def near_fields(question: Question) -> tuple[str, ...]:
    """Fields of the nearest feature that are returned; empty where the question does not ask for the nearest."""
    if question.related is None or not question.finds_nearest:
        return ()
    return tuple(field.name for field in fields_for(question.access, question.related.kind))


def nearest_of(features: Features, identities: Sequence[UUID], seconds: float) -> dict[UUID, Near]:
    """The nearest feature of the second layer by the feature_id of each of these. Raises TooSlow."""
    mine, names = table(features.kind), near_fields(asked(features))
    join, join_values = features.nearest(names)
    where, values = features.where()
    nearest = "".join(f", near.{quoted(name)}" for name in names)
    sql = (
        f"SELECT {mine}.feature_id, near.distance_m{nearest} FROM {mine} {join} "
        f"WHERE ({where}) AND {mine}.feature_id = ANY(%s::uuid[])"
    )
    with _in_time(seconds) as cursor:
        cursor.execute(sql, [*join_values, *values, [str(one) for one in identities]])
        return {row[0]: Near(row[1], tuple(row[2:])) for row in cursor.fetchall()}


@contextmanager
def streamed(features: Features, shape: str, most: int | None, seconds: float) -> Iterator[Iterator[tuple[Any, ...]]]:
    """All features from a server-side cursor: feature_id, synthetic, shape, distance, fields, the nearest's fields.

    `shape` is "geojson" (CRS84) or "wkt" (storage system). The database finds all of them within `seconds`. Raises
    TooSlow.
    """
    question, mine = asked(features), table(features.kind)
    shapes = {
        "geojson": f"ST_AsGeoJSON(ST_Transform({mine}.geom, {WGS84}), {DECIMALS})",
        "wkt": f"ST_AsText({mine}.geom, 3)",
    }
    names = near_fields(question)
    join, join_values = features.nearest(names) if question.finds_nearest else ("", [])
    own = "".join(f", {mine}.{quoted(field.name)}" for field in fields_for(question.access, features.kind))
    nearest = "".join(f", near.{quoted(name)}" for name in names)
    distance = "near.distance_m" if question.finds_nearest else "NULL::float8"
    where, values = features.where()
    sql = (
        f"SELECT {mine}.feature_id, {mine}.synthetic, {shapes[shape]}, {distance}{own}{nearest} FROM {mine} {join} "
        f"WHERE {where} ORDER BY {mine}.feature_id{f' LIMIT {most:d}' if most else ''}"
    )
    with hold_cursor(sql, [*join_values, *values], seconds) as cursor:
        yield cursor
