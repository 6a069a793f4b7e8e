"""Annex A of CQL2 (OGC 21-065r2): its filters of values find as many rows of its test data as it states.

The rows are in `tests/data/cql2`, from the standard's public repository: places and countries without their shapes.
The spatial filters, whose shapes span the world, are translated only: a portal stores the region of one city.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from layers.access.rules import Access
from layers.crs import CityGeometryField
from layers.errors import BadFilter
from layers.filters.cql2 import condition, parsed
from layers.filters.written import as_text
from layers.kinds import KINDS
from layers.schema.kind import KindField, LayerKind
from layers.text import Text
from tests.factories import place

DATA = Path(__file__).parents[2] / "data/cql2"
STAFF = Access("staff")
PLACES = {
    "name": models.TextField(null=True),
    "nameascii": models.TextField(null=True),
    "pop_max": models.IntegerField(null=True),
    "pop_min": models.IntegerField(null=True),
    "pop_other": models.BigIntegerField(null=True),
    "date": models.DateField(null=True),
    "start": models.DateTimeField(null=True),
    "end": models.DateTimeField(null=True),
    "boolean": models.BooleanField(null=True),
}
COUNTRIES = {"NAME": models.TextField(null=True), "POP_EST": models.BigIntegerField(null=True)}
BY_CODE_POINT = ("name", "nameascii", "NAME")
"""Texts that the standard orders by code points, as the collation "C" does."""


@dataclass(frozen=True)
class Row:
    """A filter of Annex A, and how many rows of a layer it finds."""

    class_: str
    layer: str
    filter: str
    count: int

    @property
    def is_spatial(self) -> bool:
        """Whether it compares shapes."""
        return "s_" in self.filter.lower()


@cache
def annex() -> tuple[Row, ...]:
    """All rows of Annex A."""
    with (DATA / "annex_a.csv").open(encoding="utf-8") as file:
        return tuple(
            Row(one["class"], one["layer"], one["filter"], int(one["count"])) for one in csv.DictReader(file)
        )


def kind_of(name: str, columns: dict[str, Any]) -> LayerKind:
    """A layer with these columns and its rows, in a table of its own."""
    members = {column: field.clone() for column, field in columns.items()}
    for column in BY_CODE_POINT:
        if column in members:
            members[column].db_collation = "C"
    members |= {"geom": CityGeometryField(shape="POINT", null=True), "__module__": __name__}
    meta = type("Meta", (), {"app_label": "layers", "db_table": f"annex_{name}"})
    model: Any = type(f"Annex{name}", (models.Model,), members | {"Meta": meta})
    with connection.schema_editor() as editor:
        editor.create_model(model)
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [{column: value or None for column, value in one.items()} for one in csv.DictReader(file)]
    model._default_manager.bulk_create(
        model(geom=place().wkb_hex, **{column: columns[column].to_python(value) for column, value in row.items()})
        for row in rows
    )
    fields = tuple(KindField(column, Text(column, column)) for column in columns)
    return replace(KINDS["bus_stops"], slug=name, model=model, fields=fields)


@pytest.fixture
def layers(db) -> Iterator[dict[str, LayerKind]]:
    """The layers of Annex A; its rivers have shapes only."""
    with isolate_apps("layers"):
        places, countries = kind_of("places", PLACES), kind_of("countries", COUNTRIES)
        yield {"places": places, "countries": countries, "rivers": countries}


def count(kind: LayerKind, text: str) -> int:
    return kind.model._default_manager.filter(condition(STAFF, kind, text)).count()


WRONG_TABLE = {
    "ACCENTI(name) LIKE accenti('Ch%')": 3,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))": 1,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('cHis%'))": 1,
}
"""Filters for which the standard states two rows: in its own data Chișinău, Chicago and Chengdu begin with Ch, and
Chișinău alone with Chis."""


def test_a_filter_of_values_finds_as_many_rows_as_annex_a_states(layers):
    rows = [one for one in annex() if not one.is_spatial]
    assert len(rows) == 279
    stated = {row.filter: WRONG_TABLE.get(row.filter, row.count) for row in rows}
    assert {row.filter: count(layers[row.layer], row.filter) for row in rows} == stated


def test_a_filter_finds_the_same_when_it_was_written_again(layers):
    for row in annex()[::5]:
        if not row.is_spatial:
            written = as_text(parsed(row.filter))
            assert count(layers[row.layer], written) == count(layers[row.layer], row.filter), written


def test_a_spatial_filter_of_annex_a_is_translated(layers):
    rows = [one for one in annex() if one.is_spatial]
    assert len(rows) == 72
    for row in rows:
        assert condition(STAFF, layers[row.layer], row.filter)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("true", 243),
        ("false", 0),
        ("NOT false AND (true OR false)", 243),
        ("name = 'København' OR false", 1),
        ("geom IS NULL", 0),
        ("geom IS NOT NULL", 243),
        ("point IS NOT NULL", 243),
        ("1 = 1", 243),
        ("1 > 2", 0),
        ("'a' <> 'b'", 243),
        ("casei('A') = casei('a')", 243),
        ("DATE('2026-01-01') < DATE('2026-01-02')", 243),
        ("TIMESTAMP('2026-01-01T12:00:00+02:00') = TIMESTAMP('2026-01-01T10:00:00Z')", 243),
        ("5 IS NULL", 0),
        ("(pop_other > 1038288) = true", 122),
        ("(pop_other > 1038288) = (1 = 1)", 122),
        ("true = boolean", 2),
        ("boolean = (1 = 2)", 1),
        ("(boolean = true) IS NULL", 240),
        ("pop_other + 1 IS NULL", 0),
        ("CASEI(name) = 'københavn'", 1),
        ("CASEI(name) = 'København'", 0),
        ("name LIKE CASEI('KØBENHAVN')", 0),
        ("'x' IN ('x', 'y')", 243),
        ("pop_other = 1038288.0", 1),
        ("pop_other < 1038288.5", 121),
        ("pop_other = 10382880e-1", 1),
        ("pop_other < " + "9" * 250, 243),
        ("pop_other > -" + "9" * 250, 243),
        ("pop_other % 2 = 1 AND pop_other = 1038289", 0),
        ("pop_other div 1000 = 1038", 1),
        ("pop_max ^ 2 = 692224", 1),
        ("T_BEFORE(DATE('2026-01-01'), DATE('2026-01-02'))", 243),
        ("T_DURING(INTERVAL('2026-01-02', '2026-01-03'), INTERVAL('2026-01-01', '2026-01-04'))", 243),
        ("S_INTERSECTS(POINT(20.6 50.8), POLYGON((20 50, 21 50, 21 51, 20 51, 20 50)))", 243),
        ("S_WITHIN(POINT(20.6 50.8), POLYGON((21 50, 22 50, 22 51, 21 51, 21 50)))", 0),
        ("S_EQUALS(geom, point)", 243),
        ("NOT " * 62 + "name = 'København'", 1),
        ("(" * 64 + "name = 'København'" + ")" * 64, 1),
        ("name = 'København'" + " AND (true" * 31 + " OR (true" * 30 + ")" * 61, 1),
    ],
)
def test_literals_conditions_and_properties_are_compared_with_each_other(layers, text, found):
    assert count(layers["places"], text) == found


def test_large_whole_numbers_keep_their_digits(layers):
    kind = layers["places"]
    kind.model._default_manager.filter(name="Berlin").update(pop_other=9007199254740993)
    assert count(kind, "pop_other = 9007199254740993") == 1
    assert count(kind, "pop_other = 9007199254740992") == 0
    assert count(kind, "pop_other > 9007199254740992") == 1
    assert count(kind, '{"op":"=","args":[{"property":"pop_other"},9007199254740993]}') == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 = 'a'", "cannot be compared"),
        ("DATE('2026-01-01') = TIMESTAMP('2026-01-01T00:00:00Z')", "cannot be compared"),
        ("name = (1 = 1)", "true or false"),
        ("avg(pop_max) = 5", "“avg”, which is not offered"),
        ("avg(pop_max)", "“avg”, which is not offered"),
        ("avg(pop_max) IS NULL", "“avg”, which is not offered"),
        ("A_CONTAINS(name, ('a', 'b'))", "“a_contains”, which is not offered"),
        ("S_WITHIN(geom, Buffer(geom, 10, 'm'))", "compares the property geom or point"),
        ("pop_max ^ pop_min = 1", "exponent"),
        ("pop_max = 10 ^ 400", "no number up to 1e300"),
        ("pop_max = (-8) ^ 0.5", "no number up to 1e300"),
        ("casei(5) = name", "casei is for texts"),
        ("name", "Expected a condition"),
        ("5", "not a condition"),
        ("'a\0' = 'b'", "compared"),
        ("POINT(1 2) = POINT(1 2)", "compared"),
        ("name LIKE name", "pattern"),
        ("(1, 2) = (1, 2)", "compared"),
        ("data > DATE('2026-01-01')", "cannot be filtered by “data”"),
        ("date = '2026-01-31nonsense'", "is none"),
    ],
)
def test_what_cannot_be_compared_is_refused(layers, text, words):
    with pytest.raises(BadFilter, match=words):
        count(layers["places"], text)
