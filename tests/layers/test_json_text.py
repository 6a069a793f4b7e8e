"""The reader of JSON against Python's own, and the values that it refuses."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import BadJSON
from layers.json_text import json_value
from tests.tiers import examples

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS
VALUES = st.recursive(
    PLAIN | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)


@settings(max_examples=examples(300), deadline=None)
@given(VALUES, st.booleans())
def test_what_python_writes_is_read_as_it_was(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert json_value(text) == json_value(text.encode()) == value


REFUSED = {
    "nothing": "",
    "half": '{"a":',
    "two values": "1 2",
    "NaN": "[NaN]",
    "Infinity": '{"a": -Infinity}',
    "no double": "1e400",
    "negative and no double": "[-1e400]",
    "400 digits": "1" * 400,
    "more digits than Python converts": "1" * 10_000,
    "65 bits": str(2**63),
    "a key twice": '{"a": 1, "b": 2, "a": 1}',
    "a key twice, written otherwise": '{"a": 1, "\\u0061": 1}',
    "a key twice, deep": '[{"b": {"a": 1, "a": 1}}]',
    "NUL": '["x\\u0000"]',
    "NUL in a key": '{"\\u0000": 1}',
    "NUL as a byte": '["\0"]',
    "half a character": '["\\ud800"]',
    "half a character in a key": '{"a": {"\\udfff": 1}}',
    "no UTF-8": b'["\xff"]',
    "65 deep": "[" * 65 + "]" * 65,
    "100,000 deep": "[" * 100_000,
    "5,000 deep objects": '{"a":' * 5_000 + "1" + "}" * 5_000,
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_stored_is_refused_in_one_short_line(text: str | bytes) -> None:
    with pytest.raises(BadJSON) as caught:
        json_value(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 120
    str(caught.value).encode()


def test_the_largest_values_that_can_be_stored_are_read() -> None:
    assert json_value(str(2**63 - 1)) == 2**63 - 1
    assert json_value("1.7976931348623157e308") == 1.7976931348623157e308
    assert json_value('"\\ud83d\\ude92"') == "🚒"
    assert json_value("[" * 64 + "]" * 64) is not None
