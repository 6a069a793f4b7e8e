"""Pages of a set that changes meanwhile: what was there all the time and did not move comes exactly once.

A row whose very sorting value is corrected during the walk may be met before or after its change, as in any list
that is sorted by a value that changes; such rows are only asserted not to take others' places.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.observations.models import Datastream, Observation
from layers.observations.replacing import remove_observations
from tests.geoportal.api.sensorthings.conftest import Get, Network
from tests.layers.observations.streams import new_run, observations, store
from tests.tiers import examples

pytestmark = pytest.mark.django_db
ORDERS = {
    "": (),
    "result": ("result",),
    "result desc": ("result",),
    "resultTime": (),
    "resultTime desc": (),
    "resultTime desc,result": ("result",),
    "phenomenonTime desc": (),
    "phenomenonTime,id desc": (),
    "id desc": (),
    "result mod 3,id": ("result",),
    "Datastream/name desc,result desc": ("result",),
    "parameters/n": (),
    "parameters/n desc,phenomenonTime": (),
    "minute(phenomenonTime) desc": (),
}
"""Orders, and the corrected property on which each depends."""
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["insert", "late", "correct", "end", "nothing"]), st.integers(0, 60), st.integers(90, 110)
    ),
    max_size=4,
)


def apply(what: str, minute: int, value: int, level: Datastream) -> None:
    """A change of the store between two pages, by the store's own writer."""
    start = datetime(2026, 1, 15, tzinfo=UTC)
    if what == "insert":
        store(observations(level, {200 + minute: float(value)}))
    elif what == "late":
        store(observations(level, {minute + 1: float(value)}, made=minute))
    elif what == "correct":
        store(observations(level, {minute // 10 * 10: float(value)}, made=60))
    elif what == "end":
        with transaction.atomic():
            rows = Observation.objects.filter(
                datastream=level, starts_at=start + timedelta(minutes=minute // 10 * 10)
            )
            remove_observations(new_run(), rows)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.sampled_from([*ORDERS]), size=st.integers(1, 5), steps=st.lists(CHANGES, max_size=6))
def test_rows_that_stay_come_exactly_once(
    network: Network, get: Get, order: str, size: int, steps: list[list[tuple[str, int, int]]]
) -> None:
    level = Datastream.objects.get(pk=network.level)
    with transaction.atomic():
        before = dict(Observation.objects.values_list("number", "value"))
        changed: set[int] = set()
        seen: list[int] = []
        request = f"Observations?$top={size}&$select=id" + (f"&$orderby={order}" if order else "")
        pending = list(steps)
        while request:
            page = get(request)
            seen += [one["@iot.id"] for one in page["value"]]
            request = page.get("@iot.nextLink", "")
            for what, minute, value in pending.pop(0) if pending else []:
                apply(what, minute, value, level)
                now = dict(Observation.objects.values_list("number", "value"))
                changed |= {key for key in before if key not in now}
                if ORDERS[order]:
                    changed |= {key for key in before if now.get(key) != before[key]}
        staying = [key for key in before if key not in changed and key != network.secret]
        assert sorted(key for key in seen if key in staying) == sorted(staying)
        transaction.set_rollback(True)


def test_a_page_of_the_past_is_the_same_again(network: Network, get: Get) -> None:
    first: Any = get(f"Datastreams({network.level})/Observations?$top=2&$select=result")
    store(observations(Datastream.objects.get(pk=network.level), {-5: 1.0, 5: 2.0, 500: 3.0}))
    second = get(first["@iot.nextLink"])
    assert [one["result"] for one in first["value"] + second["value"]] == [100, 101, 102, 103]
