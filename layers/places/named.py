"""The best search result for a place name, for questions about what is near it."""

from layers.access.rules import Access
from layers.errors import UnknownPlace
from layers.places.search import Place, search


def place_named(access: Access, text: str) -> Place:
    """The best match of a text: an address, a street, a feature or coordinates. Raises UnknownPlace."""
    found = search(access, text)
    if not found:
        raise UnknownPlace(f"There is no place “{text[:80]}” in the city.")
    return found[0]
