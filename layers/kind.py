"""What a layer kind declares about itself. Registry, tiles, pages, downloads and access read nothing else."""

from dataclasses import dataclass
from typing import Any, Literal

from layers.feature import CityFeature
from layers.text import Text

Level = Literal["public", "staff", "services"]
Shape = Literal["POINT", "LINESTRING", "MULTILINESTRING", "MULTIPOLYGON"]


@dataclass(frozen=True, slots=True)
class KindField:
    """A field of a kind: its name in both languages, unit, stored precision and, for codes, their meanings.

    `decimals` is the precision in which two values count as equal. `synonyms` are column names of files
    (compared without case, diacritics and punctuation) that mean this field.
    """

    name: str
    title: Text
    unit: str = ""
    decimals: int | None = None
    choices: dict[str, Text] | None = None
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Legend:
    """One line of the legend: what a colour and symbol mean."""

    title: Text
    color: str
    symbol: Literal["fill", "line", "circle"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a kind's data normally comes from and under which terms it may be used."""

    name: Text
    licence: str
    licence_url: str
    update_rhythm: Text


@dataclass(frozen=True, eq=False)
class LayerKind:
    """A layer of the city. One object of this class, named KIND, in each module of `layers/kinds`."""

    slug: str
    order: int
    model: type[CityFeature]
    title: Text
    singular: Text
    description: Text
    theme: Text
    shape: Shape
    fields: tuple[KindField, ...]
    source: Source
    style: tuple[dict[str, Any], ...]
    """MapLibre style layers without `id`, `source` and `source-layer`, drawn in this order."""
    legend: tuple[Legend, ...]
    level: Level = "public"
    public_fields: tuple[str, ...] | Literal["all"] = ()
    name_field: str = ""
    history: Literal["full", "latest", "none"] = "full"
    min_zoom: int = 9
    tile_fields: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Fields in tiles: (from this zoom on, names). Below the first entry a tile carries only the identity."""
    merge_small: bool = False
    """At zoom 11 and 12 objects under a pixel are merged into one built-up area."""
    visible: bool = True
    """Shown when the map opens."""
    explode: bool = False
    """A multi-part geometry becomes one record a part; otherwise it is refused for single-part shapes."""

    def field(self, name: str) -> KindField:
        """The field of that name. Raises KeyError."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of all fields, in order."""
        return tuple(one.name for one in self.fields)
