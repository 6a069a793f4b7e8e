"""Texts in Polish and English, chosen by the active language when shown."""

from dataclasses import dataclass

from django.utils.translation import get_language


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Polish and English. `str()` gives the active language, Polish where another one is active."""

    pl: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "pl").startswith("en") else self.pl
