"""Whose rights a request has."""

from django.http import HttpRequest

from layers.access import ANONYMOUS, Access, may_see
from layers.errors import UnknownKind
from layers.kind import LayerKind
from layers.kinds import KINDS, kind_of


def access_of(request: HttpRequest) -> Access:
    """The rights of whoever sent the request. Everyone is anonymous until there are accounts."""
    return ANONYMOUS


def visible_kind(request: HttpRequest, slug: str) -> LayerKind:
    """The kind with that slug; one the visitor may not see does not exist for them. Raises UnknownKind."""
    kind = KINDS.get(slug)
    if kind is None or not may_see(access_of(request), kind):
        open_slugs = [one.slug for one in KINDS.values() if may_see(access_of(request), one)]
        raise UnknownKind(f"There is no layer “{slug}”; there are: {', '.join(open_slugs)}.")
    return kind_of(slug)
