"""Editing as editors do it: from the card to the form, by mouse and by coordinates, alone and against each other."""

import math
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from layers.kinds import kind_of
from tests.browser.accounts import log_in
from tests.browser.conftest import VIEW, Watch
from tests.browser.map_page import LATITUDE, click, drawn, no_faults, open_map, thorough
from tests.factories import feature_id, place
from tests.geoportal.logins import PASSWORD, account

pytestmark = [
    pytest.mark.browser,
    pytest.mark.own_city,
    pytest.mark.django_db,
    pytest.mark.usefixtures("accounts", "second_editor"),
]
SCHOOL, SHED = (feature_id(name, "demo_city") for name in ("school", "shed"))
FORM = f"/edit/buildings/{SCHOOL}/"
CLOSE_PX_M = 512 * 2**18.5 / 40_075_016.686 / math.cos(math.radians(LATITUDE))
"""Pixels of a metre at the zoom at which the form shows a feature."""


@pytest.fixture(scope="module")
def second_editor(accounts: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        account("editors", name="anna")


def current(feature: Any = SCHOOL, kind: str = "buildings") -> Any:
    return kind_of(kind).model._default_manager.get(feature_id=feature, recorded_to__isnull=True)


def ready(page: Page) -> None:
    """Wait until the form's map is drawn and listens."""
    expect(page.locator("[data-edit-map]")).to_have_attribute("data-ready", "true", timeout=60_000)
    expect(page.locator("[data-edit-map]")).to_have_attribute("data-state", "ready", timeout=60_000)
    drawn(page, "[data-edit-map]")


def corner(page: Page, east: float, north: float) -> tuple[float, float]:
    """The point of the screen so many metres from the middle of the feature."""
    page.locator("[data-edit-map]").scroll_into_view_if_needed()
    box = page.locator("[data-edit-map]").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return x + east * CLOSE_PX_M, y - north * CLOSE_PX_M


def test_an_editor_changes_a_field_and_a_corner_sees_it_on_the_map_and_takes_it_back(
    page: Page, portal: str, watch: Watch
) -> None:
    before = current()
    log_in(page, portal, "editors")
    open_map(page, portal)
    click(page)
    page.locator("[data-card]").get_by_role("link", name="Edytuj").click()
    expect(page).to_have_url(f"{portal}{FORM}")
    ready(page)
    no_faults(page)
    page.get_by_label("Wysokość (m)").fill("14")
    x, y = corner(page, 20, 20)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y, steps=4)
    page.mouse.move(x + 5 * CLOSE_PX_M, y, steps=4)
    page.mouse.up()
    changes = page.locator("[data-edit-changes] li")
    expect(changes).to_have_count(2)
    expect(changes.first).to_have_text("Wysokość (m): 12,5 → 14")
    page.get_by_label("Powód").fill("pomiar w terenie")
    page.get_by_role("button", name="Zapisz zmiany").click()
    expect(page.get_by_role("status").filter(has_text="Zapisano")).to_be_visible()
    no_faults(page)
    after = current()
    # A square of 40 m whose north-east corner went 5 m east: half of 5 m times 40 m more.
    assert (after.height_m, after.geom.area) == (14, pytest.approx(1600 + 100, abs=12))
    assert sum(a == b for a, b in zip(before.geom.coords[0][0], after.geom.coords[0][0], strict=True)) == 4
    page.get_by_role("link", name="Pokaż na mapie").click()
    expect(page.locator("[data-card-body]")).to_contain_text("14\u00a0m", timeout=30_000)
    drawn(page)
    page.go_back()
    page.locator(".edit-history").get_by_role("button", name="Cofnij tę zmianę").first.click()
    expect(page.locator(".edit-history")).to_contain_text("pomiar w terenie")
    assert (current().height_m, current().geom.coords) == (12.5, before.geom.coords)
    assert watch.foreign == [] and watch.complaints == []


@thorough
def test_a_corner_is_added_and_removed_by_mouse_and_steps_are_taken_back(page: Page, portal: str) -> None:
    log_in(page, portal, "editors")
    page.goto(f"{portal}{FORM}")
    ready(page)
    text = page.get_by_label("Współrzędne")
    stored = text.input_value()
    assert stored.count(",") == 4
    x, y = corner(page, 20, 0)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=4)
    page.mouse.up()
    expect(page.locator("[data-edit-state]")).to_contain_text("m²")
    assert text.input_value().count(",") == 5
    page.mouse.dblclick(x + 30, y)
    expect(text).to_have_value(stored)
    page.get_by_role("button", name="Cofnij krok").click()
    expect(text).to_have_value(re.compile("^([^,]*,){5}[^,]*$"))
    page.get_by_role("button", name="Kształt z danych").click()
    expect(text).to_have_value(stored)
    expect(page.locator("[data-edit-changes]")).to_contain_text("Nic jeszcze nie zmieniono")


@thorough
def test_without_a_mouse_a_shape_is_changed_by_its_coordinates_and_a_lost_session_loses_nothing(
    page: Page, portal: str
) -> None:
    log_in(page, portal, "editors")
    page.goto(f"{portal}/edit/buildings/{SHED}/")
    ready(page)
    foot = place(200, 80)
    corners = [(foot.x, foot.y), (foot.x + 15, foot.y), (foot.x + 15, foot.y + 12), (foot.x, foot.y + 12)]
    page.get_by_label("Współrzędne").fill("\n".join(f"{x} {y}" for x, y in corners))
    expect(page.locator("[data-edit-state]")).to_have_text("180\u00a0m²")
    page.get_by_label("Nazwa").fill("Szopa")
    page.context.clear_cookies()
    page.get_by_role("button", name="Zapisz zmiany").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zaloguj się")
    page.get_by_label("Konto").fill("editors")
    page.get_by_label("Hasło").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Przywrócono zmiany")).to_be_visible()
    expect(page.get_by_label("Nazwa")).to_have_value("Szopa")
    ready(page)
    page.get_by_label("Nazwa").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Zapisano")).to_be_visible()
    assert (current(SHED).name, current(SHED).geom.area) == ("Szopa", pytest.approx(180))
    page.reload()
    expect(page.locator("[data-edit-draft]")).to_be_hidden()


@thorough
def test_two_editors_of_one_object_choose_field_by_field(page: Page, portal: str, browser: Browser) -> None:
    other = browser.new_context(locale="pl-PL").new_page()
    log_in(page, portal, "editors")
    log_in(other, portal, "anna")
    for one in (page, other):
        one.goto(f"{portal}/edit/buildings/{SHED}/")
        one.get_by_label("Nazwa").wait_for()
    other.get_by_label("Nazwa").fill("Altana Anny")
    other.get_by_label("Rok budowy").fill("1999")
    other.get_by_role("button", name="Zapisz zmiany").click()
    expect(other.get_by_role("status").filter(has_text="Zapisano")).to_be_visible()
    other.context.close()
    page.get_by_label("Nazwa").fill("Moja altana")
    page.get_by_label("Wysokość (m)").fill("3")
    page.get_by_role("button", name="Zapisz zmiany").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zmieniono dwukrotnie")
    expect(page.locator(".lead")).to_contain_text("anna")
    no_faults(page)
    row = page.get_by_role("row").filter(has_text="Nazwa")
    expect(row).to_contain_text("zmienione przez oboje")
    row.get_by_label("Altana Anny").check()
    page.get_by_role("button", name="Zapisz wybrane").click()
    expect(page.get_by_role("status").filter(has_text="Zapisano")).to_be_visible()
    now = current(SHED)
    assert (now.name, now.year_built, now.height_m) == ("Altana Anny", 1999, 3.0)


@thorough
def test_a_new_hydrant_is_drawn_on_a_phone_in_english(page: Page, portal: str, watch: Watch) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page, portal, "editors")
    page.goto(f"{portal}/edit/hydrants/new/?lang=en")
    ready(page)
    no_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_label("Number").fill("H-7")
    page.get_by_label("Nominal diameter (mm)").fill("8000")
    middle = corner(page, 0, 0)
    page.mouse.click(*middle)
    expect(page.get_by_label("Coordinates")).not_to_have_value("")
    page.get_by_role("button", name="Add the object").click()
    expect(page.get_by_role("alert")).to_contain_text("1 field needs another look")
    expect(page.locator(".edit-fault:visible")).to_contain_text("from 25 to 300")
    no_faults(page)
    page.get_by_label("Nominal diameter (mm)").fill("80")
    page.get_by_role("button", name="Add the object").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    made: Any = kind_of("hydrants").model._default_manager.get(**{"number": "H-7"})
    assert (made.dn_mm, made.dataset.slug) == (80, "edits")
    assert not [line for line in watch.complaints if "422" not in line]


@thorough
def test_a_planner_sees_no_way_to_edit_and_is_refused(page: Page, portal: str) -> None:
    log_in(page, portal, "planners")
    page.goto(f"{portal}/#{VIEW}")
    drawn(page)
    click(page)
    expect(page.locator("[data-card-actions]")).to_contain_text("Raport")
    expect(page.locator("[data-card]").get_by_role("link", name="Edytuj")).to_have_count(0)
    page.goto(f"{portal}/catalogue/buildings/table/")
    expect(page.locator("a[href^='/edit/']")).to_have_count(0)
    answer = page.goto(f"{portal}{FORM}")
    assert answer is not None and answer.status == 403
    expect(page.locator("[data-edit-form]")).to_have_count(0)
