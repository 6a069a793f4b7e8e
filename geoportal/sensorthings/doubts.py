"""Doubts about observations in `resultQuality`: flags, exclusions, invented values, the station's standing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from django.db import connection
from django.db.models import Func, JSONField, TextField, Value
from django.db.models.functions import Cast

from geoportal.sensorthings.values import Typed
from layers.observations.live.marks import BY_STANDING
from layers.observations.provenance import SYNTHETIC, Provenance, provenance, standing
from layers.observations.quality import Flag
from layers.observations.selection import observation_is_excluded

At = Callable[[str], Any]
"""From a column's name to its expression, seen from where an expression is evaluated."""
Column = Sequence[Any]
EXTRA = Cast("extra", TextField())
"""JSON that few observations have, read as text: a reader of JSON for each row would cost more than the rest."""
_FLAGS = ", ".join(f"CASE WHEN b & {flag.value} > 0 THEN '{str(flag.name).lower()}' END" for flag in Flag)
_QUALITY = (
    "CASE WHEN b = 0 AND NOT c AND d = '{}' THEN a -> 'resultQuality' ELSE jsonb_strip_nulls(jsonb_build_object("
    f"'flags', to_jsonb(array_remove(ARRAY[{_FLAGS}], NULL)), 'excluded', CASE WHEN c THEN true END, "
    "'given', a -> 'resultQuality') || d) END"
)


def quality_columns() -> tuple[Any, ...]:
    """What the quality is made of. Where no period is excluded, no observation is looked up among them."""
    with connection.cursor() as cursor:  # at each page: a query by the ORM would take four times as long
        cursor.execute("SELECT EXISTS (SELECT FROM layers_exclusion WHERE ended_by_id IS NULL)")
        ((some,),) = cursor.fetchall()
    return (EXTRA, "flags", observation_is_excluded() if some else Value(False), "datastream_id")


def qualities(extras: Column, flags: Column, excluded: Column, streams: Column) -> Column:
    """The quality of each observation; one query for what is known of their datastreams."""
    origins = {key: _origin(one) for key, one in provenance(set(streams)).items()}
    if not (any(extras) or any(flags) or any(excluded) or any(origins.values())):
        return [None] * len(extras)
    doubts = list(zip(flags, excluded, streams, strict=True))  # alike for most observations of a page
    marks = {one: _marks(one[0], one[1], origins.get(one[2], {})) for one in set(doubts)}
    return [_quality(extra, marks[one]) if extra else marks[one] for extra, one in zip(extras, doubts, strict=True)]


def _origin(one: Provenance) -> dict[str, Any]:
    """Whether values are invented, and the standing of a station that is no reference station."""
    found: dict[str, Any] = {"synthetic": True} if one.synthetic else {}
    return found | {"standing": one.standing} if one.standing in BY_STANDING else found


def _marks(flags: int, excluded: bool, origin: Mapping[str, Any]) -> dict[str, Any] | None:
    """The city's flags and marks, None where there are none."""
    if not flags and not excluded and not origin:
        return None
    found: dict[str, Any] = {"flags": [flag.name.lower() for flag in Flag if flags & flag and flag.name]}
    if excluded:
        found["excluded"] = True
    return {**found, **origin}


def _quality(extra: str, marks: Mapping[str, Any] | None) -> Any:
    """The quality as its sender gave it, beside the city's marks where there are any."""
    given = orjson.loads(extra).get("resultQuality")
    if marks is None:
        return given
    return marks if given is None else {**marks, "given": given}


def _excluded_at(at: At) -> Any:
    """Whether an observation is excluded, in a filter; from another entity it is not known."""
    return observation_is_excluded() if at("flags").name == "flags" else Value(False)


def _origin_at(at: At) -> Any:
    """What `_origin` gives, in a filter; from another entity it is not known."""
    return _Origin(at("datastream_id")) if at("flags").name == "flags" else Value({}, JSONField())


class _Origin(Func):
    """The marks of a datastream by its key, as JSON without those that it has not."""

    output_field = JSONField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        text, values = compiler.compile(self.source_expressions[0])
        listed, its = ", ".join(f"'{one}'" for one in BY_STANDING), standing()
        return (
            f"(SELECT jsonb_strip_nulls(jsonb_build_object('synthetic', CASE WHEN {SYNTHETIC} THEN true END, "
            f"'standing', CASE WHEN {its} IN ({listed}) THEN {its} END)) "
            "FROM layers_datastream d JOIN layers_thing t ON t.id = d.thing_id "
            f"JOIN layers_dataset s ON s.id = t.dataset_id WHERE d.id = {text})"
        ), list(values)


class Json(Func):
    """JSON by a template over expressions, as filters see what documents show."""

    output_field = JSONField()

    def __init__(self, template: str, *expressions: Any) -> None:
        super().__init__(*expressions)
        self.extra["parts"] = template

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        names, parameters = [], []
        for name, one in zip("abcd", self.source_expressions, strict=False):
            text, values = compiler.compile(one)
            names.append(f"{text} AS {name}")
            parameters += list(values)
        return f"(SELECT {self.extra['parts']} FROM (SELECT {', '.join(names)}) AS given)", parameters


def quality_at(at: At) -> Typed:
    """The quality in a filter."""
    return Typed("json", Json(_QUALITY, at("extra"), at("flags"), _excluded_at(at), _origin_at(at)))
