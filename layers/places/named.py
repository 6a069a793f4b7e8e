"""The place that somebody names when asking what is near it."""

from layers.access.rules import Access
from layers.errors import UnknownPlace
from layers.places.search import Place, search


def place_named(access: Access, text: str) -> Place:
    """The place that a text means most likely: an address, a street, an object, a position. Raises UnknownPlace."""
    found = search(access, text)
    if not found:
        raise UnknownPlace(f"There is no place “{text[:80]}” in the city.")
    return found[0]
