"""JSON (RFC 8259) that people and programs send: the one reader, which refuses what cannot be stored.

It is in the lowest room because filters, geometries, tokens of pages and bodies of requests are all read with it.
Refused are: texts that are not UTF-8, NaN and Infinity, numbers beyond a double or beyond 64 bits, keys given twice,
texts with NUL or half a character (a lone surrogate), and nesting deeper than `DEEPEST`.
"""

import json
import math
from typing import Any

from layers.errors import BadJSON

DEEPEST = 64
"""Far below Python's limit of recursion; filters and geometries nest less than half as deep."""
LEAST_WHOLE, MOST_WHOLE = -(2**63), 2**63 - 1
DIGITS = 20
"""Most characters of a whole number of 64 bits; longer ones are not converted at all."""


def json_value(text: str | bytes) -> Any:
    """The value of a JSON text. Raises BadJSON."""
    try:
        plain = text if isinstance(text, str) else text.decode("utf-8-sig")
        value = json.loads(
            plain, parse_constant=_constant, parse_float=_number, parse_int=_whole, object_pairs_hook=_object
        )
    except BadJSON:
        raise
    except (ValueError, RecursionError) as fault:
        raise BadJSON("This is not JSON.") from fault
    _refuse_deep(value, check_texts="\\u" in plain or "\0" in plain)
    return value


def _constant(name: str) -> Any:
    raise BadJSON(f"JSON has no number {name}.")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadJSON(f"The number {text[:40]} is too large.")
    return value


def _whole(text: str) -> int:
    value = int(text) if len(text) <= DIGITS else MOST_WHOLE + 1
    if not LEAST_WHOLE <= value <= MOST_WHOLE:
        raise BadJSON(f"The whole number {text[:40]} has more than 64 bits.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise BadJSON(f"The key “{_shown(twice)}” is given twice in one object.")
    return made


def _refuse_deep(value: Any, *, check_texts: bool) -> None:
    """Raises BadJSON for deep nesting and for texts that cannot be stored; level by level, without recursion."""
    level, depth = [value], 0
    while level:
        if check_texts:
            _refuse_texts(level)
        level = [one for one in level if isinstance(one, list | dict)]
        depth += bool(level)
        if depth > DEEPEST:
            raise BadJSON(f"The JSON is nested more than {DEEPEST} deep.")
        if check_texts:
            _refuse_texts([name for one in level if isinstance(one, dict) for name in one])
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]


def _refuse_texts(values: list[Any]) -> None:
    for one in values:
        if isinstance(one, str) and ("\0" in one or any("\ud800" <= character <= "\udfff" for character in one)):
            raise BadJSON(f"The text “{_shown(one)}” holds NUL or half a character, which cannot be stored.")


def _shown(text: str) -> str:
    return text[:40].replace("\0", "\\0").encode("utf-8", "replace").decode()
