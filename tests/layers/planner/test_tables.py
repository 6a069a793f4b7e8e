"""Layers that planners make without a developer: their tables, registry, and that all machinery serves them."""

import json
import re
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection
from shapely import MultiPolygon

from layers.access.rules import ANONYMOUS, Access, may_see, serving, visible_kinds
from layers.errors import BadFilter, BadLayer
from layers.kinds import KINDS
from layers.places.search import search
from layers.planner import tables as planner_tables
from layers.planner.declarations import REGISTER, DeclaredField, PlannerLayer
from layers.planner.tables import describe, make_layer, publish, remove_layer, sql_words, unused_slug, usable_name
from layers.reading.selection import select
from layers.record import Record
from layers.store.editing import amend
from layers.store.rollback import rollback_run
from layers.store.writer import writing
from tests.factories import load, new_run, square

STAFF = Access("staff")
FIELDS = (
    DeclaredField("nazwa", "Nazwa", "Name", column="NAZWA"),
    DeclaredField("etap", "Etap", codes={"a": "pierwszy", "b": "drugi"}),
    DeclaredField("pow_ha", "Powierzchnia", type="number", unit="ha"),
    DeclaredField("rok", "Rok", type="integer"),
    DeclaredField("gotowe", "Gotowe", type="boolean"),
    DeclaredField("dzien", "Dzień", type="date"),
)


def declaration(title: str = "Tereny inwestycyjne", **values: object) -> PlannerLayer:
    """A declared layer of areas, not made yet."""
    slug = str(values.pop("slug", "planner_tereny"))
    layer = PlannerLayer(slug=slug, title_pl=title, shape="MULTIPOLYGON", name_field="nazwa", **values)
    layer.declare(FIELDS)
    return layer


def area(source_id: str, east: float = 0, **values: Any) -> Record:
    """A square of a hundred metres."""
    return Record(source_id, MultiPolygon([square(east, 0, 100)]), values)


GIVEN: dict[str, Any] = {
    "nazwa": "Niewachlów",
    "etap": "a",
    "pow_ha": 1.0,
    "rok": 2027,
    "gotowe": False,
    "dzien": date(2026, 3, 1),
}


@pytest.fixture
def committed(db, django_capture_on_commit_callbacks):
    """Inside, what waits for the commit is done at the end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def made(db, committed):
    """The layer with two areas."""
    with committed():
        make_layer(declaration())
    kind = KINDS["planner_tereny"]
    load(kind, [area("1", **GIVEN), area("2", 500, nazwa="Dąbrowa", etap="b")], "planning")
    return kind


def test_a_made_layer_is_a_kind_like_any_other_with_the_columns_that_were_declared(made):
    assert KINDS["planner_tereny"] is made and list(KINDS)[-1] == "planner_tereny"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'layers_planner_tereny'"
        )
        columns = dict(cursor.fetchall())
        cursor.execute("SELECT nazwa, pow_ha, rok, gotowe, dzien FROM layers_planner_tereny ORDER BY source_id")
        first, _ = cursor.fetchall()
        cursor.execute("SELECT type, srid FROM geometry_columns WHERE f_table_name = 'layers_planner_tereny'")
        assert ("MULTIPOLYGON", 2178) in cursor.fetchall()
    declared = {"nazwa": "text", "etap": "text", "pow_ha": "double precision", "rok": "integer", "dzien": "date"}
    assert declared.items() <= columns.items() and columns["gotowe"] == "boolean"
    assert first == ("Niewachlów", 1.0, 2027, False, date(2026, 3, 1))


def test_filters_and_search_know_it(made):
    chosen = select(STAFF, made, filter="etap = 'a' AND pow_ha >= 1 AND dzien < DATE('2026-04-01')")
    assert chosen is not None and [row.nazwa for row in chosen.rows()] == ["Niewachlów"]
    assert [place.title for place in search(STAFF, "niewachlow")] == ["Niewachlów"]
    assert not search(ANONYMOUS, "niewachlow")
    with pytest.raises(BadFilter):
        select(STAFF, made, filter="wielkosc = 1")


def test_it_is_for_the_staff_until_an_administrator_publishes_it(made, committed):
    assert not may_see(ANONYMOUS, made) and may_see(STAFF, made)
    assert _viewed("geoportal_staff") and not _viewed("geoportal_public")
    with committed():
        publish("planner_tereny", "public")
        assert not _viewed("geoportal_public")
    assert KINDS["planner_tereny"] in visible_kinds(ANONYMOUS)
    assert KINDS["planner_tereny"].public_fields == "all"
    assert _viewed("geoportal_public")


def _viewed(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{schema}.planner_tereny"])
        return bool(cursor.fetchone()[0])


def test_objects_are_edited_and_runs_undone_as_in_any_layer(made):
    row = made.model._default_manager.get(source_id="1", recorded_to=None)
    shown = serving(made)
    assert shown is not None and shown.rows == 2
    again = load(made, [area("1", **GIVEN | {"rok": 2030}), area("3", 900, nazwa="Trzeci")], "planning")
    assert (again.stored, again.unchanged) == (2, 0)
    rollback_run(again.pk)
    assert made.model._default_manager.get(source_id="1", recorded_to=None).rok == row.rok == 2027
    with writing(new_run("planning", kind="edit")) as writer:
        amend(writer, made, row.feature_id, {"etap": "b"})
    assert made.model._default_manager.get(source_id="1", recorded_to=None).etap == "b"


def test_a_layer_is_removed_only_when_it_holds_nothing(made, committed):
    with pytest.raises(BadLayer, match="still holds"):
        remove_layer("planner_tereny")
    run = made.model._default_manager.first().run
    rollback_run(run.pk)
    with committed():
        remove_layer("planner_tereny")
    assert "planner_tereny" not in KINDS and not _viewed("geoportal_staff")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('layers_planner_tereny')")
        assert cursor.fetchone() == (None,)


def test_words_and_units_may_change_later_but_not_the_table(made, committed):
    layer = PlannerLayer.objects.get()
    layer.title_pl, layer.color = "Nowy tytuł", "#112233"
    layer.fields[2]["unit"] = "m²"
    layer.fields[2]["type"] = "text"
    with committed():
        describe(layer)
    kind = KINDS["planner_tereny"]
    assert kind.title.pl == "Nowy tytuł" and kind.field("pow_ha").unit == "m²" and kind is not made
    assert PlannerLayer.objects.get().fields[2]["type"] == "number"


@pytest.mark.parametrize(
    "values",
    [
        {"slug": "tereny"},
        {"slug": "planner_x; drop table layers_run"},
        {"slug": "planner_" + "a" * 40},
        {"title_pl": "  "},
        {"color": "red"},
        {"licence": "mine"},
        {"level": "nobody"},
    ],
)
def test_impossible_declarations_are_refused(db, values):
    layer = declaration()
    vars(layer).update(values)
    with pytest.raises(BadLayer):
        make_layer(layer)
    assert not PlannerLayer.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "geom",
        "fid",
        "told",
        "distance_m",
        "xmin",
        "run_id",
        "source_id",
        "order",
        "user",
        "delete",
        "Wielka",
        "a b",
        'a"b',
        "f",
        "x__y",
    ],
)
def test_names_that_the_database_or_the_portal_uses_are_no_fields(db, name):
    layer = declaration()
    layer.declare((DeclaredField(name, "Tytuł"),))
    with pytest.raises(BadLayer, match="cannot be made"):
        make_layer(layer)


def test_columns_of_files_get_names_that_can_be_used(db):
    given = ["Nazwa", "ORDER", "geom", "2027", "", "a b-c", "nazwa", "źle"]
    taken: list[str] = []
    for one in given:
        taken.append(usable_name(one, taken))
    assert taken == ["nazwa", "order_1", "geom_1", "f_2027", "field", "a_b_c", "nazwa_2", "le"]
    assert {"order", "user", "select"} <= sql_words()


def test_the_same_name_twice_makes_no_second_layer(made):
    with pytest.raises(BadLayer, match="already"):
        make_layer(declaration("Inne"))
    assert unused_slug("tereny") == "planner_tereny_2"


def test_makemigrations_never_sees_planners_layers(made):
    from django.apps import apps
    from django.core.management import call_command

    call_command("makemigrations", "layers", "--check", "--dry-run", verbosity=0)
    assert not [model for model in apps.get_models() if model.__name__.startswith("Planned")]


def test_whoever_goes_through_the_kinds_is_not_disturbed_by_a_new_one(db):
    stop, faults = threading.Event(), []

    def walk() -> None:
        while not stop.is_set():
            try:
                assert all(slug == kind.slug for slug, kind in KINDS.items()) and len(list(KINDS.values())) >= 13
            except Exception as fault:  # whatever goes wrong there is the finding
                faults.append(fault)

    thread = threading.Thread(target=walk)
    thread.start()
    kind = make_layer(declaration())
    for _ in range(2000):
        KINDS.replace_made({kind.slug: kind})
        KINDS.replace_made({})
    stop.set()
    thread.join()
    assert not faults


@pytest.fixture
def swept(transactional_db):
    """Removes planners' tables before the database is emptied: their references would forbid it."""
    yield
    for layer in PlannerLayer.objects.all():
        with connection.cursor() as cursor:
            cursor.execute(f'DROP TABLE "layers_{layer.slug}" CASCADE')


@pytest.mark.django_db(transaction=True)
def test_another_process_knows_it_and_writes_into_it(swept):
    make_layer(declaration())
    script = (
        "import django, json; django.setup()\n"
        "from layers.kinds import KINDS\n"
        "from layers.runs.models import Run\n"
        "Run.objects.exists()\n"
        "print(json.dumps([k.slug for k in KINDS.values() if k.slug.startswith('planner')]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], env=_environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(answer.stdout.splitlines()[-1]) == ["planner_tereny"]


def _environment() -> dict[str, str]:
    import os

    here = connection.settings_dict
    host, port = here["HOST"] or "", here["PORT"] or 5432
    address = f"postgis://{here['USER']}:{here['PASSWORD']}@{host}:{port}/{here['NAME']}"
    return {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "geoportal.settings"}


@pytest.mark.django_db(transaction=True)
def test_a_change_in_another_process_is_noticed_within_the_time_that_the_settings_name(swept, settings):
    settings.PLANNER_LAYERS_SECONDS = 0.0
    make_layer(declaration())
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    other = psycopg2.connect(**parameters)
    with other, other.cursor() as cursor:
        cursor.execute("UPDATE layers_plannerlayer SET title_pl = 'Z daleka', revision = gen_random_uuid()")
    other.close()
    REGISTER.refresh()
    assert KINDS["planner_tereny"].title.pl == "Z daleka"


def test_a_kind_that_is_tried_is_known_only_to_whoever_tries_it(made):
    from contextvars import Context
    from dataclasses import replace

    tried = replace(made, slug="planner_tried")
    with KINDS.with_trial(tried):
        assert KINDS["planner_tried"] is tried and "planner_tried" in KINDS
        assert Context().run(lambda: "planner_tried" in KINDS) is False
    assert "planner_tried" not in KINDS


ALIASES = (
    "layers/reading/pages",
    "layers/reading/table",
    "layers/tiles/vector",
    "layers/exports/*",
    "analysis/queries/*",
)


def test_no_field_has_a_name_that_the_portals_sql_gives_to_something_else(db):
    root = Path(planner_tables.__file__).parents[2]
    files = [path for one in ALIASES for path in root.glob(f"{one}.py")]
    named = {name for path in files for name in re.findall(r"\bAS ([a-z]\w*)\b", path.read_text()) if name != "name"}
    assert len(files) > 12 and {"told", "sorted_by", "metres", "distance_m", "near_version", "merged"} <= named
    assert not {name for name in named if usable_name(name) == name}


@pytest.mark.django_db(transaction=True)
def test_a_load_that_is_committing_keeps_its_layer(swept):
    kind = make_layer(declaration())
    ready, go, faults = threading.Event(), threading.Event(), []

    def bring_in() -> None:
        try:
            with writing(new_run("planning")) as writer:
                writer.write(kind, [area("1", **GIVEN)])
                ready.set()
                go.wait(10)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=bring_in)
    thread.start()
    assert ready.wait(20)
    threading.Timer(1.0, go.set).start()
    with pytest.raises(BadLayer, match="still holds"):
        remove_layer("planner_tereny")
    thread.join()
    assert not faults and kind.model._default_manager.count() == 1


@pytest.mark.django_db(transaction=True)
def test_tables_in_use_are_waited_for_a_little_and_nothing_is_half_made(swept, monkeypatch):
    monkeypatch.setattr(planner_tables, "LOCK_WAIT", "300ms")
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    other = psycopg2.connect(**parameters)
    try:
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE layers_run IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        with pytest.raises(BadLayer, match="in use by others"):
            make_layer(declaration())
        assert 0.5 < time.monotonic() - began < 3
    finally:
        other.close()
    assert not PlannerLayer.objects.exists()
    make_layer(declaration())
    assert _viewed("geoportal_staff")
