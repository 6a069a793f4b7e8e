"""A city of awkward features on a server of its own, for the programs that people really use.

GDAL holds Python's lock while it waits for an answer, so the server is a process, not a thread of the test's.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.request import ProxyHandler, build_opener

import numpy as np
import pytest
import shapely
from django.db import connection
from django.utils.timezone import now
from pyproj import Transformer
from pytest_django.plugin import DjangoDbBlocker
from shapely import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geoportal.accounts.tokens import new_token
from layers.access.rules import ANONYMOUS, visible_kinds
from layers.feed.versions import VERSIONS, TileVersions
from layers.kinds import KINDS
from layers.record import Record
from layers.schema.kind import LayerKind
from layers.store.validation import accept
from tests.databases import restored
from tests.factories import load, place, square
from tests.geoportal.logins import account

PAGE = 4
"""Features on a page, so that every layer takes several."""
ROWS = 11
NEAR_M = 0.02
"""How far a client's geometry may be from the database's own."""
LONG_NAME = "Źródło Świętokrzyskie „Pod Łysicą” & <Żółta Ćma> "
OWNER = "Tajny Właściciel 71"
SYSTEMS = {
    "CRS84": "OGC:CRS84",
    "4326": "EPSG:4326",
    "2178": "EPSG:2178",
    "2180": "EPSG:2180",
}
TIERED_SYSTEMS = [name if name == "2178" else pytest.param(name, marks=pytest.mark.thorough) for name in SYSTEMS]
"""One system in the quick tier, the city's own, whose axes are turned; all of them in the thorough one."""
CATALOGUE = {"catalogue"}
"""The collection of OGC API Records, which is no layer."""
OPEN_LAYERS = sorted(kind.slug for kind in visible_kinds(ANONYMOUS))


@dataclass(frozen=True)
class Portal:
    """Where the portal answers, and the token of an analyst."""

    url: str
    token: str


@pytest.fixture(scope="module")
def portal(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Portal]:
    """A portal with every layer that there is, committed for the tests of a module."""
    with django_db_blocker.unblock(), restored():
        if not str(connection.settings_dict["NAME"]).startswith("test_"):
            pytest.fail("The module lacks the mark django_db, so there is no test database.")
        vars(VERSIONS).update(vars(TileVersions()))
        for kind in KINDS.values():
            load(kind, accept(kind, records(kind)), "register")
        _, token = new_token(account("analysts"), "QGIS", ["read"], now() + timedelta(days=1))
        with serving() as url:
            yield Portal(url, token)
        vars(VERSIONS).update(vars(TileVersions()))


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server over the test's database, with small pages; ended at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    known = connection.settings_dict
    database = "postgis://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format_map(known)
    environment = os.environ | {"DATABASE_URL": database, "WFS_PAGE_FEATURES": str(PAGE)}
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen([*command, "geoportal.wsgi:application"], env=environment) as server:
        try:
            answered(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def answered(url: str) -> None:
    """Wait until the server answers."""
    direct = build_opener(ProxyHandler({}))
    for _ in range(300):
        try:
            direct.open(f"{url}/health", timeout=10).read()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("The server did not come up.")


@pytest.fixture(autouse=True)
def nothing_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients talk to the server itself."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def records(kind: LayerKind) -> Iterator[Record]:
    """Features with holes, several parts, a third dimension, long names with every Polish letter, and no values."""
    for number in range(ROWS):
        values = {}
        if kind.name_field and number % 3 == 1:
            column: Any = kind.model._meta.get_field(kind.name_field)
            if column.get_internal_type() == "CharField":
                values[kind.name_field] = (LONG_NAME * 10)[: column.max_length].strip()
        if kind.slug == "buildings":
            values["owner"] = OWNER
        yield Record(f"{kind.slug}-{number}", awkward(kind, number), values)


def awkward(kind: LayerKind, number: int) -> BaseGeometry:
    """A geometry that the kind accepts, of a form that depends on the number."""
    east, north = 137.123 * number, 41.457 * number
    if kind.shape == "POINT":
        point = place(east, north)
        return shapely.force_3d(point, 261.5) if number % 2 else point
    if kind.shape.endswith("LINESTRING"):
        ends = [place(east + step * 7.31, north + step % 3 * 5.17) for step in range(2 + number)]
        parts = [LineString(ends)]
        if kind.shape == "MULTILINESTRING" and number % 2:
            parts.append(LineString([place(east, north - 50), place(east + 9.9, north - 60)]))
        line = MultiLineString(parts) if kind.shape == "MULTILINESTRING" else parts[0]
        return shapely.force_3d(line, 3.0) if number % 3 == 2 else line
    hole = square(east + 10, north + 10, 5).exterior
    whole = Polygon(square(east, north, 30.25).exterior, [hole] if number % 2 else [])
    areas = MultiPolygon([whole, Polygon(square(east + 50, north, 12.5))] if number % 3 == 1 else [whole])
    return shapely.force_3d(areas, 9.0) if number % 4 == 2 else areas


def stored(layer: str) -> dict[str, BaseGeometry]:
    """Identity and geometry of a layer's rows, by SQL of the test's own."""
    with connection.cursor() as cursor:
        table = KINDS[layer].model._meta.db_table
        cursor.execute(f"SELECT feature_id::text, ST_AsBinary(geom) FROM {table} WHERE recorded_to IS NULL")  # noqa: S608
        return {identity: shapely.from_wkb(bytes(shape)) for identity, shape in cursor.fetchall()}


def assert_same(layer: str, got: dict[str, BaseGeometry], system: str) -> None:
    """A client's features are the stored ones, each within two centimetres; `got` is in (east, north) of `system`."""
    kept = stored(layer)
    assert got.keys() == kept.keys()
    back = Transformer.from_crs(system, "EPSG:2178", always_xy=True)
    for identity, shape in got.items():
        metric = shapely.transform(shapely.force_2d(shape), lambda xy: np.column_stack(back.transform(*xy.T)))
        far = shapely.hausdorff_distance(metric, kept[identity])
        assert far <= NEAR_M, f"{layer} {identity}: {far} m"
        assert len(shapely.get_parts(metric)) == len(shapely.get_parts(kept[identity]))
        if metric.geom_type.endswith("Polygon"):
            assert metric.area == pytest.approx(kept[identity].area, rel=1e-3)
