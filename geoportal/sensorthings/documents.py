"""Entities as JSON (18-088, 8 and 9.3): properties, links, expanded relations, pages, data arrays."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL

from geoportal.sensorthings.entities import BY_NAME, EntityType, Relation, as_is, written_time
from geoportal.sensorthings.errors import BadOption, UnknownPath
from geoportal.sensorthings.fetching import rows_by_parent, rows_of
from geoportal.sensorthings.options import DEFAULT_PAGE, MOST_ENTITIES, MOST_OBSERVATIONS, Options, relation_of
from geoportal.sensorthings.pages import Sorted, filtered, order_of, page_of, write_token
from geoportal.sensorthings.paths import Resource, only
from layers.access.rules import Access

MOST_ROWS = 20_000
"""Entities in a response with all its expansions; sets inside one that would exceed it come in shorter pages."""
IN_ADDRESS = "$,()/';:@*"
"""Signs that need no escape in the options of a link."""
ALWAYS_IN_ARRAYS = ("id", "phenomenonTime", "resultTime", "result")
IDS = ("id", "@iot.id")
Document = dict[str, Any]


def as_json(document: Any) -> bytes:
    """A document as JSON, moments in UTC with Z. Whole numbers beyond 64 bits are written digit by digit."""
    try:
        return orjson.dumps(document, option=orjson.OPT_UTC_Z)
    except TypeError:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=written_time).encode()


class Reader:
    """Reads documents for one request. `base` is the address of the service's root without a slash at its end."""

    def __init__(self, access: Access, base: str) -> None:
        self.access, self.base = access, base

    def link(self, entity: EntityType, key: int) -> str:
        """The selfLink of an entity."""
        return f"{self.base}/{entity.plural}({key})"

    def one(self, resource: Resource, options: Options) -> Document:
        """The document of a single entity."""
        plan = _Plan(resource.entity, options)
        rows = rows_of(resource.rows.values_list(*plan.columns)[:1])
        for document in self._documents(resource.entity, plan, rows, options):
            return document
        raise UnknownPath(f"{resource.path} was ended in this moment.")

    def one_if_seen(self, entity: EntityType, key: int) -> Document | None:
        """The document of an entity by its key, None where the visitor does not see it."""
        plan = _Plan(entity, Options())
        rows = rows_of(only(entity, entity.visible(self.access), key).values_list(*plan.columns)[:1])
        return next(iter(self._documents(entity, plan, rows, Options())), None)

    def all_of(self, entity: EntityType, rows: QuerySet[Any]) -> list[tuple[int, Document]]:
        """The documents of all these rows, each with its key; of observations with the key of their datastream."""
        options = Options(data_array=entity.name == "Observation")
        plan = _Plan(entity, options)
        at = plan.relation_at.get("Datastream", 0)
        found = rows_of(rows.values_list(*plan.columns))
        documents = self._documents(entity, plan, found, options)
        return [(row[at], document) for row, document in zip(found, documents, strict=True)]

    def set(self, resource: Resource, options: Options) -> Document:
        """The document of a page of a set."""
        entity = resource.entity
        rows = filtered(resource.rows, entity, options, self.access)
        of_one = resource.parent is not None and resource.parent[0].name == "Datastream"
        sorting = order_of(entity, options, self.access, of_one_series=of_one)
        limit = _limit(entity, options)
        plan = _Plan(entity, options, sorting)
        found = rows_of(page_of(rows, sorting, options, limit).values_list(*plan.columns)) if limit else []
        document: Document = {"@iot.count": _count(rows)} if options.count else {}
        if len(found) > limit:
            found = found[:limit]
            document["@iot.nextLink"] = self._next(resource.path, options, plan, found[-1])
        if options.data_array:
            return document | {"value": self._arrays(plan, found)}
        return document | {"value": self._documents(entity, plan, found, options)}

    def references(self, resource: Resource, options: Options) -> Document:
        """The selfLinks of a page of a set, or of a single entity (`$ref`)."""
        if resource.one:
            assert resource.key is not None
            return {"@iot.selfLink": self.link(resource.entity, resource.key)}
        if options.select or options.expand or options.data_array:
            raise BadOption("$ref gives links only; $select, $expand and resultFormat do not fit.")
        return self.set(resource, Options(**{**vars(options), "select": ("@iot.selfLink",)}))

    def _next(self, path: str, options: Options, plan: "_Plan", last: Sequence[Any]) -> str:
        kept = [(name, text) for name, text in options.pairs if name not in ("$skip", "$skiptoken")]
        token = write_token([last[at] for at in plan.sorted_at])
        most = _most(plan.entity)
        if options.top is not None and options.top > most:
            kept = [(name, str(options.top - most) if name == "$top" else text) for name, text in kept]
        query = urlencode([*kept, ("$skiptoken", token)], safe=IN_ADDRESS, quote_via=quote)
        return f"{self.base}/{path}?{query}"

    def _documents(
        self, entity: EntityType, plan: "_Plan", rows: Sequence[Sequence[Any]], options: Options
    ) -> list[Document]:
        prefix = f"{self.base}/{entity.plural}("
        documents = plan.documents(rows, prefix)
        for name, inside in options.expand.items():
            relation = relation_of(name, entity)
            if relation.many:
                self._expand_sets(entity, name, relation, plan, rows, documents, inside)
            else:
                self._expand_ones(name, relation, plan, rows, documents, inside)
        return documents

    def _expand_ones(
        self,
        name: str,
        relation: Relation,
        plan: "_Plan",
        rows: Sequence[Sequence[Any]],
        documents: Sequence[Document],
        options: Options,
    ) -> None:
        target, at = BY_NAME[relation.target], plan.relation_at[name]
        inner = _Plan(target, options)
        keys = {row[at] for row in rows} - {None}
        found = rows_of(target.visible(self.access).filter(pk__in=keys).values_list(*inner.columns))
        made = dict(zip((row[0] for row in found), self._documents(target, inner, found, options), strict=True))
        for row, document in zip(rows, documents, strict=True):
            document[name] = made.get(row[at])
            document.pop(f"{name}@iot.navigationLink", None)

    def _expand_sets(
        self,
        entity: EntityType,
        name: str,
        relation: Relation,
        plan: "_Plan",
        rows: Sequence[Sequence[Any]],
        documents: Sequence[Document],
        options: Options,
    ) -> None:
        target = BY_NAME[relation.target]
        keys = [row[0] for row in rows]
        assert relation.back is not None
        inside = relation.seen(target, self.access).filter(relation.back(RawSQL("parent.key", [])))
        inside = filtered(inside, target, options, self.access)
        sorting = order_of(target, options, self.access, of_one_series=entity.name == "Datastream")
        limit = min(_limit(target, options), max(1, MOST_ROWS // max(1, len(keys))))
        inner = _Plan(target, options, sorting)
        page = page_of(inside, sorting, options, limit).values_list(*inner.columns)
        found = rows_by_parent(page, keys) if limit else {}
        counts = rows_by_parent(inside.order_by().values_list(_COUNT), keys) if options.count else {}
        kept = {key: found.get(key, [])[:limit] for key in keys}
        made = iter(self._documents(target, inner, [row for key in keys for row in kept[key]], options))
        for key, document in zip(keys, documents, strict=True):
            document.pop(f"{name}@iot.navigationLink", None)
            if options.count:
                document[f"{name}@iot.count"] = counts[key][0][0]
            document[name] = [next(made) for _ in kept[key]]
            if len(found.get(key, [])) > limit:
                path = f"{entity.plural}({key})/{name}"
                document[f"{name}@iot.nextLink"] = self._next(path, options, inner, kept[key][-1])

    def _arrays(self, plan: "_Plan", rows: Sequence[Sequence[Any]]) -> list[Document]:
        """Observations by datastream as arrays (18-088, 12)."""
        at = plan.relation_at["Datastream"]
        documents = list(zip((row[at] for row in rows), plan.documents(rows, ""), strict=True))
        names = ["id" if name in IDS else name for name, *_ in plan.properties]
        used = [name for name in names if plan.selected or name in ALWAYS_IN_ARRAYS or _used(documents, name)]
        streams: dict[int, list[list[Any]]] = {}
        for key, one in documents:
            streams.setdefault(key, []).append([one["@iot.id"] if name == "id" else one.get(name) for name in used])
        return [
            {
                "Datastream@iot.navigationLink": f"{self.base}/Datastreams({key})",
                "components": used,
                "dataArray@iot.count": len(values),
                "dataArray": values,
            }
            for key, values in streams.items()
        ]


def _used(documents: Iterable[tuple[int, Document]], name: str) -> bool:
    return any(one.get(name) is not None for _, one in documents)


class _Plan:
    """The columns that documents of an entity type need, and where in a row each stands. The key is the first."""

    def __init__(self, entity: EntityType, options: Options, sorting: Sequence[Sorted] = ()) -> None:
        self.entity = entity
        self.columns: list[Any] = [entity.key]
        self.places: dict[Any, int] = {entity.key: 0}
        self.selected = options.select is not None
        names = options.select or ("@iot.id", "@iot.selfLink", *entity.properties)
        self.properties: list[tuple[str, Callable[..., Any], tuple[int, ...]]] = []
        self.optional = {name for name, one in entity.properties.items() if one.optional}
        self.self_link = "@iot.selfLink" in names
        for name in dict.fromkeys(names):
            if name in IDS and not any(one[0] in IDS for one in self.properties):
                self.properties.append(("@iot.id", as_is, (0,)))
            elif name in entity.properties:
                one = entity.properties[name]
                columns = one.columns() if callable(one.columns) else one.columns
                at = tuple(self._place(column) for column in columns)
                self.properties.append((name, one.render, at))
        wanted = entity.relations if options.select is None else [one for one in names if one in entity.relations]
        self.links = [name for name in wanted if name not in options.expand]
        self.relation_at: dict[str, int] = {}
        to_one = {name for name in options.expand if name in entity.relations and not entity.relations[name].many}
        if options.data_array:
            to_one.add("Datastream")
        for name in to_one:
            key = entity.relations[name].key
            assert key is not None
            self.relation_at[name] = self._place(key(F))
        self.sorted_at = [self._place(one.expression) for one in sorting]

    def _place(self, column: Any) -> int:
        name = column if isinstance(column, str) else getattr(column, "name", column)
        if name not in self.places:
            self.places[name] = len(self.columns)
            self.columns.append(column)
        return self.places[name]

    def documents(self, rows: Sequence[Sequence[Any]], prefix: str) -> list[Document]:
        """The documents of rows, made column by column; `prefix` is the selfLink before the key."""
        if not rows:
            return []
        columns = list(zip(*rows, strict=True))
        links = [f"{prefix}{key})" for key in columns[0]]
        made = self._members(columns, links)
        empty: Document = dict.fromkeys(made)
        documents = [empty.copy() for _ in rows]
        for name, column in made.items():  # a third of the time of making each document by itself
            for document, value in zip(documents, column, strict=True):
                document[name] = value
        for name in self.optional & made.keys():
            if None in made[name]:
                for document in documents:
                    if document[name] is None:
                        del document[name]
        return documents

    def _members(self, columns: Sequence[Sequence[Any]], links: Sequence[str]) -> dict[str, Sequence[Any]]:
        """The members of the documents; an optional one without any value is left out."""
        made: dict[str, Sequence[Any]] = {}
        for name, render, at in self.properties:
            given = [columns[one] for one in at]
            if name not in self.optional or any(map(any, given)):
                made[name] = render(*given)
            if name == "@iot.id" and self.self_link:
                made["@iot.selfLink"] = links
        if self.self_link:
            made["@iot.selfLink"] = links
        for name in self.links:
            made[f"{name}@iot.navigationLink"] = [f"{link}/{name}" for link in links]
        return made


_COUNT = RawSQL("count(*)", [])


def _most(entity: EntityType) -> int:
    return MOST_OBSERVATIONS if entity.name == "Observation" else MOST_ENTITIES


def _limit(entity: EntityType, options: Options) -> int:
    return DEFAULT_PAGE if options.top is None else min(options.top, _most(entity))


def _count(rows: QuerySet[Any]) -> int:
    return int(rows.order_by().count())
