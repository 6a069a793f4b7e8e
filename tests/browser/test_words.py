"""No page shows a word that is not translated.

The portal uses a pseudo language, in which everything that passes through gettext or a kind's Text is in
brackets. Letters outside them are raw text, unless they are a unit, a format or a licence, or are marked as data
(`data-data`) or as the same in every language (`translate="no"`: names in code, addresses for programs).
"""

import re

import pytest
from django.urls import URLPattern
from playwright.sync_api import Page, expect

from geoportal.web.map.page import DOWNLOADS
from geoportal.web.urls import urlpatterns
from layers.access.rules import ANONYMOUS, visible_kinds
from layers.kinds import KINDS
from layers.text import Text
from tests.browser import pseudo_language
from tests.browser.conftest import VIEW
from tests.browser.map_page import drawn, thorough
from tests.factories import feature_id

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

OPEN = [kind.slug for kind in visible_kinds(ANONYMOUS)]
PLACE = f"layer=buildings&feature={feature_id('school', 'demo_city')}"
PAGES: dict[str, list[str]] = {
    "map": [f"/#{VIEW}"],
    "catalogue": ["/catalogue/", "/catalogue/?q=xyz"],
    "layer": [f"/catalogue/{slug}/" for slug in OPEN],
    "table": [
        *(f"/catalogue/{slug}/table/" for slug in OPEN),
        "/catalogue/buildings/table/?near=50.87028, 20.63139&sort=-height_m&at=2126-01-31",
        "/catalogue/buildings/table/?filter=height_m > 3 AND name IS NOT NULL AND use_class = 'education'",
        "/catalogue/buildings/table/?add=height_m&op=least&value=x",
        "/catalogue/buildings/table/?q=xyz",
        "/catalogue/buildings/table/?sort=owner",
    ],
    "sensors": ["/catalogue/stations/sensors/"],
    "compare": ["/catalogue/stations/compare/"],
    "reports": ["/reports/"],
    "place_report": [f"/reports/place/?{PLACE}", "/reports/place/?point=20.63139,50.87028"],
    "studies": ["/studies/"],
    "study": ["/studies/flood_exposure/"],
    "study-report": ["/studies/flood_exposure/report/"],
    "open-data": ["/open-data/", "/open-data/?q=xyz"],
    "snapshots": ["/open-data/buildings/snapshots/"],
    "freshness": ["/open-data/freshness/"],
    "query": [
        "/query/",
        "/query/?layer=buildings&relation=near&distance_m=500&to=bus_stops&to_filter=name IS NULL",
        "/query/?layer=buildings&filter=height_m > 3&relation=nearest&to=monuments",
        "/query/?layer=buildings&measure=mean&of=height_m&by=district",
        "/query/?layer=buildings&measure=sum&of=map_area_m2&by=use_class",
        "/query/?layer=buildings&measure=sum",
        "/query/?saved=nothing",
    ],
    "accessibility": ["/accessibility/"],
    "picture-removals": ["/pictures/removals/"],
    "": ["/there-is-nothing-here/"],
}
"""Addresses of each page by the name of its pattern."""
NO_PAGES = {"place_report_pdf", "study-pdf", "study-report-map", "study-result", "study-cancel"}
NO_PAGES |= {"sensors-file"}
NO_PAGES |= {"series", "station"}  # this city has no sensors: `test_series.py` reads the page through
NO_PAGES |= {
    "picture",
    "picture-removal",
    "removal-request",
}  # nor released pictures: its data are those of the viewer, `test_photos.py`
NO_PAGES |= {"query-jobs", "query-result", "query-cancel", "saved-queries", "saved-query"}
"""Files, pieces of other pages, and what needs a job of its own (its templates are those of `study`)."""
FOR_ACCOUNTS = {
    *("account", "token-revoke", "new-feature", "edit-feature", "edit-restore", "edit-undo"),
    *("series-exclude", "series-exclusion", "series-limits", "series-undo"),
    *("sql-console", "sql-saved", "uploads", "upload", "upload-target", "upload-trial", "upload-result"),
    *("upload-rejections", "upload-remove", "upload-shapes", "upload-state"),
    *("photos", "photo-order", "photo-order-state", "photo-run", "photo-run-state"),
    *("photo-review", "photo-requests"),
}
"""Pages that need an account; each is read through by the browser test of its own area."""

MAPS = ("[data-map]", "[data-preview]", "[data-study-map]", "[data-query-map]")
"""Maps of these pages, whose words and marks come with them."""
DRAWING_MAP = "[data-draw] [data-map]"
"""The map on which an area is drawn: it has no words of its own, and announces only that it listens."""
MONTHS = "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
SAME = sorted(
    {field.unit for kind in KINDS.values() for field in kind.fields if field.unit}
    | {kind.source.licence for kind in KINDS.values()}
    | {format for _, format in DOWNLOADS}
    | {"m", "km", "ha", "m²", "PDF", "MapLibre", "N", "Szkoła Żródlana"}
    | set(MONTHS.split()),
    key=len,
    reverse=True,
)
"""What is written alike in all languages, the data of the tests, and months, which scripts take from the browser."""

FIND = r"""(same) => {
  const LETTERS = /\p{L}/u;
  const plain = same.map((one) => one.replace(/[.*+?^${}()|[\]\\\/]/g, "\\$&")).join("|");
  const SAME = new RegExp(`(?<!\\p{L})(${plain})(?!\\p{L})`, "gu");
  const SKIP = "[translate=no], [data-data], [data-language], script, style, noscript, template";
  const found = new Set();
  const look = (text, where) => {
    let bare = text;
    for (let before = null; before !== bare; ) [before, bare] = [bare, bare.replace(/⟦[^⟦⟧]*⟧/gu, " ")];
    if (!LETTERS.test(bare.replace(SAME, " "))) return;
    found.add(`${where}: ${text.trim().replace(/\s+/g, " ").slice(0, 160)}`);
  };
  const name = ({ tagName, classList }) => [tagName.toLowerCase(), ...classList].join(".");
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest(SKIP)) look(walker.currentNode.data, name(parent));
  }
  for (const attribute of ["aria-label", "aria-description", "aria-valuetext", "title", "placeholder", "alt"]) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      if (!element.closest(SKIP)) look(element.getAttribute(attribute), `${name(element)}@${attribute}`);
    }
  }
  return [...found];
}"""


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pseudo language in this process."""
    pseudo_language.install(monkeypatch.setattr)


@pytest.fixture
def raw_words(page: Page, pseudo_portal: str):
    """What a page shows that is in no brackets."""

    def look(address: str) -> list[str]:
        page.goto(pseudo_portal + address)
        for map in MAPS:
            if page.locator(map).and_(page.locator(DRAWING_MAP)).count():
                expect(page.locator(map)).to_have_attribute("data-ready", "true", timeout=30_000)
            elif page.locator(map).count():
                drawn(page, map)
        expect(page.locator(".masthead")).to_contain_text("⟦")
        found: list[str] = page.evaluate(FIND, SAME)
        return found

    return look


def test_every_page_is_looked_at() -> None:
    names = {one.name for one in urlpatterns if isinstance(one, URLPattern)}
    assert names == (PAGES.keys() - {""}) | NO_PAGES | FOR_ACCOUNTS


@pytest.mark.parametrize("name", PAGES, ids=lambda name: name or "unknown")
@thorough
def test_no_page_shows_raw_text(raw_words, name: str) -> None:
    found = {address: raw for address in PAGES[name] if (raw := raw_words(address))}
    assert found == {}


@thorough
def test_the_card_and_the_layer_list_show_no_raw_text(page: Page, raw_words) -> None:
    raw_words(f"/#{VIEW}&layers=buildings")
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("[data-card] dl").first).to_be_visible()
    for summary in page.locator("summary:visible").all():
        summary.click()
    assert page.evaluate(FIND, SAME) == []


RAW = {
    "<p>raw</p>": ["p: raw"],
    "<p>⟦ok⟧ raw</p>": ["p: ⟦ok⟧ raw"],
    "<p>⟦outer ⟦inner⟧ outer⟧: 12,5</p>": [],
    "<button aria-label='raw'>⟦ok⟧</button>": ["button@aria-label: raw"],
    "<input placeholder='raw' title='⟦ok⟧'>": ["input@placeholder: raw"],
    "<p translate='no'>CSV</p><p data-data>Kielce</p>": [],
}


@pytest.mark.parametrize("markup", RAW)
def test_the_search_for_raw_text_finds_it(page: Page, markup: str) -> None:
    page.set_content(markup)
    assert page.evaluate(FIND, SAME) == RAW[markup]


@thorough
def test_the_pseudo_language_reaches_kinds_templates_and_scripts(
    page: Page, pseudo_portal: str, pseudo: None
) -> None:
    page.goto(f"{pseudo_portal}/")
    words = page.evaluate("JSON.parse(document.getElementById('configuration').textContent).words")
    assert all(re.fullmatch(r"⟦.*⟧", word, re.DOTALL) for word in words.values())
    assert str(Text("Budynki", "Buildings")) == "⟦Budynki⟧"
