"""Stations with a doubt each, and one without any, for tests of every way that shows an observation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.test import Client
from django.utils.timezone import now

from layers.observations.decisions import exclude
from layers.observations.models import Datastream
from layers.observations.specs import PropertySpec, ThingSpec
from layers.observations.streams import declare
from layers.runs.models import Dataset
from layers.store.edits import Editor
from layers.store.writer import writing
from tests.layers.observations.streams import START, new_run, observations, spec, store
from tests.layers.observations.test_placing import KIELCE, storage

FLAGS = {"range", "step", "spike", "stuck"}
ORIGIN = {"synthetic", "indicative"}
DOUBTS: dict[str, set[str]] = {
    "clean": set(),
    **{code: {code, *ORIGIN} for code in (*sorted(FLAGS), "excluded", "stale")},
}
"""What is doubtful about each datastream. The spike is that of the value before the latest."""
INVENTED = ("step", "spike")
"""These are in an invented dataset, which the table of the layer leaves out beside one that is not."""
NO_TIME = {"stale"}
"""Where the time of each value stands beside it, as in a file, its age is not shown."""
WORDS = {
    "pl": {
        "range": "poza możliwym zakresem",
        "step": "nagła zmiana",
        "spike": "skok tam i z powrotem",
        "stuck": "nie zmienia się",
        "excluded": "wyłączone przez redaktora",
        "synthetic": "dane zmyślone",
        "indicative": "czujnik wskaźnikowy",
        "stale": "nieaktualne",
    },
    "en": {
        "range": "outside the possible range",
        "step": "sudden change",
        "spike": "jump there and back",
        "stuck": "does not change any more",
        "excluded": "excluded by an editor",
        "synthetic": "invented data",
        "indicative": "indicative sensor",
        "stale": "stale",
    },
}


@dataclass(frozen=True)
class City:
    """The keys of the datastreams by the code of their doubt, and a client of a visitor without an account."""

    client: Client
    keys: Mapping[str, int]
    stations: Mapping[str, str]
    """The identities of the features of their stations."""
    language: str = "pl"

    def code(self, key: int | str) -> str:
        return next(code for code, one in self.keys.items() if one == int(key))

    def get(self, address: str) -> Any:
        if self.language != "pl":
            address += ("&" if "?" in address else "?") + f"lang={self.language}"
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        return answer


def doubtful_city(client: Client) -> City:
    """Store the stations. The last value of each is 5 minutes old, the stale one 50, of an interval of 15.

    Two are invented by their dataset, the others by their own properties.
    """
    limits: dict[str, dict[str, Any]] = {
        "range": {"highest": 500.0},
        "step": {"step": 20.0},
        "spike": {"spike": 20.0},
        "stuck": {"stuck": 3},
    }
    values = {
        "clean": {15: 1.0, 5: 2.0},
        "range": {15: 1.0, 5: 999.0},
        "step": {15: 1.0, 5: 50.0},
        "spike": {25: 1.0, 15: 50.0, 5: 1.5},
        "stuck": {25: 7.0, 15: 7.0, 5: 7.0},
        "excluded": {5: 3.0},
        "stale": {50: 4.0},
    }
    Dataset.objects.get_or_create(slug="invented", synthetic=True)
    made: dict[str, Datastream] = {}
    for code in values:
        standing = "reference" if code == "clean" else "indicative"
        thing = ThingSpec(code, f"Stacja {code}", geometry=storage(*KIELCE), values={"standing": standing})
        one = replace(spec(code), thing=thing, observed_property=PropertySpec(code, code), interval_s=900)
        if code not in ("clean", *INVENTED):
            one = replace(one, properties={"synthetic": True})
        with writing(new_run("test", "invented" if code in INVENTED else "sensors")) as writer:
            (made[code],) = declare(writer, [replace(one, **limits.get(code, {}))])
    present = int((now() - START).total_seconds() // 60)
    for code, ages in values.items():
        store(observations(made[code], {present - age: value for age, value in ages.items()}))
    exclude(made["excluded"], START, None, Editor("anna", note="lód"))
    keys = {code: one.pk for code, one in made.items()}
    return City(client, keys, {code: str(one.thing.feature_id) for code, one in made.items()})
