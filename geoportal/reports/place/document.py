"""A place report in words: titles, figures in local form with their units, and links to the rows behind them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext

from geoportal.reports.place.quantities import area, distance, length, percent
from geoportal.wording.datasets import attribution, title
from geoportal.wording.values import day, in_words, moment, number
from layers.access.rules import Access, Serving, fields_for, licence
from layers.city import city
from layers.crs import storage_srid, system_name
from layers.filters.cql2 import MAX_LENGTH
from layers.places.figures import Found, Statement, as_text
from layers.places.groups import Filter, Line
from layers.places.report import Report
from layers.schema.kind import LayerKind
from layers.schema.report_items import GroupedItem, Length, Nearest, Share, Sum, Within

NEARLY_M = 0.5
"""A feature at less than this distance counts as inside the place."""
MAP_ZOOM_POINT = 18
"""Zoom at which the map opens for a point."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of one line. `link` leads to the rows behind it, "" where there is none."""

    title: str
    value: str
    link: str = ""
    detail: str = ""
    muted: bool = False
    """Whether the value is only that nothing was found."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; `bar` is the length of its bar in percent of the longest, "" for none."""

    title: str
    value: str
    share: str
    bar: str
    link: str


@dataclass(frozen=True, slots=True)
class Table:
    """Figures by code."""

    title: str
    rows: tuple[Row, ...]
    total: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Features that contain the place or are partly in it."""

    title: str
    features: tuple[tuple[Fact, tuple[Fact, ...]], ...]
    more: str


@dataclass
class Section:
    """The figures of one theme."""

    title: str
    facts: list[Fact] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    nothing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where figures come from; `titles` are the layers."""

    name: str
    licence: str
    licence_url: str
    data_date: str
    synthetic: bool
    titles: str = ""


class Document:
    """A report, ready for a template. `at` is the moment as the address gives it."""

    def __init__(self, access: Access, report: Report, at: str) -> None:
        self.access, self.report, self.place, self.at = access, report, report.place, at

    @property
    def made(self) -> str:
        """When the report was made."""
        return moment(timezone.now())

    @property
    def as_of(self) -> str:
        """The moment of the data in words, "" for now."""
        return _as_of(self.report.at) if self.report.at else ""

    @cached_property
    def kicker(self) -> str:
        """The word above the title: what the place is."""
        place = self.place
        if place.kind is not None and place.row is not None:
            named = place.kind.named(place.row)
            if named == str(place.kind.singular) and self.report.near:
                return gettext("{kind} at the address").format(kind=place.kind.singular)
            return "" if named.startswith(str(place.kind.singular)) else str(place.kind.singular)
        return gettext("Place near the address") if place.is_point and self.report.near else gettext("Chosen place")

    @cached_property
    def title(self) -> str:
        """What the place is called."""
        place = self.place
        if place.kind is not None and place.row is not None:
            named = place.kind.named(place.row)
            return self.report.near.title if named == str(place.kind.singular) and self.report.near else named
        if place.is_point:
            return self.report.near.title if self.report.near else self.position
        return gettext("Area of {size}").format(size=area(place.geometry.area))

    @property
    def full_title(self) -> str:
        """The title with what the place is, as a file is called."""
        return f"{self.kicker} {self.title}".strip()

    @cached_property
    def position(self) -> str:
        """The middle of the place in degrees."""
        middle = self.place.geographic.representative_point()
        north = gettext("N") if middle.y >= 0 else gettext("S")
        east = gettext("E") if middle.x >= 0 else gettext("W")
        return f"{number(abs(middle.y), decimals=5)}° {north}, {number(abs(middle.x), decimals=5)}° {east}"

    @cached_property
    def grid_position(self) -> str:
        """The middle of the place in the city's system, easting first."""
        middle = self.place.geometry.representative_point()
        words = gettext("easting {x}, northing {y} ({system})")
        x, y = (number(round(value, 1), decimals=1) for value in (middle.x, middle.y))
        return words.format(x=x, y=y, system=system_name(storage_srid()))

    @property
    def synthetic(self) -> bool:
        """Whether anything in it is invented."""
        return any(shown.synthetic for _, shown in self.report.sources)

    @property
    def internal(self) -> bool:
        """Whether it contains more than the public may see, so that it must not be passed on."""
        return self.access.reaches("staff")

    @cached_property
    def own_facts(self) -> list[Fact]:
        """What the place is: its measures, and its own fields."""
        place = self.place
        facts = [Fact(gettext("Position"), self.position, detail=self.grid_position)]
        if place.is_area:
            facts.append(Fact(gettext("Area on the map"), area(place.geometry.area)))
            facts.append(Fact(gettext("Length of the border"), length(place.geometry.length)))
        elif not place.is_point:
            facts.append(Fact(gettext("Length"), length(place.geometry.length)))
        if place.kind is None or place.row is None:
            return facts
        named = place.kind.label or (place.kind.name_field,)
        values = [
            (one, in_words(one, getattr(place.row, one.name)))
            for one in fields_for(self.access, place.kind)
            if one.name not in named
        ]
        return [*facts, *(Fact(str(one.title), text) for one, text in values if text)]

    @cached_property
    def key_facts(self) -> list[Fact]:
        """The figures that stand above all others."""
        place = self.place
        facts = [Fact(gettext("Area"), area(place.geometry.area))] if place.is_area else []
        for one in self.report.key_facts:
            fact = self._headline(one)
            if fact is not None and not any(_repeats(fact, other) for other in facts):
                facts.append(fact)
        return facts

    def _headline(self, one: Statement) -> Fact | None:
        name = str(one.item.key)
        if one.is_empty:
            return Fact(name, str(one.item.none), muted=True) if one.item.none else None
        link = self._link(one.kind, one.filter)
        if isinstance(one.item, Nearest):
            first = one.found[0]
            far, where = _distance(first), str(first.direction or "")
            if one.item.names_place:
                return Fact(name, first.title, link, f"{far} {where}".strip())
            return Fact(name, far, link, f"{where}: {first.title}" if where else first.title)
        if isinstance(one.item, Within):
            return Fact(name, one.found[0].title, link, _more(round(one.total) - 1))
        detail = percent(one.share) if one.share is not None else ""
        return Fact(name, _amount(one, one.total, one.unit), link, detail)

    @cached_property
    def sections(self) -> list[Section]:
        """All figures, by theme."""
        return [self._section(chapter.title, chapter.statements) for chapter in self.report.chapters]

    def _section(self, name: str, statements: tuple[Statement, ...]) -> Section:
        section = Section(name)
        for one in statements:
            if one.is_empty:
                self._nothing(section, one)
            elif isinstance(one.item, Nearest):
                found = one.found[0]
                detail = ", ".join([_away(found), *(fact.value for fact in self._facts(found))])
                section.facts.append(Fact(_title(one), found.title, self._link(one.kind, one.filter), detail))
            elif isinstance(one.item, Within):
                self._within(section, one)
            elif len(one.lines) == 1 and not (isinstance(one.item, GroupedItem) and one.item.by):
                line = one.lines[0]
                text = _amount(one, line.value, line.unit or one.unit)
                section.facts.append(Fact(_title(one), text, self._link(one.kind, line.filter)))
            elif len(one.lines) == 1:
                row = self._table(one).rows[0]
                detail = row.value if one.lines[0].share in (None, 1.0) else f"{row.value}, {row.share}"
                section.facts.append(Fact(_title(one), row.title, row.link, detail))
            else:
                section.tables.append(self._table(one))
            if one.kind.estimated and str(one.kind.estimated) not in section.notes:
                section.notes.append(str(one.kind.estimated))
        return section

    def _nothing(self, section: Section, one: Statement) -> None:
        """Add that nothing was found, once for each layer."""
        if one.item.none:
            fact = Fact(str(one.kind.title), str(one.item.none))
            if fact not in section.facts:
                section.facts.append(fact)
        elif not isinstance(one.item, Nearest) and (name := str(one.kind.title)) not in section.nothing:
            section.nothing.append(name)

    def _within(self, section: Section, one: Statement) -> None:
        named = []
        for found in one.found:
            share = percent(found.share) if found.share is not None else ""
            link = self._link(one.kind, {"op": "=", "args": [{"property": "feature_id"}, str(found.feature_id)]})
            named.append((Fact(_title(one), found.title, link, share), tuple(self._facts(found))))
        if len(named) == 1 and not named[0][1]:
            section.facts.append(named[0][0])
            return
        section.listings.append(Listing(_title(one), tuple(named), _more(one.more)))

    @staticmethod
    def _facts(found: Found) -> list[Fact]:
        return [Fact(str(one.title), in_words(one, value) or "") for one, value in found.facts]

    def _table(self, one: Statement) -> Table:
        longest = max((line.value for line in one.lines), default=0) or 1
        rows = tuple(self._row(one, line, longest) for line in one.lines)
        total = "" if isinstance(one.item, Sum) or len(rows) < 2 else _amount(one, one.total, one.unit)
        if total and one.share is not None:
            total = f"{total} ({percent(one.share)})"
        overlaps = isinstance(one.item, Share) and sum(line.value for line in one.lines) > one.total * 1.001 + 1
        note = gettext("Areas overlap; the total counts each piece of ground once.") if overlaps and total else ""
        return Table(_title(one), rows, total, note)

    def _row(self, one: Statement, line: Line, longest: float) -> Row:
        share = percent(line.share) if line.share is not None else ""
        # Sums of different fields have different units; their bars would compare people with money.
        bar = f"{max(line.value / longest * 100, 0.5):.1f}%" if not isinstance(one.item, Sum) else ""
        text = _amount(one, line.value, line.unit or one.unit)
        return Row(line.title, text, share, bar, self._link(one.kind, line.filter))

    def _link(self, kind: LayerKind, filter: Filter) -> str:
        """The table of the rows behind a figure; "" where their filter is too long for an address."""
        text = as_text(filter)
        if len(text) > MAX_LENGTH:
            return ""
        words = {"filter": text} | ({"at": self.at} if self.at else {})
        return f"/catalogue/{kind.slug}/table/?{urlencode(words)}"

    @cached_property
    def origins(self) -> list[Origin]:
        """Publishers, data dates and licences of the figures; layers that share all three are in one entry."""
        shared: dict[Origin, list[str]] = {}
        for kind, shown in self.report.sources:
            shared.setdefault(_origin(kind, shown), []).append(str(kind.title))
        return [replace(origin, titles=", ".join(titles)) for origin, titles in shared.items()]

    @property
    def empty_kinds(self) -> list[str]:
        """Titles of the layers without data."""
        return [str(kind.title) for kind in self.report.empty_kinds]

    @property
    def words(self) -> str:
        """The place and the moment, as an address carries them."""
        return urlencode(self.place.words | ({"at": self.at} if self.at else {}))

    @cached_property
    def map_link(self) -> str:
        """The place on the city map."""
        place = self.place
        middle = place.geographic.representative_point()
        zoom = MAP_ZOOM_POINT if place.is_point else _zoom(place.geographic.bounds)
        at = f"&at={self.at}" if self.at else ""
        pick = ""
        if place.kind is not None and place.row is not None:
            pick = f"&layers={place.kind.slug}&pick={place.kind.slug}/{place.row.feature_id}"
        return f"/#map={zoom}/{middle.y:.5f}/{middle.x:.5f}{at}{pick}"


def _more(others: int) -> str:
    """How many are not named, "" for none."""
    return ngettext("and {n} more", "and {n} more", others).format(n=number(others)) if others else ""


def _origin(kind: LayerKind, shown: Serving) -> Origin:
    name = title(shown.slug, shown.title) if shown.synthetic else attribution(kind, shown)
    date = day(shown.data_date or shown.updated_at) if shown.data_date or shown.updated_at else ""
    own = not shown.licence or shown.licence == kind.source.licence
    address = kind.source.licence_url if own else ""
    return Origin(name, licence(kind, shown), address, date, shown.synthetic)


def _repeats(fact: Fact, other: Fact) -> bool:
    """Whether a key fact repeats another one."""
    return fact.title == other.title or (fact.muted and other.muted and fact.value == other.value)


def _title(one: Statement) -> str:
    return str(one.item.title or one.kind.title)


def _amount(one: Statement, value: float, unit: str) -> str:
    """A figure with its unit, in the size that people use for it."""
    if isinstance(one.item, Share):
        return area(value)
    if isinstance(one.item, Length):
        return length(value)
    text = number(round(value))
    return f"{text}\u00a0{unit}" if unit else text


def _away(found: Found) -> str:
    """How far and in which direction."""
    return f"{_distance(found)} {found.direction or ''}".strip()


def _distance(found: Found) -> str:
    near = found.distance_m is not None and found.distance_m < NEARLY_M
    return gettext("in this place") if near else distance(found.distance_m or 0)


def _as_of(at: datetime) -> str:
    local = at.astimezone(city().timezone)
    return day(at) if (local.hour, local.minute) == (23, 59) else moment(at)


def _zoom(bounds: Any) -> int:
    west, _, east, _ = bounds
    wide = max(east - west, 1e-4)
    for zoom in range(19, 9, -1):
        if wide * 512 * 2**zoom / 360 < 700:
            return zoom
    return 9
