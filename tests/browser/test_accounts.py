"""Accounts as people use them: logging in by keyboard, making a token, and the administrators' pages."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accounts import log_in
from tests.browser.axe import Axe
from tests.browser.conftest import Watch
from tests.geoportal.logins import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db, pytest.mark.usefixtures("accounts")]


def accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_somebody_logs_in_by_keyboard_and_is_led_back(page: Page, portal: str, watch: Watch) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{portal}/account/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zaloguj się")
    accessible(page)
    page.get_by_label("Konto").focus()
    page.keyboard.type("planners")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{portal}/account/")
    expect(page.get_by_role("heading", level=1)).to_have_text("planners")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    accessible(page)
    assert watch.foreign == [] and watch.complaints == []


@pytest.mark.thorough
def test_a_wrong_password_is_told_without_saying_what_was_wrong(page: Page, portal: str) -> None:
    page.goto(f"{portal}/accounts/login/")
    page.get_by_label("Konto").fill("nikt")
    page.get_by_label("Hasło").fill("zgaduję-zgaduję")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    accessible(page)


def test_a_token_is_made_shown_once_and_revoked(page: Page, portal: str, watch: Watch) -> None:
    log_in(page, portal, "analysts")
    page.goto(f"{portal}/account/")
    page.get_by_label("Do czego jest nowy token?").fill("QGIS")
    page.get_by_role("button", name="Utwórz token").click()
    secret = page.locator(".account-secret").inner_text()
    assert re.fullmatch(r"gp_[\w-]{43}", secret)
    accessible(page)
    headers = {"Authorization": f"Bearer {secret}"}
    assert page.request.get(f"{portal}/catalogue/hydrants/fields.json", headers=headers).status == 200
    page.goto(f"{portal}/account/")
    expect(page.locator(".account-secret")).to_have_count(0)
    page.get_by_role("button", name="Unieważnij QGIS").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("unieważniony")
    assert page.request.get(f"{portal}/catalogue/hydrants/fields.json", headers=headers).status == 401
    assert watch.complaints == []


@pytest.mark.thorough
def test_the_administrators_pages_keep_the_security_policy(page: Page, portal: str, watch: Watch) -> None:
    log_in(page, portal, "admins")
    page.goto(f"{portal}/admin/")
    for name in ("Konta", "Warstwy wycofane z publikacji", "Przebiegi", "Dziennik zdarzeń"):
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    page.goto(f"{portal}/admin/layers/publication/add/")
    page.get_by_label("Warstwa:").select_option(label="Przystanki")
    expect(page.get_by_label("Warstwa:")).to_have_value("bus_stops")
    assert watch.foreign == [] and watch.complaints == []
