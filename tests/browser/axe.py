"""Runs axe-core on a page and returns the violations."""

from axe_playwright_python.base import AxeBase, AxeResults
from playwright.sync_api import Page


class Axe(AxeBase):
    """All of axe-core's rules. Only violations leave the browser: passes of a map page weigh megabytes."""

    def run(self, page: Page) -> AxeResults:
        if not page.evaluate("'axe' in window"):
            page.evaluate(self.axe_script)
        found = """axe.run({ resultTypes: ["violations"] }).then(({ violations }) => ({ violations }))"""
        return AxeResults(page.evaluate(found))
