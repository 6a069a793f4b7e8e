"""Who gets an account: people whom an administrator gave one, and those of the city's directory, if there is one."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse

from geoportal.accounts.roles import BY_GROUP


class NoSelfRegistration(DefaultAccountAdapter):
    """Nobody makes an account for themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the account's own page, which says that it is done."""
        return reverse("account")


class DirectorySignIn(DefaultSocialAccountAdapter):
    """People of the city's directory have an account from their first login on, with the rights of their groups."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Where the directory vouches for them."""
        return bool(settings.OIDC_SERVER_URL)

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Rights follow the directory at every login."""
        if sociallogin.is_existing:
            set_groups(sociallogin.user, sociallogin.account.extra_data)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        """The new account with its groups."""
        user = super().save_user(request, sociallogin, form)
        set_groups(user, sociallogin.account.extra_data)
        return user


def groups_told(claims: dict[str, Any]) -> list[str]:
    """The portal's groups that the directory's claims name, in its own answer or in that of its user info."""
    claim = settings.OIDC_GROUPS_CLAIM
    told = claims.get(claim) or claims.get("userinfo", {}).get(claim) or claims.get("id_token", {}).get(claim) or []
    names = [told] if isinstance(told, str) else told
    return sorted({settings.OIDC_GROUPS[name] for name in names if settings.OIDC_GROUPS.get(name) in BY_GROUP})


def set_groups(user: Any, claims: dict[str, Any]) -> None:
    """Give an account the groups of its claims, where the installation maps groups at all."""
    if settings.OIDC_GROUPS:
        user.groups.set(Group.objects.filter(name__in=groups_told(claims)))


def name_tried(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str | None:
    """The name of the account that somebody tries to log in to, for the count of wrong passwords."""
    given = credentials or {}
    typed = request.POST.get("login") if request is not None else None
    return given.get("username") or given.get("login") or typed
