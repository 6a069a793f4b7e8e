"""The features that a question selects, as a selection that tables, exports and maps take like any other.

All conditions are SQL with bound parameters, written so that the spatial indexes of current geometries are used
first (ST_DWithin and `<->`, never a buffer). The outer loop of a relation runs over the layer with fewer features:
PostGIS then sees the same large polygon in consecutive calls and uses its prepared form again.
"""

from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from shapely import set_srid, to_wkb
from shapely.geometry.base import BaseGeometry

from analysis.errors import BadQuestion
from analysis.queries.question import DISTRICTS, Question, Related
from layers.crs import storage_srid
from layers.kinds import KINDS
from layers.reading.selection import Selection, select
from layers.schema.feature import FeatureQuerySet
from layers.schema.kind import LayerKind

Sql = tuple[str, list[Any]]
TIES = 4
"""The index orders by distance alone; among so many nearest features the lowest feature_id wins a tie."""
TESTS = {
    "intersects": "ST_Intersects({a}, related.geom)",
    "within": "ST_CoveredBy({a}, related.geom)",
    "near": "ST_DWithin({a}, related.geom, %s)",
}


@dataclass(frozen=True, slots=True)
class Chosen(Selection):
    """The features a question selects. `other`: those of its second layer, None where that layer has no data.

    `part` limits it to versions after the first number and up to the second, so that a job can work in steps.
    """

    question: Question | None = None
    other: Selection | None = None
    part: tuple[int, int] | None = None

    def plain(self) -> FeatureQuerySet:
        """The features by dataset, time and filter only, without the conditions on area and relation."""
        found = Selection.rows(self)
        return found.filter(version_id__gt=self.part[0], version_id__lte=self.part[1]) if self.part else found

    def rows(self) -> FeatureQuerySet:
        """The features as a queryset, unordered."""
        found = self.plain()
        for sql, values in conditions(self):
            found = cast(FeatureQuerySet, found.extra(where=[sql], params=values))
        return found

    def nearest(self, shown: tuple[str, ...] = ()) -> Sql:
        """A join with `near.distance_m`, `near.near_version` and these fields of each feature's nearest one."""
        question = self.question
        assert question is not None
        assert question.related is not None
        if self.other is None:
            nothing = "".join(f", NULL AS {quoted(name)}" for name in shown)
            return (
                f"LEFT JOIN (SELECT NULL::float8 AS distance_m, NULL::bigint AS near_version{nothing}) near ON TRUE",
                [],
            )
        mine = table(self.kind)
        rows, values = related_rows(self.other, shown)
        fields = "".join(f", related.{quoted(name)}" for name in shown)
        where = f"WHERE related.feature_id <> {mine}.feature_id" if question.related.kind is self.kind else ""
        few = (
            f"SELECT ST_Distance(related.geom, {mine}.geom) AS distance_m, related.version_id AS near_version, "
            f"related.feature_id{fields} FROM {rows} {where} ORDER BY related.geom <-> {mine}.geom LIMIT {TIES}"
        )
        return (
            f"LEFT JOIN LATERAL (SELECT * FROM ({few}) few ORDER BY distance_m, feature_id LIMIT 1) near ON TRUE",
            values,
        )


def chosen(question: Question) -> Chosen | None:
    """The features that a question selects; None when its layer has no data. Raises BadFilter, BadQuestion."""
    base = select(question.access, question.kind, filter=question.words.get("filter", ""))
    other = _other(question.access, question.related) if question.related else None
    if base is None:
        return None
    return Chosen(base.access, base.kind, base.shown, base.filter, base.at, question=question, other=other)


def _other(access: Any, related: Related) -> Selection | None:
    return select(access, related.kind, filter=related.filter)


def table(kind: LayerKind) -> str:
    """The name of a kind's table, quoted."""
    return quoted(kind.model._meta.db_table)


def quoted(name: str) -> str:
    """A name quoted as an SQL identifier."""
    return str(connection.ops.quote_name(name))


def literal(shape: BaseGeometry) -> str:
    """A shape (storage system) as the text of a bound parameter, EWKB in hexadecimal."""
    return str(to_wkb(set_srid(shape, storage_srid()), hex=True, include_srid=True))


def where_of(rows: FeatureQuerySet) -> Sql:
    """The condition of a queryset as SQL, for a statement that reads FROM its table without an alias."""
    compiler = rows.query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    sql, values = compiler.compile(rows.query.where)
    return sql, list(values)


def related_rows(other: Selection, shown: tuple[str, ...] = ()) -> Sql:
    """The second layer's features as SQL for a FROM clause, under the alias `related`."""
    where, values = other.where()
    fields = "".join(f", {quoted(name)}" for name in shown)
    return f"(SELECT version_id, feature_id, geom{fields} FROM {table(other.kind)} WHERE {where}) AS related", values


def conditions(selection: Chosen) -> list[Sql]:
    """The conditions of a question on area, district and relation; dataset, time and filter are in the queryset."""
    question = selection.question
    assert question is not None
    found: list[Sql] = []
    if question.area is not None:
        found.append(_in_area(question))
    if question.district is not None:
        found.append(_in_district(question))
    if question.related is not None and not question.finds_nearest:
        found.append(_related(selection, question.related))
    return found


def point_of(kind: LayerKind) -> str:
    """SQL of the point that decides which area a feature is in: its point on surface."""
    geom = f"{table(kind)}.geom"
    return geom if kind.shape == "POINT" else f"ST_PointOnSurface({geom})"


def _in_area(question: Question) -> Sql:
    assert question.area is not None
    area, geom = literal(question.area), f"{table(question.kind)}.geom"
    if question.touching:
        return f"ST_Intersects({geom}, %s::geometry)", [area]
    return f"({geom} && %s::geometry AND ST_Intersects(%s::geometry, {point_of(question.kind)}))", [area, area]


def _in_district(question: Question) -> Sql:
    """The condition for a district; a point on the border of two is in the first only, as in groups by district."""
    districts = select(question.access, KINDS[DISTRICTS])
    row = districts.rows().filter(feature_id=question.district).first() if districts else None
    if districts is None or row is None:
        raise BadQuestion(f"There is no district “{question.district}”.")
    area, geom = row.geom.hexewkb.decode(), f"{table(question.kind)}.geom"
    if question.touching:
        return f"ST_Intersects({geom}, %s::geometry)", [area]
    rows, values = related_rows(districts)
    point = point_of(question.kind)
    earlier = f"EXISTS (SELECT 1 FROM {rows} WHERE related.feature_id < %s AND ST_Intersects(related.geom, {point}))"
    inside = f"{geom} && %s::geometry AND ST_Intersects(%s::geometry, {point})"
    return f"({inside} AND NOT {earlier})", [area, area, *values, question.district]


def _related(selection: Chosen, related: Related) -> Sql:
    if selection.other is None:
        return ("TRUE", []) if related.negated else ("FALSE", [])
    sql, values = (
        _by_the_other(selection, related)
        if selection.other.shown.rows < selection.shown.rows
        else _by_each(selection, related)
    )
    return f"NOT {sql}" if related.negated else sql, values


def _test(selection: Chosen, related: Related) -> Sql:
    mine = table(selection.kind)
    test = TESTS[related.how].format(a=f"{mine}.geom")
    values = [related.distance_m] if related.how == "near" else []
    if related.kind is selection.kind:
        test += f" AND related.feature_id <> {mine}.feature_id"
    return test, values


def _by_each(selection: Chosen, related: Related) -> Sql:
    """The relation tested from the first layer: for each feature, whether one of the second layer exists."""
    assert selection.other is not None
    rows, values = related_rows(selection.other)
    test, test_values = _test(selection, related)
    return f"EXISTS (SELECT 1 FROM {rows} WHERE {test})", [*values, *test_values]


def _by_the_other(selection: Chosen, related: Related) -> Sql:
    """The relation tested from the second layer: the features found for each feature of it."""
    assert selection.other is not None
    mine = table(selection.kind)
    rows, values = related_rows(selection.other)
    where, where_values = where_of(selection.plain())
    test, test_values = _test(selection, related)
    found = (
        f"SELECT fitting.version_id FROM {rows} CROSS JOIN LATERAL "
        f"(SELECT version_id FROM {mine} WHERE {where} AND {test} OFFSET 0) AS fitting"
    )
    return (
        f"EXISTS (SELECT 1 FROM ({found}) AS fitting WHERE fitting.version_id = {mine}.version_id)",
        [*values, *where_values, *test_values],
    )
