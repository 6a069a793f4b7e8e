"""Pages of features while the data changes between them, and statements that take too long."""

import json
import random
from threading import Event, Thread
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.access.rules import ANONYMOUS, serving
from layers.errors import BadKey, BadSort, TooSlow
from layers.kinds import KINDS
from layers.reading.pages import FeatureQuery, FeatureTexts, PageRequest, property_names
from layers.reading.paging import read_place, settled_moment, sorting
from layers.store.editing import amend
from layers.store.writer import writing
from tests.factories import building, feature_id, load, new_run
from tests.tiers import examples

KIND = KINDS["buildings"]
USES = ("public", "office", "other", None)


def wish(order: str = "", limit: int = 3, token: str = "", filter: str = "") -> PageRequest:
    shown = serving(KIND)
    assert shown is not None
    asked = FeatureQuery(ANONYMOUS, KIND, shown, filter)
    by = sorting(ANONYMOUS, KIND, order)
    return PageRequest(asked, by, limit, property_names(asked), after=read_place(by, token) if token else None)


def page(order: str, limit: int, token: str) -> tuple[list[dict], str]:
    texts = FeatureTexts(wish(order, limit, token))
    features = [json.loads(text) for batch in texts for text in batch]
    return features, texts.next


def made(at: int, chance: random.Random):
    height = chance.choice([None, *range(3, 9)])
    return building(f"b{at}", 15 * at, height_m=height, use_class=chance.choice(USES), name=chance.choice("ŁLlaĄ"))


def edit(chance: random.Random) -> None:
    """Something that changes between two pages, by the real store: changes, new features, ends."""
    what = chance.random()
    if what < 0.5:
        load("buildings", [made(chance.randrange(12), chance) for _ in range(4)])
    elif what < 0.7:
        load("buildings", [made(chance.randrange(20, 60), chance)])
    else:
        kept = [made(at, chance) for at in chance.sample(range(12), 10)]
        load("buildings", kept, mode="snapshot", allow_close=100)


ORDERS = st.sampled_from(["", "height_m", "-height_m", "use_class,-height_m", "-name,use_class", "-recorded_from"])


@pytest.mark.django_db
@settings(
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(order=ORDERS, limit=st.integers(1, 5), seed=st.integers(0, 10_000))
def test_no_feature_is_met_twice_or_left_out_while_data_change(order, limit, seed):
    with transaction.atomic():
        chance = random.Random(seed)
        load("buildings", [made(at, chance) for at in range(12)])
        at_first = {str(one.feature_id) for one in KIND.model._default_manager.current()}
        stayed, met, token = set(at_first), [], ""
        for _ in range(80):
            found, token = page(order, limit, token)
            met += [one["id"] for one in found]
            if not token:
                break
            edit(chance)
            stayed &= {str(one.feature_id) for one in KIND.model._default_manager.current()}
        assert not token
        assert len(met) == len(set(met)), "a feature was met twice"
        assert stayed <= set(met), "a feature that was there all the time was left out"
        if order:
            assert set(met) == at_first, "pages in an order by values show one moment"
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("order", ["height_m", "-height_m", "use_class,-height_m", "-name,use_class"])
def test_pages_are_in_the_order_of_the_database(order):
    chance = random.Random(1)
    load("buildings", [made(at, chance) for at in range(30)])
    met, token = [], ""
    while True:
        found, token = page(order, 4, token)
        met += [one["id"] for one in found]
        if not token:
            break
    terms = [
        f"{name.lstrip('-')}{' COLLATE layers_natural' if name.lstrip('-') in ('use_class', 'name') else ''}"
        f"{' DESC' if name.startswith('-') else ''} NULLS LAST"
        for name in order.split(",")
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT feature_id::text FROM layers_building ORDER BY {', '.join(terms)}, feature_id")
        assert met == [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_has_not_committed_is_after_the_moment_of_a_page():
    """A run takes the moment of its change long before it commits; the moment of a page must lie before it."""
    load("buildings", [building("b1", height_m=3.0), building("b2", 30, height_m=5.0)])
    started, go_on = Event(), Event()

    def slow_run() -> None:
        run = new_run()
        with writing(run) as writer:
            writer.write(KIND, [building("b1", height_m=9.0)])
            started.set()
            go_on.wait(20)
        connection.close()

    worker = Thread(target=slow_run)
    worker.start()
    assert started.wait(20)
    first, token = page("height_m", 1, "")
    assert settled_moment(KIND, "register") < now()
    go_on.set()
    worker.join()
    second, _ = page("height_m", 1, token)
    assert [one["properties"]["height_m"] for one in first + second] == [3.0, 5.0]


@pytest.mark.django_db(transaction=True)
def test_no_transaction_stays_open_while_a_page_is_read_and_closing_lets_go_of_it():
    load("buildings", [building(f"b{at}", 15 * at) for at in range(5)])
    texts = FeatureTexts(wish(limit=2))
    assert not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors")
        assert cursor.fetchone() == (1,)
        texts.close()
        cursor.execute("SELECT count(*) FROM pg_cursors")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_a_page_that_takes_too_long_is_a_fault_before_it_begins(settings, monkeypatch):
    load("buildings", [building("b1")])
    settings.TABLE_SECONDS = 0.2
    slow = "SELECT pg_sleep(2)::text, gen_random_uuid()"
    monkeypatch.setattr("layers.reading.pages._statement", lambda wish, columns: (slow, []))
    with pytest.raises(TooSlow):
        FeatureTexts(wish())
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "W10", "bnVsbA", "WyIiLFtdLCJ4IixudWxsXQ", "a" * 5000])
def test_a_token_that_is_none_is_named(token):
    load("buildings", [building("b1")])
    with pytest.raises(BadKey):
        wish(token=token)


@pytest.mark.django_db
def test_a_token_belongs_to_its_order():
    load("buildings", [building(f"b{at}", 15 * at, height_m=float(at)) for at in range(3)])
    _, token = page("height_m", 1, "")
    with pytest.raises(BadKey):
        wish("-height_m", token=token)
    with pytest.raises(BadKey):
        wish(token=token)


@pytest.mark.django_db
def test_an_edited_feature_is_not_met_again_by_its_new_version():
    load("buildings", [building(f"b{at}", 15 * at, height_m=4.0) for at in range(4)])
    first, token = page("height_m", 2, "")
    with writing(new_run(kind="edit")) as writer:
        key = UUID(first[0]["id"])
        row = KIND.model._default_manager.get(feature_id=key, recorded_to__isnull=True)
        amend(writer, KIND, key, {"height_m": 90.0}, expected_version=row.version_id)
    second, _ = page("height_m", 10, token)
    assert {one["id"] for one in first} | {one["id"] for one in second} == {
        str(feature_id(f"b{at}")) for at in range(4)
    }
    assert len(first + second) == 4


def test_too_many_columns_to_sort_by_are_refused():
    with pytest.raises(BadSort):
        sorting(ANONYMOUS, KIND, "name,use_class,height_m,year_built,storeys_above,data_date")
