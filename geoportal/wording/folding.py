"""Folding of texts for comparison: lower case without diacritics, like `layers_fold` in the database."""

import unicodedata

STROKED = str.maketrans("łøđ", "lod")
"""Letters that Unicode does not decompose."""


def folded(text: str) -> str:
    """The text in lower case without diacritics. Example: "Łąka" is "laka"."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(STROKED))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
