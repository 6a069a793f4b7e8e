"""Accounts and tokens for tests."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils.timezone import now

from geoportal.accounts.tokens import new_token

PASSWORD = "Kadzielnia-1908-Telegraf"


def account(*groups: str, name: str = "") -> Any:
    """An account in these groups, made when it is not there yet."""
    named = name or "-".join(groups) or "visitor"
    user = get_user_model().objects.filter(username=named).first()
    if user is None:
        user = get_user_model().objects.create_user(named, password=PASSWORD)
    user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    return user


def bearer(user: Any, *scopes: str) -> dict[str, str]:
    """Headers of a client that sends a new token with these scopes ("read" by default)."""
    _, secret = new_token(user, "test", list(scopes or ("read",)), now() + timedelta(days=1))
    return {"Authorization": f"Bearer {secret}"}
