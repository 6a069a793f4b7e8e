"""How soon the map page is seen: its first paint, and the moment when all that is in view is drawn.

The demo city, the portal on two workers with collected static files, Debian's chromium without a graphics card.
Each round is a browser that knows nothing of the page; the first one warms the server up and does not count.

Needs: chromium.
"""

from tests.benchmarks import setting

setting.guard()

from playwright.sync_api import Browser  # noqa: E402

from layers.access.rules import open_kinds  # noqa: E402
from layers.store.writer import writing  # noqa: E402
from tests.benchmarks.browsing import DESK, browsed  # noqa: E402
from tests.benchmarks.report import Report  # noqa: E402

WATCH = """
new MutationObserver(() => {
  const map = document.querySelector("[data-map]");
  if (map?.dataset.state === "ready" && window.drawnAt === undefined) window.drawnAt = performance.now();
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-state"] });
"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
OWN = (
    "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/static/js/'))"
    ".reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0)"
)


def load(scale: float) -> None:
    """Fill every open layer with the demo city's."""
    kinds = {kind.slug: kind for kind in open_kinds()}
    records = setting.layers_of(tuple(kinds), scale)
    setting.empty_layers()
    with writing(setting.new_run()) as writer:
        for slug, found in records.items():
            writer.write(kinds[slug], found)


def visit(browser: Browser, address: str) -> tuple[float, float, float]:
    """Seconds to the first paint and to the whole view, and kB of own scripts, of a browser that knows nothing."""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_selector("[data-map][data-state=ready]", timeout=60_000)
    seen = page.evaluate(PAINT) / 1000, page.evaluate("window.drawnAt") / 1000, page.evaluate(OWN) / 1000
    context.close()
    return seen


def rounds(count: int) -> list[tuple[float, float, float]]:
    """What each visit saw, after one to warm the server up."""
    with browsed() as (browser, portal):
        return [visit(browser, f"{portal}/") for _ in range(count + 1)][1:]


def main() -> None:
    """Measure, and print figures beside their targets."""
    arguments = setting.parsed(setting.options(__doc__, scale=1, rounds=5))
    report = Report("map")
    load(arguments.scale)
    paints, drawn, weights = (list(values) for values in zip(*rounds(arguments.rounds), strict=True))
    print(f"first paint s: {[round(one, 2) for one in paints]}, all drawn s: {[round(one, 2) for one in drawn]}")
    report.add("first paint of the map page, s", setting.median(paints), at_most=2)
    report.add("everything in view drawn, s", setting.median(drawn), at_most=4)
    report.add("own scripts, kB", setting.median(weights), at_most=300)
    report.print()


if __name__ == "__main__":
    main()
