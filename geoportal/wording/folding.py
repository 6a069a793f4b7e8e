"""Texts as they are compared: in small letters without diacritics, as `layers_fold` in the database makes them."""

import unicodedata

STROKED = str.maketrans("łøđ", "lod")
"""Letters that Unicode does not take apart."""


def folded(text: str) -> str:
    """The text in small letters without diacritics. Example: "Łąka" is "laka"."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(STROKED))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
