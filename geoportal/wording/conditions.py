"""Simple filters: conditions on one field each, joined by "and", as CQL2-JSON and as text."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, DateField, Field, FloatField, IntegerField, UUIDField
from django.utils.translation import gettext

from geoportal.wording.folding import folded
from geoportal.wording.values import in_words
from layers.access.rules import Access, fields_for
from layers.filters.written import as_text
from layers.kinds import KINDS
from layers.schema.kind import KindField, LayerKind

Tree = dict[str, Any]
COMPARED = {"is": "=", "isnot": "<>", "least": ">=", "most": "<="}
SIGNS = {"=": "=", "<>": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
TRUE, FALSE = {"tak", "yes", "true", "1"}, {"nie", "no", "false", "0"}


class Unfit(Exception):
    """The typed text is no valid condition; the message is in the visitor's language."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison, and the field types it applies to."""

    name: str
    title: str
    types: str


def operators() -> list[Operator]:
    """All operators, in the active language. Types are given by first letter: text, code, number, date, ..."""
    return [
        Operator("is", gettext("is"), "tcndbi"),
        Operator("isnot", gettext("is not"), "tcndbi"),
        Operator("contains", gettext("contains"), "t"),
        Operator("least", gettext("is at least"), "nd"),
        Operator("most", gettext("is at most"), "nd"),
        Operator("known", gettext("is known"), "tcndbi"),
        Operator("unknown", gettext("is not known"), "tcndbi"),
    ]


def type_of(kind: LayerKind, field: KindField) -> str:
    """The letter of a field's type, as `operators` lists them."""
    if field.choices:
        return "c"
    column = kind.model._meta.get_field(field.name)
    letters: tuple[tuple[type[Field] | tuple[type[Field], ...], str], ...] = (
        (BooleanField, "b"),
        ((IntegerField, FloatField), "n"),
        (DateField, "d"),
        (UUIDField, "i"),
    )
    return next((letter for type_, letter in letters if isinstance(column, type_)), "t")


def condition(access: Access, kind: LayerKind, name: str, operator: str, typed: str) -> Tree:
    """The CQL2-JSON condition of a field, an operator and a typed value. Raises Unfit."""
    field = next((one for one in fields_for(access, kind) if one.name == name), None)
    how = next((one for one in operators() if one.name == operator), None)
    if field is None or how is None:
        raise Unfit(gettext("Choose a field and how to compare it."))
    type_ = type_of(kind, field)
    if type_ not in how.types:
        raise Unfit(
            gettext("“{field}” cannot be compared like this: {how}.").format(field=field.title, how=how.title)
        )
    known: Tree = {"op": "isNull", "args": [{"property": name}]}
    if operator in ("known", "unknown"):
        return known if operator == "unknown" else {"op": "not", "args": [known]}
    typed = typed.strip()
    if not typed:
        raise Unfit(gettext("Write a value for “{field}”.").format(field=field.title))
    if operator == "contains":
        return containing(name, typed)
    value = _stored(kind, field, _code(field, typed)) if type_ == "c" else _value(field, type_, typed)
    return {"op": COMPARED[operator], "args": [{"property": name}, value]}


def containing(name: str, text: str) -> Tree:
    """The condition that a text field contains a text, ignoring case and diacritics."""
    pattern = "%" + re.sub(r"([%_\\])", r"\\\1", text) + "%"
    return {"op": "like", "args": [_loose({"property": name}), _loose(pattern)]}


def _loose(term: Any) -> Tree:
    return {"op": "accenti", "args": [{"op": "casei", "args": [term]}]}


def _value(field: KindField, type_: str, typed: str) -> Any:
    """The typed text as a value of the field. Raises Unfit."""
    if type_ == "t":
        return typed
    if type_ == "i" and re.fullmatch(r"[0-9a-fA-F-]{32,36}", typed):
        return typed
    if type_ == "b" and folded(typed) in TRUE | FALSE:
        return folded(typed) in TRUE
    if type_ == "n":
        plain = re.sub(r"\s", "", typed).replace(",", ".").removesuffix(field.unit).rstrip(".")
        if re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", plain):
            return float(plain) if "." in plain else int(plain)
    if type_ == "d":
        day = _day(typed)
        if day:
            return {"date": day.isoformat()}
    wanted = {
        "n": gettext("a number"),
        "d": gettext("a day like 2026-01-31"),
        "b": gettext("yes or no"),
        "i": gettext("an identity"),
    }[type_]
    raise Unfit(
        gettext("“{field}” holds {wanted}; “{typed}” is none.").format(
            field=field.title, wanted=wanted, typed=typed[:60]
        )
    )


def _day(typed: str) -> date | None:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(typed, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    return None


def _stored(kind: LayerKind, field: KindField, code: str) -> Any:
    """A code as stored in its column: some are numbers."""
    return int(code) if isinstance(kind.model._meta.get_field(field.name), IntegerField) else code


def _code(field: KindField, typed: str) -> str:
    """The code whose meaning or text was typed; a prefix is enough where only one code has it."""
    choices = field.choices or {}
    exact = [code for code, title in choices.items() if folded(typed) in (folded(str(title)), folded(code))]
    near = [code for code, title in choices.items() if folded(typed) in folded(str(title))]
    fitting = exact or near
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(str(choices[code]) for code in (fitting or choices))
    raise Unfit(
        gettext("“{field}” has no value “{typed}”; choose one of: {known}.").format(
            field=field.title, typed=typed[:60], known=known
        )
    )


def searched(access: Access, kind: LayerKind, text: str) -> Tree | None:
    """The condition that a visible text field or a code's meaning contains the text; None without such fields."""
    parts: list[Tree] = []
    for field in fields_for(access, kind):
        type_ = type_of(kind, field)
        if type_ == "t":
            parts.append(containing(field.name, text))
        elif type_ == "c":
            codes = [code for code, title in (field.choices or {}).items() if folded(text) in folded(str(title))]
            if codes:
                stored = [_stored(kind, field, code) for code in codes]
                parts.append({"op": "in", "args": [{"property": field.name}, stored]})
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"op": "or", "args": parts}


def parts_of(tree: Tree | bool | None) -> list[Any]:
    """The conditions of a filter, split at "and"."""
    if tree is None:
        return []
    if isinstance(tree, dict) and tree.get("op") == "and":
        return [part for one in tree["args"] for part in parts_of(one)]
    return [tree]


def joined(parts: list[Tree]) -> Tree | None:
    """Conditions joined by "and"; None for none."""
    if len(parts) < 2:
        return parts[0] if parts else None
    return {"op": "and", "args": parts}


def condition_text(access: Access, kind: LayerKind, tree: Tree | bool) -> str:
    """A condition as text in the visitor's language; as CQL2 text where it has no simple form."""
    if not isinstance(tree, dict):
        return as_text(tree)
    op, args = tree.get("op"), tree.get("args", [])
    field = _field(access, kind, args[0]) if args else None
    if op == "not" and args and isinstance(args[0], dict) and args[0].get("op") == "isNull":
        field = _field(access, kind, args[0]["args"][0])
        return gettext("{field}: known").format(field=field.title) if field else as_text(tree)
    if field is None:
        return _place_text(access, op, args) or as_text(tree)
    if op == "isNull":
        return gettext("{field}: not known").format(field=field.title)
    if op == "like" and isinstance(_bare(args[1]), str):
        text = re.sub(r"\\(.)", r"\1", _bare(args[1]).strip("%"))
        return gettext("{field} contains “{text}”").format(field=field.title, text=text)
    if op == "in":
        return f"{field.title}: {', '.join(_text(field, one) for one in args[1])}"
    if op == "between":
        return f"{field.title}: {_text(field, args[1])} – {_text(field, args[2])}"
    if op == "=":
        return f"{field.title}: {_text(field, args[1])}"
    return f"{field.title} {SIGNS[op]} {_text(field, args[1])}" if op in SIGNS else as_text(tree)


def _bare(node: Any) -> Any:
    while isinstance(node, dict) and node.get("op") in ("casei", "accenti"):
        (node,) = node["args"]
    return node


def _field(access: Access, kind: LayerKind, node: Any) -> KindField | None:
    bare = _bare(node)
    name = bare.get("property") if isinstance(bare, dict) else None
    return next((one for one in fields_for(access, kind) if one.name == name), None)


def _text(field: KindField, value: Any) -> str:
    value = _bare(value)
    if isinstance(value, dict):
        day = _day(str(value.get("date") or value.get("timestamp"))[:10])
        return in_words(field, day) or str(value)
    return in_words(field, value) or "–"


def _place_text(access: Access, op: Any, args: list[Any]) -> str:
    """A spatial condition as text; "" for others."""
    if not str(op).startswith("s_") or len(args) != 2:
        return ""
    other = args[1] if isinstance(args[1], dict) else {}
    named = _named(access, other.get("args", ())) if other.get("op") == "feature" else ""
    where = named or gettext("a drawn area")
    if op == "s_disjoint":
        return gettext("outside: {where}").format(where=where)
    return gettext("within: {where}").format(where=where)


def _named(access: Access, args: Any) -> str:
    """The name of the object of `feature('layer', 'identity')`, else the title of its kind."""
    kind = KINDS.get(str(args[0])) if len(args) == 2 else None
    if kind is None:
        return ""
    visible = [field.name for field in fields_for(access, kind)]
    if kind.name_field not in visible:
        return str(kind.singular)
    names = kind.model._default_manager.filter(feature_id=args[1], recorded_to__isnull=True)
    return str(names.values_list(kind.name_field, flat=True).first() or kind.singular)
