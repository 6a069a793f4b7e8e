"""The rights of a request."""

from django.http import HttpRequest

from geoportal.accounts.visitors import visitor_of
from layers.access.rules import Access, may_see, visible_kinds
from layers.errors import NotEditable, UnknownKind
from layers.kinds import KINDS
from layers.schema.kind import LayerKind
from layers.store.drafts import refuse_uneditable


def access_of(request: HttpRequest) -> Access:
    """The access level of the request's visitor."""
    return visitor_of(request).access


def visible_kind(request: HttpRequest, slug: str) -> LayerKind:
    """The kind with that slug. Raises UnknownKind, also for a kind that the visitor may not see."""
    kind, access = KINDS.get(slug), access_of(request)
    if kind is None or not may_see(access, kind):
        there_are = ", ".join(one.slug for one in visible_kinds(access))
        raise UnknownKind(f"There is no layer “{slug[:60]}”; there are: {there_are}.")
    return kind


def may_edit(request: HttpRequest, kind: LayerKind) -> bool:
    """Whether the visitor may change features of a kind, and the kind is edited by hand."""
    if not visitor_of(request).can("edit"):
        return False
    try:
        refuse_uneditable(kind)
    except NotEditable:
        return False
    return True
