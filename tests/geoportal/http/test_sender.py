"""The mark of a sender for limits a day."""

from django.test import RequestFactory
from django.utils.timezone import now

from geoportal.http import sender
from geoportal.http.sender import sender_mark


def sent(peer: str = "192.0.2.1"):
    return RequestFactory().get("/", REMOTE_ADDR=peer)


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
