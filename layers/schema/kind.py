"""The declaration of a layer kind: the only input of registry, tiles, pages, downloads and access rules."""

from dataclasses import dataclass
from typing import Any, Literal

from layers.schema.feature import CityFeature
from layers.schema.report_items import ReportItem
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
    opacity: float = 1.0
    """As the map draws it."""

    @property
    def fill_opacity(self) -> str:
        """The opacity as an SVG attribute, with a decimal point in every language."""
        return f"{self.opacity:g}"


def themed(light: str, dark: str) -> dict[str, str]:
    """A colour of the base map in both themes."""
    return {"light": light, "dark": dark}


def in_theme(part: Any, theme: Literal["light", "dark"]) -> Any:
    """A style layer, or a part of one, with the colours of one theme."""
    if isinstance(part, dict):
        if part.keys() == {"light", "dark"}:
            return part[theme]
        return {name: in_theme(value, theme) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [in_theme(value, theme) for value in part]
    return part


@dataclass(frozen=True, slots=True)
class Preset:
    """A filter offered by name: a field and the value it must have."""

    title: Text
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a kind's data normally comes from and under which terms it may be used."""

    name: Text
    licence: str
    licence_url: str
    update_rhythm: Text
    rhythm_days: int | None = None
    """Days between two updates; None where data come after every change, whenever that is."""


@dataclass(frozen=True, slots=True)
class Portal:
    """DCAT-AP metadata of a kind: EU themes, high-value category, keywords."""

    themes: tuple[str, ...] = ("REGI",)
    """Codes of the EU's list of data themes."""
    high_value: Literal["", "geospatial", "environment", "mobility"] = ""
    """Its category of high-value datasets under Regulation (EU) 2023/138, "" for none."""
    keywords: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Findable:
    """How objects of a kind are found by words. Each of `fields` needs a `layers.words.word_index` in its model.

    `number` is the field of a house number: such objects are found by words and number together. `grouped` makes one
    result of all objects of a name (the segments of a street); `leading` compares from the first letter on, for
    numbers. `detail` names fields that distinguish results. Among results that fit equally well, those of the lower
    `weight` come first. Results elsewhere name the object of an `encloses` kind in which they lie.
    """

    type: str
    title: Text
    icon: str
    fields: tuple[str, ...]
    weight: int
    number: str = ""
    grouped: bool = False
    leading: bool = False
    encloses: bool = False
    detail: tuple[str, ...] = ()


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
    portal: Portal = Portal()
    basemap: tuple[dict[str, Any], ...] = ()
    """How the kind looks in the city's own base map, under all layers: style layers as in `style`, each with a `slot`
    (its place among the base map's parts). A colour is `themed(light, dark)`."""
    place_map_zoom: float = 0.0
    """From this zoom on the kind's `style` is drawn over the base map in the map of a place's report; 0 for never."""
    level: Level = "public"
    public_fields: tuple[str, ...] | Literal["all"] = ()
    """Fields that everybody sees; staff and emergency services see all fields (`layers.access.rules.fields_for`)."""
    name_field: str = ""
    label: tuple[str, ...] = ()
    """Fields that name a feature only together, like street and house number; else `name_field` does."""
    report_items: tuple[ReportItem, ...] = ()
    """What the report of a place shows of this layer, in this order."""
    history: Literal["full", "latest", "none"] = "full"
    min_zoom: int = 9
    tile_fields: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Fields in tiles: (from this zoom on, names). Below the first entry a tile has only identities."""
    merge_small: bool = False
    """At zoom 11 and 12 objects under a pixel are merged into one built-up area."""
    borders: bool = False
    """Adjacent areas: tiles contain each boundary once, as lines, in a layer `<slug>_borders`."""
    presets: tuple[Preset, ...] = ()
    """Filters offered by name; the first one is what the map draws where nothing is chosen."""
    visible: bool = True
    """Shown when the map opens."""
    estimated: Text | None = None
    """Why the layer's values are estimates, or None; shown wherever the values are."""
    study: str = ""
    """The study that computes this layer; empty for layers that are brought in."""
    by_hand: bool = True
    """Whether editors change its objects and files are uploaded into it; else only its own source or act writes."""
    search: Findable | None = None
    """How its features are searched by words; None for no search."""
    live: tuple[KindField, ...] = ()
    """Values joined when its objects are read (`layers.observations.live`): in cards, pages, tables and
    `/live/{slug}.json`, never in tiles, filters or versions."""
    series: bool = False
    """Its objects carry datastreams (`layers.observations`): their observations are exported beside the layer."""
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

    def named(self, row: Any) -> str:
        """The display name of a feature: its name, after the kind's singular where it is a number or missing."""
        parts = [getattr(row, name) for name in self.label or (self.name_field,) if name]
        name = " ".join(str(part) for part in parts if part)
        return name if name and not name[0].isdigit() else f"{self.singular} {name}".rstrip()
