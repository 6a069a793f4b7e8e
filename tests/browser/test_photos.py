"""Street photos: an editor brings a run in and corrects its clock, a visitor walks a run and compares two days."""

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.timezone import now
from playwright.sync_api import Page, expect
from pytest_django.plugin import DjangoDbBlocker

from ingest.pipeline import Order, ingest
from layers.media.models import Medium
from layers.media.publication import publish
from layers.media.review import decide
from layers.media.storing import NewVariant, store_blurred
from tests.browser.accounts import log_in
from tests.browser.conftest import Watch
from tests.browser.map_page import THREE_WIDTHS, drawn, no_faults, thorough
from tests.ingest.photos.painting import Drive, paint
from tests.layers.media.photos import scratch, written

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db]

PLACE = "map=18/50.87028/20.6318"
MAY = Drive(datetime(2026, 5, 4, 10, 0, tzinfo=UTC), photos=5, size=(480, 360))
AUTUMN = Drive(datetime(2025, 9, 12, 15, 30, tzinfo=UTC), photos=5, sky="#d9b48f", north_m=3, size=(480, 360))
JUNE = Drive(datetime(2026, 6, 20, 8, 0, tzinfo=UTC), photos=2, north_m=-3, sphere=True, size=(1024, 512))
LATE = Drive(datetime(2026, 7, 1, 9, 0, tzinfo=UTC), photos=5, north_m=400, late_s=6, size=(160, 120))


@pytest.fixture(scope="module")
def drives(
    portal: str, accounts: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Three drives along the same street, all of whose pictures are released."""
    folder = tmp_path_factory.mktemp("drives")
    with django_db_blocker.unblock():
        for name, drive in {"may": MAY, "autumn": AUTUMN, "june": JUNE}.items():
            options = {"name": name, "author": "Miasto", "bbox": "off"}
            ingest(Order("photo_scan", paint(drive, folder / name), options))
        Medium.objects.update(examined_at=now())
        for medium in Medium.objects.all():
            decide(medium, "release", "reviewer")
            blurred(medium)
        publish(Medium.objects.all())


def blurred(medium: Medium) -> None:
    """Give an approved picture its blurred variants: its raw ones, as nobody is in a painted street."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    made = []
    for name in ("screen", "thumbnail"):
        raw = medium.variant("raw", name)
        assert raw is not None
        path, digest = written(scratch(), raw.path().read_bytes())
        made.append(NewVariant(name, path, digest, raw.size, raw.media_type, raw.width, raw.height))
    store_blurred(medium, made)
    Medium.objects.filter(pk=medium.pk).update(state=Medium.State.BLURRED)


@pytest.fixture
def keys(drives: None) -> Iterator[dict[str, list[str]]]:
    """The public keys of the pictures by run, in the order of the run."""
    found: dict[str, list[str]] = {}
    for medium in Medium.objects.released().order_by("in_runs__photo_run", "in_runs__number"):
        found.setdefault(medium.in_runs.get().photo_run.slug, []).append(str(medium.released_key))
    yield found


def opened(page: Page, portal: str, key: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{portal}/?photo={key}#{PLACE}")
    drawn(page)
    expect(page.locator("[data-photo-viewer]")).to_be_visible()
    expect(page.locator("[data-photo-viewer]")).not_to_have_attribute("aria-busy", "true")


@pytest.mark.parametrize("width", THREE_WIDTHS)
def test_an_editor_brings_a_run_in_and_corrects_its_clock(
    page: Page, portal: str, accounts: None, watch: Watch, tmp_path: Path, width: int
) -> None:
    drive = LATE if width == 1440 else Drive(LATE.start, 5, north_m=400 + width, late_s=6, size=(160, 120))
    archive = tmp_path / f"drive-{width}.zip"
    with zipfile.ZipFile(archive, "w") as sink:
        for one in sorted(paint(drive, tmp_path / "painted").iterdir()):
            sink.write(one, one.name)
    log_in(page, portal, "editors")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{portal}/photos/")
    no_faults(page)
    page.set_input_files("#file", str(archive))
    page.get_by_label("Autor zdjęć").fill("Miasto Kielce")
    page.get_by_role("button", name="Wypróbuj").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Próba: drive-{width}")
    expect(page.get_by_text("Nowe na mapie: 5")).to_be_visible()
    no_faults(page)
    page.get_by_role("button", name="Wgraj przejazd").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"drive-{width}")
    expect(page.locator("[data-suggestion]")).to_contain_text("24\u00a0m → 0\u00a0m")
    no_faults(page)
    page.get_by_role("button", name="Zastosuj 6\u00a0s").click()
    expect(page.get_by_text("Stosowana poprawka to 6\u00a0s")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="przeliczono")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not watch.foreign and not watch.complaints, watch.complaints


@thorough
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_a_visitor_walks_a_run(page: Page, portal: str, keys: dict[str, list[str]], watch: Watch, width: int) -> None:
    may = keys["may"]
    opened(page, portal, may[1], width)
    picture = page.locator("[data-photo-stage]")
    expect(picture).to_have_attribute("aria-label", re.compile("^Zdjęcie: .*widok na wschód, 4 maja 2026, 12:00.$"))
    expect(page.locator("[data-photo-removal]")).to_have_attribute("href", f"/pictures/{may[1]}/removal/")
    expect(page.locator("[data-photo-credit]")).to_have_text("© Miasto, CC-BY-4.0")
    no_faults(page)
    picture.focus()
    page.keyboard.press("ArrowUp")
    expect(page).to_have_url(re.compile(f"photo={may[2]}"))
    page.keyboard.press("PageUp")
    expect(page).to_have_url(re.compile(f"photo={may[3]}"))
    page.keyboard.press("PageUp")
    expect(page).to_have_url(re.compile(f"photo={may[4]}"))
    page.keyboard.press("PageUp")
    expect(page.locator("[data-photo-said]")).to_have_text("To ostatnie zdjęcie przejazdu.")
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile(f"photo={may[3]}"))
    for _ in range(5):
        page.keyboard.press("+")
    expect(page).to_have_url(re.compile("zoom=60"))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"yaw=(9[1-9]|1\d\d)"))
    link = page.url
    released = page.locator("[data-photo-page]").get_attribute("href")
    page.get_by_role("button", name="12 września 2025").click()
    expect(page).to_have_url(re.compile(f"photo=({'|'.join(keys['autumn'])})"))
    page.go_back()
    expect(page).to_have_url(link)
    expect(page.locator("[data-photo-line]")).to_contain_text("4 maja 2026")
    page.keyboard.press("Escape") if width == 1440 else page.get_by_role("button", name="Zamknij zdjęcie").click()
    expect(page.locator("[data-photo-viewer]")).to_be_hidden()
    assert "photo=" not in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{portal}{released}")
    expect(
        page.get_by_role("img", name=re.compile("^Zdjęcie: .*widok na wschód, 4 maja 2026, 12:00.$"))
    ).to_be_visible()
    page.get_by_role("link", name="Następne zdjęcie").click()
    expect(page).to_have_url(f"{portal}/pictures/{may[4]}/")
    no_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not watch.foreign and not watch.complaints, watch.complaints


@thorough
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_two_days_are_compared_side_by_side(
    page: Page, portal: str, keys: dict[str, list[str]], watch: Watch, width: int
) -> None:
    opened(page, portal, keys["may"][1], width)
    page.get_by_role("button", name="Porównaj").click()
    page.get_by_role("button", name="12 września 2025").click()
    expect(page.locator("[data-photo-other-day]")).to_contain_text("12 września 2025")
    other = page.locator("[data-photo-other] img")
    expect(other).to_be_visible()
    before = other.bounding_box()
    page.locator("[data-photo-stage]").focus()
    for _ in range(3):
        page.keyboard.press("+")
    # 36 percent of the way to eight times as large: 8 ** 0.36 = 2.11.
    after = other.bounding_box()
    assert before and after and after["width"] / before["width"] == pytest.approx(2.114, abs=0.03)
    page.keyboard.press("ArrowUp")
    expect(page).to_have_url(re.compile(f"photo={keys['may'][2]}"))
    expect(page.locator("[data-photo-other-day]")).to_contain_text("12 września 2025")
    no_faults(page)
    assert not watch.foreign and not watch.complaints, watch.complaints


@thorough
def test_a_click_on_the_map_opens_the_picture_that_looks_there_and_a_sphere_turns(
    page: Page, portal: str, keys: dict[str, list[str]], watch: Watch
) -> None:
    opened(page, portal, keys["june"][0], 1440)
    expect(page.locator("[data-photo-stage] canvas")).to_be_visible()
    expect(page).to_have_url(re.compile("yaw=90"))
    page.locator("[data-photo-stage]").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"yaw=1[0-2]\d"))
    no_faults(page)
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 60)
    expect(page).to_have_url(re.compile(f"photo=({'|'.join(keys['june'])}).*yaw="))
    expect(page.locator("[data-card]")).to_be_hidden()
    assert not watch.foreign and not watch.complaints, watch.complaints


@thorough
def test_a_picture_on_the_map_opens_by_its_card(page: Page, portal: str, keys: dict[str, list[str]]) -> None:
    page.goto(f"{portal}/#map=14/50.87028/20.6318&layers=street_photos_released")
    drawn(page)
    page.locator("[data-map] canvas").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Otwórz zdjęcie").click()
    expect(page.locator("[data-photo-viewer]")).to_be_visible()
    expect(page).to_have_url(re.compile("photo="))
