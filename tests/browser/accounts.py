"""Logging in, for browser tests of what needs an account; the fixture `accounts` makes one for each group."""

from playwright.sync_api import Page

from tests.geoportal.logins import PASSWORD


def log_in(page: Page, portal: str, name: str) -> None:
    """Log in by the form as the account that has the name of its group ("editors")."""
    page.goto(f"{portal}/accounts/login/")
    page.get_by_label("Konto").fill(name)
    page.get_by_label("Hasło").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Zaloguj się").click()
    page.wait_for_url(f"{portal}/")
