"""What all tests share: databases and folders of their own, the city's real files, runs and records to write.

Two test runs may use one cluster at the same time: the test database carries the process id of its run. A run that
was killed leaves its database behind; the next run removes it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation

from geoportal.accounts.audit import forget_lately
from layers.access.publication import DECISIONS, Decisions
from layers.planner.declarations import REGISTER
from layers.runs.models import Run
from tests.factories import new_run

ROOT = Path(__file__).resolve().parents[1]
REAL_DATA = ROOT.parent / "shared" / "data"
RUN_ID = "CITY_TESTS_RUN"
PREFIX = "test_city_p"


def pytest_configure(config: pytest.Config) -> None:
    """Workers inherit the name of the run from the process that starts them.

    Playwright leaves an event loop running in a worker that ran a browser test; Django would take every later test
    there for asynchronous code and refuse the database.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
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
    # Hashing a password takes a third of a second on purpose; tests make hundreds of accounts.
    with override_settings(**made, PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """A database of this run and this worker."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    database = settings.DATABASES["default"]
    database.setdefault("TEST", {})["NAME"] = f"{PREFIX}{os.environ[RUN_ID]}_{worker}"
    if worker in ("alone", "gw0"):
        _remove_left_over(database)


def _remove_left_over(database: dict) -> None:
    names = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT", "dbname": "NAME"}
    connection = psycopg2.connect(**{name: database[key] or None for name, key in names.items()})
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database d WHERE datname LIKE %s AND datdba = current_user::regrole "
            "AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname)",
            [PREFIX.replace("_", r"\_") + "%"],
        )
        for (name,) in cursor.fetchall():
            process = name.removeprefix(PREFIX).split("_")[0]
            if not Path(f"/proc/{process}").exists():
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
    connection.close()


@pytest.fixture(autouse=True)
def in_polish() -> None:
    """A page that answered in another language leaves it active in its thread; each test begins in the city's own."""
    translation.deactivate()


@pytest.fixture
def run(db: None) -> Callable[..., Run]:
    """Make a running Run: `run("egib")`, `run("editors", kind="edit")`."""
    return new_run


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What processes remember for a while of the database does not outlive a test's own data."""
    REGISTER.forget()
    yield
    _as_declared()
    REGISTER.forget()
    forget_lately()


def _as_declared() -> None:
    """Layers are published as they declare until a test says `DECISIONS.refresh(force=True)`."""
    vars(DECISIONS).update(vars(Decisions()) | {"_checked": float("inf")})


_as_declared()
REGISTER.forget()
