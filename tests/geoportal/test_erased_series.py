"""An erased station or alarm takes its series out of everything that the portal gives away."""

import io
from dataclasses import replace
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test import Client

from layers.access.database_views import schema_of
from layers.kinds import kind_of
from layers.observations.decisions import exclude
from layers.observations.models import Datastream, Thing
from layers.observations.specs import ThingSpec
from layers.observations.streams import declare
from layers.store.editing import erase
from layers.store.edits import Editor
from layers.store.writer import writing
from tests.factories import place
from tests.geoportal.logins import account
from tests.layers.observations.streams import START, new_run, observations, spec, store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered")]
NAME, REASON, VALUE = "Nowaków 77", "u Nowaków", 4711.25
TRACES = (NAME, REASON, "4711.25", "4,711.25")
VIEWS = ("datastreams", "observations", "latest_values", "hourly_values", "daily_values")
ENTITIES = ("Things", "Locations", "HistoricalLocations", "Datastreams", "Observations", "FeaturesOfInterest")


def stored(kind: str) -> Datastream:
    """A datastream of the one to erase; beside it another of the same kind, with the value 1."""
    with writing(new_run()) as writer:
        homes = [ThingSpec(code, name, kind=kind, geometry=place(40, 40)) for code, name in (("a", NAME), ("b", "B"))]
        one, other = declare(writer, [replace(spec("gas"), thing=home) for home in homes])
    store(observations(one, {0: VALUE, 10: VALUE}))
    store(observations(other, {0: 1.0}))
    exclude(one, START, None, Editor("anna", note=REASON))
    return one


def given_away(client: Client, kind: str, level: Any, key: int) -> dict[str, str]:
    """What each address and view gives, by its name."""

    def answer(address: str) -> bytes:
        response = client.get(address)
        return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]

    files = f"/open-data/{kind}/observations"
    pages = (
        *(f"{files}.csv?statistic={statistic}" for statistic in ("raw", "hourly", "daily")),
        *(f"/sta/v1.1/{entities}?$count=true" for entities in ENTITIES),
        *(f"/catalogue/{kind}/?lang=en", f"/catalogue/{kind}/series/{key}/?lang=en", f"/open-data/{kind}.csv"),
    )
    given = {address: answer(address).decode() for address in pages}
    given["parquet"] = str(pq.read_table(io.BytesIO(answer(f"{files}.parquet"))).to_pydict())
    with connection.cursor() as cursor:
        for view in VIEWS:
            cursor.execute(f"SELECT v::text FROM {schema_of(level)}.{view} v")
            given[f"view {view}"] = str(cursor.fetchall())
    return given


def told(given: dict[str, str]) -> set[str]:
    return {name for name, text in given.items() if any(trace in text for trace in TRACES)}


@pytest.mark.parametrize(("kind", "group", "level"), [("stations", "", "public"), ("alarms", "services", "services")])
def test_nothing_gives_away_the_series_of_what_was_erased(client: Client, kind: str, group: str, level: Any):
    if group:
        client.force_login(account(group))
    one = stored(kind)
    before = given_away(client, kind, level, one.pk)
    without_trace = {"/sta/v1.1/HistoricalLocations?$count=true"}
    assert told(before) == before.keys() - without_trace, "each of these has it before"
    feature = Thing.objects.get(name=NAME).feature_id
    assert feature is not None
    with writing(new_run()) as writer:
        erase(writer, kind_of(kind), feature, "na wniosek")
    after = given_away(client, kind, level, one.pk)
    assert told(after) == set()
    assert client.get(f"/catalogue/{kind}/series/{one.pk}/").status_code == 404
    for name in before:
        if name.startswith("/sta/"):
            assert '"@iot.count":1' in after[name].replace(" ", ""), f"{name}: the other one stays"
