"""`/tiles/{layer}/features/{feature}/history.json`: the history of a feature as text."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.accounts.visitors import visitor_of
from geoportal.api.errors import faults_answered, problem
from geoportal.wording import datasets
from geoportal.wording.feature_history import Event, FieldChange, events
from geoportal.wording.values import moment


@require_safe
@faults_answered
def feature_history(request: HttpRequest, layer: str, feature: UUID) -> JsonResponse:
    """Its events, latest first, each with what changed in the fields that the visitor may see."""
    kind = visible_kind(request, layer)
    found = events(access_of(request), kind, feature)
    if found is None:
        return problem(404, f"Layer {layer} never had a feature {feature}.")
    editor = visitor_of(request).can("edit")
    response = JsonResponse({"events": [_event(one, editor) for one in found]})
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Cookie"])
    return response


def _event(event: Event, editor: bool) -> dict[str, Any]:
    """An event as JSON; the account is included for editors only."""
    run = event.run
    event_json = {
        "what": event.what,
        "when": moment(event.at),
        "at": event.at.isoformat(),
        "source": datasets.title(run.dataset.slug, run.dataset.title) if run.dataset else None,
        "changes": [_change(one) for one in event.changes],
    }
    if editor:
        event_json |= {"who": run.account or None, "note": run.parameters.get("note") or None}
    return event_json


def _change(change: FieldChange) -> dict[str, Any]:
    """A field's values as text; a changed geometry has none."""
    if change.field is None:
        return {"field": None, "title": None, "old": None, "new": None}
    return {"field": change.field.name, "title": str(change.field.title), "old": change.old, "new": change.new}
