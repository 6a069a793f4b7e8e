"""CQL2 text: the standard's own examples, literals read exactly, and faults with their place."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import BadFilter
from layers.filters.cql2 import parsed
from layers.filters.document import tree_of as json_tree
from layers.filters.text import tree_of
from layers.filters.written import as_text
from tests.tiers import examples

EXAMPLES = json.loads((Path(__file__).parents[2] / "data/cql2/examples.json").read_text(encoding="utf-8"))
"""The examples of OGC 21-065r2 in both encodings, from its public repository."""


def normalised(node: Any) -> Any:
    """Accents composed and moments without empty fractions: the two encodings of some examples differ in these."""
    if isinstance(node, dict):
        return {name: normalised(value) for name, value in node.items()}
    if isinstance(node, list):
        return [normalised(one) for one in node]
    return unicodedata.normalize("NFC", node).replace(".000000Z", "Z") if isinstance(node, str) else node


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one["name"])
def test_an_example_of_the_standard_is_read_as_its_other_encoding(example):
    assert normalised(tree_of(example["text"])) == normalised(example["json"])
    assert json_tree(json.dumps(example["json"])) == example["json"]
    assert tree_of(as_text(example["json"])) == example["json"]


def call(op: str, *args: Any) -> dict[str, Any]:
    return {"op": op, "args": list(args)}


def value(text: str) -> Any:
    """The literal that a property is compared with."""
    return tree_of(f"a = {text}")["args"][1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9007199254740993", 9007199254740993),
        ("-9223372036854775808", -9223372036854775808),
        ("9" * 299, 10**299 - 1),
        ("0.1", 0.1),
        ("0.30000000000000004", 0.1 + 0.2),
        ("50.128051662794235", 50.128051662794235),
        ("2.5000000000000000000000000", 2.5),
        ("1e3", 1000.0),
        ("-.5E-2", -0.005),
        ("+7", 7),
        ("'It''s'", "It's"),
        ("'It\\'s'", "It's"),
        ("'C:\\temp\\x'", "C:\\temp\\x"),
        ("'100\\%'", "100\\%"),
        ("''", ""),
        ("'(((NOT [{'", "(((NOT [{"),
        ("TrUe", True),
        ("DATE('2024-02-29')", {"date": "2024-02-29"}),
        ("timestamp('2026-01-31T12:00:00+01:00')", {"timestamp": "2026-01-31T12:00:00+01:00"}),
        ("point", {"property": "point"}),
        ("date", {"property": "date"}),
        ('"and"', {"property": "and"}),
        ('"Nazwa pełna"', {"property": "Nazwa pełna"}),
        ("android", {"property": "android"}),
        ("żółw:ä.1", {"property": "żółw:ä.1"}),
        ("Point Z(1 2 3)", {"type": "Point", "coordinates": [1.0, 2.0, 3.0]}),
        ("MULTIPOINT(1 2, 3 4)", {"type": "MultiPoint", "coordinates": [[1.0, 2.0], [3.0, 4.0]]}),
        ("BBOX(-1,+2,3.5,4e0)", {"bbox": [-1.0, 2.0, 3.5, 4.0]}),
        ("INTERVAL('..', b)", {"interval": ["..", {"property": "b"}]}),
        ("2^3^2", {"op": "^", "args": [2, {"op": "^", "args": [3, 2]}]}),
        ("1-2-3", {"op": "-", "args": [{"op": "-", "args": [1, 2]}, 3]}),
        ("1 -2", {"op": "-", "args": [1, 2]}),
        ("-2^2", {"op": "*", "args": [-1, {"op": "^", "args": [2, 2]}]}),
        ("7 DIV 2", {"op": "div", "args": [7, 2]}),
    ],
)
def test_a_value_is_read_exactly(text, expected):
    found = value(text)
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("a IS NULL AND true", {"op": "and", "args": [{"op": "isNull", "args": [{"property": "a"}]}, True]}),
        ("NOT NOT true", {"op": "not", "args": [{"op": "not", "args": [True]}]}),
        ("(a) = (1)", {"op": "=", "args": [{"property": "a"}, 1]}),
        ("'a' < 'b'", {"op": "<", "args": ["a", "b"]}),
        ("(1 = 1) = true", {"op": "=", "args": [{"op": "=", "args": [1, 1]}, True]}),
    ],
)
def test_a_condition_is_read(text, expected):
    assert tree_of(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1, column 1: the filter ends; allowed is a property, a value or a function"),
        ("a =\n  ", "line 2, column 3: the filter ends"),
        ("a =\n'x' 5", "line 2, column 5: found “5”; allowed is an operator .*, AND, OR, the end"),
        ("a = 'x", "line 1, column 5: .* no closing '"),
        ('"a = 1', 'line 1, column 1: .* no closing "'),
        ("a = 'x\\'", "column 5: .* no closing '"),
        ("a = NULL", "column 5: found “NULL”"),
        ("a AND AND b", "column 7: found “AND”"),
        ("a # 1", "column 3: found “#”"),
        ("a = 1)", "column 6: found “\\)”; allowed is .*the end"),
        ("a IN ()", "column 7: found “\\)”"),
        ("POINT(1,2)", "column 7: found “1”; allowed is a position such as 20.63 50.87"),
        ("S_INTERSECTS(a, POINT(1 2", "column 26: the filter ends; allowed is “\\)”"),
        ("a = 1e400", "column 5: The number 1e400 is too large"),
        ("a = -" + "9" * 400, "column 6: The number 9+… \\(400 characters\\) is too large"),
        ("a = 1e-400", "column 5: The number 1e-400 has more digits"),
        ("a = 0.12345678901234567890", "column 5: .* more digits"),
        ("S_INTERSECTS(a, POINT(1e400 2))", "column 23: The coordinate 1e400 is too large"),
        ("a > DATE('2026-02-30')", "column 10: “2026-02-30” is no date"),
        ("a > DATE('20260130')", "“20260130” is no date"),
        ("a > TIMESTAMP('nonsense')", "column 15: “nonsense” is no moment"),
        ("a > TIMESTAMP('2026-01-31T25:00:00Z')", "is no moment"),
        ("T_AFTER(a, INTERVAL('2026', '..'))", "column 21: “2026” is no date"),
        ("(" * 39, "the filter ends"),
        ("(" * 65 + "true" + ")" * 65, "column 65: brackets are nested deeper than 64 levels"),
        ("NOT " * 65 + "true", "nested deeper than 64 levels"),
        ("1" + "+1" * 100, "nested deeper than 64 levels"),
        ("a IN (" + "1," * 1300 + "1)", "more than 2500 words and signs"),
    ],
)
def test_a_fault_is_one_message_with_its_place(text, words):
    with pytest.raises(BadFilter, match=words):
        parsed(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1, column 2"),
        ('{"op": "=",\n "args": [1 2]}', "line 2, column 13"),
        ('{"op": "=", "args": [1, 1e400]}', "1e400 is too large"),
        ('{"op": "=", "args": [1, ' + "9" * 400 + "]}", "400 characters"),
        ('{"op": "=", "args": [1, NaN]}', "NaN is no number"),
        ('{"op": "=", "args": [1, -Infinity]}', "-Infinity is no number"),
        ('{"op": "="}', "no list"),
        ('{"op": 5, "args": []}', "Expected one of"),
        ('{"op": "=", "args": [{"property": 5}, 1]}', "Expected one of"),
        ('{"op": "=", "args": [{"date": "2026-02-30"}, 1]}', "2026-02-30"),
        ('{"op": "=", "args": [{"interval": ["x", ".."]}, 1]}', "no date"),
        ('{"x": 1}', "Expected one of"),
        ('{"op": "=", "args": [{"property": "a"}, null]}', "null is no value"),
        ('{"op":"not","args":[' * 65 + "true" + "]}" * 65, "nested deeper"),
        ('{"op":"=","args":' + "[" * 5000 + "]" * 2000 + "}", "nested|cannot be read"),
        ("{" * 7990, "cannot be read"),
        ("5", "not a condition"),
    ],
)
def test_a_fault_of_json_is_one_message(text, words):
    with pytest.raises(BadFilter, match=words):
        parsed(text, "cql2-json")


def test_json_keeps_large_numbers_and_rounds_coordinates_only():
    tree = parsed('{"op":"=","args":[{"property":"a"},-9007199254740993]}')
    assert tree["args"][1] == -9007199254740993
    tree = parsed('{"op":"s_within","args":[{"bbox":[1,-2.12345678901234567890,3,4]},{"property":"geom"}]}')
    assert tree["args"][0]["bbox"] == [1, -2.1234567890123457, 3, 4]
    with pytest.raises(BadFilter, match="more digits"):
        parsed('{"op":"in","args":[{"property":"a"},[1,-2.12345678901234567890]]}')


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (call("=", {"property": "order"}, "It's"), "order = 'It''s'"),
        (call("=", {"property": "or"}, "\\'"), "\"or\" = '\\\\''"),
        (call("not", call("isNull", {"property": "a"})), "a IS NOT NULL"),
        (call("not", call("or", True, False)), "NOT (TRUE OR FALSE)"),
        (call("*", call("+", {"property": "a"}, 1), -2.5), "(a + 1) * -2.5"),
        (
            call("t_meets", {"interval": [{"date": "2026-01-01"}, ".."]}, {"property": "a"}),
            "INTERVAL('2026-01-01', '..')",
        ),
        (
            call("s_within", {"property": "geom"}, {"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}),
            "((1 2, 3 4))",
        ),
        (call("=", {"property": "a"}, "C:\\"), '{"op": "=", '),
        (call("=", {"property": 'a"b'}, 1), '{"op": "=", '),
    ],
)
def test_a_filter_is_written(tree, text):
    assert text in as_text(tree)


NAMES = st.sampled_from(["name", "and", "Nazwa pełna", "date", "point", "a.b:c", "1st"]) | st.text(
    st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=9
)
TEXTS = st.text(st.sampled_from("ab'\\%_ ż\n(") | st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(-1e200, 1e200).filter(lambda one: one == 0 or abs(one) > 1e-200)
PROPERTIES = st.builds(lambda name: {"property": name}, NAMES)
SCALARS = st.one_of(
    PROPERTIES,
    TEXTS,
    NUMBERS,
    st.booleans(),
    st.dates().map(lambda day: {"date": day.isoformat()}),
    st.builds(lambda op, text: {"op": op, "args": [text]}, st.sampled_from(["casei", "accenti"]), TEXTS),
)


SUMS = st.recursive(
    NUMBERS | PROPERTIES,
    lambda inner: st.builds(call, st.sampled_from(["+", "-", "*", "/", "%", "^", "div"]), inner, inner),
    max_leaves=5,
)
POSITIONS = st.lists(st.floats(-180, 180).map(lambda one: one + 0.0), min_size=2, max_size=3)
SHAPES = st.one_of(
    POSITIONS.map(lambda at: {"type": "Point", "coordinates": at}),
    st.lists(POSITIONS, min_size=1, max_size=4).map(lambda at: {"type": "LineString", "coordinates": at}),
    st.lists(POSITIONS, min_size=1, max_size=4).map(lambda at: {"type": "MultiPolygon", "coordinates": [[at], [at]]}),
    st.lists(POSITIONS, min_size=1, max_size=2).map(
        lambda all_: {
            "type": "GeometryCollection",
            "geometries": [{"type": "Point", "coordinates": at} for at in all_],
        }
    ),
)
CONDITIONS = st.recursive(
    st.one_of(
        st.booleans(),
        st.builds(call, st.sampled_from(["=", "<>", "<", ">="]), SCALARS | SUMS, SCALARS | SUMS),
        st.builds(call, st.just("like"), SCALARS, TEXTS),
        st.builds(call, st.just("between"), SUMS, SUMS, SUMS),
        st.builds(call, st.just("in"), SCALARS, st.lists(SCALARS, min_size=1, max_size=3)),
        st.builds(call, st.just("isNull"), PROPERTIES),
        st.builds(call, st.sampled_from(["s_within", "t_finishedBy"]), PROPERTIES, SHAPES),
    ),
    lambda inner: st.one_of(
        st.builds(call, st.sampled_from(["and", "or"]), inner, inner), st.builds(call, st.just("not"), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=examples(2000), deadline=None)
@given(CONDITIONS)
def test_what_is_written_is_read_as_the_same_filter(tree):
    """As text, or as JSON where text cannot express it: both begin differently, so one reader takes both."""
    assert parsed(as_text(tree)) == tree or isinstance(tree, bool)
    assert not as_text(tree).startswith("{") or "\\\\" in as_text(tree) or '\\"' in as_text(tree)
