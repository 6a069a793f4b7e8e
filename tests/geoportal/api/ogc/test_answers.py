"""What all answers of the OGC API have in common."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("", None, "application/json"),
        ("", "*/*", "application/json"),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("", "application/json;q=0.9, text/html;q=0.1", "application/json"),
        ("?f=html", "application/json", "text/html; charset=utf-8"),
        ("?f=json", "text/html", "application/json"),
    ],
)
def test_the_format_is_what_f_says_else_what_is_accepted(client, query, accept, expected):
    response = client.get(f"/ogc/{query}", headers={"Accept": accept} if accept else {})
    assert (response.status_code, response["Content-Type"]) == (200, expected)


def test_a_format_that_is_not_offered_is_refused(client):
    assert client.get("/ogc/?f=xml").status_code == 400
    refused = client.get("/ogc/", headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert refused["Content-Type"] == "application/problem+json"


def test_an_unknown_parameter_is_named(client):
    refused = client.get("/ogc/conformance?colour=red")
    assert refused.status_code == 400
    assert "“colour”" in refused.json()["detail"]


def test_other_methods_are_refused_with_those_there_are(client):
    refused = client.delete("/ogc/")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert client.options("/ogc/")["Allow"] == "GET, HEAD, OPTIONS"
    assert client.head("/ogc/").status_code == 200
