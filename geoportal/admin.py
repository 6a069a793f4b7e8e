"""The administrators' pages: accounts, publication, datasets, runs, rejections, tokens and the audit.

Only what is listed here can be reached, and only by accounts that may `manage`; changes of rights are written down.
"""

from functools import update_wrapper
from typing import Any

from axes.utils import reset
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.forms import ChoiceField, ModelForm
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoportal.accounts.audit import AuditEntry, written_down
from geoportal.accounts.rights import access_of
from geoportal.accounts.roles import BY_GROUP
from geoportal.accounts.tokens import ApiToken
from geoportal.accounts.visitors import visitor_of
from layers.access.database_views import rebuild
from layers.access.publication import DECISIONS, LEVEL_TITLES, LEVELS, Publication, stricter
from layers.access.rules import visible_kinds
from layers.city import city
from layers.kinds import KINDS
from layers.planner.declarations import PlannerLayer
from layers.planner.tables import describe
from layers.runs.models import Dataset, DatasetKind, Rejection, Run


class CityAdmin(admin.AdminSite):
    """The administrators' pages."""

    site_header = site_title = _("Administration of the geoportal")
    index_title = _("What do you want to look after?")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """The table of roles decides, not Django's flags."""
        return visitor_of(request).can("manage")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Its pages, made in the city's own time."""
        inner = super().admin_view(view, cacheable)

        def local(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with timezone.override(city().timezone):
                answer = inner(request, *args, **kwargs)
                return answer.render() if isinstance(answer, TemplateResponse) else answer

        return update_wrapper(local, inner)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """All that can be looked after in one list, in its own words."""
        found: list[Any] = super().get_app_list(request, app_label)
        models = [model for app in found for model in app["models"]]
        for model in models:
            model["name"] = self._registry[model["model"]].plural  # type: ignore[attr-defined]
        order = list(self._registry)
        models.sort(key=lambda model: order.index(model["model"]))
        return [{**found[0], "name": self.site_title, "models": models}] if found else []


SITE = CityAdmin(name="admin")


class Managed(admin.ModelAdmin):
    """A model that administrators may look at; what else they may do each class says."""

    adds = changes = deletes = False
    plural: Any = ""
    list_per_page = 50

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, titled by what it holds."""
        return super().changelist_view(request, {"title": self.plural, **(extra_context or {})})

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Every administrator."""
        return visitor_of(request).can("manage")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every administrator."""
        return visitor_of(request).can("manage")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Where the class says so."""
        return self.adds and visitor_of(request).can("manage")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Where the class says so."""
        return self.changes and visitor_of(request).can("manage")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Where the class says so."""
        return self.deletes and visitor_of(request).can("manage")


class AccountAdmin(Managed, UserAdmin):
    """Accounts and the groups they belong to. Closing an account is done by “active”; nothing it did is forgotten."""

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
        """Groups in words."""
        return ", ".join(str(BY_GROUP[group.name].title) for group in user.groups.all() if group.name in BY_GROUP)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With groups, in two queries."""
        return super().get_queryset(request).prefetch_related("groups")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only groups of the table of roles, named in words."""
        kwargs["queryset"] = Group.objects.filter(name__in=BY_GROUP)
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.label_from_instance = lambda group: str(BY_GROUP[group.name].title)
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and write down who was let in or shut out."""
        super().save_model(request, obj, form, change)
        if not change or "is_active" in form.changed_data:
            told = {"active": obj.is_active, "new": not change}
            written_down(visitor_of(request), AuditEntry.Action.RIGHTS, obj.get_username(), request.path, **told)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the groups, and write down how they changed."""
        before = sorted(form.instance.groups.values_list("name", flat=True))
        super().save_related(request, form, formsets, change)
        after = sorted(form.instance.groups.values_list("name", flat=True))
        if before != after:
            written_down(
                visitor_of(request),
                AuditEntry.Action.RIGHTS,
                form.instance.get_username(),
                request.path,
                groups_before=before,
                groups_after=after,
            )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Set another password, and write it down; whoever had the old one has no token any more either."""
        answer = super().user_change_password(request, id, form_url)
        if request.method == "POST" and answer.status_code == 302:
            user = get_user_model().objects.get(pk=id)
            ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now())
            told = {"password": "set", "tokens": "revoked"}
            written_down(visitor_of(request), AuditEntry.Action.RIGHTS, user.get_username(), request.path, **told)
        return answer

    @admin.action(description=_("Let in again after too many wrong passwords"))
    def let_in_again(self, request: HttpRequest, queryset: Any) -> None:
        """Forget wrong passwords."""
        for user in queryset:
            reset(username=user.get_username())


class DecisionForm(ModelForm):
    """A layer by its name, and who may see it."""

    kind = ChoiceField(label=_("Layer"))
    level = ChoiceField(label=_("Who may see it"))

    class Meta:
        model = Publication
        fields = ("kind", "level", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        choices = [(kind.slug, str(kind.title)) for kind in KINDS.values() if kind.level != LEVELS[-1]]
        if self.instance.pk:
            choices = [(slug, title) for slug, title in choices if slug == self.instance.pk]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        stricter_ones = [(level, str(LEVEL_TITLES[level])) for level in LEVELS[1:]]
        self.fields["level"].choices = stricter_ones  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A layer is withdrawn to a stricter level than it declares."""
        given: dict[str, Any] = super().clean() or {}
        kind, level = KINDS.get(given.get("kind", "")), given.get("level")
        if kind is not None and level and (level == kind.level or stricter(kind.level, level) != level):
            words = _("Without a decision this layer is seen by: %(who)s. Choose a stricter level.")
            self.add_error("level", words % {"who": LEVEL_TITLES[kind.level]})
        return given


class PublicationAdmin(Managed):
    """Layers that the city withdrew to a stricter level. Deleting the decision publishes the layer again."""

    plural = _("Withdrawn layers")
    adds = changes = deletes = True
    form = DecisionForm
    list_display = ("layer", "who", "reason", "decided_at")

    @admin.display(description=_("layer"))
    def layer(self, decision: Publication) -> str:
        """The layer's name."""
        return str(KINDS[decision.kind].title) if decision.kind in KINDS else decision.kind

    @admin.display(description=_("who may see it"))
    def who(self, decision: Publication) -> str:
        """The level in words."""
        return str(LEVEL_TITLES[decision.level])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; the database's own views follow at once."""
        obj.decided_at = now()
        super().save_model(request, obj, form, change)
        _decided(request, obj.kind, level=obj.level, reason=obj.reason)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Publish again as the layer declares."""
        kind = obj.kind  # deleting forgets it
        super().delete_model(request, obj)
        _decided(request, kind, level="as declared")

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """The same for several."""
        for decision in queryset:
            self.delete_model(request, decision)


def _decided(request: HttpRequest, kind: str, **details: Any) -> None:
    written_down(visitor_of(request), AuditEntry.Action.PUBLICATION, kind, request.path, **details)
    DECISIONS.refresh(force=True)
    rebuild()


class PlannerLayerAdmin(Managed):
    """Layers that planners made: their words, and who may see them. Of a public one all fields are open."""

    plural = _("Planners' layers")
    changes = True
    list_display = ("title_pl", "slug", "who", "account", "created_at")
    fields = ("slug", "account", "title_pl", "title_en", "description", "licence", "color", "level")
    readonly_fields = ("slug", "account")
    search_fields = ("slug", "title_pl", "account")

    @admin.display(description=_("who may see it"))
    def who(self, layer: PlannerLayer) -> str:
        """The level in words."""
        return str(LEVEL_TITLES[layer.level])

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Levels in words."""
        if db_field.name == "level":
            kwargs["choices"] = [(level, str(title)) for level, title in LEVEL_TITLES.items()]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; every process, and the database's own views, follow."""
        describe(obj)
        told = {name: form.cleaned_data[name] for name in form.changed_data}
        written_down(visitor_of(request), AuditEntry.Action.PUBLICATION, obj.slug, request.path, **told)


class DatasetAdmin(Managed):
    """Datasets: their names, licences and whom to name."""

    plural = _("Datasets")
    changes = True
    list_display = ("slug", "title", "licence", "synthetic", "holds")
    fields = ("slug", "source", "synthetic", "title", "licence", "attribution")
    readonly_fields = ("slug", "source", "synthetic")
    search_fields = ("slug", "title")

    @admin.display(description=_("holds"))
    def holds(self, dataset: Dataset) -> str:
        """Layers with their number of features."""
        held = DatasetKind.objects.filter(dataset=dataset, current_rows__gt=0)
        return ", ".join(
            f"{KINDS[one.kind].title}: {one.current_rows}" for one in held.order_by("kind") if one.kind in KINDS
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and write down what changed."""
        super().save_model(request, obj, form, change)
        told = {name: form.cleaned_data[name] for name in form.changed_data}
        written_down(visitor_of(request), AuditEntry.Action.PUBLICATION, obj.slug, request.path, **told)


class RunAdmin(Managed):
    """What was brought in, computed, edited and undone."""

    plural = _("Runs")
    list_display = (
        "id",
        "kind",
        "source",
        "dataset",
        "status",
        "account",
        "stored",
        "closed",
        "turned_away",
        "created_at",
    )
    list_filter = ("kind", "status", "source")
    search_fields = ("source", "message", "input_name", "account")
    date_hierarchy = "created_at"

    @admin.display(description=_("rejected"), ordering="rejected")
    def turned_away(self, run: Run) -> Any:
        """How many, with the way to them."""
        if not run.rejected and not run.warnings:
            return 0
        return format_html(
            '<a href="{}?run__id__exact={}">{}</a>',
            reverse("admin:layers_rejection_changelist"),
            run.pk,
            run.rejected + run.warnings,
        )


class RejectionAdmin(Managed):
    """Records and values that runs turned away."""

    plural = _("Rejections")
    list_display = ("run_id", "kind", "row", "source_id", "severity", "reason", "message", "field", "value")
    list_filter = (("run", admin.RelatedOnlyFieldListFilter), "kind", "severity", "reason")
    search_fields = ("source_id", "message", "value")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Of layers that the administrator may see."""
        seen = [kind.slug for kind in visible_kinds(access_of(request))]
        return super().get_queryset(request).filter(kind__in=seen)


class TokenAdmin(Managed):
    """Tokens of all accounts; their secrets are known to nobody here."""

    plural = _("Tokens for programs")
    list_display = ("name", "user", "start", "scopes", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "user")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """Make tokens useless from now on."""
        for token in queryset.filter(revoked_at=None):
            written_down(
                visitor_of(request), AuditEntry.Action.TOKEN, f"{token.start}…", request.path, revoked=token.name
            )
        queryset.filter(revoked_at=None).update(revoked_at=now())


class AuditAdmin(Managed):
    """Who read layers of the emergency services, changed rights, or ran SQL. Nothing here can be changed."""

    plural = _("Audit")
    list_display = ("at", "account", "action", "subject", "token", "address")
    list_filter = ("action", "account", "at")
    search_fields = ("account", "subject", "address")
    date_hierarchy = "at"


SITE.register(get_user_model(), AccountAdmin)
SITE.register(Publication, PublicationAdmin)
SITE.register(PlannerLayer, PlannerLayerAdmin)
SITE.register(Dataset, DatasetAdmin)
SITE.register(Run, RunAdmin)
SITE.register(Rejection, RejectionAdmin)
SITE.register(ApiToken, TokenAdmin)
SITE.register(AuditEntry, AuditAdmin)
