"""Every address as every role: nothing that a role may not see leaves the portal by any way.

The city of the walk holds secrets. Each probe is asked as each role, from the most powerful down, so that a cache
warmed by the emergency services would show in what the public gets.
"""

import importlib
import io
import json
import pkgutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pdfplumber
import pyarrow.parquet
import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.timezone import now
from pytest_django.plugin import DjangoDbBlocker
from shapely import MultiPolygon

from geoportal.accounts.endpoints import ACCOUNT, CLOSED, ENDPOINTS, NAMESPACES, OPEN, need_of
from geoportal.accounts.roles import BY_GROUP
from layers.access.database_views import rebuild
from layers.access.publication import DECISIONS, LEVELS, Publication
from layers.feed.versions import VERSIONS, TileVersions
from layers.kinds import kind_of
from layers.media.models import Medium
from layers.media.publication import publish
from layers.media.removal import request_removal
from layers.media.review import decide
from layers.observations.decisions import exclude
from layers.observations.models import Thing
from layers.observations.specs import ThingSpec
from layers.observations.streams import declare
from layers.record import Record
from layers.runs.models import Rejection, Run
from layers.store.editing import erase
from layers.store.edits import Editor
from layers.store.writer import writing
from tests.databases import restored
from tests.factories import building, feature_id, load, new_run, place, point, square
from tests.geoportal import role_probes
from tests.geoportal.logins import account
from tests.geoportal.role_probes import Probe
from tests.layers.media.photos import blur, stored_photo
from tests.layers.observations.streams import START, observations, spec, store, stream

ROLES = ("services", "admins", "editors", "inspectors", "analysts", "planners", "member", "nobody")
"""From the most powerful down; "member" has an account without a group."""
SECRETS = {
    "Tajny Właściciel": "staff",
    "Dawny Właściciel": "staff",
    "TAJNY-HYDRANT": "staff",
    "TAJNA-STRAŻNICA": "services",
    "TAJNE-ODRZUCENIE": "staff",
    "TAJNY-CZUJNIK": "services",
    "71717.25": "services",
    "71,717.25": "services",
    "TAJNY-POWÓD": "services",
    "TAJNY-KONTAKT": "staff",
    "WYMAZANY-PRZYSTANEK": "erased",
    "TAJNY-PRZEJAZD": "staff",
    "TAJNE-ZDJECIE": "photos",
}
"""Text that stands in the city, and who may see it: a level or an ability; nobody sees what was erased."""
LEVEL = {role: BY_GROUP[role].level if role in BY_GROUP else "public" for role in ROLES}


def may_know(role: str, needs: str) -> bool:
    """Whether a role may see a secret that needs a level or an ability."""
    if needs in LEVELS:
        return LEVELS.index(LEVEL[role]) >= LEVELS.index(needs)
    return role in BY_GROUP and needs in BY_GROUP[role].abilities


def all_probes() -> dict[str, list[Probe]]:
    found: dict[str, list[Probe]] = {}
    for module in pkgutil.iter_modules(role_probes.__path__):
        for name, probes in importlib.import_module(f"{role_probes.__name__}.{module.name}").PROBES.items():
            found.setdefault(name, []).extend(probes)
    return found


PROBES = all_probes()


def names(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """Names of all addresses, with their namespaces; an address without a name is "(nameless)"."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            assert isinstance(pattern, URLPattern)
            yield f"{namespace}{pattern.name or '(nameless)'}"


@dataclass
class Walk:
    """The city of the walk, and a client for each role."""

    clients: dict[str, Client]
    places: dict[str, str]


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Walk]:
    """A city with secrets, stored for good for the tests of this module."""
    with django_db_blocker.unblock(), restored():
        vars(VERSIONS).update(vars(TileVersions()))
        places = fill_city()
        DECISIONS.refresh(force=True)
        rebuild()
        clients = {}
        for role in ROLES:
            clients[role] = Client()
            if role != "nobody":
                clients[role].force_login(account(*([role] if role in BY_GROUP else []), name=role))
        yield Walk(clients, places)
        vars(VERSIONS).update(vars(TileVersions()))


@pytest.fixture(autouse=True)
def decided(walk: Walk, db: None, nothing_remembered: None) -> None:
    """What the city decided holds in each test."""
    DECISIONS.refresh(force=True)


def fill_city() -> dict[str, str]:
    load("buildings", [building("b1", owner="Dawny Właściciel 72", use_class="residential")])
    owned = building("b1", -20, -20, 40, owner="Tajny Właściciel 71", heating="gas", residents=12.0)
    load("buildings", [owned, building("b2", 60, 60, 20, owner="Tajny Właściciel 71")])
    load("districts", [_district()])
    load("hydrants", [point("h1", number="TAJNY-HYDRANT-73")])
    load("fire_stations", [point("f1", 30, 30, name="TAJNA-STRAŻNICA-74")])
    load("bus_stops", [point("s1", 5, 5, name="WYMAZANY-PRZYSTANEK-76"), point("s2", 9, 9, name="Rynek")])
    with writing(new_run(kind="erase")) as writer:
        erase(writer, kind_of("bus_stops"), feature_id("s1"), "asked for")
    keys = store_observations()
    Publication.objects.create(kind="fire_stations", level="services")
    run = Run.objects.filter(dataset__slug="register").first()
    assert run is not None
    Rejection.objects.create(
        run=run,
        kind="buildings",
        row=3,
        severity="row",
        reason="geometry_type",
        message="x",
        value="TAJNE-ODRZUCENIE-75",
    )
    return {
        "building": str(feature_id("b1")),
        "hydrant": str(feature_id("h1")),
        "station": str(feature_id("f1")),
        "erased": str(feature_id("s1")),
        "stop": str(feature_id("s2")),
        "district": str(feature_id("d1")),
        "run": str(run.pk),
        **keys,
        **store_photos(),
    }


def store_observations() -> dict[str, str]:
    """A value of a public station, and a secret one of an alarm in a home; the keys of their datastreams."""
    level = stream(thing="silnica")
    Thing.objects.filter(pk=level.thing_id).update(properties={"contact": "TAJNY-KONTAKT-79"})
    store(observations(level, {0: 286.0}))
    home = ThingSpec("alarm/1", "TAJNY-CZUJNIK-77", kind="alarms", geometry=place(40, 40))
    with writing(new_run("sensors")) as writer:
        (gas,) = declare(writer, [replace(spec("gas"), thing=home)])
    store(observations(gas, {0: 71717.25}))
    made = exclude(gas, START, None, Editor("strażak", note="TAJNY-POWÓD-78"))
    places = {"river": str(level.thing_id), "home": str(gas.thing_id)}
    return places | {"level": str(level.pk), "gas": str(gas.pk), "exclusion": str(made.parameters["exclusion"])}


def store_photos() -> dict[str, str]:
    """Pictures whose files contain a secret, in several states; their keys, staff's and public ones."""
    media = {
        state: stored_photo(color, run=_run_of(state), number=number, secret="TAJNE-ZDJECIE-81")
        for number, (state, color) in enumerate(COLORS.items())
    }
    Medium.objects.update(examined_at=now())
    for state in ("released", "hidden", "blurred"):
        decide(media[state], "release", "reviewer")
        blur(media[state])
    decide(media["withheld"], "withhold", "reviewer", "TAJNY-PRZEJAZD-80")
    publish(Medium.objects.filter(pk__in=[media["released"].pk, media["hidden"].pk]))
    keys = {f"{state}_picture": str(one.key) for state, one in media.items()}
    found = {state: Medium.objects.get(pk=media[state].pk) for state in ("released", "hidden")}
    keys |= {f"{state}_key": str(one.released_key) for state, one in found.items()}
    asked = request_removal(found["hidden"], "person", "TAJNY-KONTAKT-82", "TAJNY-KONTAKT-83", "visitor")
    return keys | {"request": asked.reference}


def _run_of(state: str) -> str:
    return "drive" if state in ("released", "hidden") else "TAJNY-PRZEJAZD-80"


COLORS = {"raw": "red", "blurred": "green", "released": "blue", "hidden": "yellow", "withheld": "black"}


def _district() -> Any:
    return Record("d1", MultiPolygon([square(-500, -500, 1000)]), {"name": "Śródmieście"})


def ask(walk: Walk, role: str, probe: Probe, **swapped: str) -> HttpResponseBase:
    address = probe.address
    for name, identity in (walk.places | swapped).items():
        address = address.replace("{" + name + "}", identity)
    client = walk.clients[role]
    if probe.form:
        return client.post(address, probe.body, headers=probe.headers)
    body = probe.body if isinstance(probe.body, str) else json.dumps(probe.body)
    for name, identity in (walk.places | swapped).items():
        body = body.replace("{" + name + "}", identity)
    body = "" if probe.body is None else body
    return client.generic(probe.method, address, body, "application/json", headers=probe.headers)


def content(answer: HttpResponseBase) -> bytes:
    """The whole content of an answer, headers included; files that are packed are unpacked."""
    raw: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return raw + unpacked(raw) + json.dumps(dict(answer.headers), ensure_ascii=False).encode()


def unpacked(raw: bytes) -> bytes:
    if raw.startswith(b"PAR1"):
        return str(pyarrow.parquet.read_table(io.BytesIO(raw)).to_pydict()).encode()
    if raw.startswith(b"%PDF"):
        with pdfplumber.open(io.BytesIO(raw)) as pages:
            return "\n".join(page.extract_text() for page in pages.pages).encode()
    if raw.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    if raw[:1] in b"{[" and b"\\u" in raw:  # letters that JSON wrote as numbers
        return json.dumps(json.loads(raw), ensure_ascii=False).encode()
    return b""


def test_every_address_is_in_the_access_table_and_nothing_else_is():
    known = set(names())
    unlisted = {name for name in known if name not in ENDPOINTS and name.partition(":")[0] not in NAMESPACES}
    assert not unlisted, f"closed to everybody until they stand in geoportal/accounts/endpoints.py: {unlisted}"
    assert not set(ENDPOINTS) - known, "these stand in the table, but no address has their name"


def test_every_address_that_answers_somebody_is_walked():
    answering = {name for name, need in ENDPOINTS.items() if need != CLOSED}
    missing = answering - PROBES.keys()
    assert not missing, f"write probes for them in tests/geoportal/role_probes: {missing}"
    assert not PROBES.keys() - ENDPOINTS.keys() - {"admin:index"}


def test_an_address_that_is_not_listed_is_closed():
    assert need_of("no-such-name") == CLOSED and need_of("") == CLOSED and need_of("admin:auth_user_add") == "manage"


def told(answer: HttpResponseBase) -> str:
    return f"{answer.status_code} {answer.headers.get('Content-Type', '')}"


ONE_OF_A_LEVEL = ("services", "planners", "nobody")
OPEN_TO_ALL = {name for name in PROBES if need_of(name) == OPEN}
WALKS = [
    *(pytest.param(name, ROLES, id=name) for name in sorted(PROBES.keys() - OPEN_TO_ALL)),
    *(pytest.param(name, ROLES, id=name, marks=pytest.mark.thorough) for name in sorted(OPEN_TO_ALL)),
    *(pytest.param(name, ONE_OF_A_LEVEL, id=f"{name}-one-of-a-level") for name in sorted(OPEN_TO_ALL)),
]
"""What everybody may open differs by level only: the quick tier asks for it as one role of each."""


@pytest.mark.parametrize(("name", "roles"), WALKS)
def test_nobody_gets_a_secret_and_everybody_who_should_is_let_in(walk: Walk, name: str, roles: tuple[str, ...]):
    need = need_of(name)
    for probe in PROBES[name]:
        for role in roles:
            answer = ask(walk, role, probe)
            said = content(answer)
            assert answer.status_code < 500, f"{probe.address} as {role}: {told(answer)}"
            assert_let_in(answer, need, role, probe)
            for secret, needs in SECRETS.items():
                if not may_know(role, needs):
                    assert secret.encode() not in said, f"{probe.address} tells {role} of “{secret}”"
            if probe.shows == role:
                found = [one for one, level in SECRETS.items() if level != "public" and one.encode() in said]
                assert found, f"{probe.address} should show {role} a secret: {told(answer)} {said[:500]!r}"


def assert_let_in(answer: HttpResponseBase, need: str, role: str, probe: Probe) -> None:
    abilities = BY_GROUP[role].abilities if role in BY_GROUP else frozenset()
    allowed = need == OPEN or (need == ACCOUNT and role != "nobody") or need in abilities
    to_login = answer.status_code == 302 and "/accounts/login/" in answer.headers.get("Location", "")
    if allowed:
        refused = answer.status_code == 401 or to_login
        assert not refused or need == OPEN, f"{probe.address} shuts {role} out: {told(answer)}"
    else:
        assert answer.status_code in (401, 403, 404) or to_login, f"{probe.address} lets {role} in: {told(answer)}"


@pytest.mark.parametrize("role", ["nobody", pytest.param("member", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("name", sorted(name for name in PROBES if any(probe.hidden for probe in PROBES[name])))
def test_what_is_hidden_is_not_told_from_what_does_not_exist(walk: Walk, name: str, role: str):
    """The public gets the same words for a layer of the staff, or of the services, as for one that never was."""
    for probe in (one for one in PROBES[name] if one.hidden):
        hidden = ask(walk, role, probe)
        never = ask(walk, role, _renamed(probe), hydrant=walk.places["district"], station=walk.places["district"])
        assert hidden.status_code == never.status_code, probe.address
        assert _neutral(content(hidden), walk) == _neutral(content(never), walk), probe.address


HIDDEN = {
    "hydrants": "nothings",
    "alarms": "nought",
    "fire_stations": "nosuch_layers",
    "owner": "never",
    "heating": "nothing",
}


def _renamed(probe: Probe) -> Probe:
    text = json.dumps([probe.address, probe.body])
    for hidden, never in HIDDEN.items():
        text = text.replace(hidden, never)
    address, body = json.loads(text)
    return Probe(address, probe.method, body, probe.form, probe.headers)


def _neutral(said: bytes, walk: Walk) -> str:
    text = said.decode(errors="replace")
    for hidden, never in HIDDEN.items():
        text = text.replace(hidden, "NAME").replace(never, "NAME")
    for identity in walk.places.values():
        text = text.replace(identity, "ID")
    return text


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admins"])
def test_the_administrators_pages_let_nobody_else_in(walk: Walk, role: str):
    for name in names():
        if name.startswith("admin:") and not name.endswith(("(nameless)", "jsi18n", "view_on_site")):
            assert need_of(name) == "manage"
    assert walk.clients[role].get("/admin/layers/rejection/").status_code in (302, 401, 403)


def test_an_administrator_sees_rejections(walk: Walk):
    assert "TAJNE-ODRZUCENIE" in walk.clients["admins"].get("/admin/layers/rejection/").content.decode()
