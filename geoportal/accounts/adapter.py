"""Adapters of allauth: accounts are made by administrators, or at the first OpenID Connect sign-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse

from geoportal.accounts.roles import BY_GROUP


class NoSelfRegistration(DefaultAccountAdapter):
    """No self-registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """False: accounts are made by administrators only."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """The page of one's own account, which shows the confirmation."""
        return reverse("account")


class DirectorySignIn(DefaultSocialAccountAdapter):
    """OpenID Connect sign-in: an account is made at the first login, its groups are set from the claims at each."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Whether an OpenID Connect server is configured."""
        return bool(settings.OIDC_SERVER_URL)

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Set the groups of an existing account from the claims."""
        if sociallogin.is_existing:
            set_groups(sociallogin.user, sociallogin.account.extra_data)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        """Save and return the new account, its groups set from the claims."""
        user = super().save_user(request, sociallogin, form)
        set_groups(user, sociallogin.account.extra_data)
        return user


def groups_of_claims(claims: dict[str, Any]) -> list[str]:
    """The portal's groups named by the groups claim, which is in the ID token or in the user info."""
    claim = settings.OIDC_GROUPS_CLAIM
    named = claims.get(claim) or claims.get("userinfo", {}).get(claim) or claims.get("id_token", {}).get(claim) or []
    names = [named] if isinstance(named, str) else named
    return sorted({settings.OIDC_GROUPS[name] for name in names if settings.OIDC_GROUPS.get(name) in BY_GROUP})


def set_groups(user: Any, claims: dict[str, Any]) -> None:
    """Set an account's groups from its claims; does nothing where OIDC_GROUPS maps none."""
    if settings.OIDC_GROUPS:
        user.groups.set(Group.objects.filter(name__in=groups_of_claims(claims)))
