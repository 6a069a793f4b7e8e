"""Figures agree everywhere: for ten random districts and parcels of a demo city the place report shows what the table
behind each figure holds, what the flood study computed, and what shapely makes of the plain rows by itself."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from analysis.running.runner import StudyOrder, run_study
from geoportal.reports.place.document import Document
from layers.access.rules import ANONYMOUS, Access
from layers.feed.versions import VERSIONS, TileVersions
from layers.kinds import KINDS
from layers.places.figures import Statement, as_text
from layers.places.place import Place, feature_place
from layers.places.report import Report, report
from layers.reading.selection import select
from layers.runs.models import Run
from layers.schema.report_items import Count, Length, Nearest, ReportItem, Share, Sum
from tests.databases import restored

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
STAFF = Access("staff")
SCALE, SEED, CHOSEN = 0.15, 77, 10
STOREYS = ((0, 1, "do 1"), (2, 2, "2"), (3, 4, "3–4"), (5, 9, "5–9"), (10, 999, "10 i więcej"))

Rows = list[tuple[Any, ...]]


class City:
    """The plain rows of the demo city, read past the portal's own code: shapes and columns by layer."""

    def __init__(self) -> None:
        self.shapes: dict[str, list[BaseGeometry]] = {}
        self.columns: dict[str, Rows] = {}
        self.trees: dict[str, STRtree] = {}

    def read(self, slug: str, *columns: str) -> None:
        table = KINDS[slug].model._meta.db_table
        names = "".join(f", {name}" for name in columns)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT ST_AsBinary(geom){names} FROM {table} WHERE recorded_to IS NULL")
            rows = cursor.fetchall()
        self.shapes[slug] = [shapely.from_wkb(bytes(row[0])) for row in rows]
        self.columns[slug] = [row[1:] for row in rows]
        self.trees[slug] = STRtree(self.shapes[slug])

    def near(self, slug: str, place: BaseGeometry) -> list[tuple[BaseGeometry, tuple[Any, ...]]]:
        found = self.trees[slug].query(place, predicate="intersects")
        return [(self.shapes[slug][at], self.columns[slug][at]) for at in found]

    def counted(self, slug: str, place: BaseGeometry) -> Rows:
        """Columns of those whose point on surface lies in the place."""
        return [row for shape, row in self.near(slug, place) if place.intersects(shape.point_on_surface())]

    def covered(self, slug: str, place: BaseGeometry) -> dict[Any, float]:
        """Square metres by the first column, overlaps of one code once."""
        parts: dict[Any, list[BaseGeometry]] = {}
        for shape, row in self.near(slug, place):
            parts.setdefault(row[0], []).append(shape.intersection(place))
        areas = {code: shapely.union_all(shapes).area for code, shapes in parts.items()}
        return {code: area for code, area in areas.items() if area >= 1}


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[City]:
    with django_db_blocker.unblock(), restored():
        vars(VERSIONS).update(vars(TileVersions()))
        call_command("demo_city", scale=SCALE, seed=SEED)
        run_study(StudyOrder("flood_exposure"))
        made = City()
        made.read("districts", "feature_id")
        made.read("parcels", "land_use", "feature_id")
        made.read("buildings", "use_class", "storeys_above", "residents")
        made.read("roads", "road_class")
        made.read("flood_zones", "scenario")
        made.read("bus_stops", "name")
        made.read("hydrants", "working")
        made.read("addresses")
        yield made
        vars(VERSIONS).update(vars(TileVersions()))


def rows_of(one: Statement, filter: dict[str, Any]) -> Any:
    found = select(STAFF, one.kind, filter=as_text(filter))
    assert found is not None
    return found.rows()


def chosen(city: City, slug: str) -> list[Place]:
    ids = sorted(str(row[-1]) for row in city.columns[slug])
    return [
        feature_place(STAFF, KINDS[slug], key)
        for key in random.Random(SEED).sample(ids, CHOSEN)  # noqa: S311 - not for secrets
    ]


@pytest.fixture(scope="module")
def reports(city: City, django_db_blocker: DjangoDbBlocker) -> list[Report]:
    """Ten districts and ten parcels, as staff see them."""
    with django_db_blocker.unblock():
        return [report(STAFF, place) for slug in ("districts", "parcels") for place in chosen(city, slug)]


def told(made: Report, slug: str, form: type[ReportItem], by: str = "") -> Statement:
    fits = [
        one
        for one in made.statements
        if one.kind.slug == slug and isinstance(one.item, form) and getattr(one.item, "by", "") == by
    ]
    return fits[0]


def by_code(made: Report, slug: str, form: type[ReportItem], by: str) -> dict[str, Any]:
    return {line.title: pytest.approx(line.value, rel=1e-6, abs=0.01) for line in told(made, slug, form, by).lines}


def words(slug: str, field: str, figures: dict[Any, Any]) -> dict[str, Any]:
    choices = KINDS[slug].field(field).choices or {}
    return {str(choices[str(code)]): value for code, value in figures.items()}


def test_buildings_by_use_and_storeys_and_their_residents(city: City, reports: list[Report]) -> None:
    for made in reports:
        rows = city.counted("buildings", made.place.geometry)
        assert by_code(made, "buildings", Count, "use_class") == words(
            "buildings", "use_class", Counter(row[0] for row in rows)
        )
        storeys = Counter(title for row in rows for low, high, title in STOREYS if low <= (row[1] or -1) <= high)
        stated = by_code(made, "buildings", Count, "storeys_above")
        stated.pop("nie podano", None)
        assert stated == storeys
        people = told(made, "buildings", Sum)
        assert people.total == pytest.approx(sum(row[2] or 0 for row in rows), abs=0.01)


def test_land_use_of_districts(city: City, reports: list[Report]) -> None:
    for made in reports[:CHOSEN]:
        covered = city.covered("parcels", made.place.geometry)
        assert by_code(made, "parcels", Share, "land_use") == words("parcels", "land_use", covered)


def test_flooded_area_by_scenario(city: City, reports: list[Report]) -> None:
    wet = 0
    for made in reports:
        covered = city.covered("flood_zones", made.place.geometry)
        wet += len(covered)
        assert by_code(made, "flood_zones", Share, "scenario") == words("flood_zones", "scenario", covered)
    assert wet > CHOSEN, "otherwise the comparison compares nothing"


def exposed(city: City, place: BaseGeometry, scenario: str) -> Rows:
    """Buildings of the place with a tenth of their footprint, or an entrance, in the water: one by one."""
    water = shapely.union_all(
        [
            shape
            for shape, row in zip(city.shapes["flood_zones"], city.columns["flood_zones"], strict=True)
            if row[0] == scenario
        ]
    )
    shapely.prepare(water)
    found = []
    for shape, row in city.near("buildings", place):
        if not place.intersects(shape.point_on_surface()) or not water.intersects(shape.buffer(1.0)):
            continue
        entrances = [point for point, _ in city.near("addresses", shape.buffer(2.0)) if point.distance(shape) <= 1.0]
        share = shape.intersection(water).area / shape.area
        if share >= 0.1 or any(water.intersects(point) for point in entrances):
            found.append(row)
    return found


def test_exposed_buildings_and_people_of_the_study(city: City, reports: list[Report]) -> None:
    """The place report shows what the study stored, which is what every building by itself gives."""
    wet = 0
    for made in reports:
        rows = exposed(city, made.place.geometry, "p1")
        wet += len(rows)
        effects = told(made, "flood_exposure", Sum)
        assert rows_of(effects, effects.filter).count() == len(rows) if effects.lines else not rows
        if rows:
            assert effects.lines[0].value == pytest.approx(sum(row[2] or 0 for row in rows), abs=0.06 * len(rows))
    assert wet > CHOSEN


def test_the_studys_totals_are_the_sum_of_its_table(city: City) -> None:
    run = Run.objects.filter(kind=Run.Kind.STUDY).latest("pk")
    told_of = run.details["summary"]["scenarios"]["p1"]
    rows = select(STAFF, KINDS["flood_exposure"], filter="share_p1 IS NOT NULL")
    assert rows is not None
    assert (
        told_of["buildings"]
        == rows.rows().count()
        == len(exposed(city, shapely.union_all(city.shapes["buildings"]), "p1"))
    )
    losses = rows.rows().values_list("loss_p1_pln", flat=True)
    assert told_of["loss_pln"] == round(sum(losses))


def test_length_of_roads_by_class(city: City, reports: list[Report]) -> None:
    for made in reports:
        place = made.place.geometry
        lengths: defaultdict[str, float] = defaultdict(float)
        edge = place.boundary.buffer(0.001)
        for shape, (code,) in city.near("roads", place):
            # A millimetre decides what runs along the border, not the last digit of a coordinate.
            lengths[code] += shape.difference(edge).intersection(place).length + shape.intersection(edge).length / 2
        known = {code: length for code, length in lengths.items() if length >= 1}
        assert by_code(made, "roads", Length, "road_class") == words("roads", "road_class", known)


def test_distances_to_the_nearest_stop_and_working_hydrant(city: City, reports: list[Report]) -> None:
    hydrants = shapely.union_all(
        [shape for shape, (works,) in zip(city.shapes["hydrants"], city.columns["hydrants"], strict=True) if works]
    )
    stops = shapely.union_all(city.shapes["bus_stops"])
    for made in reports[CHOSEN:]:
        for slug, points in (("bus_stops", stops), ("hydrants", hydrants)):
            away = told(made, slug, Nearest).found[0].distance_m
            assert away == pytest.approx(made.place.geometry.distance(points), abs=0.001)


def test_every_count_is_the_number_of_rows_of_its_table(reports: list[Report]) -> None:
    compared = 0
    for made in reports:
        for one in made.statements:
            if isinstance(one.item, Count):
                for line in one.lines:
                    assert rows_of(one, line.filter).count() == line.value
                    compared += 1
            elif isinstance(one.item, Sum) and one.lines:
                rows = rows_of(one, one.filter)
                for name in one.item.of:
                    title = str(one.kind.field(name).title)
                    stated = next((each.value for each in one.lines if each.title == title), 0)
                    held = sum(value or 0 for value in rows.values_list(name, flat=True))
                    assert stated == pytest.approx(held, abs=0.01)
    assert compared > 10 * CHOSEN


def test_the_tables_page_says_the_same_number(client: Client, city: City) -> None:
    place = chosen(city, "districts")[0]
    document = Document(ANONYMOUS, report(ANONYMOUS, place), "")
    fact = next(one for one in document.key_facts if one.title == "Budynki")
    assert parse_qs(urlsplit(fact.link).query)["filter"]
    page = client.get(fact.link).content.decode()
    shown = re.search(r"Obiekty:(?:\s|<[^>]+>)*([\d\u00a0\u202f]+)", page)
    assert shown is not None and shown[1].strip() == fact.value.strip()


def test_districts_add_up_to_the_city(city: City) -> None:
    """Every building that lies in a district lies in one only, and no road along a border counts twice or nowhere."""
    counts = [len(city.counted("buildings", shape)) for shape in city.shapes["districts"]]
    whole = shapely.union_all(city.shapes["districts"])
    made = [
        report(ANONYMOUS, feature_place(ANONYMOUS, KINDS["districts"], str(key)))
        for (key,) in city.columns["districts"]
    ]
    told_counts = [told(one, "buildings", Count, "use_class").total for one in made]
    assert sum(told_counts) == sum(counts) == len(city.counted("buildings", whole))
    lengths = sum(told(one, "roads", Length, "road_class").total for one in made)
    assert lengths == pytest.approx(sum(shape.intersection(whole).length for shape in city.shapes["roads"]), rel=1e-3)
