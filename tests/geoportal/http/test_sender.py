"""Whose request it is: behind the city's proxies, and as a mark for limits a day."""

import pytest
from django.test import RequestFactory
from django.utils.timezone import now

from geoportal.http import sender
from geoportal.http.sender import sender_address, sender_mark


def sent(peer: str = "192.0.2.1", forwarded: str = ""):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_only_what_the_citys_proxies_wrote_counts(settings, proxies, forwarded, expected):
    settings.PROXIES_IN_FRONT = proxies
    assert sender_address(sent(forwarded=forwarded)) == expected


def test_a_mark_is_equal_within_a_day_and_hides_the_address(monkeypatch):
    mark = sender_mark(sent())
    assert mark == sender_mark(sent()) and len(mark) == 64 and mark != sender_mark(sent("192.0.2.2"))
    monkeypatch.setattr(sender, "localdate", lambda: now().date().replace(year=2030))
    assert sender_mark(sent()) != mark


def test_a_mark_depends_on_the_secret_of_the_installation(settings):
    mark = sender_mark(sent())
    settings.SECRET_KEY = "another secret of another city"
    assert sender_mark(sent()) != mark


def test_addresses_of_one_home_have_one_mark():
    assert sender_mark(sent("2001:db8:1:2::1")) == sender_mark(sent("2001:db8:1:2:ffff::9"))
    assert sender_mark(sent("2001:db8:1:2::1")) != sender_mark(sent("2001:db8:1:3::1"))
    assert sender_mark(sent("::ffff:192.0.2.1")) == sender_mark(sent())
    assert sender_mark(sent("unix socket")) != sender_mark(sent(""))
