"""Wrong passwords: whose they are counted as, how long they close a login, and for whom."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client

from geoportal.accounts.lockout import counted_name, folded
from tests.geoportal.logins import PASSWORD, account

WRONG = "wrong-wrong-wrong"
SPELLINGS = [
    "zażółć", "ZAŻÓŁĆ", "Zażółć", "zaŻÓłć", " zażółć", "zażółć ", "\tzażółć\n", "\u00a0zażółć", "zażółć\u3000",
    "zaz\u0307o\u0301łc\u0301", "ZAZ\u0307O\u0301ŁC\u0301", "zazółć", "zażolc", "zazolc", "ZAZOLC", "ｚａżółć",
    "ＺＡŻÓŁĆ", "zażółc", "ẑażółć", "zàżółć",
]  # fmt: skip
HOME, OFFICE, STRANGE = "192.0.2.1", "192.0.2.2", "198.51.100.7"


@pytest.fixture
def owner(db: None) -> Any:
    return account("planners", name="zażółć")


def login(name: str, password: str, address: str = HOME) -> Any:
    return Client(REMOTE_ADDR=address).post("/accounts/login/", {"login": name, "password": password})


def later(minutes: float) -> None:
    """As if all wrong passwords had been sent so many minutes earlier."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


def test_the_spellings_differ_and_are_of_one_name() -> None:
    assert len(set(SPELLINGS)) == 20
    assert {folded(one) for one in SPELLINGS} == {"zazolc"}


def test_twenty_spellings_and_forty_passwords_are_closed_by_the_fifth(owner: Any) -> None:
    answers = [login(SPELLINGS[n % 20], f"{WRONG}-{n}").status_code for n in range(40)]
    assert answers == [200] * 4 + [429] * 36
    assert login("zażółć", PASSWORD).status_code == 429
    later(1.1)
    assert login("zażółć", PASSWORD).status_code == 302


def test_passwords_sent_from_many_addresses_are_closed_by_the_fifth(owner: Any) -> None:
    answers = [login(SPELLINGS[n], f"{WRONG}-{n}", f"198.51.100.{n}").status_code for n in range(20)]
    assert answers == [200] * 4 + [429] * 16


def test_strangers_do_not_close_an_account_where_it_has_logged_in(owner: Any) -> None:
    assert login("zażółć", PASSWORD, OFFICE).status_code == 302
    for _ in range(40):
        login("zażółć", WRONG, STRANGE)
        later(30)
    assert login("zażółć", WRONG, STRANGE).status_code == 429
    assert login("zażółć", PASSWORD, HOME).status_code == 429
    assert login("ZAZ\u0307O\u0301ŁC\u0301".lower(), PASSWORD, OFFICE).status_code in (200, 302)
    assert login("zażółć", PASSWORD, OFFICE).status_code == 302


def test_elsewhere_strangers_close_it_for_five_minutes_at_most(owner: Any) -> None:
    for _ in range(30):
        login("zażółć", WRONG, STRANGE)
        later(16)
    login("zażółć", WRONG, STRANGE)
    later(4.9)
    assert login("zażółć", PASSWORD, HOME).status_code == 429
    later(0.2)
    assert login("zażółć", PASSWORD, HOME).status_code == 302


def test_each_wrong_password_doubles_the_delay_to_a_quarter_of_an_hour(owner: Any) -> None:
    for _ in range(4):
        login("zażółć", WRONG)
    for minutes in (1, 2, 4, 8, 15, 15):
        assert login("zażółć", WRONG).status_code == 429
        later(minutes - 0.1)
        assert login("zażółć", PASSWORD + "x").status_code == 429, "neither tried nor counted"
        later(0.2)


def test_one_address_cannot_try_one_password_at_many_accounts(owner: Any) -> None:
    answers = [login(f"name{n}", WRONG, STRANGE).status_code for n in range(30)]
    assert answers == [200] * 19 + [429] * 11
    assert login("zażółć", PASSWORD, HOME).status_code == 302


def test_addresses_of_one_home_are_one(owner: Any) -> None:
    for n in range(5):
        answer = login("zażółć", WRONG, f"2001:db8:1:2::{n + 1}")
    assert answer.status_code == 429
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {"2001:db8:1:2::"}


def test_a_name_that_is_not_there_gets_the_same_words_as_one_that_is(owner: Any) -> None:
    def words(name: str, address: str) -> list[tuple[int, str]]:
        answers = [login(name, WRONG, address) for _ in range(6)]
        return [(one.status_code, one.content.decode().replace(name, "NAME")) for one in answers]

    def without_tokens(found: list[tuple[int, str]]) -> list[tuple[int, str]]:
        return [(code, "".join(line for line in text.splitlines(True) if "csrf" not in line)) for code, text in found]

    assert without_tokens(words("zażółć", HOME)) == without_tokens(words("nobody", OFFICE))


def test_a_name_that_is_not_there_costs_one_hash_too(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth.hashers import get_hasher

    hashed: list[int] = []
    hasher = get_hasher()
    encode = type(hasher).encode

    def counted(*given: Any, **named: Any) -> str:
        hashed.append(1)
        return str(encode(*given, **named))

    monkeypatch.setattr(type(hasher), "encode", counted)
    counts = []
    for name in ("zażółć", "nobody"):
        hashed.clear()
        login(name, WRONG, STRANGE)
        counts.append(len(hashed))
    assert counts == [1, 1]


def test_an_administrator_lets_an_account_in_again(owner: Any) -> None:
    for _ in range(5):
        login("zażółć", WRONG)
    admin = Client()
    admin.force_login(account("admins"))
    admin.post("/admin/auth/user/", {"action": "let_in_again", "_selected_action": [owner.pk]})
    assert login("zażółć", PASSWORD).status_code == 302


@pytest.mark.parametrize("typed", ["", " ", "\0", "x" * 5000, "\u0130stanbul", "ﬁ", "a\0b"])
def test_any_text_has_a_name_to_count(db: None, typed: str) -> None:
    assert len(counted_name(typed)) <= 150 and "\0" not in counted_name(typed)
