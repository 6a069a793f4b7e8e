"""State and rate of a gauge as shown equal a plain replay of what is stored, in whatever order values arrived."""

import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.kinds import kind_of
from layers.observations.live.judging import Judge
from layers.observations.live.windows import stations
from layers.observations.specs import PropertySpec, StreamSpec
from layers.observations.streams import declare
from layers.store.writer import writing
from tests.layers.observations.meaning.test_rivers import LEVELS, MINUTES, plain
from tests.layers.observations.streams import START, new_run, observations, spec, store
from tests.tiers import examples

pytestmark = pytest.mark.django_db
CODES = ("normal", "warning", "alarm")
HOUR_MINUTES = 60
BATCHES = st.lists(st.dictionaries(MINUTES, LEVELS, min_size=1, max_size=7), min_size=1, max_size=6)
"""Values by minute as they arrive, batch by batch: late ones, repeated ones, and corrections of earlier ones."""


@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(batches=BATCHES)
def test_states_and_rates_shown_equal_a_plain_replay_of_late_repeated_and_corrected_values(
    batches: list[dict[int, float]],
) -> None:
    with transaction.atomic():
        one = spec(interval_s=600, properties={"thresholds": {"warning": 20, "alarm": 30}})
        with writing(new_run()) as writer:
            (gauge,) = declare(writer, [_of_level(one)])
        series: dict[int, float] = {}
        for batch in batches:
            store(observations(gauge, batch))
            series |= batch
        moments = {minute: START + timedelta(minutes=minute) for minute in sorted(series)}
        (station,) = stations(kind_of("stations"), START, max(moments.values()))
        judge = Judge(station)
        found = {minute: judge.state(at, present=False) for minute, at in moments.items()}
        assert [CODES.index(state.meaning.code) for state in found.values()] == plain(series)
        for minute, state in found.items():
            if series[minute] < 30:
                assert shown_rate(state.main.note.en) == plain_rate(series, minute)
        transaction.set_rollback(True)


def _of_level(one: StreamSpec) -> StreamSpec:
    return replace(one, observed_property=PropertySpec("level", "stan wody"))


def shown_rate(words: str) -> float | None:
    """The rate in the outlook, in cm/h; None where it is not rising."""
    found = re.search(r"at ([\d.]+)\u00a0cm/h", words)
    return float(found[1]) if found else None


def plain_rate(series: dict[int, float], now: int) -> object:
    """The slope of the line through the values of the last hour by least squares, to a tenth; None for no rise."""
    inside = [minute for minute in sorted(series) if now - HOUR_MINUTES <= minute <= now]
    if len(inside) < 2:
        return None
    slope = float(np.polyfit(np.array(inside) / HOUR_MINUTES, [series[minute] for minute in inside], 1)[0])
    return pytest.approx(slope, abs=0.051) if slope > 1e-6 else None
