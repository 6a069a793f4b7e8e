"""Logging in, lockout after failed logins, tokens, and the access table's checks around every view."""

import base64
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from geoportal.accounts.adapter import groups_of_claims
from geoportal.accounts.audit import AuditEntry
from geoportal.accounts.roles import ROLES, rights
from geoportal.accounts.tokens import ApiToken, new_token
from layers.access.publication import DECISIONS, Publication
from layers.access.rules import ANONYMOUS
from layers.runs.models import Rejection, Run
from tests.geoportal.logins import PASSWORD, account, bearer

pytestmark = pytest.mark.django_db

HYDRANT = "/catalogue/hydrants/fields.json"
"""Answers the staff and nobody else."""


def test_groups_give_the_levels_of_the_design():
    assert {role.group: role.level for role in ROLES} == {
        "planners": "staff",
        "analysts": "staff",
        "editors": "staff",
        "inspectors": "staff",
        "services": "services",
        "admins": "staff",
    }
    assert rights([]) == (ANONYMOUS, frozenset())
    access, abilities = rights(["planners", "services", "no such group"])
    assert access.level == "services" and abilities == {"upload", "query"}


def test_only_analysts_may_ask_in_sql_and_only_editors_may_edit():
    assert [role.group for role in ROLES if "sql" in role.abilities] == ["analysts"]
    assert [role.group for role in ROLES if "edit" in role.abilities] == ["editors"]
    assert [role.group for role in ROLES if "manage" in role.abilities] == ["admins"]


def test_an_account_logs_in_and_sees_the_layers_of_its_level(client):
    account("planners", name="anna")
    assert client.get(HYDRANT).status_code == 404
    answer = client.post("/accounts/login/", {"login": "anna", "password": PASSWORD})
    assert answer.status_code == 302 and answer["Location"] == "/"
    assert client.get(HYDRANT).status_code == 200
    client.post("/accounts/logout/")
    assert client.get(HYDRANT).status_code == 404


def test_an_account_without_a_group_sees_what_everybody_sees(client):
    client.force_login(account(name="nowy"))
    assert client.get(HYDRANT).status_code == 404


def test_a_closed_account_is_nobody(client):
    user = account("planners")
    client.force_login(user)
    headers = bearer(user)
    user.is_active = False
    user.save()
    assert client.get(HYDRANT).status_code == 404
    assert Client().get(HYDRANT, headers=headers).status_code == 401


def test_nobody_makes_an_account_for_themselves(client):
    assert client.get("/accounts/signup/").status_code == 404
    assert client.post("/accounts/signup/", {"username": "x", "password1": PASSWORD}).status_code == 404


def test_five_wrong_passwords_close_the_account_from_that_address_for_a_while(client):
    account("planners", name="anna")
    for _ in range(5):
        answer = client.post("/accounts/login/", {"login": "anna", "password": "wrong-wrong-wrong"})
    assert answer.status_code == 429 and "Zbyt wiele błędnych haseł" in answer.content.decode()
    assert client.post("/accounts/login/", {"login": "anna", "password": PASSWORD}).status_code == 429
    account("planners", name="jan")
    assert client.post("/accounts/login/", {"login": "jan", "password": PASSWORD}).status_code == 302


def test_a_weak_password_is_refused(client):
    client.force_login(account("planners", name="anna"))
    given = {"oldpassword": PASSWORD, "password1": "haslo123", "password2": "haslo123"}
    assert client.post("/accounts/password/change/", given).status_code == 200
    assert account("planners", name="anna").check_password(PASSWORD)


def test_the_language_of_the_login_page_is_polish(client):
    page = client.get("/accounts/login/").content.decode()
    assert "Zaloguj się" in page and "Hasło" in page and "Sign" not in page


def test_a_token_opens_what_its_account_may_see_as_bearer_and_as_basic(client):
    user = account("analysts")
    _, secret = new_token(user, "QGIS", ["read"], now() + timedelta(days=1))
    basic = base64.b64encode(f"anything:{secret}".encode()).decode()
    assert client.get(HYDRANT, headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert client.get(HYDRANT, headers={"Authorization": f"Basic {basic}"}).status_code == 200


def test_a_token_without_reading_sees_what_everybody_sees(client):
    assert client.get(HYDRANT, headers=bearer(account("analysts"), "query")).status_code == 404


@pytest.mark.parametrize(
    "header", ["Bearer gp_nothing", "Bearer ", "Basic !!!", "Basic " + base64.b64encode(b"anna:secret").decode()]
)
def test_a_token_that_is_none_is_refused_and_not_taken_for_nobody(client, header):
    answer = client.get("/catalogue/buildings/fields.json", headers={"Authorization": header})
    assert answer.status_code == (200 if header == "Bearer " else 401)


def test_an_expired_or_revoked_token_is_refused(client):
    user = account("analysts")
    headers = bearer(user)
    ApiToken.objects.update(expires_at=now() - timedelta(seconds=1))
    assert client.get(HYDRANT, headers=headers).status_code == 401
    ApiToken.objects.update(expires_at=now() + timedelta(days=1), revoked_at=now())
    assert client.get(HYDRANT, headers=headers).status_code == 401


def test_a_token_is_never_for_managing_and_never_for_ever():
    user = account("admins")
    with pytest.raises(ValueError, match="Scopes"):
        new_token(user, "x", ["manage"], now() + timedelta(days=1))
    with pytest.raises(ValueError, match="366 days"):
        new_token(user, "x", ["read"], now() + timedelta(days=400))


def test_only_a_digest_of_a_token_is_kept():
    token, secret = new_token(account("analysts"), "x", ["read"], now() + timedelta(days=1))
    stored = [str(value) for value in ApiToken.objects.filter(pk=token.pk).values_list()[0]]
    assert not any(secret in value for value in stored)


def test_ones_own_page_makes_and_revokes_tokens(client):
    client.force_login(account("analysts", name="ola"))
    page = client.post("/account/", {"name": "QGIS", "scope": ["read", "manage", "edit"], "days": "30"})
    token = ApiToken.objects.get()
    assert token.scopes == ["read"] and token.start in page.content.decode()
    assert timedelta(days=29) < token.expires_at - now() < timedelta(days=31)
    client.post(reverse("token-revoke", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert [entry.details for entry in AuditEntry.objects.order_by("pk")] == [
        {"made": "QGIS", "scopes": ["read"]},
        {"revoked": "QGIS"},
    ]


def test_nobody_revokes_the_token_of_another(client):
    token, _ = new_token(account("analysts", name="ola"), "x", ["read"], now() + timedelta(days=1))
    client.force_login(account("editors", name="ewa"))
    client.post(reverse("token-revoke", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_page_that_needs_an_account_leads_to_the_login_and_back(client):
    answer = client.get("/account/", headers={"Accept": "text/html"})
    assert answer.status_code == 302 and answer["Location"] == "/accounts/login/?next=%2Faccount%2F"
    assert client.get("/account/", headers={"Accept": "application/json"}).status_code == 401


def test_the_administrators_pages_are_for_them_alone(client):
    assert client.get("/admin/", headers={"Accept": "text/html"}).status_code == 302
    for group in ("planners", "analysts", "editors", "services"):
        other = Client()
        other.force_login(account(group))
        assert other.get("/admin/", headers={"Accept": "text/html"}).status_code == 403
    client.force_login(account("admins"))
    assert client.get("/admin/").status_code == 200


def test_what_somebody_sees_by_their_rights_is_kept_by_no_cache_between(client):
    client.force_login(account("planners"))
    answer = client.get("/catalogue/")
    assert "private" in answer["Cache-Control"] and "public" not in answer["Cache-Control"]
    assert {"Cookie", "Authorization"} <= set(answer["Vary"].split(", "))
    assert "private" not in Client().get("/catalogue/").get("Cache-Control", "")


def test_an_administrator_withdraws_a_layer_and_it_is_gone_for_the_public(client):
    admin = Client()
    admin.force_login(account("admins"))
    given = {"kind": "bus_stops", "level": "staff", "reason": "błędne współrzędne"}
    assert admin.post("/admin/layers/publication/add/", given).status_code == 302
    assert client.get("/catalogue/bus_stops/").status_code == 404
    assert "bus_stops" not in client.get("/catalogue/").content.decode()
    entry = AuditEntry.objects.get(action="publication")
    assert entry.subject == "bus_stops" and entry.details["reason"] == "błędne współrzędne"
    assert admin.post("/admin/layers/publication/bus_stops/delete/", {"post": "yes"}).status_code == 302
    assert client.get("/catalogue/bus_stops/").status_code == 200


def test_an_administrator_cannot_open_a_layer_wider_than_it_declares(client):
    client.force_login(account("admins"))
    answer = client.post("/admin/layers/publication/add/", {"kind": "hydrants", "level": "public", "reason": ""})
    assert answer.status_code == 200 and not Publication.objects.exists()
    same = {"kind": "bus_stops", "level": "public", "reason": "x"}
    assert client.post("/admin/layers/publication/add/", same).status_code == 200 and not Publication.objects.exists()


def test_changes_of_rights_are_written_down(client):
    user, admin = account("planners", name="anna"), account("admins", name="adm")
    client.force_login(admin)
    groups = [str(group.pk) for group in account("services", name="other").groups.all()]
    given = {"username": "anna", "first_name": "", "last_name": "", "email": "", "is_active": "on", "groups": groups}
    assert client.post(f"/admin/auth/user/{user.pk}/change/", given).status_code == 302
    entry = AuditEntry.objects.get(action="rights")
    assert (entry.account, entry.subject) == ("adm", "anna")
    assert entry.details == {"groups_before": ["planners"], "groups_after": ["services"]}


def test_a_password_that_an_administrator_sets_is_written_down_and_ends_tokens(client):
    user = account("services", name="straz")
    headers = bearer(user)
    client.force_login(account("admins", name="adm"))
    given = {"usable_password": "true", "password1": "Telegraf-408-metrow", "password2": "Telegraf-408-metrow"}
    assert client.post(f"/admin/auth/user/{user.pk}/password/", given).status_code == 302
    assert Client().get(HYDRANT, headers=headers).status_code == 401
    assert AuditEntry.objects.get(action="rights").subject == "straz"


def test_an_administrator_sees_no_rejections_of_a_layer_above_their_level(client, small_city):
    run = Run.objects.earliest("pk")
    Rejection.objects.create(run=run, kind="hydrants", severity="row", reason="no_id", message="x", value="H-99")
    client.force_login(account("admins"))
    assert "H-99" in client.get("/admin/layers/rejection/").content.decode()
    Publication.objects.create(kind="hydrants", level="services")
    DECISIONS.refresh(force=True)
    assert "H-99" not in client.get("/admin/layers/rejection/").content.decode()


def test_reads_of_a_layer_of_the_services_are_written_down_once_a_minute(client, small_city):
    Publication.objects.create(kind="hydrants", level="services")
    DECISIONS.refresh(force=True)
    client.force_login(account("planners"))
    assert client.get("/open-data/hydrants.geojson").status_code == 404
    services = Client()
    services.force_login(account("services", name="straz"))
    for _ in range(2):
        assert b"H-1" in services.get("/open-data/hydrants.geojson").getvalue()
    entry = AuditEntry.objects.get(action="read")
    assert (entry.account, entry.subject, entry.address) == ("straz", "hydrants", "/open-data/hydrants.geojson")


def test_reads_of_other_layers_are_not_written_down(client, small_city):
    client.force_login(account("services"))
    client.get("/open-data/buildings.geojson")
    assert not AuditEntry.objects.exists()


def test_groups_of_the_citys_directory_become_groups_of_the_portal(settings):
    settings.OIDC_GROUPS = {"GIS-Edytorzy": "editors", "Wszyscy": "no such group"}
    assert groups_of_claims({"groups": ["GIS-Edytorzy", "Wszyscy", "Inni"]}) == ["editors"]
    assert groups_of_claims({"userinfo": {"groups": "GIS-Edytorzy"}}) == ["editors"]
    assert groups_of_claims({}) == []
