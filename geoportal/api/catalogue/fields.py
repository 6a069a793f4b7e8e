"""`/catalogue/{layer}/fields.json`: fields to filter by that the visitor may see, in the visitor's language."""

from typing import Any

from django.db.models import BooleanField, DateField, Field, FloatField, IntegerField
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.api.errors import faults_answered
from layers.access.rules import fields_for
from layers.schema.kind import KindField, LayerKind

TYPES: tuple[tuple[type[Field], str], ...] = (
    (BooleanField, "boolean"),
    (IntegerField, "integer"),
    (FloatField, "number"),
    (DateField, "date"),
)
"""Type names by column class; all others are text."""


@require_safe
@faults_answered
def queryable_fields(request: HttpRequest, layer: str) -> JsonResponse:
    """Name, title, type, unit and codes of each field the visitor may see, sort and filter by."""
    kind = visible_kind(request, layer)
    fields = [described(kind, field) for field in fields_for(access_of(request), kind)]
    return JsonResponse({"fields": fields}, headers={"Cache-Control": "no-cache"})


def described(kind: LayerKind, field: KindField) -> dict[str, Any]:
    """A field as JSON for a filter builder."""
    column = kind.model._meta.get_field(field.name)
    return {
        "name": field.name,
        "title": str(field.title),
        "type": next((name for type_, name in TYPES if isinstance(column, type_)), "text"),
        "unit": field.unit,
        "choices": {code: str(title) for code, title in (field.choices or {}).items()},
    }
