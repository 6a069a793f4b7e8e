"""A planner at the browser, and files that planners bring."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from geoportal.uploads.files import Upload
from layers.feed.versions import VERSIONS, TileVersions
from layers.planner.declarations import PlannerLayer
from tests.factories import MARKET_SQUARE
from tests.geoportal.logins import account

HTML: Any = {"HTTP_ACCEPT": "text/html"}
LONGITUDE, LATITUDE = MARKET_SQUARE
SLUG = "planner_lawki_w_miescie"
"""The layer that NEW_LAYER makes."""


def feature(number: int, shape: Any = "point", **values: Any) -> dict[str, Any]:
    """A GeoJSON feature a little east of the one before."""
    coordinates = [LONGITUDE + number * 0.0005, LATITUDE]
    geometry = {"type": "Point", "coordinates": coordinates} if shape == "point" else shape
    return {"type": "Feature", "properties": {"ID": f"p{number}", **values}, "geometry": geometry}


def geojson(*features: dict[str, Any], name: str = "lawki.geojson") -> SimpleUploadedFile:
    """A file of features."""
    return SimpleUploadedFile(name, json.dumps({"type": "FeatureCollection", "features": features}).encode())


def faulty() -> SimpleUploadedFile:
    """Twelve benches: one without a shape, one far from the city, one with a year that is no number."""
    benches = [feature(n, NAZWA=f"Ławka {n}", ROK=2000 + n, WYS="0,45") for n in range(10)]
    benches.append(feature(10, None, NAZWA="Bez miejsca", ROK=2020, WYS="0,5"))
    benches.append(
        feature(11, {"type": "Point", "coordinates": [2.35, 48.85]}, NAZWA="W Paryżu", ROK=2021, WYS="0,5")
    )
    benches.append(feature(12, NAZWA="=1+1", ROK="dawno", WYS="0,5"))
    return geojson(*benches)


NEW_LAYER = {
    "kind": "new",
    "title_pl": "Ławki w mieście",
    "title_en": "Benches",
    "shape": "POINT",
    "licence": "CC0-1.0",
    "color": "#1565c0",
    "named": "NAZWA",
    "mode": "upsert",
    "id": "ID",
    **{"use-1": "on", "title-1": "Nazwa", "type-1": "text"},
    **{"use-2": "on", "title-2": "Rok", "type-2": "integer"},
    **{"use-3": "on", "title-3": "Wysokość", "type-3": "number", "unit-3": "m"},
}
"""The form for the benches; column 0 is the id."""


@pytest.fixture
def swept(transactional_db: None, settings: Any) -> Iterator[None]:
    """Removes planners' tables before the database is emptied: their references would forbid it."""
    settings.TILE_VERSION_SECONDS = 0.0
    vars(VERSIONS).update(vars(TileVersions()))
    yield
    with connection.cursor() as cursor:
        for layer in PlannerLayer.objects.all():
            cursor.execute(f'DROP TABLE "layers_{layer.slug}" CASCADE')
    vars(VERSIONS).update(vars(TileVersions()))


@pytest.fixture
def planner(swept: None, client: Client) -> Client:
    """A planner who has logged in."""
    client.force_login(account("planners"))
    return client


def sent(client: Client, *files: SimpleUploadedFile) -> Upload:
    """Upload files; the upload that was made."""
    answer = client.post("/uploads/", {"file": list(files)}, **HTML)
    assert answer.status_code == 302, answer.content.decode()
    return Upload.objects.get(token=answer.headers["Location"].split("/")[-2])


def address(upload: Upload, step: str = "") -> str:
    """The address of one of its pages."""
    return f"/uploads/{upload.token}/{step}"


def tried(client: Client, upload: Upload, form: dict[str, str]) -> str:
    """The page of the dry run."""
    answer = client.post(address(upload, "target/"), form, **HTML)
    assert answer.status_code == 302, answer.content.decode()
    return client.get(answer.headers["Location"], **HTML).content.decode()


def counts(page: str) -> dict[str, int]:
    """The numbers on a page, by their names."""
    parts = page.split('data-count="')[1:]
    return {part.split('"')[0]: int(part.split("<dd>")[1].split("<")[0]) for part in parts}
