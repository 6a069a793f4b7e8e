"""A browser beside the portal with collected static files, for the benchmarks that measure what a visitor sees."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.benchmarks.servers import portal, served

FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
"""WebGL without a graphics card."""
DESK: ViewportSize = {"width": 1440, "height": 900}


@contextmanager
def browsed() -> Iterator[tuple[Browser, str]]:
    """Debian's chromium, and the address of the portal on two workers."""
    with tempfile.TemporaryDirectory() as static, tempfile.TemporaryDirectory() as cache:
        with override_settings(STATIC_ROOT=static):
            call_command("collectstatic", interactive=False, verbosity=0)
        server = portal("/", STATIC_ROOT=static, TILE_CACHE_DIR=cache)
        with served(server) as port, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM_PATH"], args=FLAGS)
            yield browser, f"http://127.0.0.1:{port}"
            browser.close()
