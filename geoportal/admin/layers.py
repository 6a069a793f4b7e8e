"""Publication of layers, planners' layers, datasets."""

from typing import Any

from django.contrib import admin
from django.forms import ChoiceField, ModelForm
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoportal.accounts.audit import AuditEntry, record_action
from geoportal.accounts.visitors import visitor_of
from geoportal.admin.site import SITE, Managed
from layers.access.database_views import rebuild
from layers.access.publication import DECISIONS, LEVEL_TITLES, LEVELS, Publication, stricter
from layers.kinds import KINDS
from layers.planner.declarations import PlannerLayer
from layers.planner.tables import describe
from layers.runs.models import Dataset, DatasetKind


class DecisionForm(ModelForm):
    """Form of a publication decision: a layer and its access level."""

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
        """Refuse a level that is not stricter than the declared one."""
        given: dict[str, Any] = super().clean() or {}
        kind, level = KINDS.get(given.get("kind", "")), given.get("level")
        if kind is not None and level and (level == kind.level or stricter(kind.level, level) != level):
            words = _("Without a decision this layer is seen by: %(who)s. Choose a stricter level.")
            self.add_error("level", words % {"who": LEVEL_TITLES[kind.level]})
        return given


class PublicationAdmin(Managed):
    """Layers withdrawn to a stricter level. Deleting the decision publishes the layer again."""

    plural = _("Withdrawn layers")
    adds = changes = deletes = True
    form = DecisionForm
    list_display = ("layer", "who", "reason", "decided_at")

    @admin.display(description=_("layer"))
    def layer(self, decision: Publication) -> str:
        """The layer's title."""
        return str(KINDS[decision.kind].title) if decision.kind in KINDS else decision.kind

    @admin.display(description=_("who may see it"))
    def who(self, decision: Publication) -> str:
        """The level's title."""
        return str(LEVEL_TITLES[decision.level])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and rebuild the database views at once."""
        obj.decided_at = now()
        super().save_model(request, obj, form, change)
        _decided(request, obj.kind, level=obj.level, reason=obj.reason)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Publish the layer again at its declared level."""
        kind = obj.kind  # deleting clears it
        super().delete_model(request, obj)
        _decided(request, kind, level="as declared")

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """The same for several."""
        for decision in queryset:
            self.delete_model(request, decision)


def _decided(request: HttpRequest, kind: str, **details: Any) -> None:
    record_action(visitor_of(request), AuditEntry.Action.PUBLICATION, kind, request.path, **details)
    DECISIONS.refresh(force=True)
    rebuild()


class PlannerLayerAdmin(Managed):
    """Planners' layers: their titles and access levels. All fields of a public one are public."""

    plural = _("Planners' layers")
    changes = True
    list_display = ("title_pl", "slug", "who", "account", "created_at")
    fields = ("slug", "account", "title_pl", "title_en", "description", "licence", "color", "level")
    readonly_fields = ("slug", "account")
    search_fields = ("slug", "title_pl", "account")

    @admin.display(description=_("who may see it"))
    def who(self, layer: PlannerLayer) -> str:
        """The level's title."""
        return str(LEVEL_TITLES[layer.level])

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Levels in words."""
        if db_field.name == "level":
            kwargs["choices"] = [(level, str(title)) for level, title in LEVEL_TITLES.items()]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; all processes reload the layer and the database views are rebuilt."""
        describe(obj)
        details = {name: form.cleaned_data[name] for name in form.changed_data}
        record_action(visitor_of(request), AuditEntry.Action.PUBLICATION, obj.slug, request.path, **details)


class DatasetAdmin(Managed):
    """Datasets: their titles, licences and attributions."""

    plural = _("Datasets")
    changes = True
    list_display = ("slug", "title", "licence", "synthetic", "holds")
    fields = ("slug", "source", "synthetic", "title", "licence", "attribution")
    readonly_fields = ("slug", "source", "synthetic")
    search_fields = ("slug", "title")

    @admin.display(description=_("holds"))
    def holds(self, dataset: Dataset) -> str:
        """The dataset's layers with their number of features."""
        held = DatasetKind.objects.filter(dataset=dataset, current_rows__gt=0)
        return ", ".join(
            f"{KINDS[one.kind].title}: {one.current_rows}" for one in held.order_by("kind") if one.kind in KINDS
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and record the change in the audit."""
        super().save_model(request, obj, form, change)
        details = {name: form.cleaned_data[name] for name in form.changed_data}
        record_action(visitor_of(request), AuditEntry.Action.PUBLICATION, obj.slug, request.path, **details)


SITE.register(Publication, PublicationAdmin)
SITE.register(PlannerLayer, PlannerLayerAdmin)
SITE.register(Dataset, DatasetAdmin)
