"""Fixtures of all tests: separate databases and folders, the city's real files, runs and records to write."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import TransactionTestCase, override_settings
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from geoportal.accounts.audit import forget_recent_reads
from layers.access.publication import DECISIONS, Decisions
from layers.feed.versions import VERSIONS, TileVersions
from layers.planner.declarations import REGISTER
from layers.runs.models import Run
from tests import databases
from tests.factories import new_run

pytest_plugins = ["tests.times", "tests.tiers"]

ROOT = Path(__file__).resolve().parents[1]
REAL_DATA = ROOT.parent / "shared" / "data"
RUN_ID = "CITY_TESTS_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """Set the name of the run, which workers inherit from the process that starts them.

    Playwright leaves an event loop running in a worker that ran a browser test; Django would take every later test
    there for asynchronous code and refuse the database.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    os.environ["ALLOWED_PORTS"] = "*"  # servers of the tests listen at any port
    os.environ["WEB_THREADS"] = "64"  # tests leave files unread, which occupy turns; tests of turns set their own
    if not hasattr(config, "workerinput"):
        os.environ[RUN_ID] = str(os.getpid())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the city's real files are skipped, with a reason, where the files are not."""
    if REAL_DATA.is_dir():
        return
    for item in items:
        if item.get_closest_marker("real_data"):
            item.add_marker(pytest.mark.skip(reason=f"The city's real files are not in {REAL_DATA}."))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the city's real files; skips the test where it is missing."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"The city's real files are not in {REAL_DATA}.")
    return REAL_DATA


@pytest.fixture(autouse=True, scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Media and tiles of the tests go to folders of this worker, in child processes too."""
    made = {name: str(tmp_path_factory.mktemp(name.lower())) for name in ("MEDIA_ROOT", "TILE_CACHE_DIR")}
    os.environ.update(made)
    # Hashing a password takes a third of a second on purpose; tests make hundreds of accounts. WhiteNoise reads the
    # headers of all static files for each new client, in 40 ms, unless it looks for them one by one.
    cheap = {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"], "WHITENOISE_AUTOREFRESH": True}
    with override_settings(**made, **cheap):
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A migrated database of this run and this worker; a transactional test leaves the rows that it found."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    name = f"{databases.PREFIX}{os.environ[RUN_ID]}_{worker}"
    with pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            databases.remove_left_over()
            databases.copy(databases.migrated_template(), name)
            databases.use(name)
            rows = databases.rows()
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: databases.put_back(rows))
        yield
    with django_db_blocker.unblock():
        databases.use(databases.ORDINARY)
        databases.drop(name)


@pytest.fixture(autouse=True)
def in_polish() -> None:
    """Activate the city's language before each test: a page in another one leaves that active in its thread."""
    translation.deactivate()


@pytest.fixture
def run(db: None) -> Callable[..., Run]:
    """Make a running Run: `run("egib")`, `run("editors", kind="edit")`."""
    return new_run


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Clear the process's caches of the database before and after each test."""
    REGISTER.forget()
    vars(VERSIONS).update(vars(TileVersions()))
    yield
    _as_declared()
    REGISTER.forget()
    forget_recent_reads()


def _as_declared() -> None:
    """Layers are published as declared, unless a test calls `DECISIONS.refresh(force=True)`."""
    vars(DECISIONS).update(vars(Decisions()) | {"_checked": float("inf")})


_as_declared()
REGISTER.forget()
