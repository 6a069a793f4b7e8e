"""A language in which everything that passes through gettext or a kind's Text is Polish in brackets."""

from collections.abc import Callable
from typing import Any

from django.utils import translation
from django.utils.translation import trans_real

from layers.text import Text


def bracketed(text: str) -> str:
    return f"⟦{text}⟧" if text.strip() else text


def install(replace: Callable[[Any, str, Any], None]) -> None:
    """Make this process use the language; `replace(owner, name, value)` is `setattr` or one that can be undone."""
    plain, plural = trans_real.gettext, trans_real.ngettext
    context, context_plural = trans_real.pgettext, trans_real.npgettext
    fakes = {
        "gettext": lambda text: bracketed(plain(text)),
        "ngettext": lambda one, many, n: bracketed(plural(one, many, n)),
        "pgettext": lambda about, text: bracketed(context(about, text)),
        "npgettext": lambda about, one, many, n: bracketed(context_plural(about, one, many, n)),
    }
    for name, fake in fakes.items():
        replace(vars(translation)["_trans"], name, fake)
    replace(Text, "__str__", lambda self: bracketed(self.pl))
