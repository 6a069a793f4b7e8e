"""Edit conflicts: original, stored and sent values of a feature that two editors changed, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from shapely.geometry.base import BaseGeometry

from geoportal.web.editing.form import GEOMETRY, shown
from layers.access.rules import Access, fields_for
from layers.schema.feature import CityFeature
from layers.schema.kind import LayerKind
from layers.store.edits import same

TAKE = "take."
"""Prefix of the choices' input names; their values are "mine" and "theirs"."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that differs. `take` is "mine" where this editor changed it, else "theirs"."""

    name: str
    title: str
    before: str
    theirs: str
    mine: str
    take: str
    both: bool
    """Whether both changed it, to different values."""

    @property
    def choice(self) -> str:
        """The input name of the choice."""
        return TAKE + self.name


def clashes(
    access: Access,
    kind: LayerKind,
    versions: tuple[CityFeature | None, CityFeature],
    values: Mapping[str, Any],
    shape: BaseGeometry | None,
) -> list[Clash]:
    """The fields whose sent values differ from the stored ones. `versions`: the version read, and the current one."""
    base, now = versions
    found = []
    for field in fields_for(access, kind):
        if field.name not in values or same(kind, now, field.name, values[field.name]):
            continue
        stored = getattr(now, field.name)
        was = getattr(base, field.name) if base is not None else stored
        wanted = values[field.name]
        mine = base is None or not same(kind, base, field.name, wanted)
        words = (shown(field, was), shown(field, stored), shown(field, wanted))
        take = "mine" if mine else "theirs"
        found.append(Clash(field.name, str(field.title), *words, take, mine and was != stored))
    if shape is not None and not same(kind, now, GEOMETRY, shape):
        found.append(_shapes(kind, base, now, shape))
    return found


def _shapes(kind: LayerKind, base: CityFeature | None, now: CityFeature, shape: BaseGeometry) -> Clash:
    mine = base is None or not same(kind, base, GEOMETRY, shape)
    theirs = base is not None and not same(kind, now, GEOMETRY, base.geom)  # type: ignore[attr-defined]
    changed, kept = gettext("changed"), gettext("as before")
    title = gettext("Shape or position on the map")
    words = ("", changed if theirs else kept, changed if mine else kept)
    return Clash(GEOMETRY, title, *words, "mine" if mine else "theirs", mine and theirs)


def chosen(sent: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without those where the other editor's were chosen."""
    return {name: value for name, value in values.items() if sent.get(TAKE + name) != "theirs"}
