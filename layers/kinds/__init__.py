"""The registry of layer kinds: every module here that defines KIND, and planners' layers.

Its dict is never changed in place, only replaced, so a thread that iterates over it is not affected when another
thread adds or removes a layer.
"""

import importlib
import pkgutil
from collections.abc import ItemsView, Iterator, Mapping, MutableMapping, ValuesView
from contextlib import contextmanager
from contextvars import ContextVar

from layers.errors import UnknownKind
from layers.schema.kind import LayerKind


class Kinds(MutableMapping[str, LayerKind]):
    """Kinds by slug, in display order. Thread-safe."""

    def __init__(self) -> None:
        self._content: dict[str, LayerKind] = {}
        self._made: frozenset[str] = frozenset()
        self._trial: ContextVar[dict[str, LayerKind] | None] = ContextVar("trial_kinds", default=None)

    def _now(self) -> dict[str, LayerKind]:
        trial = self._trial.get()
        return self._content | trial if trial else self._content

    def __getitem__(self, slug: str) -> LayerKind:
        return self._now()[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def __setitem__(self, slug: str, kind: LayerKind) -> None:
        self._content = self._content | {slug: kind}

    def __delitem__(self, slug: str) -> None:
        self._content = {name: kind for name, kind in self._content.items() if name != slug}

    def values(self) -> ValuesView[LayerKind]:
        """All current kinds."""
        return self._now().values()

    def items(self) -> ItemsView[str, LayerKind]:
        """All current slugs and kinds."""
        return self._now().items()

    def made(self) -> dict[str, LayerKind]:
        """The planners' layers that this process has loaded, by slug."""
        return {slug: kind for slug, kind in self._content.items() if slug in self._made}

    def replace_made(self, kinds: Mapping[str, LayerKind]) -> None:
        """Replace all planners' layers by these; they come after the kinds of the code."""
        declared = {slug: kind for slug, kind in self._content.items() if slug not in self._made}
        self._made, self._content = frozenset(kinds), declared | dict(kinds)

    @contextmanager
    def with_trial(self, kind: LayerKind) -> Iterator[None]:
        """Register a kind inside the block, in this context only, for a dry run."""
        token = self._trial.set({**(self._trial.get() or {}), kind.slug: kind})
        try:
            yield
        finally:
            self._trial.reset(token)


KINDS = Kinds()


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
