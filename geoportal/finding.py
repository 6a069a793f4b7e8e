"""Layers found by the words in which they are described."""

from geoportal.folding import folded
from layers.access import Access, fields_for
from layers.kind import LayerKind


def tells(access: Access, kind: LayerKind, words: str) -> bool:
    """Whether a layer's title, description, theme or visible fields hold all the words, in either language."""
    texts = [kind.title, kind.singular, kind.description, kind.theme, kind.source.name]
    texts += [field.title for field in fields_for(access, kind)]
    told = folded(" ".join(f"{text.pl} {text.en}" for text in texts))
    return all(word in told for word in folded(words).split())
