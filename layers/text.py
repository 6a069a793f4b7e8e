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


HUGE = 1e15
"""From here on the digits of a number cannot be read any more, nor are they all known."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(value: float) -> tuple[float, str]:
    """A huge number as a factor and a power. Example: 1.5e30 is (1.5, "·10³⁰")."""
    factor, _, exponent = f"{value:.3e}".partition("e")
    return float(factor), f"·10{str(int(exponent)).translate(_RAISED)}"
