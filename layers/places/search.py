"""Search for places by text: an address, a street, a district, a parcel, a stop, coordinates.

The searched fields are those of each kind's `search` that the visitor may see. Equal values come first, then
prefixes, then values that contain the words; with few results similar spellings are added.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.formats import number_format

from layers.access.rules import Access, fields_for, record_read, visible_kinds
from layers.city import city
from layers.crs import WGS84, storage_srid
from layers.feed.versions import VERSIONS
from layers.places.matching import SearchTarget, Terms, statement
from layers.places.positions import Position, position
from layers.schema.kind import LayerKind
from layers.text import Text

LIMIT = 12
LONGEST = 100
"""Most letters of a query; further ones are ignored."""
WORDS = 8
"""Most words of a query; further ones are ignored."""
ENOUGH = 4
"""With fewer results, similar spellings are added."""
LETTERS = 4
"""Least letters of a query for a search by similarity."""
ALIKE = "0.45"
"""Least share of the query's trigrams in a similar value (pg_trgm's word_similarity_threshold)."""
AROUND_DEGREES = 0.001
"""Half the size of the box around a position."""
COORDINATES = Text("Współrzędne", "Coordinates")
HOUSE_NUMBER = re.compile(r"\d+[a-z]?(?:/\d+[a-z]?)?", re.IGNORECASE)
LEFT_OUT = {"ul", "ul.", "ulica", "al", "al.", "aleja", "os", "os.", "osiedle", "pl.", "nr", "street"}
"""Ignored words: registers write them in many ways or not at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """One result. `bbox` is west, south, east, north and `center` lon, lat, in degrees; a street has no feature."""

    type: str
    type_title: str
    icon: str
    title: str
    detail: str
    layer: str | None
    feature_id: UUID | None
    bbox: tuple[float, float, float, float]
    center: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Row:
    target: SearchTarget
    feature_id: str | None
    shown: tuple[str | None, ...]
    fit: int
    likeness: float
    center: tuple[float, float]
    bbox: tuple[float, float, float, float]

    @property
    def key(self) -> tuple[Any, ...]:
        return self.target.kind.slug, self.feature_id, self.shown

    @property
    def order(self) -> tuple[Any, ...]:
        texts = [text or "" for text in self.shown[:2]]
        return self.fit, -self.likeness, self.target.how.weight, len(texts[0]), [_natural(text) for text in texts]


def search(access: Access, text: str) -> list[Place]:
    """At most LIMIT places that match a text, best first; none for less than two letters or digits."""
    text = _clean(text)
    if sum(letter.isalnum() for letter in text) < 2:
        return []
    meant = position(text)
    if meant is not None:
        return [_position_place(meant)] if meant.inside else []
    name, numbered = readings(text)
    targets = list(_targets(access))
    found = _rows(targets, name, numbered, alike=False)
    if len(found) < ENOUGH and sum(letter.isalpha() for letter in name.text) >= LETTERS:
        known = {row.key for row in found}
        found += [row for row in _rows(targets, name, numbered, alike=True) if row.key not in known]
    if not found and numbered:
        found = _rows(targets, Terms(numbered[0].words), [], alike=False)
    return _with_surroundings(targets, [_place(row) for row in found[:LIMIT]])


def is_outside_city(text: str) -> bool:
    """Whether a text is a position outside the city."""
    meant = position(_clean(text))
    return meant is not None and not meant.inside


def readings(text: str) -> tuple[Terms, list[Terms]]:
    """Interpretations of a text: all its words as a name, and words with a house number at either end.

    Example: "3 Maja 5" is the number 5 in "3 Maja", or the number 3 in "Maja 5".
    """
    words = [word for word in re.split(r"[\s,;]+", text) if word][:WORDS]
    kept = [word for word in words if word.lower() not in LEFT_OUT and not re.fullmatch(r"\d\d-\d{3}", word)]
    if len(kept) > 1 and kept[-1].lower() in (city().name.pl.lower(), city().name.en.lower()):
        kept.pop()
    if len(kept) > 2 and re.fullmatch(r"[a-z]", kept[-1], re.IGNORECASE) and kept[-2].isdigit():
        kept[-2:] = [kept[-2] + kept[-1]]
    ends = [(kept[:-1], kept[-1]), (kept[1:], kept[0])] if len(kept) > 1 else []
    numbered = [Terms(tuple(rest), number) for rest, number in ends if HOUSE_NUMBER.fullmatch(number)]
    return Terms(tuple(kept or words)), numbered


def _clean(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())[:LONGEST]


def _rows(targets: list[SearchTarget], name: Terms, numbered: list[Terms], alike: bool) -> list[_Row]:
    """Matches in all kinds, best first, each once. By similarity kinds found by numbers are left out."""
    parts = [
        (target, statement(target, terms, alike, LIMIT))
        for target in targets
        if not (alike and target.how.leading)
        for terms in (numbered if target.how.number else [name])
    ]
    if not parts:
        return []
    sql = " UNION ALL ".join(f"({part})" for _, (part, _) in parts)
    with transaction.atomic(), connection.cursor() as cursor:
        if alike:
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [ALIKE])
        cursor.execute(sql, [value for _, (_, values) in parts for value in values])
        answers = cursor.fetchall()
    at = {target.kind.slug: target for target in targets}
    rows = [_Row(at[row[0]], row[1], tuple(row[2]), row[3], row[4], row[5:7], row[7:11]) for row in answers]
    ordered = sorted(rows, key=lambda row: row.order)
    return list({row.key: row for row in reversed(ordered)}.values())[::-1]


def _targets(access: Access) -> Iterable[SearchTarget]:
    """What the visitor may search: kinds with rows, and their visible fields."""
    for kind in visible_kinds(access):
        how, shown = kind.search, VERSIONS.serving(kind)
        if how is None or shown is None:
            continue
        visible = {field.name for field in fields_for(access, kind)}
        compared = tuple(name for name in how.fields if name in visible)
        if not compared or (how.number and how.number not in visible):
            continue
        fields = [how.fields[0], *([how.number] if how.number else []), *how.detail]
        yield SearchTarget(kind, how, shown.dataset_id, compared, tuple(name for name in fields if name in visible))


def _natural(text: str) -> list[tuple[int, str]]:
    """A sort key by which "9" comes before "10"."""
    return [(int(digits or 0), letters) for digits, letters in re.findall(r"(\d{0,9})(\D*)", text)]


def _place(row: _Row) -> Place:
    kind, how = row.target.kind, row.target.how
    record_read(kind)
    known = dict(zip(row.target.shown, row.shown, strict=True))
    name = known.get(how.fields[0])
    title = " ".join(part for part in (name, known.get(how.number)) if part) or str(how.title)
    if how.leading and name:
        title = f"{how.title} {name}"
    detail = ", ".join(text for field in how.detail if (text := _display_text(kind, field, known.get(field))))
    identity = UUID(row.feature_id) if row.feature_id else None
    return Place(how.type, str(how.title), how.icon, title, detail, kind.slug, identity, row.bbox, row.center)


def _display_text(kind: LayerKind, name: str, text: str | None) -> str:
    """A value as display text; a number gets its field's title."""
    if not text or text == city().name.pl:
        return ""
    field = kind.field(name)
    if field.choices:
        return str(field.choices.get(text, text))
    if field.unit:
        number = f"{float(text):.2f}".rstrip("0").rstrip(".")
        return f"{number_format(number, use_l10n=True, force_grouping=True)}\u00a0{field.unit}"
    return f"{str(field.title).lower()} {text}" if re.fullmatch(r"[\w./]{1,8}", text) and text[-1].isdigit() else text


def _position_place(meant: Position) -> Place:
    lon, lat = meant.longitude, meant.latitude
    box = (lon - AROUND_DEGREES, lat - AROUND_DEGREES, lon + AROUND_DEGREES, lat + AROUND_DEGREES)
    words = str(COORDINATES)
    return Place("coordinates", words, "coordinates", meant.title, meant.detail, None, None, box, (lon, lat))


def _with_surroundings(targets: list[SearchTarget], places: list[Place]) -> list[Place]:
    """The places, each with the name of its district."""
    around = next((target for target in targets if target.how.encloses), None)
    if around is None or not places:
        return places
    table, name = (connection.ops.quote_name(one) for one in (around.kind.model._meta.db_table, around.how.fields[0]))
    sql = (
        f"SELECT (SELECT {name} FROM {table} WHERE recorded_to IS NULL AND dataset_id = %s "
        "AND ST_Covers(geom, ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), %s), %s)) "
        "ORDER BY ST_Area(geom) LIMIT 1) "
        "FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS point(lon, lat, i) ORDER BY i"
    )
    centers = [[place.center[axis] for place in places] for axis in (0, 1)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [around.dataset_id, WGS84, storage_srid(), *centers])
        names = [row[0] for row in cursor.fetchall()]
    return [
        replace(place, detail=", ".join(part for part in (place.detail, district) if part))
        if place.layer != around.kind.slug
        else place
        for place, district in zip(places, names, strict=True)
    ]
