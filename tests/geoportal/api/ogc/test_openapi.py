"""The OpenAPI document of the OGC API."""

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from tests.geoportal.logins import account, bearer

pytestmark = pytest.mark.django_db


def document(client, **headers):
    response = client.get("/ogc/api", headers=headers)
    assert response["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0"
    return response.json()


@pytest.mark.parametrize("group", ["", "planners", "services"])
def test_the_description_is_valid(client, small_city, group):
    headers = bearer(account(group)) if group else {}
    OpenAPIV30SpecValidator(document(client, **headers)).validate()


def test_it_names_hidden_layers_to_nobody_who_may_not_see_them(client, small_city):
    assert "hydrants" not in client.get("/ogc/api").content.decode()


def test_people_can_read_it_without_scripts(client, small_city):
    page = client.get("/ogc/api?f=html").content.decode()
    for path in document(client)["paths"]:
        assert f"<code>/ogc{path}</code>" in page
