"""The fields of a layer that a filter builder gets."""

from django.test import Client


def fields(client: Client, layer: str, language: str = "pl") -> dict[str, dict]:
    answer = client.get(f"/catalogue/{layer}/fields.json", {"lang": language})
    assert answer.status_code == 200
    return {field["name"]: field for field in answer.json()["fields"]}


def test_only_public_fields_are_named_with_their_types(client: Client) -> None:
    found = fields(client, "buildings")
    assert {name: field["type"] for name, field in found.items()} == {
        "name": "text",
        "use_class": "text",
        "storeys_above": "integer",
        "height_m": "number",
        "year_built": "integer",
    }
    assert (found["height_m"]["title"], found["height_m"]["unit"]) == ("Wysokość", "m")


def test_codes_come_with_their_meaning_in_the_language_asked_for(client: Client) -> None:
    assert fields(client, "buildings")["use_class"]["choices"]["education"] == "oświata i nauka"
    assert fields(client, "buildings", "en")["use_class"]["choices"]["education"] == "education"
    assert fields(client, "buildings")["name"]["choices"] == {}


def test_truth_values_and_dates_are_told_apart(client: Client) -> None:
    assert fields(client, "bus_stops")["shelter"]["type"] == "boolean"
    assert fields(client, "zoning_plans")["adopted_on"]["type"] == "date"


def test_a_layer_one_may_not_see_has_no_fields(client: Client) -> None:
    for layer in ("hydrants", "nothing"):
        answer = client.get(f"/catalogue/{layer}/fields.json")
        assert answer.status_code == 404
        assert "number" not in answer.content.decode()
