"""A planner brings a faulty file in: sees what would happen, stores it, finds it on the map, undoes it."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from layers.planner.declarations import REGISTER, PlannerLayer
from layers.runs.models import Run
from tests.browser.accounts import log_in
from tests.browser.conftest import Watch
from tests.browser.map_page import no_faults
from tests.geoportal.logins import account
from tests.geoportal.uploads.conftest import faulty

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db(transaction=True)]
MAP_MS = 40_000


@pytest.fixture
def planner(page: Page, portal: str) -> Iterator[Page]:
    """The browser of a planner who has logged in."""
    account("planners")
    log_in(page, portal, "planners")
    yield page
    page.goto("about:blank")
    with connection.cursor() as cursor:
        for layer in PlannerLayer.objects.all():
            cursor.execute(f'DROP TABLE "layers_{layer.slug}" CASCADE')
    REGISTER.forget()


def test_a_planner_brings_a_faulty_file_in_and_undoes_it(planner: Page, portal: str, watch: Watch, tmp_path: Path):
    file = tmp_path / "lawki.geojson"
    file.write_bytes(faulty().read())
    planner.goto(f"{portal}/uploads/")
    planner.set_input_files("#file", str(file))
    planner.get_by_role("button", name="Obejrzyj").click()
    expect(planner.locator(".upload-facts")).to_contain_text("13")
    expect(planner.locator("[data-upload-map]")).to_have_attribute("data-state", "ready", timeout=MAP_MS)
    no_faults(planner)
    planner.fill("#title_pl", "Ławki w mieście")
    planner.get_by_label("Jednostka kolumny WYS").fill("m")
    planner.get_by_role("button", name="Wypróbuj").click()
    expect(planner.locator('[data-count="added"]')).to_contain_text("11")
    expect(planner.locator('[data-count="rejected"]')).to_contain_text("2")
    expect(planner.locator("[data-upload-map]")).to_have_attribute("data-state", "ready", timeout=MAP_MS)
    no_faults(planner)
    assert not PlannerLayer.objects.exists()
    planner.get_by_role("button", name="Utwórz warstwę i zapisz").click()
    expect(planner.get_by_role("heading", level=1)).to_have_text("Zapisano: Ławki w mieście")
    no_faults(planner)
    with planner.expect_download() as download:
        planner.get_by_role("link", name="Odrzucone jako CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    told = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [one["powód"] for one in told] == [
        "brak geometrii",
        "obiekt leży daleko od miasta",
        "wartość nie jest liczbą",
    ]
    result = planner.url
    planner.get_by_role("link", name="Pokaż na mapie").click()
    slug = PlannerLayer.objects.get().slug
    expect(planner.locator(f'[data-layer="{slug}"]').first).to_be_visible(timeout=MAP_MS)
    planner.goto(result)
    planner.get_by_role("button", name="Cofnij").click()
    expect(planner.get_by_role("heading", level=1)).to_have_text("Cofnięto")
    assert Run.objects.filter(kind=Run.Kind.ROLLBACK, account="planners", status="committed").count() == 1
    assert not watch.foreign and not watch.complaints, json.dumps(watch.complaints)
