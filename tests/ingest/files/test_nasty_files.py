"""Every awkward file of the city's collection is stored or refused as the expectation table demands."""

import json
import resource
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ingest.sandbox.client import SANDBOX
from layers.kinds import kind_of
from layers.runs.models import Rejection, Run
from tests.ingest.files.nasty_files import BAD_GEOJSON, FILES, PARTS, Expected, described

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]
SECONDS = 30
MEMORY_KB = 1_000_000


@pytest.fixture(scope="module", autouse=True)
def little_memory() -> Iterator[None]:
    """No file took much memory: the largest of all readers is known when the server that forked them has ended."""
    yield
    SANDBOX.close()
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < MEMORY_KB


def run_file(path: Path, expected: Expected) -> dict:
    """Ingest a file by the command; gives its JSON."""
    out = StringIO()
    options = [f"--option={name}={value}" for name, value in {"kind": expected.kind, **expected.options}.items()]
    call_command("ingest", "file", str(path), *options, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue().splitlines()[-1])


def check(path: Path, expected: Expected) -> None:
    """The outcome is as expected, in time and with little memory."""
    started = time.monotonic()
    model = kind_of(expected.kind).model
    if expected.refusal:
        with pytest.raises(CommandError) as fault:
            run_file(path, expected)
        message = str(fault.value)
        assert expected.refusal in message
        assert "\n" not in message and "Traceback" not in message
        assert not model.objects.exists()
    else:
        tally = run_file(path, expected)
        rows = Rejection.objects.filter(severity="row").count()
        assert (tally["stored"], tally["rejected"], rows) == (expected.stored, expected.rejected, expected.rejected)
        assert model.objects.count() == expected.stored
        assert Run.objects.get(pk=tally["run"]).read == expected.stored + expected.rejected
        if expected.field:
            assert model.objects.filter(**{expected.field: expected.value}).exists()
    assert time.monotonic() - started < SECONDS


@pytest.mark.parametrize("expected", FILES, ids=str)
def test_nasty_file(expected: Expected, real_data: Path) -> None:
    check(real_data / "nasty" / expected.file, expected)


@pytest.mark.parametrize("expected", BAD_GEOJSON, ids=str)
def test_malformed_geojson(expected: Expected, real_data: Path) -> None:
    check(real_data / "nasty" / "geojson_bad" / expected.file, expected)


def test_every_file_of_the_collection_is_described(real_data: Path) -> None:
    folder = real_data / "nasty"
    found = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file() and one.suffix not in PARTS}
    tables = {one for one in found if one.endswith(".dbf") and one.removesuffix("dbf") + "shp" in found}
    assert found - tables - described() == set()


def test_zip_slip_writes_nothing_outside(real_data: Path) -> None:
    outside = Path("/tmp/escaped.geojson")  # noqa: S108 (the place the archive aims at)
    with pytest.raises(CommandError):
        run_file(real_data / "nasty" / "derived_zip_slip.zip", Expected("", "addresses", {}))
    assert not outside.exists()
