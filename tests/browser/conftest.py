"""A browser, and a portal with a few known objects in the middle of the city, for the tests of a module."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, expect
from pytest_django.plugin import DjangoDbBlocker
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geoportal.accounts.roles import ROLES
from layers.access.rules import ANONYMOUS, visible_kinds
from layers.record import Record
from layers.runs.models import Dataset
from layers.schema.kind import LayerKind
from layers.store.validation import accept
from tests.browser.city_database import copied, refuse_writing, used
from tests.browser.portal_server import serving
from tests.factories import building, load, place, square
from tests.geoportal.logins import account

VIEW = "map=17.5/50.87028/20.63139"
"""The middle of the city, where the known building stands, as an address keeps it."""

expect.set_options(timeout=20_000)  # States are waited for, so that a busy machine fails no test.


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Debian's chromium, drawing WebGL without a graphics card: in software, but only WebGL.

    A page composited by SwiftShader as well takes a map three times the processor seconds to open.
    """
    flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    flags += ["--disable-gpu-compositing", "--disable-gpu-rasterization"]
    return browser_type_launch_args | {"executable_path": "/usr/bin/chromium", "args": flags}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """A Polish visitor at a desk, who asked the device for little motion: maps jump where they would fly."""
    desk = {"locale": "pl-PL", "viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
    return browser_context_args | desk


@pytest.fixture(scope="session")
def no_connections(django_db_setup: None) -> None:
    """Close all database connections before Playwright starts its event loop, where Django could not close them."""
    connections.close_all()


@pytest.fixture(scope="session")
def playwright(no_connections: None, playwright: Playwright) -> Playwright:
    """Playwright ends before the test database does: Django would not drop it beside a running event loop."""
    return playwright


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A browser with a blank page that stays open: other pages are tabs beside it.

    Chromium draws its own buttons anew for each window, in software: five times the work of a tab.
    """
    context = browser.new_context(**options)
    context.set_default_navigation_timeout(60_000)
    context.new_page()
    yield context
    context.close()


@pytest.fixture(scope="session")
def visitor(browser: Browser, browser_context_args: dict) -> Iterator[BrowserContext]:
    """A browser that keeps the static files it fetched, for all tests of a process."""
    with window(browser, **browser_context_args) as context:
        yield context


@pytest.fixture
def context(visitor: BrowserContext, portal: str) -> Iterator[BrowserContext]:
    """The visitor's browser, from which all but the fetched files is removed after each test."""
    yield visitor
    blank, *opened = visitor.pages
    for one in opened:
        one.close()
    stored = {"origin": portal, "storageTypes": "cookies,local_storage,indexeddb"}
    session = visitor.new_cdp_session(blank)
    session.send("Storage.clearDataForOrigin", stored)
    session.detach()
    visitor.clear_cookies()
    visitor.clear_permissions()
    visitor.set_geolocation(None)


@dataclass(frozen=True)
class Served:
    """A portal and the database that it shows."""

    url: str
    database: str


@pytest.fixture(scope="session")
def city(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database with an object of every open kind, and two buildings, all of them invented; only to be copied."""
    empty = str(connection.settings_dict["NAME"])
    with django_db_blocker.unblock(), copied(empty, f"{empty}_city") as name:
        with used(name):
            fill_city()
        yield name


@pytest.fixture(scope="session")
def read_only(city: str, django_db_blocker: DjangoDbBlocker, tmp_path_factory) -> Iterator[Served]:
    """A portal over a city that refuses changes, for all modules that only read it."""
    with django_db_blocker.unblock(), copied(city, f"{city}_read") as name:
        refuse_writing(name)
        with serving(name, tmp_path_factory.mktemp("tiles")) as url:
            yield Served(url, name)


@pytest.fixture(scope="module")
def portal(request: pytest.FixtureRequest, city: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of a portal over the invented city; a module marked `own_city` may change it."""
    with django_db_blocker.unblock():
        if not request.node.get_closest_marker("own_city"):
            served: Served = request.getfixturevalue("read_only")
            with used(served.database):
                yield served.url
            return
        tiles = request.getfixturevalue("tmp_path_factory").mktemp("tiles")
        with copied(city, f"{city}_own") as name, used(name), serving(name, tiles) as url:
            yield url


@pytest.fixture(scope="module")
def pseudo_portal(portal: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The module's portal in the pseudo language."""
    tiles = tmp_path_factory.mktemp("tiles")
    with serving(str(connection.settings_dict["NAME"]), tiles, TESTS_PSEUDO_LANGUAGE="1") as url:
        yield url


@pytest.fixture(scope="module")
def accounts(portal: str, django_db_blocker: DjangoDbBlocker) -> None:
    """An account for each group, which has the group's name; they go with the portal."""
    with django_db_blocker.unblock():
        for role in ROLES:
            account(role.group)


def fill_city() -> None:
    """Store the objects. The building under the centre of the map is 40 m wide, a school of 1908, 12.5 m high."""
    Dataset.objects.create(slug="demo_city", synthetic=True)
    school = {"name": "Szkoła Żródlana", "use_class": "education", "height_m": 12.5, "year_built": 1908}
    buildings = [building("school", -20, -20, 40, **school), building("shed", 200, 80, 12)]
    for kind in visible_kinds(ANONYMOUS):
        records = buildings if kind.slug == "buildings" else [Record("one", shape_of(kind), {})]
        load(kind, accept(kind, records), "demo_city")


def shape_of(kind: LayerKind) -> BaseGeometry:
    """A geometry that a kind accepts, away from the building."""
    if kind.shape == "POINT":
        return place(100, kind.order)
    if kind.shape.endswith("LINESTRING"):
        return LineString([place(-300, 60 + kind.order), place(300, 60 + kind.order)])
    return Polygon(square(-120, -100 - kind.order, 60))


@dataclass
class Watch:
    """Forbidden requests and errors of a page."""

    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def complains(line: ConsoleMessage) -> bool:
    """Whether a message is about the page; one about WebGL in software is about the browser of the tests."""
    return line.type in ("error", "warning") and "GPU stall due to ReadPixels" not in line.text


@pytest.fixture
def watch(page: Page, portal: str) -> Watch:
    """Records requests to other hosts, and the browser's errors (also of the security policy), of the page."""
    seen = Watch()

    def requested(request: Request) -> None:
        if not request.url.startswith((portal, "data:", "blob:")):
            seen.foreign.append(request.url)

    page.on("request", requested)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("console", lambda line: seen.complaints.append(line.text) if complains(line) else None)
    return seen
