"""The language of an answer: Polish, unless the visitor chose another one, now or earlier."""

import pytest
from django.test import Client

from geoportal.http.middleware import YEAR_SECONDS

POLISH, ENGLISH = '<html lang="pl">', '<html lang="en">'


def test_a_page_is_polish_whatever_the_browser_wishes(client: Client) -> None:
    answer = client.get("/", headers={"accept-language": "en-GB,en;q=0.9"})
    assert POLISH in answer.content.decode()
    assert answer["Content-Language"] == "pl"
    assert "Accept-Language" not in answer.get("Vary", "")


def test_english_is_asked_for_once_and_remembered(client: Client) -> None:
    asked = client.get("/?lang=en")
    assert ENGLISH in asked.content.decode()
    cookie = asked.cookies["django_language"]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("en", YEAR_SECONDS, "Lax")
    later = client.get("/")
    assert ENGLISH in later.content.decode()
    assert "Cookie" in later["Vary"]
    assert not later.cookies


def test_polish_can_be_chosen_again(client: Client) -> None:
    client.get("/?lang=en")
    assert POLISH in client.get("/?lang=pl").content.decode()
    assert POLISH in client.get("/").content.decode()


@pytest.mark.parametrize("asked", ["de", "", "en-GB", "../en"])
def test_a_language_that_is_not_spoken_here_is_not_remembered(client: Client, asked: str) -> None:
    answer = client.get("/", {"lang": asked})
    assert POLISH in answer.content.decode()
    assert not answer.cookies


def test_the_switch_keeps_what_the_address_asks_for(client: Client) -> None:
    html = client.get("/nothing/?sort=-name&lang=en").content.decode()
    assert 'href="?sort=-name&amp;lang=pl"' in html


@pytest.mark.django_db
def test_a_tile_has_no_language(client: Client) -> None:
    answer = client.get("/tiles/buildings/12/2282/1373.mvt?lang=en")
    assert not answer.cookies
    assert "Content-Language" not in answer
    assert "Cookie" not in answer.get("Vary", "")
