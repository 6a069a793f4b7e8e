"""Texts of the pages of spatial questions: the question, its figures, the form's choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from analysis.queries.groups import MOST_GROUPS, Group
from analysis.queries.question import DISTRICT, DISTRICTS, MEASURES, RELATIONS, Question, groupable, measurable
from geoportal.wording.conditions import condition_text, parts_of
from geoportal.wording.values import in_words, number
from layers.access.rules import Access, visible_kinds
from layers.filters.cql2 import parsed
from layers.filters.written import as_text
from layers.kinds import KINDS
from layers.reading.selection import select
from layers.schema.kind import KindField, LayerKind

BAR = 100.0
"""Width of the longest bar, in units of the drawing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A group as text. `bar` is the length of its bar, from 0 to 100; `filter` selects its features."""

    title: str
    count: str
    value: str
    note: str
    bar: float


def summary(question: Question) -> list[str]:
    """The question as text, in parts."""
    parts = [str(question.kind.title), *_conditions(question.access, question.kind, question.words.get("filter", ""))]
    if question.district is not None:
        parts.append(gettext("in the district {name}").format(name=_district_name(question)))
    if question.area is not None:
        size = number(round(question.area.area / 10_000, 2))
        parts.append(gettext("in the drawn area ({size} ha)").format(size=size))
    if question.related is not None:
        parts.append(_relation(question))
    return parts


def _relation(question: Question) -> str:
    related = question.related
    assert related is not None
    how = str(RELATIONS[related.how])
    if related.how == "near":
        how = gettext("at most {distance} m from").format(distance=number(related.distance_m))
    if related.negated:
        how = gettext("not true that: {how}").format(how=how)
    conditions = _conditions(question.access, related.kind, related.filter)
    return f"{how}: {related.kind.title}" + (f" ({'; '.join(conditions)})" if conditions else "")


def _conditions(access: Access, kind: LayerKind, filter: str) -> list[str]:
    return [condition_text(access, kind, part) for part in parts_of(parsed(filter))] if filter else []


def _district_name(question: Question) -> str:
    found = select(question.access, KINDS[DISTRICTS])
    row: Any = found.rows().filter(feature_id=str(question.district)).first() if found else None
    return str(row.name if row is not None and row.name else question.district)


def cql_text(filter: str) -> str:
    """A filter as CQL2 text."""
    return as_text(parsed(filter)) if filter else ""


def measure_title(question: Question) -> str:
    """The title of the figures, such as "mean: Storeys"."""
    title = str(MEASURES[question.measure or "count"])
    return f"{title}: {question.of.title}" if question.of else title


def group_title(question: Question) -> str:
    """The title of the groups."""
    if question.by == DISTRICT:
        return str(KINDS["districts"].singular)
    return str(question.kind.field(question.by).title) if question.by else gettext("All together")


def lines(question: Question, groups: Sequence[Group]) -> list[Line]:
    """Groups as text, with bars."""
    shown = groups[:MOST_GROUPS]
    amounts = [_amount(question, group) for group in shown]
    longest = max((abs(amount) for amount in amounts), default=0) or 1.0
    return [
        Line(
            _title(question, group),
            number(group.count),
            _value(question.of, group.value),
            _note(question, group),
            round(BAR * abs(amount) / longest, 2),
        )
        for group, amount in zip(shown, amounts, strict=True)
    ]


def _amount(question: Question, group: Group) -> float:
    return float(group.value or 0.0) if question.of else float(group.count)


def _title(question: Question, group: Group) -> str:
    if group.code is None:
        if not question.by:
            return gettext("All together")
        return gettext("outside the districts") if question.by == DISTRICT else gettext("not known")
    if question.by == DISTRICT:
        return group.name or gettext("no name")
    field = question.kind.field(question.by)
    if question.kind.model._meta.get_field(question.by).get_internal_type() == "BooleanField":
        return in_words(field, group.code == "true") or group.code
    return in_words(field, group.code) or gettext("not known")


def _value(field: KindField | None, value: float | None) -> str:
    if field is None:
        return ""
    if value is None:
        return gettext("not known")
    most = 2 if field.decimals is None else field.decimals
    text = number(round(float(value), most), decimals=most)
    return f"{text}\u00a0{field.unit}" if field.unit else text


def _note(question: Question, group: Group) -> str:
    if question.of is None or group.known == group.count:
        return ""
    return gettext("known for {known} of {count}").format(known=number(group.known), count=number(group.count))


def choices(access: Access, kind: LayerKind | None, *, nearest: bool) -> dict[str, Any]:
    """The form's choices for a layer: numbers to aggregate and fields to group by."""
    if kind is None:
        return {"numbers": [], "groups": []}
    return {
        "numbers": [(field.name, _named(field)) for field in measurable(access, kind, nearest=nearest)],
        "groups": [(field.name, str(field.title)) for field in groupable(access, kind)],
    }


def all_choices(access: Access) -> dict[str, Any]:
    """The choices for every layer, for the form's script."""
    return {kind.slug: choices(access, kind, nearest=True) for kind in visible_kinds(access)}


def _named(field: KindField) -> str:
    return f"{field.title} ({field.unit})" if field.unit else str(field.title)
