"""Parses a spatial question: a layer, a filter, an area, a second layer, and figures.

Its parameters are those of an address; the API takes the same names in JSON. A layer or field that the visitor may
not see raises the same error as one that does not exist.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import FloatField, IntegerField
from shapely.geometry.base import BaseGeometry

from analysis.errors import BadQuestion
from analysis.queries.area import area_of
from layers.access.rules import Access, fields_for, may_see, visible_kinds
from layers.errors import UnknownKind
from layers.kinds import KINDS
from layers.schema.kind import KindField, LayerKind
from layers.text import Text

WORDS = (
    "layer",
    "filter",
    "area",
    "district",
    "touching",
    "relation",
    "not",
    "distance_m",
    "to",
    "to_filter",
    "measure",
    "of",
    "by",
)
"""The names of all parameters of a question, in the order of the form."""
RELATIONS = {
    "intersects": Text("ma część wspólną z", "shares a part with"),
    "within": Text("leży w całości w", "lies wholly within"),
    "near": Text("leży nie dalej niż podana odległość od", "lies within a distance of"),
    "nearest": Text("ma najbliżej (odległość i cechy)", "has nearest to it (distance and fields)"),
}
MEASURES = {
    "count": Text("liczba obiektów", "number of objects"),
    "sum": Text("suma", "sum"),
    "mean": Text("średnia", "mean"),
    "min": Text("najmniejsza wartość", "smallest value"),
    "max": Text("największa wartość", "largest value"),
}
DISTRICT = "district"
DISTRICTS = "districts"
AREA = KindField("map_area_m2", Text("Powierzchnia na mapie", "Area on the map"), unit="m²", decimals=1)
LENGTH = KindField("map_length_m", Text("Długość na mapie", "Length on the map"), unit="m", decimals=1)
DISTANCE = KindField(
    "nearest_distance_m", Text("Odległość do najbliższego", "Distance to the nearest"), unit="m", decimals=1
)
FARTHEST_M = 10_000.0


@dataclass(frozen=True, slots=True)
class Related:
    """The second layer and the spatial relation of the first to it. `negated`: the relation must not be true."""

    how: str
    kind: LayerKind
    filter: str = ""
    distance_m: float = 0.0
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed question. `area` is in the storage system; `measure` "" asks for the features themselves.

    A feature is in an area when its point on surface is; with `touching`, when it shares any point with the area.
    """

    access: Access
    kind: LayerKind
    words: Mapping[str, str]
    area: BaseGeometry | None = None
    district: UUID | None = None
    related: Related | None = None
    measure: str = ""
    of: KindField | None = None
    by: str = ""

    @property
    def touching(self) -> bool:
        """Whether features that only share a point with the area are selected too."""
        return bool(self.words.get("touching"))

    @property
    def finds_nearest(self) -> bool:
        """Whether the nearest feature of the second layer is found for each feature."""
        return self.related is not None and self.related.how == "nearest"


def question_of(access: Access, given: Mapping[str, Any]) -> Question:
    """The question with these parameters. Raises BadQuestion, UnknownKind. The selection parses its filters later."""
    words = {name: _text(given.get(name)) for name in WORDS if given.get(name) not in (None, "", False)}
    unknown = sorted(str(name)[:40] for name in given if name not in WORDS)
    if unknown:
        raise BadQuestion(f"A question has no “{unknown[0]}”; there are: {', '.join(WORDS)}.")
    kind = _kind(access, words.get("layer", ""))
    related = _related(access, words)
    district = _district(access, words)
    if district is not None and "area" in words:
        raise BadQuestion(
            str(Text("Wybierz dzielnicę albo obszar, nie oba.", "Choose a district or an area, not both."))
        )
    area = area_of(words["area"]) if "area" in words else None
    measure, of, by = _summed(access, kind, related, words)
    return Question(access, kind, words, area, district, related, measure, of, by)


def _text(value: Any) -> str:
    if value is True:
        return "1"
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _kind(access: Access, slug: str) -> LayerKind:
    kind = KINDS.get(slug)
    if kind is None or not may_see(access, kind):
        there_are = ", ".join(one.slug for one in visible_kinds(access))
        raise UnknownKind(f"There is no layer “{slug[:60]}”; there are: {there_are}.")
    return kind


def _related(access: Access, words: Mapping[str, str]) -> Related | None:
    how = words.get("relation", "")
    if not how:
        return None
    if how not in RELATIONS:
        raise BadQuestion(f"There is no relation “{how[:40]}”; there are: {', '.join(RELATIONS)}.")
    if how == "nearest" and "not" in words:
        raise BadQuestion(str(Text("„Najbliższego” nie da się zaprzeczyć.", "“Nearest” cannot be negated.")))
    if "to" not in words:
        raise BadQuestion(str(Text("Wybierz drugą warstwę.", "Choose the second layer.")))
    distance = _distance(words.get("distance_m", "")) if how == "near" else 0.0
    return Related(how, _kind(access, words.get("to", "")), words.get("to_filter", ""), distance, "not" in words)


def _distance(text: str) -> float:
    try:
        distance = float(text.replace(",", "."))
    except ValueError:
        distance = 0.0
    if not 0 < distance <= FARTHEST_M:
        message = Text(
            "Odległość musi być liczbą metrów większą od 0, a nie większą niż {:.0f}.",
            "The distance must be a number of metres above 0 and at most {:.0f}.",
        )
        raise BadQuestion(str(message).format(FARTHEST_M))
    return distance


def _district(access: Access, words: Mapping[str, str]) -> UUID | None:
    text = words.get("district", "")
    if not text:
        return None
    if not _has_districts(access):
        raise BadQuestion(f"There is no district “{text[:60]}”.")
    try:
        return UUID(text)
    except ValueError:
        raise BadQuestion(f"There is no district “{text[:60]}”.") from None


def _has_districts(access: Access) -> bool:
    return DISTRICTS in KINDS and may_see(access, KINDS[DISTRICTS])


def _summed(
    access: Access, kind: LayerKind, related: Related | None, words: Mapping[str, str]
) -> tuple[str, KindField | None, str]:
    by = words.get("by", "")
    measure = words.get("measure", "") or ("count" if by else "")
    if measure and measure not in MEASURES:
        raise BadQuestion(f"There is no measure “{measure[:40]}”; there are: {', '.join(MEASURES)}.")
    groups = [*(field.name for field in groupable(access, kind)), *([DISTRICT] if _has_districts(access) else [])]
    if by and by not in groups:
        raise BadQuestion(f"{kind.slug} cannot be grouped by “{by[:60]}”; there are: {', '.join(groups)}.")
    if measure in ("", "count"):
        return measure, None, by
    numbers = {
        field.name: field for field in measurable(access, kind, nearest=bool(related and related.how == "nearest"))
    }
    name = words.get("of", "")
    if not name:
        raise BadQuestion(str(Text("Wybierz liczbę, którą podsumować.", "Choose the number that is summed up.")))
    if name not in numbers:
        raise BadQuestion(f"{kind.slug} has no number “{name[:60]}”; there are: {', '.join(numbers)}.")
    return measure, numbers[name], by


def measurable(access: Access, kind: LayerKind, *, nearest: bool) -> tuple[KindField, ...]:
    """The numbers of a layer that the visitor may see: numeric fields, and area, length or distance."""
    fields = tuple(
        field
        for field in fields_for(access, kind)
        if not field.choices and isinstance(kind.model._meta.get_field(field.name), FloatField | IntegerField)
    )
    sizes = {"MULTIPOLYGON": (AREA,), "LINESTRING": (LENGTH,), "MULTILINESTRING": (LENGTH,)}.get(kind.shape, ())
    return fields + sizes + ((DISTANCE,) if nearest else ())


def groupable(access: Access, kind: LayerKind) -> tuple[KindField, ...]:
    """The fields that a layer's features can be grouped by: codes, texts, booleans."""
    return tuple(
        field
        for field in fields_for(access, kind)
        if field.choices
        or kind.model._meta.get_field(field.name).get_internal_type() in ("CharField", "TextField", "BooleanField")
    )
