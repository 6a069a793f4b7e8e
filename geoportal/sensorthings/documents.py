"""Entities as JSON (18-088, 8 and 9.3): properties, links, expanded relations, pages, data arrays."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL

from geoportal.sensorthings.entities import BY_NAME, EntityType, Relation
from geoportal.sensorthings.errors import BadOption, UnknownPath
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
        rows = resource.rows.values_list(*plan.columns)[:1]
        for document in self._documents(resource.entity, plan, list(rows), options):
            return document
        raise UnknownPath(f"{resource.path} was ended in this moment.")

    def one_if_seen(self, entity: EntityType, key: int) -> Document | None:
        """The document of an entity by its key, None where the visitor does not see it."""
        plan = _Plan(entity, Options())
        rows = only(entity, entity.visible(self.access), key).values_list(*plan.columns)[:1]
        return next(iter(self._documents(entity, plan, list(rows), Options())), None)

    def set(self, resource: Resource, options: Options) -> Document:
        """The document of a page of a set."""
        entity = resource.entity
        rows = filtered(resource.rows, entity, options, self.access)
        of_one = resource.parent is not None and resource.parent[0].name == "Datastream"
        sorting = order_of(entity, options, self.access, of_one_series=of_one)
        limit = _limit(entity, options)
        plan = _Plan(entity, options, sorting)
        found = list(page_of(rows, sorting, options, limit).values_list(*plan.columns)) if limit else []
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
        documents = [plan.document(row, prefix) for row in rows]
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
        found = list(target.visible(self.access).filter(pk__in=keys).values_list(*inner.columns))
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
        inside = target.visible(self.access).filter(relation.back(RawSQL("parent.key", [])))
        inside = filtered(inside, target, options, self.access)
        sorting = order_of(target, options, self.access, of_one_series=entity.name == "Datastream")
        limit = min(_limit(target, options), max(1, MOST_ROWS // max(1, len(keys))))
        inner = _Plan(target, options, sorting)
        page = page_of(inside, sorting, options, limit).values_list(*inner.columns)
        found = _by_parent(page, keys) if limit else {}
        counts = _by_parent(inside.order_by().values_list(_COUNT), keys) if options.count else {}
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
        documents = [(row[plan.relation_at["Datastream"]], plan.document(row, "")) for row in rows]
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
        self.columns: list[Any] = [F(entity.key)]
        self.places: dict[Any, int] = {entity.key: 0}
        self.selected = options.select is not None
        names = options.select or ("@iot.id", "@iot.selfLink", *entity.properties)
        self.properties: list[tuple[str, Callable[..., Any], tuple[int, ...], bool]] = []
        self.self_link = "@iot.selfLink" in names
        for name in dict.fromkeys(names):
            if name in IDS and not any(one[0] in IDS for one in self.properties):
                self.properties.append(("@iot.id", _as_is, (0,), False))
            elif name in entity.properties:
                one = entity.properties[name]
                at = tuple(self._place(column) for column in one.columns)
                self.properties.append((name, one.render, at, one.optional))
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
            self.columns.append(F(column) if isinstance(column, str) else column)
        return self.places[name]

    def document(self, row: Sequence[Any], prefix: str) -> Document:
        """The document of a row; `prefix` is the selfLink before the key."""
        link = f"{prefix}{row[0]})"
        made: Document = {}
        for name, render, at, optional in self.properties:
            value = render(*[row[one] for one in at])
            if value is not None or not optional:
                made[name] = value
            if name == "@iot.id" and self.self_link:
                made["@iot.selfLink"] = link
        if self.self_link:
            made["@iot.selfLink"] = link
        for name in self.links:
            made[f"{name}@iot.navigationLink"] = f"{link}/{name}"
        return made


def _as_is(value: Any) -> Any:
    return value


_COUNT = RawSQL("count(*)", [])


def _most(entity: EntityType) -> int:
    return MOST_OBSERVATIONS if entity.name == "Observation" else MOST_ENTITIES


def _limit(entity: EntityType, options: Options) -> int:
    return DEFAULT_PAGE if options.top is None else min(options.top, _most(entity))


def _count(rows: QuerySet[Any]) -> int:
    return int(rows.order_by().count())


def _by_parent(inner: QuerySet[Any], keys: Sequence[int]) -> Mapping[int, list[tuple[Any, ...]]]:
    """The rows of `inner` for each parent, to which it refers as `parent.key`; in one statement."""
    compiler = inner.query.get_compiler(connection.alias)
    sql, parameters = compiler.as_sql()
    converters = compiler.get_converters([one[0] for one in compiler.select])
    found: dict[int, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT parent.key, child.* FROM unnest(%s::bigint[]) AS parent(key) CROSS JOIN LATERAL ({sql}) child",
            [list(keys), *parameters],
        )
        rows = cursor.fetchall()
    values = (
        compiler.apply_converters([row[1:] for row in rows], converters) if converters else (row[1:] for row in rows)
    )
    for (key, *_), row in zip(rows, values, strict=True):
        found.setdefault(key, []).append(tuple(row))
    return found
