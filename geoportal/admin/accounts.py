"""Accounts and their tokens."""

from typing import Any

from axes.utils import reset
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoportal.accounts.audit import AuditEntry, record_action
from geoportal.accounts.lockout import folded
from geoportal.accounts.roles import BY_GROUP
from geoportal.accounts.tokens import ApiToken
from geoportal.accounts.visitors import visitor_of
from geoportal.admin.site import SITE, Managed


class AccountAdmin(Managed, UserAdmin):
    """Accounts and their groups. An account is closed by “active”, not deleted, so that its history stays."""

    plural = _("Accounts")
    adds = changes = True
    list_display = ("username", "first_name", "last_name", "email", "is_active", "member_of", "last_login")
    list_filter = ("is_active", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Rights"), {"fields": ("is_active", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    actions = ("let_in_again",)

    @admin.display(description=_("groups"))
    def member_of(self, user: Any) -> str:
        """The titles of the account's groups."""
        return ", ".join(str(BY_GROUP[group.name].title) for group in user.groups.all() if group.name in BY_GROUP)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Accounts with prefetched groups."""
        return super().get_queryset(request).prefetch_related("groups")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Groups restricted to those of the table of roles, with their titles."""
        kwargs["queryset"] = Group.objects.filter(name__in=BY_GROUP)
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.label_from_instance = lambda group: str(BY_GROUP[group.name].title)
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and record new, opened and closed accounts in the audit."""
        super().save_model(request, obj, form, change)
        if not change or "is_active" in form.changed_data:
            details = {"active": obj.is_active, "new": not change}
            record_action(visitor_of(request), AuditEntry.Action.RIGHTS, obj.get_username(), request.path, **details)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the groups, and record their change in the audit."""
        before = sorted(form.instance.groups.values_list("name", flat=True))
        super().save_related(request, form, formsets, change)
        after = sorted(form.instance.groups.values_list("name", flat=True))
        if before != after:
            record_action(
                visitor_of(request),
                AuditEntry.Action.RIGHTS,
                form.instance.get_username(),
                request.path,
                groups_before=before,
                groups_after=after,
            )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Set another password, revoke the account's tokens, and record it in the audit."""
        answer = super().user_change_password(request, id, form_url)
        if request.method == "POST" and answer.status_code == 302:
            user = get_user_model().objects.get(pk=id)
            ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now())
            details = {"password": "set", "tokens": "revoked"}
            record_action(visitor_of(request), AuditEntry.Action.RIGHTS, user.get_username(), request.path, **details)
        return answer

    @admin.action(description=_("Let in again after too many wrong passwords"))
    def let_in_again(self, request: HttpRequest, queryset: Any) -> None:
        """Unlock accounts that were locked after wrong passwords."""
        for user in queryset:
            reset(username=folded(user.get_username()))


class TokenAdmin(Managed):
    """Tokens of all accounts; their secrets are not stored."""

    plural = _("Tokens for programs")
    list_display = ("name", "user", "start", "scopes", "datastreams", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "user")
    exclude = ("digest", "broker_hash")
    actions = ("revoke",)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """Revoke tokens."""
        for token in queryset.filter(revoked_at=None):
            record_action(
                visitor_of(request), AuditEntry.Action.TOKEN, f"{token.start}…", request.path, revoked=token.name
            )
        queryset.filter(revoked_at=None).update(revoked_at=now())


SITE.register(get_user_model(), AccountAdmin)
SITE.register(ApiToken, TokenAdmin)
