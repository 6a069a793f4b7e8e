"""Rejections as a table for people and as CSV: where, what, why and what to do about it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext

from geoportal.uploads.files import Upload
from geoportal.uploads.words import ADVICE, OTHERWISE
from layers.exports.csv_dialect import BYTE_ORDER, csv_text
from layers.runs.models import Rejection
from layers.runs.reasons import REASONS
from layers.schema.kind import LayerKind

NAMES = ("row", "source_id", "severity", "reason", "message", "field", "value")


def rejections_of(upload: Upload) -> list[dict[str, Any]]:
    """The rejections of the run, before it those of the dry run."""
    if upload.run is not None:
        return list(Rejection.objects.filter(run=upload.run).order_by("row", "pk").values(*NAMES))
    return list((upload.result_of("trial") or {}).get("rejections", []))


def line(one: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, str]:
    """A rejection in words."""
    whole = one["severity"] == "row"
    reason = REASONS.get(one["reason"])
    geometry = gettext("shape")
    return {
        "row": "" if one["row"] is None else str(one["row"]),
        "id": one["source_id"],
        "what": gettext("the whole object") if whole else gettext("a single value"),
        "field": titles.get(one["field"], geometry if one["field"] == "geom" else one["field"]),
        "value": one["value"],
        "reason": str(reason) if reason else gettext("the value cannot be used"),
        "advice": str(ADVICE.get(one["reason"], OTHERWISE)),
    }


def lines(found: Iterable[Mapping[str, Any]], titles: Mapping[str, str]) -> list[dict[str, str]]:
    """Rejections in words."""
    return [line(one, titles) for one in found]


def titles_of(upload: Upload, kind: LayerKind | None) -> dict[str, str]:
    """Titles of the target's fields by name."""
    if kind is not None:
        return {field.name: str(field.title) for field in kind.fields}
    return {one["name"]: one["title_pl"] for one in upload.target.get("fields", [])}


def as_csv(found: Iterable[dict[str, str]]) -> bytes:
    """Rejections as CSV that a Polish spreadsheet opens: semicolons, and no value that it takes for a formula."""
    head = [
        gettext("row"),
        gettext("id"),
        gettext("rejected"),
        gettext("field"),
        gettext("value"),
        gettext("reason"),
        gettext("what to do"),
    ]
    rows = [head, *(list(one.values()) for one in found)]
    return (BYTE_ORDER + csv_text(rows, delimiter=";", for_spreadsheets=True)).encode()
