"""NUL in what a visitor sends: no address holds it, and no text is stored with it."""

import base64

import pytest

from geoportal.accounts.tokens import ApiToken
from tests.geoportal.logins import account

pytestmark = pytest.mark.django_db
ADDRESSES = [
    "/?lang=pl%00",
    "/query/results/%00/",
    "/query/results/%00.json",
    "/query/?saved=%00",
    "/query.json?layer=buildings&filter=%00",
    "/studies/flood_exposure/results/%00/",
    "/tiles/buildings/14/9000/5500.mvt?dataset=%00",
    "/tiles/buildings.json?dataset=%00",
    "/open-data/buildings.geojson?dataset=%00",
    "/sql/?saved=%00",
    "/search.json?q=%00",
    "/table/buildings/?before=%00",
    "/reports/place/?layer=%00&feature=%00",
    "/wfs?SERVICE=WFS&REQUEST=GetFeature&TYPENAMES=%00",
    "/ogc/collections/%00/items",
    "/%00",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_with_nul_is_refused_as_a_problem_to_programs_and_as_a_page_to_people(client, address):
    told = client.get(address)
    assert (told.status_code, told["Content-Type"]) == (400, "application/problem+json")
    assert told.json()["detail"] == "An address holds no NUL."
    page = client.get(address, headers={"Accept": "text/html"})
    assert page.status_code == 400 and "Tego adresu nie da się odczytać." in page.content.decode()
    assert "default-src 'none'" in page["Content-Security-Policy"]


def test_the_text_percent_zero_zero_is_no_nul(client, small_city):
    assert client.get("/search.json?q=%2500").status_code == 200


def test_a_token_s_name_is_kept_without_nul(client):
    client.force_login(account("planners"))
    client.post("/account/", {"name": "qgis\0 w biurze", "scope": ["read"], "days": "30"})
    assert ApiToken.objects.get().name == "qgis w biurze"


def test_a_cookie_with_nul_is_refused(client):
    told = client.get("/account/", headers={"Cookie": 'sessionid="abcdefgh\\000ijkl"', "Accept": "text/html"})
    assert (told.status_code, told.json()["detail"]) == (400, "A cookie holds no NUL.")


def test_a_token_or_a_name_with_nul_is_nobody_s(client):
    basic = base64.b64encode(b"anna:gp_a\0b").decode()
    for words in (f"Basic {basic}", "Bearer gp_a\0b"):
        assert client.get("/search.json?q=a", headers={"Authorization": words}).status_code == 401
    answer = client.post("/accounts/login/", {"login": "anna\0", "password": "x\0"})
    assert answer.status_code == 200 and "_auth_user_id" not in client.session


def test_a_statement_whose_name_holds_nul_is_none_to_be_forgotten(client):
    client.force_login(account("analysts"))
    assert client.post("/sql/saved/", {"forget": "a\0b"}).status_code == 404
