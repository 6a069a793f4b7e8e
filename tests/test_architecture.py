"""Rules of CONVENTIONS.md that a machine can check."""

import ast
import re
import unicodedata
from pathlib import Path

import pytest
from django.db.models import CheckConstraint

from ingest.sources import SOURCES
from layers.access.rules import Access
from layers.filters.cql2 import condition
from layers.kinds import KINDS
from layers.locks import AdvisoryLock
from layers.schema.feature import CityFeature
from layers.schema.kind import LayerKind
from layers.schema.report_items import Count, FeatureItem
from layers.text import Text

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("geoportal", "layers", "ingest", "analysis")
CODE = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
KNOWN_SYSTEMS = {2176, 2177, 2178, 2179, 2180, 3857, 4258, 4326, 9650, 9651, 25832, 25833, 25835, 3067, 900913}
"""Numbers that can only mean a coordinate system here."""

kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def texts(kind: LayerKind) -> list[Text]:
    found = [kind.title, kind.singular, kind.description, kind.theme, kind.source.name, kind.source.update_rhythm]
    found += [one.title for one in kind.legend]
    for field in kind.fields:
        found += [field.title, *(field.choices or {}).values()]
    found += [text for item in kind.report_items for text in (item.title, item.none, item.key) if text]
    return found


@kinds
def test_kind_speaks_both_languages_and_says_where_it_comes_from(kind):
    for text in texts(kind):
        assert text.pl.strip() and text.en.strip()
    assert kind.title.pl != kind.title.en
    assert kind.source.licence
    assert kind.source.licence_url.startswith("https://") or kind.level != "public"
    assert kind.legend and kind.style


@kinds
def test_kind_fields_are_the_models_own_columns(kind):
    shared = {field.name for field in CityFeature._meta.get_fields()} | {"geom"}
    own = [field.name for field in kind.model._meta.concrete_fields if field.name not in shared]
    assert own == list(kind.field_names)
    assert kind.model._meta.get_field("geom").geom_type == kind.shape


@kinds
def test_kind_names_only_fields_it_has(kind):
    names = set(kind.field_names)
    listed = names if kind.public_fields == "all" else set(kind.public_fields)
    assert listed <= names
    assert not kind.name_field or kind.name_field in names
    assert {name for _, tile in kind.tile_fields for name in tile} <= names
    starts = [start for start, _ in kind.tile_fields]
    assert starts == sorted(set(starts))
    used = set(re.findall(r"\['get', '(\w+)'\]", repr((kind.style, kind.basemap))))
    assert used <= {name for _, tile in kind.tile_fields for name in tile}, "the map draws what tiles carry"


@kinds
def test_report_items_of_a_kind_name_only_fields_it_has(kind):
    for item in kind.report_items:
        show = item.show if isinstance(item, FeatureItem) else ()
        bins = item.bins if isinstance(item, Count) else ()
        assert {*item.fields, *show} <= set(kind.field_names)
        assert not item.filter or condition(Access("services"), kind, item.filter)
        assert list(bins) == sorted(set(bins))


@kinds
def test_kind_keeps_the_shared_indexes_and_constraints(kind):
    name = kind.model._meta.model_name
    assert {f"{name}_geom", f"{name}_web", f"{name}_history"} <= {one.name for one in kind.model._meta.indexes}
    assert {f"{name}_current", f"{name}_period"} <= {one.name for one in kind.model._meta.constraints}


@kinds
def test_codes_are_guarded_by_the_database_and_fit_their_column(kind):
    checks = [one for one in kind.model._meta.constraints if isinstance(one, CheckConstraint)]
    for field in kind.fields:
        if field.choices:
            column = kind.model._meta.get_field(field.name)
            guards = [repr(one.condition) for one in checks if f"'{field.name}__" in repr(one.condition)]
            assert len(guards) == 1, field.name
            if column.max_length is None:
                low, high = min(map(int, field.choices)), max(map(int, field.choices))
                assert f"{field.name}__gte', {low}" in guards[0] and f"{field.name}__lte', {high}" in guards[0]
            else:
                assert all(repr(code) in guards[0] for code in field.choices)
                assert max(map(len, field.choices)) <= column.max_length


def folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.replace("ł", "l").replace("Ł", "l"))
    return "".join(letter for letter in plain.lower() if letter.isalnum())


@kinds
def test_a_column_name_means_one_field_of_a_kind(kind):
    meaning: dict[str, str] = {}
    for field in kind.fields:
        for word in {folded(one) for one in (field.name, *field.synonyms)}:
            assert meaning.setdefault(word, field.name) == field.name, word


def test_slugs_and_orders_are_unique_and_slugs_are_file_names():
    assert len({kind.order for kind in KINDS.values()}) == len(KINDS)
    assert {kind.model.__module__ for kind in KINDS.values()} == {f"layers.kinds.{slug}" for slug in KINDS}
    files = {path.stem for path in (ROOT / "layers" / "kinds").glob("*.py")} - {"__init__"}
    assert files == set(KINDS)


def test_every_source_says_what_it_is():
    assert {"demo_city", "egib", "file", "osm"} <= set(SOURCES)
    for slug, source in SOURCES.items():
        assert source.slug == slug and source.title.pl and source.title.en
        assert source.synthetic == (slug.startswith("demo_"))


def numbers(path: Path) -> set[int]:
    """Whole numbers a module contains, as code or inside its texts, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    prose = {id(value) for value in alone if isinstance(value, ast.Constant)}
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose:
            if isinstance(node.value, int):
                found.add(int(node.value))
            elif isinstance(node.value, str):
                found |= {int(one) for one in re.findall(r"(?<![\w.])(?:EPSG:+)?(\d{4,6})(?![\w.])", node.value)}
    return found


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_numbers_of_coordinate_systems_are_in_one_module(path):
    allowed = set()
    if path == ROOT / "layers" / "crs.py":
        allowed = KNOWN_SYSTEMS
    elif path.parent.name == "migrations":
        allowed = {3857}
    assert not numbers(path) & KNOWN_SYSTEMS - allowed


def test_the_search_for_numbers_finds_them(tmp_path):
    sample = tmp_path / "sample.py"
    sample.write_text('"""About 2178."""\nA = 2180\nB = "SRID=4326;POINT"\nC = "EPSG:25832"\nD = 3857.5\n')
    assert numbers(sample) & KNOWN_SYSTEMS == {2180, 4326, 25832}


LOCKS = set(AdvisoryLock)
SQL = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.sql"))]


def lock_calls(text: str) -> list[str]:
    """The first argument of every call of an advisory lock function in a text."""
    return re.findall(r"advisory_(?:xact_)?(?:un)?lock(?:_shared)?\(([^,)]*)", text)


@pytest.mark.parametrize("path", [*CODE, *SQL], ids=lambda path: str(path.relative_to(ROOT)))
def test_numbers_of_advisory_locks_are_in_one_table(path):
    if path == ROOT / "layers" / "locks.py":
        assert numbers(path) >= LOCKS
        return
    text = path.read_text(encoding="utf-8")
    assert set(lock_calls(text)) <= {"%s"}, "the number is a parameter"
    assert not {int(one) for one in re.findall(r"(?<![\w.])\d+(?![\w.])", text)} & LOCKS
    assert text.count("advisory_") == 0 or "AdvisoryLock." in text


def test_advisory_lock_numbers_are_distinct_and_their_calls_are_found():
    assert len(AdvisoryLock.__members__) == len(LOCKS)
    assert lock_calls("SELECT pg_try_advisory_lock(17), pg_advisory_xact_lock(%s, 0)") == ["17", "%s"]


def test_statements_are_limited_in_one_module():
    named = [path for path in [*CODE, *SQL] if "statement_timeout" in path.read_text(encoding="utf-8")]
    assert named == [ROOT / "layers" / "reading" / "time_limits.py"]


def test_web_frameworks_faults_stay_out_of_the_lower_rooms():
    wrong = [
        str(path)
        for room in ("layers", "ingest", "analysis")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"^\s*(from|import) django\.(http|shortcuts|views|urls)", path.read_text(), re.MULTILINE)
    ]
    assert not wrong
