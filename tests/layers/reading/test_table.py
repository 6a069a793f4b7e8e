"""Pages of a table: complete in every order, in both directions, while the data change."""

import random
from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from django.utils.translation import override

from layers.access.rules import ANONYMOUS, Access
from layers.errors import BadKey, BadSort, TooSlow
from layers.kinds import KINDS
from layers.reading import table
from layers.reading.selection import Selection, select
from layers.reading.table import Order, Page, count, order_of, page, usual_order
from tests.databases import MadeOnce
from tests.factories import MARKET_SQUARE, building, feature_id, load

BUILDINGS = KINDS["buildings"]
STAFF = Access("staff")
DRAW = random.Random(7)
CODES = ["education", "residential", "health", None]
HOUSES: dict[str, dict] = {
    f"b{n}": {
        "name": DRAW.choice(["Łąka", "Lipa", "Zamek", "Żabka", "Dom 2", "Dom 10", None]),
        "use_class": DRAW.choice(CODES),
        "storeys_above": DRAW.choice([1, 2, 3, None]),
        "height_m": DRAW.choice([3.5, 4.25, 10.0, None]),
        "year_built": DRAW.choice([1900, 1950, None]),
    }
    for n in range(130)
}


@MadeOnce
def store_houses():
    load("buildings", [building(name, 15 * at, **values) for at, (name, values) in enumerate(HOUSES.items())])


@pytest.fixture
def houses(db):
    store_houses()


def chosen(filter: str = "", at: str = "", access: Access = ANONYMOUS) -> Selection:
    found = select(access, BUILDINGS, filter=filter, at=at)
    assert found is not None
    return found


def walk(selection: Selection, order: Order, backward: bool = False) -> list[UUID]:
    """All features, page after page, forward or from the last page back."""
    pages = [page(selection, order)]
    while pages[-1].after:
        pages.append(page(selection, order, after=pages[-1].after))
    if backward:
        back = [pages[-1]]
        while back[-1].before:
            back.append(page(selection, order, before=back[-1].before))
        pages = back[::-1]
    return [row.feature_id for one in pages for row in one.rows]


def ids(names: list[str]) -> list[UUID]:
    return [feature_id(name) for name in names]


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("sort", ["", "height_m", "-height_m", "storeys_above", "-year_built"])
def test_a_walk_meets_every_row_once_in_order_with_unknown_values_last(houses, sort, backward):
    met = walk(chosen(), order_of(ANONYMOUS, BUILDINGS, sort), backward)
    name, sign = sort.removeprefix("-"), -1 if sort.startswith("-") else 1

    def place(source_id: str) -> tuple:
        value = HOUSES[source_id].get(name) if name else 0
        return value is None, sign * (value or 0), feature_id(source_id).int

    assert met == ids(sorted(HOUSES, key=place))


def test_names_are_in_the_order_of_a_polish_reader(houses):
    met = walk(chosen("name IS NOT NULL"), order_of(ANONYMOUS, BUILDINGS, "name"))
    named = {feature_id(name): values["name"] for name, values in HOUSES.items()}
    assert list(dict.fromkeys(named[one] for one in met)) == ["Dom 2", "Dom 10", "Lipa", "Łąka", "Zamek", "Żabka"]


@pytest.mark.parametrize(
    ("language", "expected"),
    # mieszkalny, ochrona zdrowia, oświata i nauka; education, health care, residential.
    [("pl", ["residential", "health", "education", None]), ("en", ["education", "health", "residential", None])],
)
def test_codes_are_in_the_order_of_their_meaning(houses, language, expected):
    used = {feature_id(name): values["use_class"] for name, values in HOUSES.items()}
    with override(language):
        met = walk(chosen(), order_of(ANONYMOUS, BUILDINGS, "use_class"))
    assert list(dict.fromkeys(used[one] for one in met)) == expected


@pytest.mark.parametrize("backward", [False, True])
def test_nearest_comes_first_with_metres(houses, backward):
    order = order_of(ANONYMOUS, BUILDINGS, "distance", MARKET_SQUARE)
    assert walk(chosen(), order, backward) == ids([f"b{n}" for n in range(130)])
    # The market square is the first building's south-west corner; the third begins 30 m east of it.
    first = page(chosen(), order).rows
    assert [round(row.distance_m or 0.0) for row in first[:4]] == [0, 15, 30, 45]


def test_rows_that_come_go_and_change_make_no_other_row_repeat_or_vanish(houses):
    order = order_of(ANONYMOUS, BUILDINGS, "storeys_above")
    selection = chosen()
    met: list[UUID] = []
    key = ""
    for step in range(4):
        one = page(selection, order, after=key)
        met += [row.feature_id for row in one.rows]
        key = one.after
        edited = {name: HOUSES[name] | {"name": f"Edited {step}"} for name in HOUSES}
        load("buildings", [building(name, 15 * at, **values) for at, (name, values) in enumerate(edited.items())])
        load("buildings", [building(f"new{step}", 15 * step, 60, storeys_above=1)])
        if not key:
            break
    met = [one for one in met if one not in {feature_id(f"new{step}") for step in range(4)}]
    assert sorted(met, key=str) == sorted(ids(list(HOUSES)), key=str)


def test_a_page_can_begin_with_a_feature(houses):
    order = order_of(ANONYMOUS, BUILDINGS, "height_m")
    wanted = walk(chosen(), order)[70]
    one = page(chosen(), order, feature=wanted)
    assert one.rows[0].feature_id == wanted
    assert [row.feature_id for row in page(chosen(), order, before=one.before).rows] == walk(chosen(), order)[20:70]


def test_a_feature_that_is_not_chosen_is_not_forced_into_the_table(houses):
    order = order_of(ANONYMOUS, BUILDINGS, "height_m")
    assert page(chosen(), order, feature=feature_id("stranger")).rows == page(chosen(), order).rows


def test_the_past_can_be_paged(houses):
    before = now().isoformat()
    load("buildings", [building("b0", 0, **(HOUSES["b0"] | {"name": "Zmieniona"}))])
    met = walk(chosen(at=before), order_of(ANONYMOUS, BUILDINGS, "name"))
    assert len(met) == len(set(met)) == 130
    assert count(chosen("name = 'Zmieniona'", at=before)) == (0, True)
    assert count(chosen("name = 'Zmieniona'")) == (1, True)


@pytest.mark.parametrize("name", ["owner", "residents", "recorded_to", "geom", "nothing", "name; DROP TABLE x", ""])
def test_only_visible_fields_sort(houses, name):
    if not name:
        assert order_of(ANONYMOUS, BUILDINGS, name).sql() == ("feature_id", [])
        return
    with pytest.raises(BadSort):
        order_of(ANONYMOUS, BUILDINGS, name)


def test_a_hidden_field_and_an_unknown_one_are_refused_alike():
    said = []
    for name in ("owner", "nothing"):
        with pytest.raises(BadSort) as fault:
            order_of(ANONYMOUS, BUILDINGS, name)
        said.append(str(fault.value).replace(name, "X"))
    assert said[0] == said[1]
    assert order_of(STAFF, BUILDINGS, "owner").name == "owner"


def written(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "key",
    [
        "x",
        "żółw",
        written("[]"),
        written('["", null, "nothing"]'),
        written('["-height_m", 1, "00000000000000000000000000000000"]'),
        written('["height_m", "high", "00000000000000000000000000000000"]'),
        written('["height_m", [1], "00000000000000000000000000000000"]'),
        written('{"a": 1}'),
        written("[" * 1000),
        "A" * 5000,
    ],
)
def test_a_key_that_is_none_or_of_another_order_is_refused(houses, key):
    with pytest.raises(BadKey):
        page(chosen(), order_of(ANONYMOUS, BUILDINGS, "height_m"), after=key)


@pytest.mark.parametrize("value", ['"a\\u0000b"', '"\\ud800"', "5", "true"])
def test_a_key_that_no_text_column_can_hold_is_refused(houses, value):
    key = written(f'["name", {value}, "00000000000000000000000000000000"]')
    with pytest.raises(BadKey):
        page(chosen(), order_of(ANONYMOUS, BUILDINGS, "name"), after=key)


def test_a_key_holds_only_what_the_row_shows(houses):
    one = page(chosen(), order_of(ANONYMOUS, BUILDINGS, "height_m"))
    read = table.read_key(chosen(), order_of(ANONYMOUS, BUILDINGS, "height_m"), one.after)
    at = [field.name for field in BUILDINGS.fields if field.name in BUILDINGS.public_fields].index("height_m")
    assert read == (one.rows[-1].values[at], one.rows[-1].feature_id)


def test_a_page_asks_the_database_always_the_same_number_of_times(houses):
    def asked(order: Order) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page(chosen(), order)
        return len(queries)

    few = asked(order_of(ANONYMOUS, BUILDINGS, "name"))
    load("buildings", [building(f"more{n}", 15 * n, 40) for n in range(200)])
    assert asked(order_of(ANONYMOUS, BUILDINGS, "name")) == few


def test_counting_stops_at_its_budget(houses, monkeypatch):
    assert count(chosen()) == (130, True)
    assert count(chosen("storeys_above = 1"))[1]
    monkeypatch.setattr(table, "COUNTED", 20)
    assert count(chosen("storeys_above IS NOT NULL")) == (20, False)


def test_an_answer_that_takes_too_long_is_refused_in_one_line(houses, settings):
    settings.TABLE_SECONDS = 0.001
    slow = " OR ".join(f"accenti(casei(name)) LIKE accenti(casei('%{n}a%'))" for n in range(60))
    with pytest.raises(TooSlow, match="longer than"):
        for _ in range(200):
            page(chosen(slow), order_of(ANONYMOUS, BUILDINGS, "name"))


def test_a_big_layer_opens_in_the_order_of_an_index(houses):
    assert usual_order(ANONYMOUS, BUILDINGS, 130).name == "name"
    assert usual_order(ANONYMOUS, BUILDINGS, 1_000_000).name == ""
    assert usual_order(ANONYMOUS, BUILDINGS, 1_000_000, MARKET_SQUARE).name == "distance"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        where, values = chosen().where()
        cursor.execute(f"EXPLAIN SELECT * FROM layers_building WHERE {where} ORDER BY feature_id LIMIT 51", values)
        assert "Index Scan using building_history" in "\n".join(row[0] for row in cursor.fetchall())


def test_an_empty_selection_is_an_empty_page(houses):
    assert page(chosen("year_built = 1"), order_of(ANONYMOUS, BUILDINGS, "")) == Page((), "", "")
