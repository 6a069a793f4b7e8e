"""The report of a place: the report items that each kind declares, computed for the visitor's level, by theme."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from layers.access.rules import Access, Serving, visible_kinds
from layers.errors import TooSlow
from layers.places.figures import SMALL_M2, Found, Statement, statement
from layers.places.place import Place
from layers.reading.selection import select
from layers.reading.time_limits import in_time
from layers.schema.kind import LayerKind
from layers.schema.report_items import Nearest
from layers.text import Text

NAMED_WITHIN_M = 60.0
"""A place without a name is called after an address at most so far away."""

TOO_SLOW = Text(
    "Raport trwa zbyt długo; wybierz mniejsze miejsce albo spróbuj później.",
    "The report takes too long; choose a smaller place, or try again later.",
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """The statements of the kinds of one theme."""

    title: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A place and the statements about it. `at` is the moment of the data, None for now."""

    place: Place
    statements: tuple[Statement, ...]
    empty_kinds: tuple[LayerKind, ...]
    """Kinds without data."""
    at: datetime | None

    @property
    def chapters(self) -> list[Chapter]:
        """Statements by theme, in the order in which the kinds are declared."""
        themes: dict[str, list[Statement]] = {}
        for one in self.statements:
            themes.setdefault(str(one.kind.theme), []).append(one)
        return [Chapter(title, tuple(members)) for title, members in themes.items()]

    @property
    def key_facts(self) -> list[Statement]:
        """Statements whose total stands above all others."""
        return [one for one in self.statements if one.item.key is not None]

    @property
    def sources(self) -> list[tuple[LayerKind, Serving]]:
        """The kinds with a statement, each with its serving dataset."""
        return list({one.kind.slug: (one.kind, one.shown) for one in self.statements}.values())

    @property
    def near(self) -> Found | None:
        """The address after which a point or a small area without a name may be called; None where there is none."""
        if self.place.geometry.area > SMALL_M2:
            return None
        for one in self.statements:
            names_place = isinstance(one.item, Nearest) and one.item.names_place
            if names_place and one.found and (one.found[0].distance_m or 0) <= NAMED_WITHIN_M:
                return one.found[0]
        return None


def report(access: Access, place: Place, *, at: str = "") -> Report:
    """The report of a place for a visitor, as of a moment ("" for now). Raises BadMoment, TooSlow."""
    chosen = {kind: select(access, kind, at=at) for kind in visible_kinds(access) if kind.report_items}
    moments = [one.at for one in chosen.values() if one is not None]
    with in_time(settings.REPORT_STATEMENT_MS / 1000, TooSlow(str(TOO_SLOW))):
        computed = [
            statement(access, place, item, rows)
            for kind, rows in chosen.items()
            if rows is not None
            for item in kind.report_items
        ]
    empty = tuple(kind for kind, rows in chosen.items() if rows is None)
    return Report(place, tuple(one for one in computed if one), empty, moments[0] if moments else None)
