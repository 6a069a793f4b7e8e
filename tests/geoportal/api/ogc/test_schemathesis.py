"""The OGC API against its own description: thousands of requests, valid and invalid, of everybody and of the staff.

All checks of schemathesis: no server error, only statuses, types, headers and bodies that are described, valid
requests accepted, invalid ones refused, methods that are not there refused with Allow.
"""

import math
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from tests.geoportal.logins import account, bearer

CASES = int(os.environ.get("SCHEMATHESIS_CASES", "2000"))
WAYS = [(who, mode) for who in ("everybody", "staff") for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Requests leave the test's own connection open, as those of Django's test client do."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


FILTERS = (
    "synthetic = FALSE",
    "recorded_from > TIMESTAMP('2026-01-01T00:00:00Z') OR data_date IS NULL",
    "S_INTERSECTS(geom, BBOX(20, 50, 21, 51))",
)


def arranged(case: Any) -> None:
    """What JSON Schema cannot express of a valid request: the grammar of filters, how parameters hang together, and
    that no address holds NUL."""
    query = case.query or {}
    query.pop("token", None)
    query.update({name: text.replace("\0", "") for name, text in query.items() if isinstance(text, str)})
    for name, other in (("bbox-crs", "bbox"), ("filter-crs", "filter"), ("filter-lang", "filter")):
        if other not in query:
            query.pop(name, None)
    if "filter" in query:
        query["filter"] = FILTERS[len(query["filter"]) % len(FILTERS)]
        query.pop("filter-lang", None)
    if query.get("f") in ("csv", "fgb"):
        query.pop("crs", None)
    if "bbox" in query:
        query["bbox"] = _box_on_earth(query["bbox"].split(","))
        query.pop("bbox-crs", None)
    if "/" in str(query.get("datetime", "")) and ".." not in query["datetime"]:
        query["datetime"] = "/".join(sorted(query["datetime"].split("/")))
    if "sortby" in query:
        query["sortby"] = ",".join({one.lstrip("+-"): one for one in query["sortby"].split(",")}.values())


def _box_on_earth(texts: list[str]) -> str:
    """West before east, south before north, in degrees."""
    numbers, half = [math.fmod(float(text), 90) for text in texts], len(texts) // 2
    pairs = [sorted((numbers[at], numbers[at + half])) for at in range(half)]
    return ",".join(str(one) for one in [*(low for low, _ in pairs), *(high for _, high in pairs)])


def tried(operation: Any, mode: GenerationMode, count: int, headers: dict[str, str], told: Counter[str]) -> int:
    """Send so many requests of one operation; how many were sent. Faults are counted by their message."""
    sent = 0

    @seed(20261125)
    @settings(
        max_examples=count, derandomize=False, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        nonlocal sent
        sent += 1
        if mode == GenerationMode.POSITIVE:
            arranged(case)
        try:
            case.call_and_validate(headers=headers)
        except FailureGroup as faults:
            for fault in faults.exceptions:
                told[f"{operation.label}: {fault} {case.as_curl_command()}"] += 1

    send()
    return sent


@pytest.mark.parametrize(
    ("who", "mode", "cases"),
    [
        pytest.param("staff", GenerationMode.POSITIVE, 1, id="few-valid"),
        *(
            pytest.param(who, mode, CASES // len(WAYS), id=f"{who}-{mode.value}", marks=pytest.mark.thorough)
            for who, mode in WAYS
        ),
    ],
)
def test_the_api_is_as_it_describes_itself(small_city: None, who: str, mode: GenerationMode, cases: int) -> None:
    """Every operation is asked at least once."""
    headers = bearer(account("planners")) if who == "staff" else {}
    schema = schemathesis.openapi.from_wsgi("/ogc/api", get_wsgi_application(), headers=headers)
    operations: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]
    count = -(-cases // len(operations))
    told: Counter[str] = Counter()
    sent = sum(tried(one, mode, count, headers, told) for one in operations)
    assert sent >= cases and sent >= len(operations)
    assert not told, "\n\n".join(list(told)[:40])
