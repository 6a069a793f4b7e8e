"""Declarations of planners' layers, made in the portal without a developer, and the kinds built from them.

A planner's layer is a `LayerKind` like any other: it has a table of its own with the columns of every layer and the
declared fields, so tiles, filters, tables, exports and database views have it too. The declaration is a row of
`PlannerLayer`; each process checks once a second whether one was added, changed or removed. Tables are made and
removed by `layers.planner.tables`.

2026-11-25: The models of these tables are in an app registry of their own, so `makemigrations` ignores
them, and Django does not check them when a run or dataset is deleted: the database's foreign keys do.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args
from uuid import uuid4

from django.apps.registry import Apps
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import DatabaseError, models, transaction
from django.db.models import F
from django.utils.timezone import now

from layers.access.publication import LEVELS
from layers.crs import CityGeometryField
from layers.kinds import KINDS
from layers.runs.models import Dataset, Run
from layers.schema.constraints import one_of
from layers.schema.feature import CURRENT, CityFeature
from layers.schema.kind import Findable, KindField, LayerKind, Legend, Level, Shape, Source
from layers.text import Text
from layers.words import Folded

FieldType = Literal["text", "integer", "number", "boolean", "date"]
FIELD_TYPES: tuple[FieldType, ...] = get_args(FieldType)
PREFIX = "planner_"
ORDER = 1000
"""Planners' layers come after those of the code, in the order in which they were made."""
THEME = Text("Warstwy planistów", "Planners' layers")
LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
SHAPES: dict[str, tuple[Text, Literal["circle", "line", "fill"], str]] = {
    "POINT": (Text("punkty", "points"), "circle", "point"),
    "MULTILINESTRING": (Text("linie", "lines"), "line", "line"),
    "MULTIPOLYGON": (Text("obszary", "areas"), "fill", "polygon"),
}
"""Geometries that a planner's layer may have: their name, the symbol in the legend, the icon of search results."""
FILL_OPACITY = 0.5
SHOWN_IN_TILES = 8


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """A field as its planner declared it. `codes` gives each code its meaning; `column` is its name in the file."""

    name: str
    title_pl: str
    title_en: str = ""
    type: FieldType = "text"
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    column: str = ""

    def kind_field(self) -> KindField:
        """The field as a KindField."""
        choices = {code: Text(title, title) for code, title in self.codes.items()} or None
        title = Text(self.title_pl, self.title_en or self.title_pl)
        return KindField(
            self.name, title, unit=self.unit, choices=choices, synonyms=(self.column,) * bool(self.column)
        )

    def column_type(self) -> models.Field:
        """The column of the layer's table."""
        columns: dict[str, type[models.Field]] = {
            "text": models.TextField,
            "integer": models.IntegerField,
            "number": models.FloatField,
            "boolean": models.BooleanField,
            "date": models.DateField,
        }
        return columns[self.type](null=True)


class PlannerLayer(models.Model):
    """The declaration of one planner's layer. `revision` changes with each change."""

    slug = models.CharField(max_length=40, unique=True)
    title_pl = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    licence = models.CharField(max_length=40, choices=[(one, one) for one in LICENCES], default="CC-BY-4.0")
    shape = models.CharField(max_length=20, choices=[(one, one) for one in SHAPES])
    color = models.CharField(max_length=7, default="#8a4f9e")
    fields = models.JSONField(default=list)
    name_field = models.CharField(max_length=60, blank=True)
    level = models.CharField(max_length=10, choices=[(one, one) for one in LEVELS], default="staff")
    account = models.CharField(max_length=150, blank=True)
    """The account of the planner who made it."""
    created_at = models.DateTimeField(default=now)
    revision = models.UUIDField(default=uuid4)

    def __str__(self) -> str:
        return self.title_pl

    @property
    def title(self) -> Text:
        """Its name in both languages."""
        return Text(self.title_pl, self.title_en or self.title_pl)

    @property
    def declared(self) -> tuple[DeclaredField, ...]:
        """The declared fields."""
        return tuple(DeclaredField(**one) for one in self.fields)

    def declare(self, fields: tuple[DeclaredField, ...]) -> None:
        """Set the declared fields, before the layer's table is made."""
        self.fields = [asdict(one) for one in fields]


def kind_of_layer(layer: PlannerLayer) -> LayerKind:
    """The kind of a declaration. The layer must be saved: its primary key names the table's indexes."""
    fields = layer.declared
    named = next((one.name for one in fields if one.name == layer.name_field and one.type == "text"), "")
    _, symbol, icon = SHAPES[layer.shape]
    findable = Findable("planner", layer.title, icon, (named,), weight=9) if named else None
    return LayerKind(
        slug=layer.slug,
        order=ORDER + layer.pk,
        model=_model(layer, named),
        title=layer.title,
        singular=layer.title,
        description=Text(layer.description or layer.title_pl, layer.description or str(layer.title.en)),
        theme=THEME,
        shape=_shape(layer.shape),
        fields=tuple(one.kind_field() for one in fields),
        source=Source(
            Text("Planiści urzędu miasta", "The city's planners"),
            layer.licence,
            LICENCES[layer.licence],
            Text("w miarę potrzeb", "as needed"),
        ),
        style=_style(layer.shape, layer.color),
        legend=(Legend(layer.title, layer.color, symbol, FILL_OPACITY if symbol == "fill" else 1.0),),
        level=_level(layer.level),
        public_fields="all" if layer.level == "public" else (),
        name_field=named,
        tile_fields=((0, tuple(one.name for one in fields[:SHOWN_IN_TILES])),),
        visible=False,
        search=findable,
        explode=layer.shape == "POINT",
    )


def _shape(text: str) -> Shape:
    return next(one for one in get_args(Shape) if one == text)


def _level(text: str) -> Level:
    return next(one for one in get_args(Level) if one == text)


def _model(layer: PlannerLayer, named: str) -> type[CityFeature]:
    """A model class for the layer's table, in its own app registry with the models that it references."""
    registry = Apps()
    for known in (Dataset, Run):
        registry.register_model("layers", known)
    name = f"Planned{layer.pk}"
    base: Any = CityFeature.Meta
    words = [
        GinIndex(OpClass(Folded(F(named)), name="gin_trgm_ops"), name=f"{name.lower()}_words", condition=CURRENT)
    ]
    coded = [one_of(name.lower(), one.name, one.codes) for one in layer.declared if one.codes]
    meta = type(
        "Meta",
        (base,),
        {
            "abstract": False,
            "app_label": "layers",
            "apps": registry,
            "db_table": f"layers_{layer.slug}",
            "indexes": [*base.indexes, *(words if named else [])],
            "constraints": [*base.constraints, *coded],
        },
    )
    body: dict[str, Any] = {one.name: one.column_type() for one in layer.declared}
    body |= {"geom": CityGeometryField(shape=layer.shape), "Meta": meta, "__module__": __name__}
    return type(name, (CityFeature,), body)


def _style(shape: str, color: str) -> tuple[dict[str, Any], ...]:
    """The layer's style, in the colour that its planner chose."""
    if shape == "POINT":
        paint = {
            "circle-color": color,
            "circle-radius": 5,
            "circle-stroke-color": "#ffffff",
            "circle-stroke-width": 1.2,
        }
        return ({"type": "circle", "paint": paint},)
    line = {"type": "line", "paint": {"line-color": color, "line-width": 2}}
    if shape == "MULTILINESTRING":
        return (line,)
    return ({"type": "fill", "paint": {"fill-color": color, "fill-opacity": FILL_OPACITY}}, line)


class Register:
    """The planners' layers of this process, refreshed from the database once a second. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: dict[str, tuple[Any, LayerKind]] = {}
        self._checked = float("-inf")

    def refresh(self, force: bool = False) -> None:
        """Load changed declarations when the last check is older than PLANNER_LAYERS_SECONDS, or with `force`.

        Where the database cannot be reached, the loaded layers stay.
        """
        if not force and not self._due():
            return
        with self._lock:
            if not force and not self._due():
                return  # another thread refreshed while this one waited
            self._checked = time.monotonic()
            try:
                with transaction.atomic():
                    revisions = dict(PlannerLayer.objects.order_by("pk").values_list("slug", "revision"))
                    stale = [slug for slug, one in revisions.items() if self._revision(slug) != one]
                    found = list(PlannerLayer.objects.filter(slug__in=stale)) if stale else []
            except DatabaseError:
                return
            fresh = {layer.slug: (layer.revision, kind_of_layer(layer)) for layer in found}
            known = {
                slug: fresh.get(slug) or self._known[slug]
                for slug in revisions
                if slug in fresh or slug in self._known
            }
            if fresh or known.keys() != self._known.keys():
                self._known = known
                KINDS.replace_made({slug: kind for slug, (_, kind) in known.items()})

    def _due(self) -> bool:
        return time.monotonic() - self._checked >= settings.PLANNER_LAYERS_SECONDS

    def _revision(self, slug: str) -> Any:
        return self._known[slug][0] if slug in self._known else None

    def forget(self) -> None:
        """Drop all planners' layers and do not refresh until forced; for tests."""
        with self._lock:
            self._known, self._checked = {}, float("inf")
            KINDS.replace_made({})


REGISTER = Register()
