"""How the map page loads: size of its own scripts, layout shift, requested hosts; in both themes."""

import pytest
from playwright.sync_api import Page, Response

from tests.browser.conftest import Watch
from tests.browser.map_page import open_map, thorough

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize(
    ("width", "lang", "scheme"),
    [
        (1440, "pl", "light"),
        pytest.param(1024, "en", "dark", marks=thorough),
        pytest.param(390, "pl", "dark", marks=thorough),
    ],
)
def test_the_map_page_is_light_and_stands_still(
    page: Page, portal: str, watch: Watch, width: int, lang: str, scheme: str
) -> None:
    own: list[int] = []

    def answered(response: Response) -> None:
        if "/static/js/" in response.url:
            own.append(len(response.body()))

    page.on("response", answered)
    page.add_init_script(SHIFTS)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_map(page, portal, lang=lang, width=width)
    assert 20_000 < sum(own) <= 300_000
    assert page.evaluate("window.shifts") <= 0.05
    assert watch.foreign == []
    assert watch.complaints == []
