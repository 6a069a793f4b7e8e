"""Parsing of the upload forms into reading options and the target of `geoportal.uploads.targets`."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from geoportal.accounts.visitors import Visitor
from geoportal.uploads.errors import BadUpload
from geoportal.uploads.files import Upload, harmless
from geoportal.uploads.proposed_fields import plain, shown
from geoportal.uploads.targets import NEW, allowed_kind, chosen_mode, is_planners, mapped
from ingest.mapping.columns import FieldMapping
from layers.planner.declarations import FIELD_TYPES, LICENCES, SHAPES
from layers.planner.tables import usable_name
from layers.schema.kind import LayerKind
from layers.text import Text

TYPES = {
    "text": Text("tekst", "text"),
    "integer": Text("liczba całkowita", "whole number"),
    "number": Text("liczba", "number"),
    "boolean": Text("tak lub nie", "yes or no"),
    "date": Text("data", "date"),
}
MODES = {
    "upsert": Text("uzupełnij i popraw", "add and correct"),
    "append": Text("tylko dopisz nowe", "only add new ones"),
    "snapshot": Text(
        "cały stan: czego brak w pliku, kończy się", "the whole state: what the file lacks comes to an end"
    ),
}
COLORS = ("#8a4f9e", "#1565c0", "#2e7d32", "#b4530b", "#b3123f", "#00838f")
CODES = 60


def reading_of(posted: Mapping[str, str]) -> dict[str, str]:
    """The reading options: layer, coordinate system, axis order."""
    posted = _storable(posted)
    crs = posted.get("crs", "").strip()
    crs = f"EPSG:{crs}" if crs.isdigit() else crs
    axes = posted.get("axes", "")
    return {
        name: value[:200]
        for name, value in (
            ("layer", posted.get("layer", "")),
            ("crs", crs),
            ("axes", axes if axes in ("swap", "asis") else ""),
        )
        if value
    }


def target_of(posted: Mapping[str, str], upload: Upload, look: Mapping[str, Any], visitor: Visitor) -> dict[str, Any]:
    """The target of the form. Raises KindForbidden, UnknownKind, BadUpload, BadOption."""
    posted = _storable(posted)
    columns = [one["name"] for one in look["columns"]]
    target: dict[str, Any] = {"mode": chosen_mode(posted.get("mode", "upsert")), "kind": posted.get("kind", "")}
    target["id"] = _one_of(posted.get("id", ""), columns)
    target["data_date"] = (
        posted.get("data_date", "") if re.fullmatch(r"\d{4}-\d\d-\d\d", posted.get("data_date", "")) else ""
    )
    target["allow_close"] = posted.get("allow_close", "") if posted.get("allow_close", "").isdigit() else ""
    if target["kind"] == NEW:
        target |= _new_layer(posted, columns)
        return target | {"map": mapped(target)}
    kind = allowed_kind(visitor, target["kind"])
    target["map"] = {name: _one_of(posted.get(f"map-{name}", ""), columns) for name in kind.field_names}
    if not is_planners(kind):
        stem = upload.name.partition(".")[0]
        target["dataset"] = harmless(posted.get("dataset", "").strip() or stem)[:80]
    return target


def _storable(posted: Mapping[str, str]) -> dict[str, str]:
    """The form without NUL, which PostgreSQL's texts cannot contain."""
    return {name: value.replace("\0", "") for name, value in posted.items()}


def _one_of(text: str, known: list[str]) -> str:
    return text if text in known else ""


def _new_layer(posted: Mapping[str, str], columns: list[str]) -> dict[str, Any]:
    title = " ".join(posted.get("title_pl", "").split())[:120]
    fields = [
        _field(posted, n, column) for n, column in enumerate(columns) if posted.get(f"use-{n}") and "\0" not in column
    ]
    if not title or not fields:
        raise BadUpload("form", "title" if not title else "fields")
    named = posted.get("named", "")
    return {
        "title_pl": title,
        "title_en": " ".join(posted.get("title_en", "").split())[:120],
        "description": posted.get("description", "").strip()[:2000],
        "licence": posted.get("licence", "") if posted.get("licence") in LICENCES else next(iter(LICENCES)),
        "shape": posted.get("shape", "") if posted.get("shape") in SHAPES else next(iter(SHAPES)),
        "color": posted.get("color", "") if posted.get("color") in COLORS else COLORS[0],
        "fields": fields,
        "name_field": next((one["name"] for one in fields if one["column"] == named and one["type"] == "text"), ""),
    }


def _field(posted: Mapping[str, str], n: int, column: str) -> dict[str, Any]:
    kind = posted.get(f"type-{n}", "text")
    return {
        "name": usable_name(plain(column)),
        "title_pl": posted.get(f"title-{n}", "").strip()[:120] or shown(column),
        "title_en": "",
        "type": kind if kind in FIELD_TYPES else "text",
        "unit": posted.get(f"unit-{n}", "").strip()[:20],
        "codes": _codes(posted.get(f"codes-{n}", "")) if kind == "text" else {},
        "column": column,
    }


def _codes(text: str) -> dict[str, str]:
    """Codes parsed from text such as “a = pierwszy; b = drugi”."""
    pairs = [one.partition("=") for one in re.split(r"[;\n]", text) if "=" in one]
    return {code.strip()[:80]: title.strip()[:120] for code, _, title in pairs[:CODES] if code.strip()}


def suggested_map(kind: LayerKind, look: Mapping[str, Any]) -> dict[str, str]:
    """The proposed column for each field of a kind."""
    columns = tuple(one["name"] for one in look["columns"])
    empty = tuple(one["name"] for one in look["columns"] if one["empty"])
    return {one.field: one.name for one in FieldMapping.choose(kind, columns, {}, empty).columns}


def form_fault(what: str) -> str:
    """The message of a form's fault."""
    if what == "title":
        return gettext("Give the new layer a title.")
    return gettext("Choose at least one column for the new layer.")
