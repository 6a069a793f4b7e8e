"""Creates, changes and removes planners' layers: declaration and table in one transaction, views after its commit."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar
from uuid import uuid4

from django.db import IntegrityError, OperationalError, connection, transaction

from layers.access import database_views
from layers.access.publication import LEVELS
from layers.errors import BadLayer, UnknownKind
from layers.feed.changes import BuiltUp, Change, TileBlock
from layers.locks import AdvisoryLock
from layers.planner.declarations import (
    FIELD_TYPES,
    LICENCES,
    PREFIX,
    REGISTER,
    SHAPES,
    DeclaredField,
    PlannerLayer,
    kind_of_layer,
)
from layers.runs.models import DatasetKind
from layers.schema.feature import CityFeature
from layers.schema.kind import LayerKind, Level

MOST_FIELDS = 60
MOST_CODES = 60
_SLUG = re.compile(rf"{PREFIX}[a-z0-9]+(_[a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_COLOR = re.compile(r"#[0-9a-f]{6}")
SLUG_LENGTH = 40
NAME_LENGTH = 40
LOCK_WAIT = "3s"
TRIES = 2
_LOCKED = "55P03"  # lock_not_available
Made = TypeVar("Made")
_PARAMETERS = (
    *("id", "type", "geometry", "bbox", "properties", "f", "limit", "lang", "at", "dataset", "crs", "datetime"),
    *("filter", "sortby", "offset", "key", "layer", "style", "format", "order", "cursor", "page", "title", "token"),
    "links",
)
"""Names of query parameters and of members of output formats."""
_FILE_COLUMNS = (
    "fid",
    "ogc_fid",
    "ogr_fid",
    "shape",
    "lon",
    "lat",
    "district",
    "metres",
    "title_pl",
    "title_en",
    "geom",
)
"""Columns that export formats or lists of features add."""
_SQL_NAMES = (
    *("ctid", "oid", "rowid", "tableoid", "xmin", "xmax", "cmin", "cmax"),
    *("old_version", "new_version", "distance_m", "near_version", "sorted_by", "told", "measured", "code"),
    *("chosen", "counted", "d", "e", "few", "fitting", "home", "homes", "inside", "member", "merged", "near"),
    *("nearest", "point", "related", "s", "c", "t", "b", "n"),
)
"""System columns of PostgreSQL, and names in the SQL of pages, files, tiles and questions."""
RESERVED = frozenset(
    {
        *dir(CityFeature),
        *(field.name for field in CityFeature._meta.get_fields()),
        *(field.attname for field in CityFeature._meta.concrete_fields),
        *_PARAMETERS,
        *_FILE_COLUMNS,
        *_SQL_NAMES,
    }
)
OF_THE_NEAREST = "nearest_"
"""Prefix of columns of the nearest feature in results of questions."""
_SQL_WORDS: set[str] = set()


def sql_words() -> set[str]:
    """SQL keywords that cannot be column names without quotes."""
    if not _SQL_WORDS:
        with connection.cursor() as cursor:
            cursor.execute("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'")
            _SQL_WORDS.update(row[0] for row in cursor.fetchall())
    return _SQL_WORDS


def usable_name(name: str, taken: Iterable[str] = ()) -> str:
    """A valid field name close to `name` and not in `taken`. Example: "Rok" becomes "rok"."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[: NAME_LENGTH - 4].strip("_")
    words = words if _NAME.fullmatch(words) else f"f_{words}".rstrip("_") if words else "field"
    words = f"f_{words}" if words.startswith(OF_THE_NEAREST) else words
    if words in RESERVED or words in sql_words():
        words = f"{words}_1"
    used, number, found = set(taken), 2, words
    while found in used:
        found, number = f"{words}_{number}", number + 1
    return found


def checked(layer: PlannerLayer, *, made: bool = False) -> PlannerLayer:
    """The declaration, if it is valid. Raises BadLayer with what is not.

    With `made` (the layer exists) names of fields that are reserved by now are accepted.
    """
    fields = layer.declared
    names = [one.name for one in fields]
    wrong = next((one for one in fields if not (_is_valid(one) and (made or _is_unreserved(one)))), None)
    faults = (
        (not _SLUG.fullmatch(layer.slug) or len(layer.slug) > SLUG_LENGTH, f"“{layer.slug}” is no name for a layer."),
        (not layer.title_pl.strip(), "The layer has no title."),
        (layer.shape not in SHAPES, f"“{layer.shape}” is no geometry of a layer."),
        (layer.licence not in LICENCES, f"“{layer.licence}” is no licence of the city's open data."),
        (layer.level not in LEVELS, f"“{layer.level}” is no level of access."),
        (not _COLOR.fullmatch(layer.color), f"“{layer.color}” is no colour like #8a4f9e."),
        (
            not 1 <= len(fields) <= MOST_FIELDS,
            f"A layer has between 1 and {MOST_FIELDS} fields; found {len(fields)}.",
        ),
        (len(set(names)) < len(names), "Two fields have the same name."),
        (wrong is not None, f"The field “{wrong.name if wrong else ''}” cannot be made."),
    )
    for is_wrong, words in faults:
        if is_wrong:
            raise BadLayer(words)
    return layer


def _is_valid(field: DeclaredField) -> bool:
    name_fits = bool(_NAME.fullmatch(field.name)) and len(field.name) <= NAME_LENGTH
    coded = not field.codes or (field.type == "text" and len(field.codes) <= MOST_CODES)
    return name_fits and coded and field.type in FIELD_TYPES and bool(field.title_pl.strip())


def _is_unreserved(field: DeclaredField) -> bool:
    return not field.name.startswith(OF_THE_NEAREST) and field.name not in RESERVED and field.name not in sql_words()


def make_layer(layer: PlannerLayer) -> LayerKind:
    """Make a layer: its declaration and table in one transaction; registry and database views follow its commit.

    Raises BadLayer where its name is taken, something in it is impossible, or the tables it refers to are in use.
    """
    checked(layer)

    def made() -> LayerKind:
        layer.pk = None
        layer.save(force_insert=True)
        return make_table(layer)

    try:
        kind = _with_lock_timeout(made, layer)
    except IntegrityError as fault:
        raise BadLayer(f"There is a layer “{layer.slug}” already; choose another title.") from fault
    transaction.on_commit(_refresh_after_commit, robust=True)
    return kind


def _with_lock_timeout(work: Callable[[], Made], layer: PlannerLayer) -> Made:
    """Run schema changes in a transaction with a short lock timeout: a waiting DDL lock blocks all later queries too.

    Tried TRIES times. Raises BadLayer when the tables are still locked by others.
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('lock_timeout')")
                (before,) = cursor.fetchone()
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
                done = work()
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])
            return done
        except OperationalError as fault:
            if getattr(fault.__cause__, "pgcode", "") != _LOCKED:
                raise
    raise BadLayer(f"What the layer “{layer.title_pl}” needs is in use by others; try again in a minute.")


def _refresh_after_commit() -> None:
    """Refresh this process' registry and the database views after a commit."""
    REGISTER.refresh(force=True)
    database_views.rebuild()


def make_table(layer: PlannerLayer, *, tried: bool = False) -> LayerKind:
    """Create the table of a declaration; with `tried` (a dry run) without indexes and foreign keys.

    Foreign keys lock the tables of runs and datasets, which others need during the dry run.
    """
    kind = kind_of_layer(layer)
    with connection.schema_editor(atomic=False) as editor:
        editor.create_model(kind.model)
        if tried:
            editor.deferred_sql.clear()
    return kind


def layer_named(slug: str) -> PlannerLayer:
    """The declaration of that slug. Raises UnknownKind."""
    layer = PlannerLayer.objects.filter(slug=slug).first()
    if layer is None:
        raise UnknownKind(f"There is no planner's layer “{slug}”.")
    return layer


def publish(slug: str, level: Level) -> None:
    """Set the level from which a layer is visible. Raises UnknownKind."""
    layer = layer_named(slug)
    layer.level = level
    describe(layer)


def describe(layer: PlannerLayer) -> None:
    """Store changed titles, units, colour or level of a layer; names and types of fields stay. Raises BadLayer."""
    stored = PlannerLayer.objects.get(pk=layer.pk)
    layer.fields = [
        {**one, "title_pl": new["title_pl"], "title_en": new["title_en"], "unit": new["unit"]}
        for one, new in zip(stored.fields, layer.fields, strict=True)
    ]
    layer.slug, layer.shape, layer.revision = stored.slug, stored.shape, uuid4()
    checked(layer, made=True)
    with transaction.atomic():
        layer.save()
        transaction.on_commit(_refresh_after_commit)


def holds(slug: str) -> int:
    """The number of current features of a layer."""
    return sum(DatasetKind.objects.filter(kind=slug).values_list("current_rows", flat=True))


def remove_layer(slug: str) -> None:
    """Remove a layer without current features, with its history. Raises UnknownKind, BadLayer."""
    layer = layer_named(slug)
    _with_lock_timeout(lambda: _remove(layer), layer)
    transaction.on_commit(_refresh_after_commit)


def _remove(layer: PlannerLayer) -> None:
    if not PlannerLayer.objects.select_for_update().filter(pk=layer.pk):
        raise UnknownKind(f"There is no planner's layer “{layer.slug}”.")
    model = kind_of_layer(layer).model
    _wait_for_loads(layer.slug, model)
    if model._default_manager.filter(recorded_to__isnull=True).exists():
        raise BadLayer(f"The layer “{layer.title_pl}” still holds objects; undo what was brought in first.")
    for trace in (DatasetKind, TileBlock, BuiltUp, Change):
        trace._default_manager.filter(kind=layer.slug).delete()
    layer.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # pending constraint checks would block the removal
    with connection.schema_editor(atomic=False) as editor:
        editor.delete_model(model)


def _wait_for_loads(slug: str, model: type[CityFeature]) -> None:
    """Wait for runs that write into the layer, and block new ones until the transaction's end.

    The table lock covers datasets of which nothing is committed yet.
    """
    datasets = {slug, *DatasetKind.objects.filter(kind=slug).values_list("dataset__slug", flat=True)}
    with connection.cursor() as cursor:
        for dataset in sorted(datasets):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [AdvisoryLock.DATASET_KIND, f"{dataset}:{slug}"]
            )
        table = connection.ops.quote_name(model._meta.db_table)
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")


def unused_slug(title: str) -> str:
    """An unused slug for a layer of that title, which has no diacritics."""
    words = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "layer"
    stem = f"{PREFIX}{words}"[: SLUG_LENGTH - 4].strip("_")
    taken = set(PlannerLayer.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(one for one in (stem, *(f"{stem}_{number}" for number in range(2, 10_000))) if one not in taken)


def renamed(fields: Iterable[DeclaredField]) -> tuple[DeclaredField, ...]:
    """The fields with valid, unique names."""
    taken: list[str] = []
    result = []
    for one in fields:
        name = usable_name(one.name, taken)
        taken.append(name)
        result.append(replace(one, name=name))
    return tuple(result)
