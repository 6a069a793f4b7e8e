"""The table from groups of accounts to access levels and abilities."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from layers.access.publication import stricter
from layers.access.rules import ANONYMOUS, Access
from layers.schema.kind import Level
from layers.text import Text

Ability = Literal["edit", "upload", "query", "sql", "sensors", "photos", "manage"]
"""edit: change features. upload: bring files in. query: long queries as jobs, and saving them. sql: the SQL console.
sensors: stations, datastreams and their observations. photos: street photos as taken, their review and release.
manage: accounts, publication, runs, rejections, the audit."""


@dataclass(frozen=True, slots=True)
class Role:
    """A group of accounts. `group` is its name in the database."""

    group: str
    account: str
    """The name of its account in the demo."""
    title: Text
    level: Level
    abilities: frozenset[Ability]


ROLES: tuple[Role, ...] = (
    Role("planners", "planner", Text("planiści", "planners"), "staff", frozenset({"upload", "query"})),
    Role("analysts", "analyst", Text("analitycy", "analysts"), "staff", frozenset({"upload", "query", "sql"})),
    Role(
        "editors",
        "editor",
        Text("redaktorzy danych", "editors"),
        "staff",
        frozenset({"edit", "upload", "query", "sensors", "photos"}),
    ),
    Role("inspectors", "inspector", Text("inspektorzy", "inspectors"), "staff", frozenset({"query", "photos"})),
    Role("services", "services", Text("służby ratunkowe", "emergency services"), "services", frozenset({"query"})),
    Role(
        "admins",
        "admin",
        Text("administratorzy", "administrators"),
        "staff",
        frozenset({"manage", "query", "sensors"}),
    ),
)
BY_GROUP = {role.group: role for role in ROLES}


def rights(groups: Iterable[str]) -> tuple[Access, frozenset[Ability]]:
    """The highest access level and all abilities of these groups; without a group, those of the public."""
    level: str = "public"
    abilities: frozenset[Ability] = frozenset()
    for role in (BY_GROUP[name] for name in groups if name in BY_GROUP):
        level = stricter(level, role.level)
        abilities |= role.abilities
    return _ACCESS[level], abilities


_ACCESS: dict[str, Access] = {"public": ANONYMOUS, **{role.level: Access(role.level) for role in ROLES}}
