"""A new interpreter imports none of the large libraries at its start.

pandas, Arrow and GDAL's readers take 130 MB and 0.6 s, WeasyPrint 0.5 s. Every command, worker and web process would
pay for them at its start.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
LARGE = [
    "branca",
    "fiona",
    "folium",
    "fontTools",
    "geopandas",
    "jinja2",
    "matplotlib",
    "networkx",
    "openpyxl",
    "osmium",
    "pandas",
    "pglast",
    "pmtiles",
    "pyarrow",
    "pyogrio",
    "pyshacl",
    "rasterio",
    "rdflib",
    "scipy",
    "weasyprint",
]
SET_UP = "import django; django.setup()"
WORKER = f"{SET_UP}; from django.core.management import call_command; call_command('db_worker', batch=True)"


def imported(code: str, names: list[str], **environment: str) -> list[str]:
    """Which of these modules an interpreter holds after it ran the code."""
    report = f"import sys; print('imported:', *(name for name in {names} if name in sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "geoportal.settings"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()[-1].removeprefix("imported:").split()


def test_set_up_of_django_imports_no_large_library() -> None:
    assert imported(SET_UP, [*LARGE, "pyproj", "PIL"]) == []


def test_all_addresses_import_no_large_library() -> None:
    code = f"{SET_UP}; from django.urls import get_resolver; assert get_resolver().url_patterns"
    assert imported(code, LARGE) == []


def test_schedule_imports_no_large_library() -> None:
    code = f"{SET_UP}; from django.core.management import load_command_class as load; load('geoportal', 'schedule')"
    assert imported(code, LARGE) == []


@pytest.mark.django_db
def test_worker_without_jobs_imports_no_large_library() -> None:
    """With `batch` it ends when its queue is empty."""
    found = connection.get_connection_params()
    server = f"{found['user']}:{found['password']}@{found['host']}:{found['port']}"
    assert imported(WORKER, LARGE, DATABASE_URL=f"postgis://{server}/{found['dbname']}") == []


def test_large_libraries_that_are_imported_are_found() -> None:
    found = imported(f"{SET_UP}; import layers.exports.files", LARGE)
    assert {"geopandas", "pandas", "pyarrow", "pyogrio"} <= {*found}
