"""Turns at expensive addresses: fair, bounded, given back."""

import threading
import time
from collections.abc import Callable

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.urls import resolve

from geoportal.accounts.endpoints import ENDPOINTS
from geoportal.http.turns import EXPENSIVE, FILTERED, TakesTurns, Turns, turns_of


def test_a_visitor_leaves_a_turn_for_another_one():
    turns = turns_of(4)
    assert turns.take("a", 0) and not turns.take("a", 0) and turns.take("b", 0) and not turns.take("c", 0)
    turns.end("a")
    assert turns.take("c", 0)


def test_a_process_with_one_thread_has_one_turn_and_nobody_waits():
    turns = turns_of(1)
    began = time.monotonic()
    assert turns.take("a", 5) and not turns.take("b", 5) and time.monotonic() - began < 1


def test_who_waits_is_served_in_order_and_who_holds_the_own_turns_is_passed_over():
    turns, served = Turns(2, 1, 10), []
    assert turns.take("a", 0) and turns.take("b", 0)

    def waits(visitor: str) -> None:
        assert turns.take(visitor, 10)
        served.append(visitor)

    waiting = []
    for visitor in ("a", "c", "d"):
        waiting.append(threading.Thread(target=waits, args=(visitor,)))
        waiting[-1].start()
        until(lambda: len(turns._queue) == len(waiting))
    turns.end("b")
    until(lambda: served == ["c"])
    turns.end("c")
    until(lambda: served == ["c", "d"])
    turns.end("a")
    until(lambda: served == ["c", "d", "a"])
    for one in waiting:
        one.join()
    assert turns._queue.maxlen is None and not turns._queue


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_turn_is_not_waited_for_beyond_its_time_or_in_a_full_queue():
    turns = Turns(1, 1, 1)
    assert turns.take("a", 0)
    assert not turns.take("b", 0.05)
    blocked = threading.Thread(target=lambda: turns.take("b", 1))
    blocked.start()
    until(lambda: len(turns._queue) == 1)
    began = time.monotonic()
    assert not turns.take("c", 1) and time.monotonic() - began < 0.5
    blocked.join()


def asked(path: str, middleware: TakesTurns, **headers: str) -> HttpResponseBase:
    request = RequestFactory().get(path, headers=headers)
    request.resolver_match = resolve(request.path_info)
    refused = middleware.process_view(request, None, (), {})
    return refused or middleware(request)


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_without_a_turn_the_answer_is_503_with_when_to_come_again(accept, monkeypatch, settings):
    settings.WEB_THREADS = 4
    monkeypatch.setattr("geoportal.http.turns.ALONE_SECONDS", 0.01)
    middleware = TakesTurns(lambda request: StreamingHttpResponse(iter([b"a"])))
    file = "/open-data/buildings.csv?filter=true"
    first = [asked(file, middleware)]
    refused = asked(file, middleware, Accept=accept)
    assert (
        refused.status_code == 503
        and refused["Retry-After"] == "5"
        and refused["Content-Type"].startswith(("text/html", "application/problem+json"))
    )
    assert asked("/open-data/buildings.csv?lang=en", middleware).status_code == 200
    first[0].close()
    assert asked(file, middleware).status_code == 200


def test_a_turn_ends_with_a_whole_answer_and_after_each_fault():
    middleware = TakesTurns(lambda request: HttpResponse(status=500))
    for _ in range(5):
        assert asked("/query.json", middleware).status_code == 500


def test_the_names_are_those_of_addresses():
    assert set(ENDPOINTS) >= EXPENSIVE | FILTERED
