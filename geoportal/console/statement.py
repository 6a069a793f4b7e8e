"""Check a statement: one SELECT over the views of the reader's level, using only what `vocabulary` lists.

It is parsed with PostgreSQL's own grammar (pglast); each node of the tree must be of a listed kind. A relation must
be a view of the reader or a WITH query in scope. Length and nesting are limited before parsing, so that no text
crashes the process.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from pglast import ast, parser

from geoportal.console import vocabulary
from geoportal.console.errors import Place, StatementRefused
from geoportal.console.vocabulary import MOST_SIGNS

MOST_TOKENS = 4_000
MOST_BRACKETS = 60
MOST_DEPTH = 150
_OPEN, _CLOSE = ("ASCII_40", "ASCII_91"), ("ASCII_41", "ASCII_93")
_COMMENTS = ("SQL_COMMENT", "C_COMMENT")
_END = "ASCII_59"


@dataclass(frozen=True, slots=True)
class Statement:
    """An allowed statement: its text without the final semicolon, and the views it reads."""

    text: str
    relations: frozenset[str]


def checked(text: str, schema: str, views: Iterable[str], closed: frozenset[str]) -> Statement:
    """The statement, checked for a reader of these views of a schema. Raises StatementRefused.

    `closed` are names that may not follow a dot (`geoportal.console.schema.closed_attributes`).
    """
    whole = _bounded(text)
    try:
        found = parser.parse_sql(whole)
    except parser.ParseError as fault:
        raise _unread(whole, fault) from None
    if len(found) != 1 or not isinstance(found[0].stmt, ast.SelectStmt):
        second = (found[1].stmt_location if len(found) > 1 else 0) or 0
        raise StatementRefused(gettext("Write one statement, and let it be a SELECT."), Place.of(whole, second))
    walk = _Walk(whole, schema, frozenset(views), closed)
    walk.node(found[0].stmt, frozenset(), 0)
    return Statement(whole, frozenset(walk.read))


def _bounded(text: str) -> str:
    """The text without its final semicolon. Raises StatementRefused where it is too long or too deeply nested."""
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise StatementRefused(gettext("The statement holds signs that are no text."))
    if len(text) > MOST_SIGNS:
        words = gettext("A statement may have {most} signs; this one has {n}.")
        raise StatementRefused(words.format(most=MOST_SIGNS, n=len(text)))
    try:
        tokens = [token for token in parser.scan(text) if token.name not in _COMMENTS]
    except parser.ParseError as fault:
        raise _unread(text, fault) from None
    if not tokens:
        raise StatementRefused(gettext("There is no statement yet."))
    if len(tokens) > MOST_TOKENS:
        raise StatementRefused(
            gettext("The statement has too many words."), Place.of(text, tokens[MOST_TOKENS].start)
        )
    depth = 0
    for token in tokens:
        depth += (token.name in _OPEN) - (token.name in _CLOSE)
        if depth > MOST_BRACKETS:
            raise _nested(text, token.start)
    return text[: tokens[-1].start] if tokens[-1].name == _END else text


def _nested(text: str, position: int) -> StatementRefused:
    return StatementRefused(gettext("The statement is nested too deeply here."), Place.of(text, position))


def _unread(text: str, fault: parser.ParseError) -> StatementRefused:
    said, place = str(fault.args[0]), fault.args[1] if len(fault.args) > 1 else None
    words = gettext("This is not understood as SQL: {said}").format(said=said)
    return StatementRefused(words, Place.of(text, place) if isinstance(place, int) else None)


@dataclass(slots=True)
class _Walk:
    """Walks a parse tree and refuses what is not listed. `names` are the WITH queries in scope."""

    text: str
    schema: str
    views: frozenset[str]
    closed: frozenset[str]
    read: set[str] = field(default_factory=set)
    at: int = 0

    def node(self, one: Any, names: frozenset[str], depth: int) -> None:
        if isinstance(one, list | tuple):
            for part in one:
                self.node(part, names, depth)
            return
        if not isinstance(one, ast.Node):
            return
        here = getattr(one, "location", None)
        self.at = here if isinstance(here, int) and here >= 0 else self.at
        kind = type(one).__name__
        if depth > MOST_DEPTH:
            raise _nested(self.text, self.at)
        if kind not in vocabulary.NODES:
            raise self.refused(_WORDS.get(kind, _plainly(kind)))
        if isinstance(one, ast.SelectStmt):
            names = self.with_names(one, names, depth)
        elif check := _CHECKS.get(kind):
            check(self, one, names)
        for name in one:
            if not (isinstance(one, ast.SelectStmt) and name == "withClause"):
                self.node(getattr(one, name), names, depth + 1)

    def with_names(self, select: Any, names: frozenset[str], depth: int) -> frozenset[str]:
        """The WITH names in scope of a SELECT; walks its WITH queries, each with the names in its own scope."""
        clause = select.withClause
        if clause is None:
            return names
        if clause.recursive:
            names |= {query.ctename for query in clause.ctes}
        for query in clause.ctes:
            if _of_the_server(query.ctename):
                raise self.refused(_closed(query.ctename))
            self.node(query, names, depth + 1)
            names |= {query.ctename}
        return names

    def refused(self, words: str) -> StatementRefused:
        return StatementRefused(words, Place.of(self.text, self.at))

    def relation(self, one: Any, names: frozenset[str]) -> None:
        plain = one.schemaname is None and one.catalogname is None
        if plain and one.relname in names:
            return
        own = one.catalogname is None and one.schemaname in (None, self.schema)
        if not own or one.relname not in self.views:
            full = ".".join(part for part in (one.catalogname, one.schemaname, one.relname) if part)
            raise self.refused(gettext("There is no layer “{name}” here.").format(name=full[:80]))
        self.read.add(one.relname)

    def function(self, one: Any, names: frozenset[str]) -> None:
        parts = [part.sval for part in one.funcname]
        name = parts[-1]
        home = parts[:-1] in ([], ["pg_catalog"], ["public"])
        if not home or name not in vocabulary.FUNCTIONS:
            full = ".".join(parts)
            raise self.refused(gettext("The function “{name}” is not offered here.").format(name=full[:80]))
        index, most, needed = vocabulary.WRITTEN.get(name, (0, 0, False))
        if index and not _written(one.args or (), index - 1, most, needed):
            words = gettext("Argument {n} of {name} is a whole number written out here, at most {most}.")
            raise self.refused(words.format(n=index, name=name, most=most))

    def type_name(self, one: Any, names: frozenset[str]) -> None:
        parts = [part.sval for part in one.names or ()]
        home = parts[:-1] in ([], ["pg_catalog"], ["public"])
        if not home or one.pct_type or one.setof or not parts or parts[-1] not in vocabulary.TYPES:
            raise self.refused(gettext("The type “{name}” is not offered here.").format(name=".".join(parts)[:80]))

    def operator(self, one: Any, names: frozenset[str]) -> None:
        self.operator_named(one.name)

    def any_or_all(self, one: Any, names: frozenset[str]) -> None:
        self.operator_named(one.operName)

    def sorting(self, one: Any, names: frozenset[str]) -> None:
        self.operator_named(one.useOp)

    def operator_named(self, name: Any) -> None:
        parts = [part.sval for part in name or ()]
        if parts and (parts[:-1] not in ([], ["pg_catalog"], ["public"]) or parts[-1] not in vocabulary.OPERATORS):
            words = gettext("The operator “{name}” is not offered here.")
            raise self.refused(words.format(name=".".join(parts)[:80]))

    def column(self, one: Any, names: frozenset[str]) -> None:
        column = isinstance(one, ast.ColumnRef)
        parts = one.fields if column else one.indirection
        named = [part.sval or "" for part in parts or () if isinstance(part, ast.String)]
        for name in named:
            if _of_the_server(name):
                raise self.refused(_closed(name))
        for name in named[1:] if column else named:  # `value.name` calls the function of that name where there is one
            if name in self.closed:
                raise self.refused(gettext("The function “{name}” is not offered here.").format(name=name[:80]))

    def clock(self, one: Any, names: frozenset[str]) -> None:
        if one.op.name not in vocabulary.CLOCK:
            raise self.refused(gettext("Of such words only the date and the time are offered here."))


def _of_the_server(name: str) -> bool:
    return name in vocabulary.SYSTEM_COLUMNS or name.startswith(vocabulary.CATALOGUE)


def _closed(name: str) -> str:
    return gettext("“{name}” is a name of the server's own.").format(name=name[:80])


def _written(arguments: Any, index: int, most: int, needed: bool) -> bool:
    """Whether an argument is a literal whole number up to `most`, with no named arguments and none after it."""
    if any(isinstance(one, ast.NamedArgExpr) for one in arguments) or len(arguments) > index + 1:
        return False
    if len(arguments) <= index:
        return not needed
    value = arguments[index].val if isinstance(arguments[index], ast.A_Const) else None
    return isinstance(value, ast.Integer) and 0 <= (value.ival or 0) <= most


def _plainly(kind: str) -> str:
    return gettext("This part of SQL is not offered here ({name}).").format(name=kind)


class _Words(dict[str, str]):
    """Readable names of refused SQL constructs that people are likely to try."""

    def get(self, kind: str, usual: Any = None) -> Any:
        """The name in the language of the page."""
        offered = {
            "IntoClause": gettext("SELECT INTO makes a table; the console only reads."),
            "LockingClause": gettext("Rows are not locked here: leave FOR UPDATE and the like out."),
            "InsertStmt": gettext("The console only reads; it changes nothing."),
            "UpdateStmt": gettext("The console only reads; it changes nothing."),
            "DeleteStmt": gettext("The console only reads; it changes nothing."),
            "MergeStmt": gettext("The console only reads; it changes nothing."),
            "ParamRef": gettext("Write the value itself instead of a parameter like $1."),
        }
        return offered.get(kind, usual)


_WORDS = _Words()
_CHECKS: dict[str, Callable[[_Walk, Any, frozenset[str]], None]] = {
    "RangeVar": _Walk.relation,
    "FuncCall": _Walk.function,
    "TypeName": _Walk.type_name,
    "A_Expr": _Walk.operator,
    "SubLink": _Walk.any_or_all,
    "SortBy": _Walk.sorting,
    "ColumnRef": _Walk.column,
    "A_Indirection": _Walk.column,
    "SQLValueFunction": _Walk.clock,
}
