"""Targets of an upload: a layer of the city, an existing planner's layer, or a new one."""

from collections.abc import Mapping
from typing import Any

from geoportal.accounts.visitors import Visitor
from geoportal.uploads.errors import KindForbidden
from geoportal.uploads.files import Upload
from geoportal.uploads.proposed_fields import plain
from ingest.errors import BadOption
from ingest.pipeline import Order
from layers.access.rules import may_see
from layers.errors import UnknownKind
from layers.kinds import KINDS
from layers.planner.declarations import PREFIX, DeclaredField, PlannerLayer
from layers.planner.tables import renamed, unused_slug
from layers.schema.kind import LayerKind

NEW = "new"
"""The target's value for a layer still to be made."""


def city_kinds(visitor: Visitor) -> list[LayerKind]:
    """Layers of the city that the visitor may fill: with the right to edit, all visible ones filled by hand."""
    if not visitor.can("edit"):
        return []
    return [kind for kind in KINDS.values() if _visible(visitor, kind) and _filled_by_hand(kind)]


def _filled_by_hand(kind: LayerKind) -> bool:
    return kind.by_hand and not kind.study and not is_planners(kind)


def _visible(visitor: Visitor, kind: LayerKind) -> bool:
    return may_see(visitor.access, kind)


def is_planners(kind: LayerKind) -> bool:
    """Whether planners made the layer."""
    return kind.slug.startswith(PREFIX)


def planners_kinds(visitor: Visitor) -> list[LayerKind]:
    """Planners' layers that the visitor may fill: their own; editors, all visible ones."""
    layers = PlannerLayer.objects.all() if visitor.can("edit") else PlannerLayer.objects.filter(account=visitor.name)
    slugs = layers.order_by("pk").values_list("slug", flat=True)
    return [KINDS[slug] for slug in slugs if slug in KINDS and _visible(visitor, KINDS[slug])]


def allowed_kind(visitor: Visitor, slug: str) -> LayerKind:
    """The kind with that slug, which the visitor may fill. Raises UnknownKind, KindForbidden."""
    allowed = {kind.slug: kind for kind in (*city_kinds(visitor), *planners_kinds(visitor))}
    if slug in allowed:
        return allowed[slug]
    if slug in KINDS and _visible(visitor, KINDS[slug]):
        raise KindForbidden(f"The account may not bring objects into {slug}.")
    raise UnknownKind(f"There is no layer “{slug[:60]}”.")


def declared(target: Mapping[str, Any], account: str) -> PlannerLayer:
    """The new layer described by a target, not saved yet."""
    layer = PlannerLayer(
        slug=unused_slug(plain(target["title_pl"])),
        title_pl=target["title_pl"],
        title_en=target.get("title_en", ""),
        description=target.get("description", ""),
        licence=target["licence"],
        shape=target["shape"],
        color=target["color"],
        name_field=target.get("name_field", ""),
        account=account,
    )
    layer.declare(renamed(DeclaredField(**one) for one in target["fields"]))
    return layer


def order_of(upload: Upload, kind: str, account: str, **more: Any) -> Order:
    """The pipeline's order for loading the upload into that kind."""
    target = upload.target
    options = {name: value for name, value in upload.reading.items() if value}
    options |= {"kind": kind, "mode": target.get("mode", "upsert")}
    options["dataset"] = target["dataset"] if target.get("dataset") else kind
    for name in ("id", "data_date", "allow_close"):
        if target.get(name):
            options[name] = target[name]
    options |= {f"map.{field}": column for field, column in target["map"].items()}
    return Order("file", upload.path, options, account=account, **more)


def mapped(target: Mapping[str, Any]) -> dict[str, str]:
    """The columns of a new layer's fields in the file, by field name, where `target` declares that layer."""
    names = renamed(DeclaredField(**one) for one in target["fields"])
    return {field.name: field.column for field in names}


def chosen_mode(text: str) -> str:
    """The write mode of that name. Raises BadOption."""
    if text not in ("upsert", "append", "snapshot"):
        raise BadOption(f"mode={text} is not known.")
    return text
