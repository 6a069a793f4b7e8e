"""The registry of layer kinds: every module here that defines KIND."""

import importlib
import pkgutil

from layers.errors import UnknownKind
from layers.kind import LayerKind

KINDS: dict[str, LayerKind] = {}


def load_kinds() -> None:
    """Import every kind's module and fill KINDS in display order. Called once, by `layers.models`."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    kinds = sorted((module.KIND for module in modules), key=lambda kind: kind.order)
    KINDS.update({kind.slug: kind for kind in kinds})


def kind_of(slug: str) -> LayerKind:
    """The kind with that slug. Raises UnknownKind, naming those that exist."""
    try:
        return KINDS[slug]
    except KeyError:
        raise UnknownKind(f"There is no layer kind “{slug}”; known are: {', '.join(KINDS)}.") from None
