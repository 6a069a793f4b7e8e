"""The card: what became of a feature, what else lies there, and where to go from it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.plugin import DjangoDbBlocker

from layers.kinds import KINDS
from layers.store.validation import accept
from tests.browser.map_page import THREE_WIDTHS, click, no_faults, open_map, thorough
from tests.factories import building, feature_id, load

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db]

SCHOOL = feature_id("school", "demo_city")


@pytest.fixture(scope="module")
def changed_portal(portal: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The portal after the school was measured anew."""
    with django_db_blocker.unblock():
        known = {"name": "Szkoła Żródlana", "use_class": "education", "year_built": 1908}
        records = [building("school", -20, -20, 40, height_m=13.0, **known)]
        load("buildings", accept(KINDS["buildings"], records), "demo_city")
    yield portal


def card_of(page: Page):
    return page.locator("[data-card]")


@pytest.mark.parametrize(("lang", "summary", "lines"), [
    ("pl", "Historia zmian", ("Zmieniono", "Wysokość: 12,5\u00a0m → 13\u00a0m", "Dodano")),
    pytest.param(
        "en", "History of changes", ("Changed", "Height: 12.5\u00a0m → 13\u00a0m", "Added"), marks=thorough
    ),
])  # fmt: skip
def test_the_history_says_what_changed(
    page: Page, changed_portal: str, lang: str, summary: str, lines: tuple
) -> None:
    open_map(page, changed_portal, lang=lang)
    click(page)
    card_of(page).get_by_text(summary).click()
    events = card_of(page).locator(".card-history li")
    expect(events).to_have_count(2)
    expect(events.first).to_contain_text(lines[0])
    expect(events.first).to_contain_text(lines[1])
    expect(events.last).to_contain_text(lines[2])
    no_faults(page)


@pytest.mark.parametrize("width", THREE_WIDTHS)
@thorough
def test_everything_at_a_place_is_listed_and_one_click_away(page: Page, portal: str, width: int) -> None:
    open_map(page, portal, view="map=17.5/50.86930/20.63010&layers=parcels,zoning_plans,districts", width=width)
    # 90 m west and 105 m south of the square: the parcel, the plan area and the district all cover it.
    click(page, north=4)
    others = card_of(page).get_by_role("navigation", name="Obiekty w tym miejscu")
    expect(others).to_contain_text("Obiekty w tym miejscu: 3")
    chips = others.get_by_role("button")
    expect(chips).to_have_count(3)
    expect(chips.first).to_have_attribute("aria-current", "true")
    kinds = others.locator(".card-layer").all_inner_texts()
    assert set(kinds) == {"Dzielnica", "Działka", "Teren planu"}
    chips.last.click()
    expect(chips.last).to_have_attribute("aria-current", "true")
    expect(card_of(page).get_by_role("heading", level=2)).to_have_text(kinds[-1])
    no_faults(page)


@thorough
def test_the_card_leads_to_report_table_and_link(page: Page, portal: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_map(page, portal)
    click(page)
    card = card_of(page)
    report = card.get_by_role("link", name="Raport o miejscu")
    expect(report).to_have_attribute("href", f"/reports/place/?layer=buildings&feature={SCHOOL}")
    table = card.get_by_role("link", name="Pokaż w tabeli")
    expect(table).to_have_attribute("href", f"/catalogue/buildings/table/?feature={SCHOOL}")
    assert f"pick=buildings/{SCHOOL}" in page.url
    card.locator(".card-action", has_text=re.compile("Kopiuj")).click()
    expect(page.locator("[data-notice]")).to_have_text("Skopiowano odnośnik")
    link = page.evaluate("navigator.clipboard.readText()")
    assert f"pick=buildings/{SCHOOL}" in link
    assert "lang=pl" in link
    page.goto("about:blank")
    page.goto(link)
    expect(card.get_by_role("heading", level=2)).to_have_text("Szkoła Żródlana")


@thorough
def test_zoom_to_shows_the_whole_feature(page: Page, portal: str) -> None:
    open_map(page, portal, view=f"map=12/50.8850/20.6600&pick=buildings/{SCHOOL}")
    card_of(page).get_by_role("button", name="Przybliż").click()
    expect(page).to_have_url(re.compile(r"map=1[78][\d.]*/50\.8[67]\d*/20\.63\d*"), timeout=20_000)


@thorough
def test_what_lies_around_a_feature_can_be_drawn_from_its_card(page: Page, portal: str) -> None:
    open_map(page, portal)
    click(page)
    card_of(page).get_by_role("button", name="Otoczenie").click()
    dialog = page.get_by_role("dialog", name="Otoczenie")
    dialog.get_by_label("Odległość w metrach").fill("50")
    dialog.get_by_role("button", name="Rysuj").click()
    row = page.locator("[data-shape]")
    expect(row.get_by_label("Nazwa kształtu")).to_have_value("50 m wokół: Szkoła Żródlana")
    # A square of 40 m with 50 m around, its corners quarters of a polygon of 64 corners:
    # 1,600 + 4 x 40 x 50 + 32 x 50² x sin(360° / 64) = 17,441 m².
    expect(row.locator(".shape-size")).to_have_text("1,74\u00a0ha")
