"""Part 4: who may change what, versions, systems of coordinates, refused bodies, and that a change is seen."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client, RequestFactory
from pyproj import Transformer
from shapely import from_wkb
from shapely.geometry import shape

from geoportal.accounts.visitors import NOBODY, of_account
from geoportal.api.ogc.answers import endpoint
from geoportal.api.ogc.features import transactions
from layers.access.rules import ANONYMOUS
from layers.feed.versions import VERSIONS
from layers.kinds import kind_of
from layers.runs.models import Run
from tests.geoportal.conftest import RYNEK_2178, bring_in, house
from tests.geoportal.logins import account, bearer

pytestmark = pytest.mark.django_db
BUILDINGS, HYDRANTS = kind_of("buildings"), kind_of("hydrants")
X, Y = RYNEK_2178
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def degrees(x: float, y: float) -> list[float]:
    lon, lat = Transformer.from_crs(2178, 4326, always_xy=True).transform(x, y)
    return [round(lon, 7), round(lat, 7)]


def ring(x: float, y: float, side: float = 10.0) -> list[list[float]]:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def polygon(x: float = X, y: float = Y + 100) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[degrees(*corner) for corner in ring(x, y)]]}


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry or polygon(), "properties": properties}


class Asker:
    """Sends changes as one account."""

    def __init__(self, user: Any = None) -> None:
        self.visitor = of_account(user) if user else NOBODY

    def __call__(self, method: str, kind=BUILDINGS, one=None, body: Any = None, **headers: str) -> Any:
        media = {"PATCH": "application/merge-patch+json"}.get(method, "application/geo+json")
        sent = body if isinstance(body, str) else json.dumps(body)
        known: dict[str, Any] = {"content_type": headers.pop("media", media)}
        known |= {f"HTTP_{name.upper()}": text for name, text in headers.items()}
        request: Any = RequestFactory().generic(method, "/ogc/collections/x/items", sent, **known)
        request.visitor = self.visitor
        return endpoint(method)(lambda asked: transactions.changed(asked, kind, one))(request)


@pytest.fixture
def editor(small_city, monkeypatch) -> Asker:
    # The session's token against forgery is tested over HTTP; here requests come without a session.
    monkeypatch.setattr("geoportal.api.ogc.answers.forged", lambda request: False)
    return Asker(account("editors"))


def current(source_id: str, kind=BUILDINGS) -> Any:
    return kind.model._default_manager.get(source_id=source_id, recorded_to__isnull=True)


def told(response: Any) -> dict[str, str]:
    assert response.status_code == 422, response.content
    return {one["name"]: one["reason"] for one in json.loads(response.content)["errors"]}


def test_a_new_feature_is_stored_and_its_place_is_told(editor):
    response = editor("POST", body=feature(name="Altana", use_class="other", storeys_above=1))
    assert response.status_code == 201
    identity = response["Location"].rsplit("/", 1)[1]
    assert response["Location"] == f"http://testserver/ogc/collections/buildings/items/{identity}"
    row: Any = BUILDINGS.model._default_manager.get(feature_id=identity)
    assert response["ETag"] == f'"{row.version_id}-staff"'
    assert (row.name, row.use_class, row.storeys_above, row.height_m) == ("Altana", "other", 1, None)
    there = shape({"type": "Polygon", "coordinates": [ring(X, Y + 100)]})
    assert from_wkb(bytes(row.geom.wkb)).hausdorff_distance(there) < 0.02
    assert Run.objects.get(pk=row.run_id).account == "editors"


@pytest.mark.parametrize("srid", [4326, 3857, 2180, 2178])
def test_coordinates_are_read_in_the_named_system_in_its_official_order(editor, srid):
    change = Transformer.from_crs(2178, srid)  # official axis order on both sides
    corners = [list(change.transform(north, east)) for east, north in ring(X, Y + 100)]
    body = feature({"type": "Polygon", "coordinates": [corners]})
    response = editor("POST", body=body, content_crs=f"<{EPSG}{srid}>")
    assert response.status_code == 201, response.content
    row: Any = BUILDINGS.model._default_manager.get(feature_id=response["Location"].rsplit("/", 1)[1])
    assert row.geom.extent == pytest.approx((X, Y + 100, X + 10, Y + 110), abs=0.001)


def test_an_unknown_system_is_refused(editor):
    response = editor("POST", body=feature(), content_crs=f"<{EPSG}2000>")
    assert response.status_code == 400 and b"2000" in response.content


def test_a_patch_changes_what_it_names_and_nothing_else(editor):
    old = current("b1")
    body = {"properties": {"storeys_above": 5, "use_class": None}}
    response = editor("PATCH", one=old.feature_id, body=body, if_match=f'"{old.version_id}"')
    new = current("b1")
    assert response.status_code == 204 and response["ETag"] == f'"{new.version_id}-staff"'
    assert (new.storeys_above, new.use_class, new.owner, new.geom.coords) == (5, None, "Jan Nowak", old.geom.coords)
    assert new.field_owners == {"storeys_above": "edits", "use_class": "edits"}


def test_a_put_replaces_all_and_what_came_back_unchanged_stays_exact(editor):
    old = current("b1")
    corners = [degrees(*corner) for corner in old.geom.coords[0][0]]
    corners[2] = degrees(old.geom.coords[0][0][2][0] + 1, old.geom.coords[0][0][2][1])
    body = feature({"type": "MultiPolygon", "coordinates": [[corners]]}, name="Dom")
    assert editor("PUT", one=old.feature_id, body=body, if_match=f'"{old.version_id}"').status_code == 204
    new = current("b1")
    assert (new.name, new.storeys_above, new.owner) == ("Dom", None, None)
    before, after = old.geom.coords[0][0], new.geom.coords[0][0]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, True, False, True, True]
    assert after[2] == pytest.approx((before[2][0] + 1, before[2][1]), abs=0.02)


def test_the_same_again_changes_no_version(editor):
    old = current("b1")
    response = editor("PATCH", one=old.feature_id, body={"properties": {"storeys_above": 3}}, if_match=f'"{old.pk}"')
    assert (response.status_code, response["ETag"]) == (204, f'"{old.version_id}-staff"')


def test_a_deleted_feature_ended_and_keeps_its_history(editor):
    old = current("b1")
    assert editor("DELETE", one=old.feature_id, if_match=f'"{old.version_id}"').status_code == 204
    ended: Any = BUILDINGS.model._default_manager.get(pk=old.pk)
    assert ended.recorded_to is not None and ended.closed_by.account == "editors"
    assert editor("DELETE", one=old.feature_id, if_match=f'"{old.version_id}"').status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_names_the_version_it_changes(editor, method):
    old = current("b1")
    body = feature() if method == "PUT" else {"properties": {"name": "x"}}
    assert editor(method, one=old.feature_id, body=body).status_code == 428
    assert editor(method, one=old.feature_id, body=body, if_match="*").status_code == 428
    bring_in("buildings", [house("b1", storeys_above=9)])
    assert editor(method, one=old.feature_id, body=body, if_match=f'"{old.version_id}"').status_code == 412
    assert current("b1").storeys_above == 9


@pytest.mark.parametrize("group", ["planners", "analysts", "services", "admins", None])
def test_only_editors_change_anything(editor, group):
    old = current("b1")
    asker = Asker(account(group) if group else None)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = asker(
            method, one=None if method == "POST" else old.feature_id, body=feature(), if_match=f'"{old.pk}"'
        )
        assert response.status_code == (403 if group else 401), method
        assert group or response["WWW-Authenticate"].startswith("Bearer")
    assert not Run.objects.filter(kind="edit").exists()


def test_computed_layers_are_refused_with_words(editor):
    response = editor("POST", kind=kind_of("flood_exposure"), body=feature())
    assert response.status_code == 405 and "POST" not in response["Allow"]
    assert b"flood_exposure computes the layer" in response.content


def test_options_show_only_what_is_allowed(editor):
    request: Any = RequestFactory().options("/")
    request.visitor = editor.visitor
    assert transactions.allowed_methods(request, BUILDINGS, item=False) == ("GET", "HEAD", "OPTIONS", "POST")
    assert set(transactions.allowed_methods(request, BUILDINGS, item=True)) >= {"PUT", "PATCH", "DELETE"}
    assert transactions.allowed_methods(request, kind_of("flood_exposure"), item=True) == ("GET", "HEAD", "OPTIONS")
    request.visitor = of_account(account("planners"))
    assert transactions.allowed_methods(request, BUILDINGS, item=True) == ("GET", "HEAD", "OPTIONS")


def test_each_fault_of_a_body_names_its_property(editor):
    body = feature(storeys_above=500, use_class="castle", colour="red", height_m="high")
    assert told(editor("POST", body=body)) == {
        "storeys_above": "out_of_range",
        "use_class": "unknown_code",
        "colour": "unknown_field",
        "height_m": "not_a_number",
    }
    bow = {
        "type": "Polygon",
        "coordinates": [[degrees(X + a, Y + b) for a, b in ((0, 0), (9, 9), (9, 0), (0, 9), (0, 0))]],
    }
    assert told(editor("POST", body=feature(bow))) == {"geom": "geometry_invalid"}
    assert told(editor("POST", body=feature({"type": "Point", "coordinates": degrees(X, Y)}))) == {
        "geom": "geometry_type"
    }
    assert told(editor("POST", body={"type": "Feature", "geometry": None, "properties": {}})) == {
        "geom": "geometry_missing"
    }
    away = {"type": "Polygon", "coordinates": [ring(0, 0, 1)]}
    assert told(editor("POST", body=feature(away))) == {"geom": "outside_city"}
    assert not Run.objects.filter(kind="edit").exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[" * 100_000, 400),
        ([], 400),
        ({"type": "FeatureCollection", "features": []}, 400),
        ({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[1]]}, "properties": {}}, 400),
        ({"type": "Feature", "geometry": 5, "properties": {}}, 400),
        ({"type": "Feature", "geometry": {"type": "Point", "coordinates": [1e999, 2]}, "properties": {}}, 400),
        ({"type": "Feature", "geometry": None, "properties": [1]}, 400),
        ({"type": "Feature", "geometry": None, "properties": {}, "name": "x"}, 400),
        ("x" * 2_000_001, 413),
    ],
)
def test_bodies_that_are_no_feature_are_refused(editor, body, status):
    response = editor("POST", body=body)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"


def test_a_body_of_another_type_is_refused(editor):
    assert editor("POST", body=feature(), media="text/xml").status_code == 415


def test_a_token_that_may_edit_but_not_read_knows_public_fields_only(editor):
    old = current("b1")
    editor.visitor = replace(editor.visitor, access=ANONYMOUS)
    response = editor("PATCH", one=old.feature_id, body={"properties": {"owner": "x"}}, if_match=f'"{old.pk}"')
    assert told(response) == {"owner": "unknown_field"}
    put = editor("PUT", one=old.feature_id, body=feature(), if_match=f'"{old.pk}"')
    assert put.status_code == 204
    assert (current("b1").owner, current("b1").storeys_above) == ("Jan Nowak", None)


def test_an_edit_is_on_card_and_tile_at_once(editor, client):
    old = current("b1")
    shown = VERSIONS.layer(BUILDINGS, old.dataset_id)
    editor("PATCH", one=old.feature_id, body={"properties": {"storeys_above": 7}}, if_match=f'"{old.pk}"')
    card = client.get(f"/tiles/buildings/features/{old.feature_id}.json")
    values = {field["name"]: field["value"] for field in card.json()["fields"]}
    assert values["storeys_above"] == 7 and card["ETag"].startswith(f'"{current("b1").version_id}-')
    assert client.get("/tiles/buildings.json").json()["version"] != f"{shown}.0.0"


def test_the_description_has_the_verbs_of_editable_layers_only():
    paths = transactions.described([BUILDINGS, kind_of("flood_exposure")])
    assert set(paths) == {"/collections/buildings/items", "/collections/buildings/items/{featureId}"}
    assert set(paths["/collections/buildings/items/{featureId}"]) == {"put", "patch", "delete"}


@pytest.fixture
def over_http(small_city) -> Any:
    return current("b1"), f"/ogc/collections/buildings/items/{current('b1').feature_id}"


def test_what_was_read_can_be_sent_back_as_it_is(over_http, client):
    old, address = over_http
    token = bearer(account("editors"), "read", "edit")
    for crs in ("", f"?crs={EPSG}2178", f"?crs={EPSG}2180"):
        got = client.get(address + crs, headers=token)
        version = got["ETag"]
        changed = got.json()
        changed["properties"]["name"] = f"Dom{crs[-4:]}"
        headers = token | {"If-Match": version, "Content-Crs": got["Content-Crs"]}
        sent = client.put(address, json.dumps(changed), content_type="application/geo+json", headers=headers)
        assert sent.status_code == 204, sent.content
        again = client.get(address, headers=token)
        assert again["ETag"] == sent["ETag"] != version
        assert again.json()["properties"]["name"] == f"Dom{crs[-4:]}"
        assert current("b1").geom.coords == old.geom.coords


@pytest.mark.parametrize(("scopes", "status"), [(("read",), 403), (("read", "edit"), 204), (("edit",), 204)])
def test_a_token_needs_the_scope_edit(over_http, client, scopes, status):
    old, address = over_http
    headers = bearer(account("editors"), *scopes) | {"If-Match": f'"{old.pk}"'}
    assert client.delete(address, headers=headers).status_code == status


def test_a_session_needs_the_token_against_forgery(over_http):
    old, address = over_http
    client = Client(enforce_csrf_checks=True)
    client.force_login(account("editors"))
    assert client.delete(address, headers={"If-Match": f'"{old.pk}"'}).status_code == 403
    client.get(f"/edit/buildings/{old.feature_id}/")
    proof = client.cookies["csrftoken"].value
    assert client.delete(address, headers={"If-Match": f'"{old.pk}"', "X-CSRFToken": proof}).status_code == 204


def test_options_tell_each_what_they_may(over_http, client):
    _, address = over_http
    editor = bearer(account("editors"), "read", "edit")
    assert client.options(address)["Allow"] == "GET, HEAD, OPTIONS"
    assert client.options(address, headers=editor)["Allow"] == "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"
    assert "PUT" in client.options(address)["Access-Control-Allow-Methods"]
    assert client.options("/ogc/collections/buildings/items", headers=editor)["Allow"].endswith("POST")
    assert client.options("/ogc/collections/hydrants/items").status_code == 404


def test_an_edit_is_among_the_items_at_once(over_http, client):
    old, address = over_http
    headers = bearer(account("editors"), "read", "edit") | {"If-Match": f'"{old.pk}"'}
    body = json.dumps({"properties": {"storeys_above": 11}})
    client.patch(address, body, content_type="application/merge-patch+json", headers=headers)
    items = client.get("/ogc/collections/buildings/items?filter=storeys_above=11")
    found = json.loads(b"".join(items.streaming_content))
    assert [one["id"] for one in found["features"]] == [str(old.feature_id)]
    made = client.post(
        "/ogc/collections/buildings/items",
        json.dumps(feature(name="Altana")),
        content_type="application/geo+json",
        headers=bearer(account("editors"), "read", "edit"),
    )
    assert client.get(made["Location"]).json()["properties"]["name"] == "Altana"
