"""A browser, and a portal with a few known objects in the middle of the city, for the tests of a module."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.core.management import call_command
from django.db import connection, connections
from playwright.sync_api import Browser, Page, Playwright, Request
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geoportal.accounts.roles import ROLES
from layers.access.rules import ANONYMOUS, visible_kinds
from layers.feed.versions import VERSIONS, TileVersions
from layers.record import Record
from layers.runs.models import Dataset
from layers.schema.kind import LayerKind
from layers.store.validation import accept
from tests.factories import building, load, place, square
from tests.geoportal.accounts import account

VIEW = "map=17.5/50.87028/20.63139"
"""The middle of the city, where the known building stands, as an address keeps it."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Debian's chromium, drawing WebGL without a graphics card."""
    flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    return browser_type_launch_args | {"executable_path": "/usr/bin/chromium", "args": flags}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """A Polish visitor at a desk."""
    return browser_context_args | {"locale": "pl-PL", "viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def playwright(django_db_setup: None, playwright: Playwright) -> Playwright:
    """Playwright ends before the test database does: Django would not drop it beside a running event loop."""
    return playwright


@pytest.fixture(scope="module")
def portal(django_db_setup: None, django_db_blocker: DjangoDbBlocker, browser: Browser) -> Iterator[str]:
    """The address of a portal that holds an object of every open kind, and two buildings, all of them invented."""
    with django_db_blocker.unblock():
        if not str(connection.settings_dict["NAME"]).startswith("test_"):
            pytest.fail("The module lacks the mark django_db, so there is no test database.")
        vars(VERSIONS).update(vars(TileVersions()))
        fill_city()
        server = LiveServer("127.0.0.1")
        yield server.url
        server.stop()
        call_command("flush", interactive=False, verbosity=0)
        vars(VERSIONS).update(vars(TileVersions()))
        # Beside the event loop Django holds connections of its own; left open they would keep the test database.
        connections.close_all()


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
    """What a page did that it must not do."""

    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def watch(page: Page, portal: str) -> Watch:
    """Requests to other hosts and complaints of the browser (errors, refusals by the security policy) of the page."""
    seen = Watch()

    def requested(request: Request) -> None:
        if not request.url.startswith((portal, "data:", "blob:")):
            seen.foreign.append(request.url)

    page.on("request", requested)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("console", lambda line: seen.complaints.append(line.text) if line.type in ("error", "warning") else None)
    return seen
