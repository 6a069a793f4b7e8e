"""Place reports as people use them: found by typing, picked, drawn by mouse and keyboard, read, printed, copied."""

import io
from urllib.parse import parse_qs, urlsplit

import pdfplumber
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import Axe
from tests.browser.conftest import Watch
from tests.browser.map_page import THREE_WIDTHS, VISITS, painted, thorough
from tests.factories import feature_id

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

SCHOOL = feature_id("school", "demo_city")
REPORT = f"/reports/place/?layer=buildings&feature={SCHOOL}"


def open_choice(page: Page, portal: str) -> None:
    page.goto(f"{portal}/reports/")
    expect(page.locator("[data-map]")).to_have_attribute("data-ready", "true", timeout=30_000)


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def clean(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("width", "language"), VISITS)
def test_a_report_reads_well(page: Page, portal: str, watch: Watch, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{portal}{REPORT}&lang={language}")
    expect(page.locator("h1")).to_have_text("Szkoła Żródlana")
    about = {"pl": "O tym miejscu", "en": "About this place"}[language]
    expect(page.get_by_role("heading", name=about)).to_be_visible()
    height = {"pl": "12,5\u00a0m", "en": "12.5\u00a0m"}[language]
    expect(page.locator(".report-facts").first).to_contain_text(height)
    # The school is 40 m wide and the map 300 m or more: its outline is drawn inside the frame.
    expect(page.get_by_role("img", name="Szkoła Żródlana")).to_be_visible()
    assert sideways(page) == 0
    clean(page)
    assert not watch.foreign and not watch.complaints


@pytest.mark.parametrize("width", THREE_WIDTHS)
@thorough
def test_the_page_of_choice_is_sound(page: Page, portal: str, watch: Watch, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_choice(page, portal)
    assert sideways(page) == 0
    clean(page)
    assert not watch.foreign and not watch.complaints


@thorough
def test_at_200_percent_nothing_is_cut(page: Page, portal: str) -> None:
    page.set_viewport_size({"width": 640, "height": 450})
    page.goto(f"{portal}{REPORT}")
    assert sideways(page) == 0


def test_a_place_is_found_while_typing_by_keyboard_alone(page: Page, portal: str) -> None:
    open_choice(page, portal)
    page.locator("#q").focus()
    page.keyboard.type("20.63139 50.87028")
    link = page.locator("[data-found] a").first
    expect(link).to_be_visible()
    while not link.evaluate("link => link === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/place/**")
    expect(page.locator(".key-facts")).to_be_visible()


@thorough
def test_without_scripts_the_form_finds_a_place(browser, portal: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal}/reports/")
    page.locator("#q").fill("20.63139 50.87028")
    page.get_by_role("button", name="Szukaj").click()
    page.locator("[data-found] a").first.click()
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator("[data-print]")).to_be_hidden()
    context.close()


@thorough
def test_an_area_is_drawn_with_the_mouse(page: Page, portal: str, watch: Watch) -> None:
    open_choice(page, portal)
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    go = page.get_by_role("button", name="Utwórz raport").last
    expect(go).to_be_disabled()
    for east, south in ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7)):
        page.mouse.click(box["x"] + east * box["width"], box["y"] + south * box["height"])
    expect(page.locator("[data-state]")).to_contain_text("Narożniki: 3")
    go.click()
    page.wait_for_url("**/reports/place/**")
    area = parse_qs(urlsplit(page.url).query)["area"][0]
    assert area.startswith('{"type":"Polygon"')
    expect(page.locator("h1")).to_contain_text("Obszar")
    assert not watch.complaints


@thorough
def test_an_area_is_drawn_with_the_keyboard_and_corners_are_taken_back(page: Page, portal: str) -> None:
    open_choice(page, portal)
    canvas = page.locator("[data-map] canvas")
    canvas.focus()
    for key in ("Enter", "ArrowRight", "Enter", "ArrowDown", "Enter", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
        painted(page)
    expect(page.locator("[data-state]")).to_contain_text("Narożniki: 4")
    page.keyboard.press("Backspace")
    expect(page.locator("[data-state]")).to_contain_text("Narożniki: 3. Powierzchnia")
    page.get_by_role("button", name="Zacznij od nowa").click()
    expect(page.locator("[data-state]")).to_have_text("Nie ma jeszcze narożników.")


def test_a_figure_leads_to_its_table_and_the_report_to_the_map(page: Page, portal: str) -> None:
    page.goto(f"{portal}{REPORT}")
    page.locator(".report-facts a[href^='/catalogue/']").first.click()
    page.wait_for_url("**/table/**")
    page.go_back()
    page.get_by_role("link", name="Pokaż na mapie").click()
    expect(page.locator("[data-map]")).to_be_visible()
    assert f"pick=buildings/{SCHOOL}" in page.url


def test_the_link_is_copied(page: Page, portal: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=portal)
    page.goto(f"{portal}{REPORT}")
    page.get_by_role("button", name="Kopiuj odnośnik").click()
    expect(page.locator("[data-said]")).to_have_text("Skopiowano odnośnik")
    assert page.evaluate("navigator.clipboard.readText()") == f"{portal}{REPORT}"


@thorough
def test_on_paper_there_are_no_controls_and_nothing_is_lost(page: Page, portal: str) -> None:
    page.goto(f"{portal}{REPORT}")
    page.emulate_media(media="print")
    for control in (".masthead", ".report-tools", ".footer"):
        expect(page.locator(control)).to_be_hidden()
    sheets = pdfplumber.open(io.BytesIO(page.pdf(format="A4", print_background=True))).pages
    text = " ".join(sheet.extract_text() for sheet in sheets)
    assert "Szkoła Żródlana" in text and "Źródła i zasady liczenia" in text and len(sheets) <= 4


def test_a_wrong_address_says_what_to_do(page: Page, portal: str) -> None:
    page.goto(f"{portal}/reports/place/?point=0,0")
    expect(page.get_by_role("alert")).to_contain_text("poza miastem")
    expect(page.locator("#q")).to_be_visible()
