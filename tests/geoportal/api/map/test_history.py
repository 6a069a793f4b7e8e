"""The history of a feature in words, without what the visitor may not see."""

import pytest

from layers.kinds import kind_of
from layers.store.validation import accept
from layers.store.writer import writing
from tests.factories import feature_id, new_run
from tests.geoportal.conftest import bring_in, house

pytestmark = pytest.mark.usefixtures("small_city")


def history(
    client, feature: str, layer: str = "buildings", dataset: str = "egib", language: str = "pl"
) -> list[dict]:
    answer = client.get(f"/tiles/{layer}/features/{feature_id(feature, dataset)}/history.json?lang={language}")
    return answer.json()["events"]


def test_a_feature_that_never_changed_was_added(client):
    (event,) = history(client, "b1")
    assert (event["what"], event["changes"]) == ("added", [])
    assert event["source"] == "Ewidencja gruntów i budynków"


def test_a_changed_field_is_told_in_words_old_and_new(client):
    bring_in("buildings", [house("b1", use_class="public", storeys_above=4)])
    latest, first = history(client, "b1")
    assert (latest["what"], first["what"]) == ("changed", "added")
    assert [(one["title"], one["old"], one["new"]) for one in latest["changes"]] == [
        ("Funkcja", "mieszkalny", "użyteczność publiczna"),
        ("Kondygnacje nadziemne", "3", "4"),
    ]
    english = history(client, "b1", language="en")[0]["changes"][1]
    assert english["title"] == "Storeys above ground"


def test_a_new_outline_is_said_to_be_one(client):
    bring_in("buildings", [house("b1", side_m=25)])
    changes = history(client, "b1")[0]["changes"]
    assert changes == [{"field": None, "title": None, "old": None, "new": None}]


def test_changes_of_hidden_fields_are_no_events(client):
    bring_in("buildings", [house("b1", owner="Anna Kowalska", residents=14.0)])
    answer = client.get(f"/tiles/buildings/features/{feature_id('b1', 'egib')}/history.json")
    assert [event["what"] for event in answer.json()["events"]] == ["added"]
    assert b"Kowalska" not in answer.content
    assert b"Nowak" not in answer.content


def test_a_removed_feature_keeps_its_history_and_may_return(client):
    run = new_run("egib")
    with writing(run) as writer:
        others = [house("b2", 40, use_class="public"), house("b3", -30, side_m=4)]
        records = accept(kind_of("buildings"), others)
        writer.write(kind_of("buildings"), records, mode="snapshot", allow_close=1)
    assert [event["what"] for event in history(client, "b1")] == ["removed", "added"]
    bring_in("buildings", [house("b1")])
    assert [event["what"] for event in history(client, "b1")] == ["returned", "removed", "added"]


def test_hidden_layers_and_unknown_features_have_none(client):
    assert client.get(f"/tiles/hydrants/features/{feature_id('h1', 'waterworks')}/history.json").status_code == 404
    assert client.get(f"/tiles/buildings/features/{feature_id('none')}/history.json").status_code == 404
    assert client.get("/tiles/buildings/features/12/history.json").status_code == 404


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries):
    for storeys in range(4, 12):
        bring_in("buildings", [house("b1", storeys_above=storeys)])
    assert kind_of("buildings").model.objects.filter(source_id="b1").count() == 9
    with django_assert_max_num_queries(2):
        assert len(history(client, "b1")) == 9


def test_a_card_of_a_past_day_tells_what_was_known_then(client):
    before = kind_of("buildings").model.objects.get(source_id="b1")
    moment = before.recorded_from.isoformat()
    bring_in("buildings", [house("b1", storeys_above=4)])

    def storeys(query: dict[str, str]) -> int:
        card = client.get(f"/tiles/buildings/features/{before.feature_id}.json", query).json()
        return next(one["value"] for one in card["fields"] if one["name"] == "storeys_above")

    assert (storeys({}), storeys({"at": moment})) == (4, 3)
