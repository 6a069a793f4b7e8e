"""Which statements are permitted, and the reported position of an error."""

import subprocess
import sys
import threading

import pytest
from django.db import connection

from geoportal.console import vocabulary
from geoportal.console.errors import StatementRefused
from geoportal.console.examples import EXAMPLES, examples_for
from geoportal.console.statement import checked
from geoportal.console.vocabulary import MOST_SIGNS
from layers.access.database_views import more_views
from layers.access.rules import Access, visible_kinds

SCHEMA = "geoportal_staff"
VIEWS = ("buildings", "roads", "flood_zones", "bus_stops")
SPECIAL = """
SELECT extract(year FROM now()), substring('a' FROM 1 FOR 2), trim(both FROM 'a'), position('a' IN 'b'),
  now() AT TIME ZONE 'UTC', overlay('a' PLACING 'b' FROM 1), 'a' LIKE 'b' ESCAPE 'c', 'a' SIMILAR TO 'b',
  x IS DISTINCT FROM y, x NOT BETWEEN SYMMETRIC 1 AND 2, nullif(a, b), greatest(1, 2), a IN (1, 2), a = ANY(ARRAY[1]),
  array(SELECT 1), EXISTS (SELECT 1), grouping(a), row(1, 2), current_date, cast(a AS geometry(point, 2178)), a[1:2],
  (a).b, date '2020-01-01', interval '1 day', a COLLATE "C", count(*) FILTER (WHERE a) OVER w, normalize('a'),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY a), x IS NOT TRUE, x IS NULL, (date '2020-01-01', b) OVERLAPS (c, d)
FROM buildings t GROUP BY GROUPING SETS ((a), (b))
WINDOW w AS (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ORDER BY 1
FETCH FIRST 3 ROWS WITH TIES
"""


CLOSED = frozenset({"ts_stat", "query_to_xml"})


def passed(text: str) -> frozenset[str]:
    return checked(text, SCHEMA, VIEWS, CLOSED).relations


def refused(text: str) -> StatementRefused:
    with pytest.raises(StatementRefused) as told:
        passed(text)
    return told.value


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("SELECT 1;", set()),
        ("VALUES (1), (2) -- the end", set()),
        ("TABLE buildings", {"buildings"}),
        ("SELECT * FROM geoportal_staff.roads r JOIN buildings USING (synthetic)", {"roads", "buildings"}),
        ("WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT * FROM r", set()),
        ("WITH a AS (TABLE roads), b AS (SELECT * FROM a) SELECT (SELECT count(*) FROM b) FROM a", {"roads"}),
        ("SELECT * FROM rows FROM (generate_series(1, 2), unnest(ARRAY[1])) WITH ORDINALITY", set()),
        ("SELECT U&\"n\\0061me\" FROM BUILDINGS, LATERAL (SELECT 'pg_class; --') x", {"buildings"}),
        (SPECIAL, {"buildings"}),
    ],
    ids=range(9),
)
def test_questions_pass_and_the_layers_they_read_are_known(text, reads):
    assert passed(text) == reads


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT name,\n  owner\nFRM buildings", 3, 5),
        ("SELECT 'żółć',\n\t pg_sleep(1)", 2, 3),
        ("SELECT *\nFROM buildings b,\n     hydrants", 3, 6),
        ("SELECT 1;\nSELECT 2", 2, 1),
        ("SELECT a::regclass", 1, 11),
    ],
)
def test_a_refusal_says_line_and_column(text, line, column):
    place = refused(text).place
    assert place is not None and (place.line, place.column) == (line, column)
    assert len("\n".join(text.split("\n")[: line - 1])) + (line > 1) + column - 1 == place.position


@pytest.mark.parametrize(
    "text", ["", " \n", "-- nothing", ";", "SELECT 1\0", "SELECT '\ud800'", "x" * (MOST_SIGNS + 1)]
)
def test_what_is_no_statement_is_refused(text):
    refused(text)


def test_a_name_made_by_with_ends_where_its_query_ends():
    refused("SELECT * FROM (WITH hydrants AS (SELECT 1) SELECT 1) a, hydrants")
    refused("WITH a AS (SELECT * FROM hydrants), hydrants AS (SELECT 1) SELECT * FROM a")
    refused("SELECT * FROM (SELECT 1) a UNION (WITH hydrants AS (SELECT 1) SELECT 2) UNION SELECT 1 FROM hydrants")
    passed("WITH hydrants AS (SELECT 1) (SELECT * FROM hydrants) UNION ALL SELECT 1 FROM hydrants")


DEEP = {
    "brackets": "SELECT " + "(" * 10_000 + "1" + ")" * 10_000,
    "sums": "SELECT 1" + "+1" * 9_000,
    "not": "SELECT " + "NOT " * 4_000 + "true",
    "casts": "SELECT 1" + "::int" * 3_000,
    "unions": "SELECT 1" + " UNION SELECT 1" * 1_200,
    "joins": "SELECT 1 FROM buildings" + " CROSS JOIN roads" * 1_000,
    "case": "SELECT " + "CASE WHEN true THEN " * 900 + "1" + " END" * 900,
    "calls": "SELECT " + "abs(" * 3_000 + "1" + ")" * 3_000,
}


@pytest.mark.parametrize("how", DEEP)
def test_deep_nesting_is_refused_on_a_small_stack(how):
    """The web server's threads have stacks of 2 MB."""
    said: list[str] = []
    threading.stack_size(2 * 1024 * 1024)
    try:
        thread = threading.Thread(target=lambda: said.append(str(refused(DEEP[how]))))
        thread.start()
    finally:
        threading.stack_size(0)
    thread.join()
    assert len(said) == 1


def test_the_process_outlives_ten_thousand_brackets():
    code = (
        "import django; from django.conf import settings; settings.configure(USE_I18N=False); django.setup()\n"
        "from geoportal.console.statement import checked\n"
        "from geoportal.console.errors import StatementRefused\n"
        "for text in ('SELECT ' + '(' * 10000 + '1' + ')' * 10000, '(' * 10000):\n"
        "    try: checked(text, 's', (), frozenset())\n"
        "    except StatementRefused: print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, ["refused"] * 2), done.stderr


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("SELECT repeat('x', 10000)", True),
        ("SELECT repeat('x', 10001)", False),
        ("SELECT repeat('x', storeys_above) FROM buildings", False),
        ("SELECT ST_Buffer(geom, 5), ST_Buffer(geom, 5, 16) FROM buildings", True),
        ("SELECT ST_Buffer(geom, 5, 'quad_segs=1000000') FROM buildings", False),
        ("SELECT ST_Buffer(geom, radius => 5, options => 'quad_segs=1000000') FROM buildings", False),
        ("SELECT ST_Transform(geom, 4326) FROM buildings", True),
        ("SELECT ST_Transform(geom, '+init=/etc/passwd') FROM buildings", False),
        ("SELECT ST_Transform(geom, 'EPSG:2178', 4326) FROM buildings", False),
    ],
)
def test_what_takes_memory_or_names_files_is_written_out(text, fine):
    if fine:
        passed(text)
    else:
        refused(text)


@pytest.mark.django_db
def test_every_listed_word_exists_in_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc")
        functions = {row[0] for row in cursor.fetchall()} | {"greatest", "least"}
        cursor.execute("SELECT oprname FROM pg_operator")
        operators = {row[0] for row in cursor.fetchall()} | {"!="}
    assert vocabulary.FUNCTIONS - functions == set()
    assert {one for one in vocabulary.OPERATORS if "BETWEEN" not in one} - operators == set()


@pytest.mark.django_db
def test_no_listed_function_reads_tables_files_or_settings():
    """By PostgreSQL's catalogue: none runs with another's rights, in a language that queries, or by a name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT p.proname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang "
            "WHERE p.proname = ANY(%s) AND (p.prosecdef OR l.lanname = 'plpgsql' "
            "OR p.proargtypes::oid[] && ARRAY['regclass', 'regproc', 'refcursor']::regtype[]::oid[])",
            [list(vocabulary.FUNCTIONS)],
        )
        assert cursor.fetchall() == []


def test_the_examples_pass():
    staff = Access("staff")
    views = [kind.slug for kind in visible_kinds(staff)] + [view.name for view in more_views(staff)]
    offered = examples_for(frozenset(views))
    assert len(offered) == len(EXAMPLES)
    for example in offered:
        assert checked(example.sql, SCHEMA, views, CLOSED).relations == example.layers
