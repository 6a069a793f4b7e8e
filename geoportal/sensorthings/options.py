"""Query options (18-088, 9.3): `$filter`, `$expand` with options inside, `$select` and the others, read once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from geoportal.sensorthings.entities import BY_NAME, EntityType, Relation
from geoportal.sensorthings.errors import BadOption, UnknownSystemOption
from geoportal.sensorthings.grammar import parsed

DEFAULT_PAGE = 100
MOST_ENTITIES = 1000
"""Entities of a page; of observations more, because charts read them by the year."""
MOST_OBSERVATIONS = 10_000
MOST_EXPANDED = 12
DEEPEST_EXPANSION = 6
MOST_SORTED = 8
NAMES = ("$filter", "$expand", "$select", "$orderby", "$top", "$skip", "$count", "$skiptoken")
ROOT_NAMES = (*NAMES, "$resultFormat", "resultFormat", "lang")
ONE = ("$expand", "$select", "lang")
"""Options of a single entity."""
NOT_OFFERED = ("$search", "$apply", "$compute", "$format", "$levels", "$deltatoken", "$schemaversion", "$index")
DATA_ARRAY = "dataArray"
_TOKENS = re.compile(r"'(?:[^']|'')*'|.", re.DOTALL)
_DIRECTION = re.compile(r"\s+(asc|desc)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Sorting:
    """One expression of `$orderby`, as its tree."""

    tree: Any
    descending: bool


@dataclass(frozen=True)
class Options:
    """The options of a set or of a single entity. `pairs` are those as written, for the address of the next page."""

    filter: Any = None
    order: tuple[Sorting, ...] = ()
    select: tuple[str, ...] | None = None
    expand: Mapping[str, "Options"] = field(default_factory=dict)
    top: int | None = None
    skip: int = 0
    count: bool = False
    token: str = ""
    data_array: bool = False
    pairs: tuple[tuple[str, str], ...] = ()


def read_options(query: str, entity: EntityType, *, one: bool) -> Options:
    """The options of a query string for a set of entities, or for a single one. Raises BadOption."""
    pairs = parse_qsl(query, keep_blank_values=True)
    allowed = ONE if one else ROOT_NAMES
    return _options(pairs, entity, allowed)


def _options(pairs: Sequence[tuple[str, str]], entity: EntityType, allowed: Sequence[str], depth: int = 0) -> Options:
    given: dict[str, str] = {}
    for name, text in pairs:
        if name in NOT_OFFERED:
            raise UnknownSystemOption(f"The option {name} of OData is not offered; there are: {', '.join(allowed)}.")
        if name not in allowed:
            where = "of a single entity" if allowed == ONE else "here"
            raise BadOption(f"There is no option “{name[:40]}” {where}; there are: {', '.join(allowed)}.")
        if name in given:
            raise BadOption(f"The option {name} is given twice.")
        given[name] = text
    select = _select(given["$select"], entity) if "$select" in given else None
    return Options(
        filter=parsed(given["$filter"], "$filter") if "$filter" in given else None,
        order=_order(given["$orderby"]) if "$orderby" in given else (),
        select=select,
        expand=_expand(given["$expand"], entity, depth) if "$expand" in given else {},
        top=_number(given, "$top"),
        skip=_number(given, "$skip") or 0,
        count=_truth(given, "$count"),
        token=given.get("$skiptoken", ""),
        data_array=_data_array(given, entity),
        pairs=tuple((name, text) for name, text in pairs if name != "lang"),
    )


def _number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise BadOption(f"{name} is “{text[:40]}”; expected a whole number from 0.")
    return int(text)


def _truth(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false")
    if text not in ("true", "false"):
        raise BadOption(f"{name} is “{text[:40]}”; expected true or false.")
    return text == "true"


def _data_array(given: Mapping[str, str], entity: EntityType) -> bool:
    text = given.get("$resultFormat", given.get("resultFormat"))
    if text is None:
        return False
    if text != DATA_ARRAY:
        raise BadOption(f"resultFormat is “{text[:40]}”; expected {DATA_ARRAY}.")
    if entity.name != "Observation":
        raise BadOption(f"resultFormat={DATA_ARRAY} is a format of Observations; this is a set of {entity.plural}.")
    return True


def _select(text: str, entity: EntityType) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    known = {"id", "@iot.id", "@iot.selfLink", *entity.properties, *entity.relations}
    for name in names:
        if name not in known:
            there_are = ", ".join(["id", *entity.properties, *entity.relations])
            raise BadOption(f"$select: a {entity.name} has no property “{name[:60]}”; there are: {there_are}.")
    return names


def _order(text: str) -> tuple[Sorting, ...]:
    found = []
    for part in _split(text, ","):
        direction = _DIRECTION.search(part)
        plain = part[: direction.start()] if direction else part
        found.append(Sorting(parsed(plain, "$orderby"), bool(direction and direction[1].lower() == "desc")))
    if len(found) > MOST_SORTED:
        raise BadOption(f"$orderby has {len(found)} parts; at most {MOST_SORTED} are read.")
    return tuple(found)


def _expand(text: str, entity: EntityType, depth: int) -> dict[str, Options]:
    if depth >= DEEPEST_EXPANSION:
        raise BadOption(f"$expand is nested deeper than {DEEPEST_EXPANSION} levels.")
    found: dict[str, Options] = {}
    parts = _split(text, ",")
    if len(parts) > MOST_EXPANDED:
        raise BadOption(f"$expand has {len(parts)} parts; at most {MOST_EXPANDED} are read.")
    for part in parts:
        path, bracket, rest = part.strip().partition("(")
        if bracket and not rest.endswith(")"):
            raise BadOption(f"$expand: “{part[:60]}” has no closing bracket at its end.")
        name, options = _expanded(path.strip().split("/"), rest[:-1] if rest else "", entity, depth)
        found[name] = _merged(found[name], options) if name in found else options
    return found


def _expanded(path: Sequence[str], inside: str, entity: EntityType, depth: int) -> tuple[str, Options]:
    """The options of the first relation of a path; the options inside the brackets are those of the last one."""
    name = path[0]
    target = BY_NAME[relation_of(name, entity).target]
    if len(path) > 1:
        if depth >= DEEPEST_EXPANSION:
            raise BadOption(f"$expand is nested deeper than {DEEPEST_EXPANSION} levels.")
        below, options = _expanded(path[1:], inside, target, depth + 1)
        written = f"{'/'.join(path[1:])}({inside})" if inside else "/".join(path[1:])
        return name, Options(expand={below: options}, pairs=(("$expand", written),))
    pairs = [_pair(one) for one in _split(inside, ";")] if inside else []
    allowed = NAMES if entity.relations[name].many else ("$expand", "$select")
    return name, _options(pairs, target, allowed, depth + 1)


def relation_of(name: str, entity: EntityType) -> Relation:
    """The relation of that name. Raises BadOption."""
    found = entity.relations.get(name)
    if found is None:
        there_are = ", ".join(entity.relations)
        raise BadOption(f"$expand: a {entity.name} has no relation “{name[:60]}”; there are: {there_are}.")
    return found


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.strip().partition("=")
    return name, value


def _merged(one: Options, other: Options) -> Options:
    """Both expansions of one relation: `A/B,A/C` expands B and C below A."""
    first, second = (replace(options, expand={}, pairs=()) for options in (one, other))
    plain = Options()
    if first not in (plain, second) and second != plain:
        raise BadOption("$expand names a relation twice with other options.")
    expand = dict(one.expand)
    for name, options in other.expand.items():
        expand[name] = _merged(expand[name], options) if name in expand else options
    pairs = dict(one.pairs)
    for name, text in other.pairs:
        pairs[name] = f"{pairs[name]},{text}" if name in pairs else text
    kept = one if first != plain else other
    return replace(kept, expand=expand, pairs=tuple(pairs.items()))


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand outside brackets and quotes."""
    parts, depth = [""], 0
    for token in _tokens(text):
        depth += (token == "(") - (token == ")")
        if token == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _tokens(text: str) -> Iterator[str]:
    for found in _TOKENS.finditer(text):
        yield found[0]
