"""The addresses of the STAC API. Answers depend on the visitor; they are not stored by caches, so that a picture that
is hidden is gone at once."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import shapely
from django.http import FileResponse, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from geoportal.accounts.visitors import visitor_of
from geoportal.api.errors import problem
from geoportal.api.ogc.answers import endpoint, only_known, with_cors
from geoportal.api.stac.documents import CONFORMS_TO, GEOJSON, address, catalogue, collection, item, link
from geoportal.api.stac.photos import RunExtent, Shelf, media_of, neighbours, runs, shelves
from geoportal.api.stac.search import ITEM_NAMES, of_body, of_query, page
from layers.crs import WGS84

MOST_ROWS = 100_000
"""Of a run's GeoPackage."""


@endpoint("GET")
def landing(request: HttpRequest) -> HttpResponseBase:
    """`/stac/`: the catalogue with links to its runs."""
    only_known(request)
    return _answer(catalogue(request, [run.slug for run in runs(visitor_of(request))]))


@endpoint("GET")
def conformance(request: HttpRequest) -> HttpResponseBase:
    """`/stac/conformance`."""
    only_known(request)
    return _answer({"conformsTo": list(CONFORMS_TO)})


@endpoint("GET")
def collections(request: HttpRequest) -> HttpResponseBase:
    """`/stac/collections`: the runs of which the visitor sees photos."""
    only_known(request)
    found = [collection(request, run) for run in runs(visitor_of(request))]
    links = [link("self", address(request, "stac-collections")), link("root", address(request, "stac"))]
    return _answer({"collections": found, "links": links, "numberReturned": len(found)})


@endpoint("GET")
def one_collection(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/stac/collections/{run}`."""
    only_known(request)
    run = _run(request, slug)
    return _unknown("run") if run is None else _answer(collection(request, run))


@endpoint("GET")
def items(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/stac/collections/{run}/items`: the photos of a run in pages."""
    search = of_query(request, ITEM_NAMES)
    if _run(request, slug) is None:
        return _unknown("run")
    chosen = (slug,) if search.collections is None or slug in search.collections else ()
    return _answer(page(request, replace(search, collections=chosen), address(request, "stac-items", slug)), GEOJSON)


@endpoint("GET")
def one_item(request: HttpRequest, slug: str, key: str) -> HttpResponseBase:
    """`/stac/collections/{run}/items/{photo}`, with links to the previous and the next photo of the run."""
    only_known(request)
    for shelf in shelves(visitor_of(request)):
        row = shelf.rows.filter(photo_run=slug, picture=key).first()
        if row is not None:
            medium = media_of([row], released=shelf.released).get(row.picture)
            links = _along(request, shelf, row)
            return _answer(item(request, shelf, row, medium, links), GEOJSON)
    return _unknown("photo")


def _along(request: HttpRequest, shelf: Shelf, row: Any) -> list[dict[str, Any]]:
    return [
        link(rel, address(request, "stac-item", row.photo_run, picture), GEOJSON, id=picture)
        for rel, picture in neighbours(shelf, row)
    ]


@endpoint("GET", "POST")
def search(request: HttpRequest) -> HttpResponseBase:
    """`/stac/search`: photos by area, time, run and identity."""
    wanted = of_body(request) if request.method == "POST" else of_query(request)
    return _answer(page(request, wanted, address(request, "stac-search")), GEOJSON)


@endpoint("GET")
def geopackage(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/stac/collections/{run}/photos.gpkg`: the photos of a run with links to their files."""
    only_known(request)
    if _run(request, slug) is None:
        return _unknown("run")
    rows = [(shelf, row) for shelf in shelves(visitor_of(request)) for row in shelf.rows.filter(photo_run=slug)]
    with tempfile.TemporaryDirectory(prefix="geoportal-stac-") as folder:
        path = Path(folder) / f"{slug}.gpkg"
        _table(request, rows[:MOST_ROWS]).to_file(path, layer="street_photos", driver="GPKG", engine="pyogrio")
        answer = FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
    return _private(answer)


def _table(request: HttpRequest, rows: list[tuple[Shelf, Any]]) -> geopandas.GeoDataFrame:
    cells = [
        {
            "photo": row.picture,
            "photo_run": row.photo_run,
            "number": row.number,
            "taken_at": row.taken_at,
            "heading_deg": row.heading_deg,
            "hfov_deg": row.hfov_deg,
            "projection": row.projection,
            "synthetic": row.synthetic,
            "stac_item": address(request, "stac-item", row.photo_run, row.picture),
            "picture": address(request, "released-picture", row.picture, "full") if shelf.released else None,
            "thumbnail": address(request, "released-picture", row.picture, "thumbnail") if shelf.released else None,
        }
        for shelf, row in rows
    ]
    places = [shapely.Point(row.place.x, row.place.y) for _, row in rows]
    return geopandas.GeoDataFrame(cells, geometry=places, crs=WGS84)


def _run(request: HttpRequest, slug: str) -> RunExtent | None:
    return next(iter(runs(visitor_of(request), slug)), None)


def _answer(document: dict[str, Any], media_type: str = "application/json") -> HttpResponseBase:
    return _private(JsonResponse(document, content_type=media_type))


def _private(answer: HttpResponseBase) -> HttpResponseBase:
    return with_cors(answer, {"Cache-Control": "no-store"})


def _unknown(what: str) -> HttpResponseBase:
    return problem(404, f"There is no such {what} here.")
