"""The sources of data. Every module here that defines SOURCE is registered by its slug."""

import importlib
import pkgutil
from typing import Any

from ingest.errors import UnknownSource
from ingest.source import IngestSource


def _load() -> dict[str, IngestSource[Any]]:
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {module.SOURCE.slug: module.SOURCE for module in modules if hasattr(module, "SOURCE")}


SOURCES: dict[str, IngestSource[Any]] = _load()


def source_of(slug: str) -> IngestSource[Any]:
    """The source with that slug. Raises UnknownSource, naming those that exist."""
    try:
        return SOURCES[slug]
    except KeyError:
        raise UnknownSource(f"There is no source “{slug}”; known are: {', '.join(sorted(SOURCES))}.") from None
