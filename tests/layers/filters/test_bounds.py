"""Any text of 4,000 characters is read, or refused, within 50 ms of processor time and 50 MB."""

import gc
import random
import resource
import time
from collections.abc import Callable

import pytest

from layers.errors import BadFilter
from layers.filters.cql2 import parsed
from tests.tiers import examples

LENGTH = 4000
SECONDS = 0.05
MEGABYTES = 50
WORDS = (
    *("AND", "or", "NOT", "LIKE", "between", "IN", "IS", "NULL", "TRUE", "false", "div", "casei", "ACCENTI", "date"),
    *("name", "height_m", '"date"', "eo:cloud.cover", "żółw", "f", "S_INTERSECTS", "T_DURING", "A_EQUALS", "geom"),
    *("(", ")", ",", "=", "<>", "<", ">=", "+", "-", "*", "/", "%", "^", "[", "{", '"', "'", "\\", "\\'", "''", ";"),
    *("1", "0.1", "-5", "1e3", "1e400", "9" * 50, ".5", "'Blok'", "'It''s'", "'It\\'s'", "'%'", "'..'"),
    *("DATE('2026-01-31')", "TIMESTAMP('2026-01-31T12:00:00Z')", "INTERVAL('..','2026-01-31')", "BBOX(1,2,3,4)"),
    *(
        "POINT(1 2)",
        "POINT Z (1 2 3)",
        "POLYGON((0 0,1 0,1 1,0 0))",
        "MULTIPOINT((1 2),(3 4))",
        "GEOMETRYCOLLECTION(",
    ),
    *("\n", "\t", "\xa0", "\0", "\ud800", "😀", "é", '{"op":', '"args":[', "]}", '{"property":"name"}', "1 2 3"),
)
FILTERS = (
    "height_m > 10 AND use_class = 'office' OR NOT name LIKE 'Blok%' AND name IS NOT NULL",
    "S_INTERSECTS(geom, POLYGON((20.1 50.1, 20.2 50.1, 20.2 50.2, 20.1 50.1))) AND height_m * 2 - 1 BETWEEN 3 AND 9",
    "T_DURING(INTERVAL(data_date, '..'), INTERVAL('2026-01-01', '2026-12-31')) OR casei(name) IN (casei('a'), 'b')",
    '{"op":"and","args":[{"op":"like","args":[{"property":"name"},"a%"]},{"op":">","args":[{"property":"h"},3]}]}',
)
OPEN = ("(", "[", "{", "a=(", "NOT (", "f(", "GEOMETRYCOLLECTION(", "POLYGON((", '{"op":"not","args":[', "A_EQUALS((")
REPEATED = (
    *(
        "NOT ",
        "'",
        '"',
        "''",
        "\\'",
        "9",
        "1+",
        "1-",
        "-",
        "2^",
        "a AND ",
        "a OR ",
        "1,",
        "a.",
        "a ",
        " ",
        "\n",
        "(a),",
    ),
    *(
        "a IN (1) AND ",
        "point ",
        "POINT\t",
        "POINT(1 2),",
        "1 2,",
        "((a=1)) AND ",
        "'a' ",
        "e",
        "0.",
        "1e",
        "--",
        "..,",
    ),
)


def hostile() -> list[str]:
    """Texts that made other parsers slow or crash: open brackets, negations, quotes, digits, spaces."""
    texts = [one * count for one in OPEN for count in (39, 1000, LENGTH // len(one))]
    texts += ["(" * count + "a=1" + ")" * count for count in (39, 64, 65, 1000, 1998)]
    for one in REPEATED:
        run = one * (LENGTH // len(one) - 4)
        texts += [
            run,
            f"a={run}",
            f"a IN ({run}1)",
            f"S_INTERSECTS(g,{run}"[:LENGTH],
            f"a='{run}"[:LENGTH],
            f"{run}a=1",
        ]
    texts += [
        "a='" + "x" * 3990 + "'",
        "a='" + "\\'" * 1900,
        "a=" + "9" * 3990,
        "a=0." + "9" * 3990,
        "1" + "+1" * 1999,
    ]
    texts += ["POINT" + " " * 3990 + "=", "date" + " " * 3990, "f" + " " * 3990 + ")", "a=1e" + "9" * 3990]
    texts += ["S_INTERSECTS(geom,LINESTRING(" + "1 2," * 985, "BBOX(" + "1," * 1990, '"' + "a" * 3998]
    texts += ['{"op":"not","args":[' * 190, "[" * LENGTH, '{"a":' * 800, '{"op":"=","args":[' + "9" * 3900 + "]}"]
    return [text[:LENGTH] for text in texts]


def soup(dice: random.Random) -> str:
    """Words of the language and signs that are none, in any order."""
    return dice.choice(("", " ")).join(dice.choices(WORDS, k=int(dice.expovariate(1 / 40)) + 1))


def changed(dice: random.Random) -> str:
    """Filters joined, with signs lost, doubled and added."""
    text = dice.choice((" AND ", " OR ", "(")).join(dice.choices(FILTERS, k=dice.randint(1, 3)))
    for _ in range(dice.randint(0, 6)):
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice((*WORDS, "")) + text[at + dice.randint(0, 3) :]
    return text


def repeated(dice: random.Random) -> str:
    """One piece again and again, between two others; seldom as long as may be."""
    piece = soup(dice)[:40] or " "
    length = LENGTH if dice.random() < 0.02 else int(dice.expovariate(1 / 150))
    return soup(dice)[:80] + piece * (length // len(piece)) + soup(dice)[:80]


def generated(dice: random.Random) -> str:
    """One text of any of these ways."""
    way: Callable[[random.Random], str] = dice.choice((soup, changed, repeated))
    return way(dice)[:LENGTH]


def seconds_of(text: str) -> float:
    """Processor time of reading a text; the least of three where the first was long, because others run beside it."""
    taken = SECONDS
    for _ in range(3):
        began = time.process_time()
        try:
            parsed(text)
        except BadFilter as fault:
            assert str(fault)
        taken = min(taken, time.process_time() - began)
        if taken < SECONDS:
            return taken
    return taken


@pytest.fixture
def bounded():
    """The parser made and the collector of garbage off; at the end, the memory is compared."""
    parsed("a = 1")
    gc.collect()
    gc.disable()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    gc.enable()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024


@pytest.mark.parametrize("language", ["cql2-text", "cql2-json"])
def test_hostile_texts_end_in_time(bounded, language):
    for text in hostile():
        assert seconds_of(text) < SECONDS, text[:60]
        with pytest.raises(BadFilter):
            parsed(text + ("" if language == "cql2-json" else "]"), language)


def _try(count: int, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(count):
        text = generated(dice)
        assert seconds_of(text) < SECONDS, text


def test_any_text_ends_in_time(bounded):
    _try(500, seed=random.randrange(10**9))


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_thousand_texts_end_in_time(bounded, seed):
    _try(examples(10_000), seed)
