"""A file whose columns are called as formats and the portal's own SQL call theirs is read everywhere all the same."""

import pyogrio
import pytest

from layers.access.rules import Access
from layers.kinds import KINDS
from layers.planner.tables import RESERVED
from layers.reading.selection import select
from layers.snapshots.taking import WRITERS
from tests.factories import load, point
from tests.geoportal.uploads.conftest import HTML, address, feature, geojson, sent

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = (
    *("FID", "Ogc_Fid", "told", "distance_m", "near_version", "lon", "lat", "district", "metres", "sorted_by"),
    *("shape", "layer", "geometry", "geom", "point", "merged", "code", "home", "measured", "xmin", "ctid", "rowid"),
    *("feature_id", "version_id", "source_id", "synthetic", "data_date", "run_id", "dataset", "old_version", "name"),
    *("id", "type", "properties", "order", "select", "user", "save", "related", "near", "chosen", "d", "title"),
    *("nearest_distance_m", "nearest_name"),
)
SLUG = "planner_wszystkie_nazwy_2"


@pytest.fixture
def kind(planner):
    """The layer made of such a file, with two objects."""
    values = {name: f"{name} {n}" for n, name in enumerate(NAMES)}
    objects = [feature(n) for n in range(2)]
    for one in objects:
        one["properties"] |= values
    upload = sent(planner, geojson(*objects))
    form = {
        "kind": "new",
        "title_pl": "Wszystkie nazwy 2",
        "shape": "POINT",
        "licence": "CC0-1.0",
        "color": "#1565c0",
    }
    columns = [one["name"] for one in upload.result_of("look")["columns"]]
    form |= {f"use-{n}": "on" for n in range(len(columns))} | {f"type-{n}": "text" for n in range(len(columns))}
    planner.post(address(upload, "target/"), form | {"id": "ID", "named": "name"}, **HTML)
    assert "fault" not in upload.result_of("trial"), upload.result_of("trial")["message"]
    assert planner.post(address(upload, "trial/"), **HTML).headers["Location"] == address(upload, "result/")
    return KINDS[SLUG]


def test_every_file_page_tile_and_question_reads_such_a_layer(kind, planner, tmp_path):
    names = set(kind.field_names)
    assert len(names) >= len(NAMES) and not names & RESERVED
    selection = select(Access("staff"), kind)
    assert selection is not None
    for ending, write in WRITERS.items():
        assert write(selection, tmp_path).stat().st_size > 100, ending
    read = pyogrio.read_dataframe(tmp_path / f"{SLUG}.gpkg")
    assert len(read) == 2 and names <= set(read.columns) and set(read["fid_1"]) == {"FID 0"}
    load("bus_stops", [point("p1", name="Stary przystanek")], "ztm")
    answers = (
        *(f"/open-data/{SLUG}.{ending}" for ending in ("geojson", "gpkg", "csv", "parquet", "fgb")),
        f"/ogc/collections/{SLUG}/items?f=json&limit=1",
        f"/ogc/collections/{SLUG}/items?f=html",
        f"/ogc/collections/{SLUG}/queryables?f=json",
        f"/catalogue/{SLUG}/table/",
        f"/catalogue/{SLUG}/table/?sort=sorted_by_1",
        f"/tiles/{SLUG}/14/9130/5494.mvt",
        f"/tiles/{SLUG}.json",
        f"/query/?layer=bus_stops&relation=nearest&to={SLUG}",
        f"/query/?layer={SLUG}&relation=nearest&to=bus_stops",
        *(f"/query.{one}?layer={SLUG}&relation=nearest&to=bus_stops" for one in ("json", "geojson", "csv")),
        *(f"/query.{one}?layer=bus_stops&relation=nearest&to={SLUG}" for one in ("json", "geojson", "csv")),
    )
    for one in answers:
        answer = planner.get(one)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code in (200, 204), (one, answer.status_code, body[:300])
