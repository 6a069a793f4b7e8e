"""The accessibility statement has what the act of 4 April 2019 demands, and names what the city left out."""

import dataclasses
import re
from datetime import date

import pytest
from django.test import Client

from geoportal.web import accessibility
from layers.city import Accessibility, city
from layers.text import Text

PARTS = [
    *("wstep", "podmiot", "url", "data-publikacja", "data-aktualizacja", "status", "data-sporzadzenie"),
    *("data-przeglad", "audytor", "kontakt", "osoba", "email", "telefon", "procedura", "architektura", "aplikacje"),
]
"""Ids by which the ministry's machines find the parts of a statement."""


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_part_is_there_once(client: Client, language: str) -> None:
    markup = client.get("/accessibility/", {"lang": language}).content.decode()
    ids = re.findall(r'id="a11y-([\w-]+)"', markup)
    assert sorted(ids) == sorted([*PARTS, "deklaracja"])


def test_what_the_city_does_not_give_is_said(client: Client) -> None:
    markup = client.get("/accessibility/").content.decode()
    assert city().accessibility.email == ""
    assert re.search(r'id="a11y-email">nie podano<', markup)
    assert "jeszcze nieopublikowana" in markup


def test_the_city_s_own_words_are_shown(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Accessibility(
        owner=Text("Urząd Gminy", "Commune office"),
        email="pomoc@example.org",
        phone="+48 41 000 00 00",
        person="Ewa Lis",
        published=date(2026, 3, 1),
    )
    here = dataclasses.replace(city(), accessibility=own)
    monkeypatch.setattr(accessibility, "city", lambda: here)
    markup = client.get("/accessibility/").content.decode()
    for words in (
        "Urząd Gminy",
        "mailto:pomoc@example.org",
        "+48 41 000 00 00",
        "Ewa Lis",
        '<time datetime="2026-03-01">',
    ):
        assert words in markup
    assert "1 marca 2026" in markup


def test_every_page_leads_to_it(client: Client) -> None:
    assert 'href="/accessibility/"' in client.get("/").content.decode()
    assert 'href="/accessibility/"' in client.get("/nothing/").content.decode()
