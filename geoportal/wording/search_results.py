"""Search of layers by their titles, descriptions and fields."""

import re
from os.path import commonprefix

from geoportal.wording.folding import folded
from layers.access.rules import Access, fields_for
from layers.schema.kind import LayerKind

WORD = re.compile(r"\w+")
SHORT, ENDING = 4, 3
"""Fewest letters of a common stem, and most letters of a Polish ending."""


def matches(access: Access, kind: LayerKind, words: str) -> bool:
    """Whether a layer's title, description, theme, slug, source or visible fields contain all the words, in either
    language; other grammatical forms of a word ("przystanków") match too."""
    texts = [kind.title, kind.singular, kind.description, kind.theme, kind.source.name]
    texts += [field.title for field in fields_for(access, kind)]
    searched = folded(" ".join([kind.slug.replace("_", " "), *(f"{text.pl} {text.en}" for text in texts)]))
    known = WORD.findall(searched)
    return all(
        word in searched or any(_alike(word, one) for one in known)
        for word in WORD.findall(folded(words.replace("_", " ")))
    )


def _alike(word: str, other: str) -> bool:
    """Whether two words differ only in their endings."""
    return len(word) > SHORT and len(commonprefix((word, other))) >= max(SHORT, len(word) - ENDING)
