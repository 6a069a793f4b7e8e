"""The database finds things by the indexes made for it: their definitions and the plans PostgreSQL makes."""

from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now

from layers.access.rules import ANONYMOUS
from layers.kinds import KINDS
from layers.reading.selection import select
from layers.tiles.vector import named, selection_sql, tile_columns, tile_parameters, tile_sql
from tests.factories import building, feature_id, load, rows

pytestmark = pytest.mark.django_db
ROWS = 20_000


@pytest.mark.parametrize("slug", list(KINDS))
def test_spatial_and_identity_indexes_cover_current_rows_only(slug):
    table = KINDS[slug].model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [table])
        indexes = dict(cursor.fetchall())
    model = KINDS[slug].model._meta.model_name
    for name, column in ((f"{model}_geom", "geom"), (f"{model}_web", "geom_web")):
        assert indexes[name].endswith(f"USING gist ({column}) WHERE (recorded_to IS NULL)")
    assert indexes[f"{model}_current"].startswith("CREATE UNIQUE INDEX")
    assert indexes[f"{model}_current"].endswith("(dataset_id, source_id) WHERE (recorded_to IS NULL)")
    assert indexes[f"{model}_history"].endswith("USING btree (feature_id, recorded_from)")
    assert indexes[f"{model}_past"].endswith("USING gist (geom_web) WHERE (NOT (recorded_to IS NULL))")
    gists = [one for one in indexes.values() if "USING gist" in one]
    assert len(gists) == 3, "no other spatial index is kept up to date"


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker):
    """20,000 buildings 25 m apart, and a second version of a tenth of them; taken back at the end."""
    from django.db import transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            grid = [building(f"b{n}", n % 200 * 25 - 2500, n // 200 * 25) for n in range(ROWS)]
            load("buildings", grid, "osm")
            load("buildings", [building(f"b{n}", n % 200 * 25 - 2500, n // 200 * 25, 9) for n in range(2000)], "osm")
            yield rows("buildings", "osm")["b5"]
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


def plan_of(query: str, parameters=None) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(("zoom", "x", "y"), [(14, 9130, 5493), (16, 36523, 21972)])
def test_a_tile_reads_the_web_index(many, zoom, x, y):
    kind = KINDS["buildings"]
    query = tile_sql(kind, tile_columns(ANONYMOUS, kind, zoom), zoom, 1)
    plan = plan_of(query, tile_parameters(many.dataset_id, zoom, x, y))
    assert "building_web" in plan and "Seq Scan" not in plan


@pytest.mark.parametrize("zoom", [13, 14, 16])
def test_a_tile_of_the_past_reads_the_web_indexes_of_both(many: Any, zoom: int) -> None:
    kind = KINDS["buildings"]
    chosen = select(ANONYMOUS, kind, dataset="osm", filter="use_class = 'office'", at=now().isoformat())
    assert chosen is not None
    condition, values = named(*chosen.where())
    query = selection_sql(kind, tile_columns(ANONYMOUS, kind, zoom), zoom, 1, condition)
    place = (9130 >> 14 - zoom, 5493 >> 14 - zoom) if zoom <= 14 else (36523, 21972)
    plan = plan_of(query, tile_parameters(many.dataset_id, zoom, *place) | values)
    assert "building_web" in plan and "building_past" in plan and "Seq Scan" not in plan


def test_a_feature_is_found_by_its_identity(many):
    queryset = KINDS["buildings"].model.objects.current().filter(feature_id=feature_id("b77", "osm"))
    plan = queryset.explain()
    assert "building_history" in plan and "Seq Scan" not in plan
    assert queryset.get().source_id == "b77"


def test_current_versions_are_found_by_source_id(many):
    ids = [f"b{n}" for n in range(500)]
    queryset = KINDS["buildings"].model.objects.current().filter(dataset=many.dataset_id, source_id__in=ids)
    plan = queryset.values_list("source_id", "version_id", "payload_hash").explain()
    assert "building_current" in plan and "Seq Scan" not in plan
    assert queryset.count() == 500


def test_features_in_a_box_are_found_by_the_spatial_index(many: Any) -> None:
    from django.contrib.gis.geos import Polygon

    box = Polygon.from_bbox(many.geom.extent)
    box.srid = many.geom.srid
    plan = type(many).objects.current().filter(geom__intersects=box).explain()
    assert "building_geom" in plan and "Seq Scan" not in plan
