"""The place that somebody names when asking what is near it."""

from layers.access import Access
from layers.errors import UnknownPlace
from layers.positions import position


def place_named(access: Access, text: str) -> tuple[str, tuple[float, float]]:
    """How the place is called, and its longitude and latitude. Raises UnknownPlace."""
    meant = position(text[:200].replace("\0", " "))
    if meant is None or not meant.inside:
        raise UnknownPlace(f"There is no place “{text[:80]}” in the city.")
    return meant.title, (meant.longitude, meant.latitude)
