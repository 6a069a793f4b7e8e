"""Reviewing photos by keyboard and by pointer; asking for a removal as a visitor and answering it as an editor."""

import re
import statistics

import pytest
from django.utils.timezone import now
from playwright.sync_api import Locator, Page, expect

from layers.media.models import Decision, Medium, Region, RemovalRequest
from layers.media.publication import publish
from layers.media.review import Box, decide, set_regions
from tests.browser.accounts import log_in
from tests.browser.conftest import Watch
from tests.browser.map_page import no_faults, thorough
from tests.geoportal.logins import account
from tests.layers.media.photos import blur
from tests.layers.media.streets import SIZE, street_photo

pytestmark = [pytest.mark.browser, pytest.mark.own_city, pytest.mark.django_db(transaction=True)]
WIDTHS = [1440, 1024, 390]
STEP_PX = 32
"""The content of each picture stands so much further to the right."""
MOST_SECONDS = 0.5
TIMER = """() => {
  const tool = document.querySelector("[data-review]");
  window.waits = [];
  let began = null;
  addEventListener("keydown", (event) => { if (event.key === "r") began = performance.now(); }, true);
  new MutationObserver(() => { if (began) window.waits.push(performance.now() - began); began = null; })
    .observe(tool, { attributeFilter: ["data-key"] });
}"""


def drive(run: str, count: int) -> list[Medium]:
    """A run of examined pictures of the street."""
    media = [street_photo(run, number, number * STEP_PX) for number in range(count)]
    Medium.objects.filter(pk__in=[one.pk for one in media]).update(examined_at=now())
    return media


def open_review(page: Page, portal: str, run: str, width: int = 1440, who: str = "editors") -> Locator:
    account(who)
    log_in(page, portal, who)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{portal}/photos/review/?run={run}")
    tool = page.locator("[data-review]")
    expect(tool).to_have_attribute("data-state", "ready")
    return tool


def shown(tool: Locator, medium: Medium) -> None:
    expect(tool).to_have_attribute("data-key", str(medium.key))
    expect(tool).to_have_attribute("data-state", "ready")


def stored(page: Page) -> None:
    expect(page.locator("[data-review-saving]")).to_be_empty()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def boxes(page: Page) -> Locator:
    return page.locator(".review-box")


def fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("width", "count"), [(1440, 5), *(pytest.param(width, 20, marks=thorough) for width in WIDTHS)]
)
def test_pictures_are_reviewed_by_keyboard_alone(page: Page, portal: str, watch: Watch, width: int, count: int):
    media = drive(f"drive-{width}", count)
    tool = open_review(page, portal, f"drive-{width}", width)
    page.evaluate(TIMER)
    shown(tool, media[0])
    press(page, "n", "5", "1", "9", "+", "+")  # six keys for one box
    expect(boxes(page)).to_have_count(1)
    no_faults(page)
    fits(page, width)
    press(page, "r")
    shown(tool, media[1])
    (drawn,) = Region.objects.filter(medium=media[0])
    middle = 1 / 3 + 2.5 / 27  # of the middle ninth its first, of that its last
    assert ((drawn.left + drawn.right) / 2, (drawn.top + drawn.bottom) / 2) == pytest.approx((middle, middle))
    assert (drawn.what, drawn.origin) == ("face", "person")
    assert drawn.right - drawn.left == pytest.approx(0.05 * 1.25**2)

    expect(boxes(page)).to_have_attribute("data-source", "moved")
    press(page, "r")
    shown(tool, media[2])
    (taken,) = Region.objects.filter(medium=media[1])
    assert taken.left - drawn.left == pytest.approx(STEP_PX / SIZE[0], abs=0.004)
    assert taken.top == pytest.approx(drawn.top, abs=0.005)

    press(page, "Tab", "Delete")
    expect(boxes(page)).to_have_count(0)
    press(page, "Control+z")
    expect(boxes(page)).to_have_count(1)
    press(page, "Tab", "p", "Shift+ArrowRight", "ArrowDown", "w")
    page.get_by_label("Dlaczego?").fill("wypadek")
    press(page, "Enter")
    shown(tool, media[3])
    stored(page)
    assert Medium.objects.get(pk=media[2].pk).state == "withheld"
    press(page, "u")
    shown(tool, media[2])
    assert Medium.objects.get(pk=media[2].pk).state == "raw"
    expect(boxes(page)).to_have_count(1)
    expect(boxes(page)).to_have_attribute("data-what", "plate")
    press(page, "w")
    page.get_by_label("Dlaczego?").fill("wypadek")
    press(page, "Enter")
    for medium in media[3:]:
        shown(tool, medium)
        press(page, "r")
    expect(page.locator("[data-review-end]")).to_be_visible()
    stored(page)
    verdicts = Decision.objects.filter(medium__in=media).order_by("pk")
    assert [one.verdict for one in verdicts.filter(medium=media[2])] == ["withhold", "undo", "withhold"]
    assert verdicts.filter(verdict="release").count() == count - 1
    assert Medium.objects.filter(pk__in=[one.pk for one in media], approved_at__isnull=False).count() == count - 1
    assert statistics.median(page.evaluate("window.waits")) < MOST_SECONDS * 1000
    assert not watch.foreign and not watch.complaints, watch.complaints


@thorough
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_boxes_are_drawn_moved_resized_and_removed_by_pointer(
    page: Page, portal: str, watch: Watch, width: int, theme: str
):
    (medium,) = drive("one", 1)
    set_regions(medium, [Box(0.1, 0.1, 0.2, 0.2, "face", "centerface 0.2", 0.61)])
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    tool = open_review(page, portal, "one", width)
    shown(tool, medium)
    words = page.locator("[data-review-list]")
    expect(words).to_contain_text("znalezione przez model centerface 0.2, ocena 0,61")
    sheet = page.locator("[data-review-sheet]").bounding_box()
    assert sheet is not None

    def at(x: float, y: float) -> tuple[float, float]:
        return sheet["x"] + x * sheet["width"], sheet["y"] + y * sheet["height"]

    def drag(*points: tuple[float, float]) -> None:
        page.mouse.move(*at(*points[0]))
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*at(*point), steps=4)
        page.mouse.up()

    drag((0.4, 0.4), (0.6, 0.7))
    expect(boxes(page)).to_have_count(2)
    drag((0.5, 0.55), (0.6, 0.55))
    drag((0.7, 0.7), (0.8, 0.8))
    no_faults(page)
    fits(page, width)
    page.locator('[data-review-do="preview"]').click()
    previews = page.locator(".review-preview")
    expect(previews).to_have_count(2)
    sizes = previews.evaluate_all("all => all.map(one => [one.width, one.height])")
    assert all(1 <= one <= 8 for size in sizes for one in size)
    page.locator('[data-review-do="preview"]').click()
    expect(previews).to_have_count(0)
    page.get_by_label("Co jest w ramce 1").select_option("plate")
    page.get_by_role("button", name="Usuń ramkę 2").click()
    expect(boxes(page)).to_have_count(1)
    page.locator('[data-review-do="undo"]').first.click()
    expect(boxes(page)).to_have_count(2)
    page.locator('[data-review-do="release"]').click()
    expect(page.locator("[data-review-end]")).to_be_visible()
    stored(page)
    first, second = medium.regions.all()
    assert (first.what, first.origin, first.score) == ("plate", "person", None)
    assert second.box == pytest.approx((0.5, 0.4, 0.8, 0.8), abs=0.01) and second.origin == "person"
    assert not watch.complaints, watch.complaints


@thorough
def test_what_another_person_decided_meanwhile_is_one_clear_line(page: Page, portal: str, watch: Watch):
    first, second = drive("two", 2)
    tool = open_review(page, portal, "two")
    decide(first, "withhold", "inspektor", "x")
    press(page, "n", "5", "r")
    shown(tool, second)
    failures = page.get_by_role("alert").filter(has_text="0000.jpg")
    expect(failures).to_contain_text("zdecydował(a) w międzyczasie inspektor: wstrzymanie.")
    assert Medium.objects.get(pk=first.pk).state == "withheld"
    no_faults(page)
    failures.get_by_role("button", name="Cofnij tamtą decyzję").click()
    shown(tool, first)
    expect(boxes(page)).to_have_count(1)
    expect(failures).to_have_count(0)
    assert Medium.objects.get(pk=first.pk).state == "raw"


@thorough
def test_the_last_decision_is_taken_back_after_the_page_was_loaded_anew(page: Page, portal: str, watch: Watch):
    first, second = drive("again", 2)
    tool = open_review(page, portal, "again")
    press(page, "n", "5", "r")
    shown(tool, second)
    stored(page)
    page.reload()
    shown(tool, second)
    press(page, "u")
    shown(tool, first)
    expect(boxes(page)).to_have_count(1)
    assert Medium.objects.get(pk=first.pk).approved_at is None
    press(page, "u")
    expect(page.locator("[data-review-status]")).to_have_text("Nie ma czego cofnąć.")
    assert not watch.complaints, watch.complaints


@thorough
def test_a_decision_that_cannot_be_sent_is_tried_again_by_a_button(page: Page, portal: str):
    first, second = drive("three", 2)
    tool = open_review(page, portal, "three")
    page.route(re.compile(rf"/photos/review/{first.key}\.json"), lambda route: route.abort())
    press(page, "r")
    shown(tool, second)
    expect(page.get_by_role("alert")).to_contain_text("Portal nie odpowiada")
    page.unroute(re.compile(rf"/photos/review/{first.key}\.json"))
    page.get_by_role("button", name="Spróbuj ponownie").click()
    expect(page.get_by_role("alert")).not_to_contain_text("Portal nie odpowiada")
    stored(page)
    assert Medium.objects.get(pk=first.pk).approved_at is not None


@thorough
def test_a_picture_in_which_faces_were_not_looked_for_waits_and_can_be_left(page: Page, portal: str):
    media = [street_photo("four", number, number * STEP_PX) for number in range(2)]
    tool = open_review(page, portal, "four")
    expect(page.locator("[data-review-caution]")).to_contain_text("nie szukano jeszcze twarzy")
    press(page, "r")
    expect(page.get_by_role("alert")).to_contain_text("nie szukano jeszcze twarzy")
    press(page, "n", "s")
    shown(tool, media[1])
    set_regions(media[0], [Box(0.7, 0.7, 0.8, 0.8, "face", "centerface 0.2", 0.9)])  # the detector comes
    Medium.objects.filter(pk=media[0].pk).update(examined_at=now())
    page.wait_for_timeout(500)
    press(page, "s")
    shown(tool, media[0])
    press(page, "s")
    shown(tool, media[1])
    press(page, "s")
    shown(tool, media[0])
    expect(boxes(page)).to_have_count(2)  # that of the person, and that found since
    assert not Decision.objects.exists()


@thorough
def test_a_picture_whose_file_is_lost_is_named_and_left_out(page: Page, portal: str):
    first, second = drive("five", 2)
    screen = first.variant("raw", "screen")
    assert screen is not None
    screen.path().unlink()
    tool = open_review(page, portal, "five")
    shown(tool, second)
    expect(page.get_by_role("alert").filter(has_text="0000.jpg")).to_contain_text("nie udało się wczytać")


@thorough
@pytest.mark.parametrize("width", WIDTHS)
def test_a_visitor_asks_for_removal_and_an_editor_answers(page: Page, portal: str, watch: Watch, width: int):
    (medium,) = drive("public", 1)
    decide(medium, "release", "reviewer")
    blur(medium)
    publish([Medium.objects.get(pk=medium.pk)])
    key = Medium.objects.get().released_key
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{portal}/pictures/{key}/removal/")
    no_faults(page)
    fits(page, width)
    page.get_by_role("button", name="Ukryj zdjęcie").click()
    expect(page.get_by_role("alert")).to_contain_text("Wybierz jeden z powodów")
    page.get_by_label("można rozpoznać mnie").check()
    page.get_by_label("Gdzie na zdjęciu").fill("z lewej")
    page.get_by_label("E-mail lub telefon").fill("ja@example.org")
    page.get_by_role("button", name="Ukryj zdjęcie").click()
    asked = RemovalRequest.objects.get()
    expect(page.get_by_text(asked.reference)).to_be_visible()
    no_faults(page)
    fits(page, width)
    status = page.url
    assert page.request.get(f"{portal}/pictures/{key}/screen.jpg").status == 404

    account("editors")
    log_in(page, portal, "editors")
    page.goto(f"{portal}/photos/requests/")
    expect(page.get_by_text("ja@example.org")).to_be_visible()
    no_faults(page)
    fits(page, width)
    page.get_by_label("Odpowiedź; osoba").fill("Usunęliśmy zdjęcie.")
    page.get_by_role("button", name="Usuń zdjęcie").click()
    expect(page.get_by_text("Nikt nie czeka na odpowiedź.")).to_be_visible()
    page.goto(status)
    expect(page.get_by_text("Usunęliśmy zdjęcie.")).to_be_visible()
    no_faults(page)
    page.goto(f"{portal}/pictures/removals/")
    expect(page.locator(".figure").filter(has_text="zdjęcie usunięte")).to_contain_text("1")
    no_faults(page)
    fits(page, width)
    assert Medium.objects.get().state == "removed"
    watch.complaints = [one for one in watch.complaints if "400" not in one]  # the form without a reason
    assert not watch.foreign and not watch.complaints, watch.complaints
