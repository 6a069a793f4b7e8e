"""Database views for people who write SQL: one login and one schema of views for each level.

A view returns the current rows of a layer's serving dataset, in the columns that the level may see. It is a
`security_barrier`: a function in a query is never called with a row that the view filters out. The views are rebuilt
after every migration, when the city withdraws a layer, and when a layer is added. Logins are cluster-wide and made
once by a superuser: `scripts/lib/logins.sql` and `closed_functions.sql`; the private cluster runs both by itself.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, get_args

import psycopg2
from django.conf import settings
from django.db import connection, transaction
from psycopg2.sql import SQL, Composable, Identifier, Literal

from layers.access.publication import DECISIONS
from layers.access.rules import Access, fields_for, visible_kinds
from layers.city import city
from layers.errors import NoLogins
from layers.locks import AdvisoryLock
from layers.runs.models import EDITS
from layers.schema.kind import LayerKind, Level
from layers.text import Text

LEVELS: tuple[Level, ...] = get_args(Level)
PREFIX = "geoportal"
"""Logins and schemas are named geoportal_public, geoportal_staff, geoportal_services."""


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column of a view that is no layer: its name and type in SQL, and what it means."""

    name: str
    type: str
    title: Text


@dataclass(frozen=True, slots=True)
class MoreView:
    """A view of another sort of data than features. `select` names its tables with their schema."""

    name: str
    title: Text
    columns: tuple[ViewColumn, ...]
    select: Composable


MORE_VIEWS: list[Callable[[Access], list[MoreView]]] = []
"""Functions that give the further views of a level; other rooms add theirs when Django starts."""


def more_views(access: Access) -> list[MoreView]:
    """The views of a level beside those of its layers."""
    return [view for views in MORE_VIEWS for view in views(access)]


def login_of(level: Level) -> str:
    """The database login of a level."""
    return f"{PREFIX}_{level}"


schema_of = login_of
"""The schema with the views of a level has the name of its login."""


def columns_of(access: Access, kind: LayerKind) -> list[str]:
    """Columns of a view: identity, the fields that the level may see, provenance, geometry in the storage system."""
    fields = [field.name for field in fields_for(access, kind)]
    return ["feature_id", *fields, "synthetic", "data_date", "recorded_from", "geom"]


def rebuild() -> None:
    """Rebuild schemas, views and grants in one transaction; concurrent sessions see the old ones until it commits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [AdvisoryLock.SQL_VIEWS])
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [[login_of(one) for one in LEVELS]])
        logins = {row[0] for row in cursor.fetchall()}
        DECISIONS.refresh(force=True)
        # All statements are computed before the first may wait for a lock: levels may be refreshed during the wait.
        for statement in list(_statements(logins)):
            cursor.execute(statement)


def _statements(logins: set[str]) -> Iterator[Composable]:
    database = Identifier(connection.settings_dict["NAME"])
    yield SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database)
    for level in LEVELS:
        access, schema = Access(level), Identifier(schema_of(level))
        yield SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema)
        yield SQL("CREATE SCHEMA {}").format(schema)
        for kind in visible_kinds(access):
            yield _view(schema, access, kind)
        for view in more_views(access):
            yield SQL("CREATE VIEW {}.{} WITH (security_barrier) AS {}").format(
                schema, Identifier(view.name), view.select
            )
        if login_of(level) in logins:
            login = Identifier(login_of(level))
            yield SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, login)
            yield SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, login)
            yield SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, login)


def _view(schema: Identifier, access: Access, kind: LayerKind) -> Composable:
    model: Any = kind.model
    return SQL(
        "CREATE VIEW {schema}.{view} WITH (security_barrier) AS SELECT {columns} FROM public.{table} "
        "WHERE recorded_to IS NULL AND dataset_id = ({serving})"
    ).format(
        schema=schema,
        view=Identifier(kind.slug),
        columns=SQL(", ").join(Identifier(name) for name in columns_of(access, kind)),
        table=Identifier(model._meta.db_table),
        serving=_serving_dataset(kind),
    )


def _serving_dataset(kind: LayerKind) -> Composable:
    """The serving dataset of a kind by the order of `layers.access.rules.serving`, as a subquery evaluated once."""
    order = list(city().authority.get(kind.slug, ()))
    return SQL(
        "SELECT d.id FROM public.layers_datasetkind k JOIN public.layers_dataset d ON d.id = k.dataset_id "
        "WHERE k.kind = {kind} AND k.current_rows > 0 ORDER BY d.synthetic, "
        "coalesce(array_position({order}::text[], d.slug::text), {after} + (d.slug = {edits})::int), d.id LIMIT 1"
    ).format(kind=Literal(kind.slug), order=Literal(order), after=Literal(len(order) + 1), edits=Literal(EDITS))


def password_of(level: Level, secret: str) -> str:
    """The password of a level's login, as `scripts/lib/logins.sql` sets it."""
    return hashlib.sha256(f"{login_of(level)}:{secret}".encode()).hexdigest()


@contextmanager
def logged_in(level: Level) -> Iterator[Any]:
    """A psycopg2 connection as a level's login, closed afterwards. Raises NoLogins."""
    secret, here = settings.SQL_LOGINS_SECRET, connection.settings_dict
    if not secret:
        raise NoLogins("There are no logins for people who write SQL; see SQL_LOGINS_SECRET in the settings.")
    try:
        opened = psycopg2.connect(
            host=here["HOST"],
            port=here["PORT"] or None,
            dbname=here["NAME"],
            user=login_of(level),
            password=password_of(level, secret),
            connect_timeout=10,
            application_name="geoportal sql",
        )
    except psycopg2.OperationalError as fault:
        raise NoLogins(f"The database does not let {login_of(level)} in: {str(fault).strip()}") from fault
    try:
        yield opened
    finally:
        opened.close()
