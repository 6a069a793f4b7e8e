"""Text of studies' amounts: in a sentence, in a table cell, as a difference."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language, gettext

from analysis.public_summary import Amount, Sentence, Unit
from geoportal.wording.values import NO_BREAK, number
from layers.text import Text

MILLION, THOUSAND = 1_000_000, 1_000
NOT_SAID = "–"


def in_sentence(sentence: Sentence) -> str:
    """A sentence with its amounts, money to two significant digits. Example: "… strata około 57 mln zł."."""
    return str(sentence.text).format(**{name: spelled(amount) for name, amount in sentence.amounts.items()})


def spelled(amount: Amount, *, digits: int | None = 2) -> str:
    """An amount with its unit; money to `digits` significant digits (None: as it is)."""
    if amount.value is None:
        return _few(amount)
    if amount.unit.money:
        return money(amount.value, digits)
    return _counted(amount.unit, amount.value)


def cell(amount: Amount) -> str:
    """An amount without its unit, for a column whose heading has it."""
    if amount.value is None:
        return gettext("fewer than {n}").format(n=amount.least) if amount.least else NOT_SAID
    return money(amount.value) if amount.unit.money else number(amount.value, decimals=0)


def difference(now: Amount, before: Amount) -> str:
    """The difference of two amounts, with its sign; a dash where one of them is not public."""
    if now.value is None or before.value is None:
        return NOT_SAID
    change = now.value - before.value
    if not change:
        return gettext("no change")
    sign = "+" if change > 0 else "\u2212"
    size = Amount(abs(change), now.unit)
    percent = (
        "" if not before.value else f" ({sign}{number(abs(100 * change / before.value), decimals=0)}{_percent()})"
    )
    return f"{sign}{cell(size)}{percent}"


def money(value: float, digits: int | None = None) -> str:
    """Złoty in millions or thousands. Example: 57140000 is "57,14 mln zł", to two digits "57 mln zł"."""
    if digits is not None and value:
        value = _to_digits(value, digits)
    for size, words in ((MILLION, Text("mln zł", "million zł")), (THOUSAND, Text("tys. zł", "thousand zł"))):
        if abs(value) >= size:
            return f"{number(value / size, decimals=2)}{NO_BREAK}{words}"
    return f"{number(value, decimals=0)}{NO_BREAK}zł"


def _to_digits(value: float, digits: int) -> float:
    exact = Decimal(str(value))
    place = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return float(exact.quantize(place, ROUND_HALF_UP))


def _percent() -> str:
    return f"{NO_BREAK}%" if (get_language() or "pl").startswith("pl") else "%"


def _few(amount: Amount) -> str:
    if amount.least is None:
        return NOT_SAID
    return gettext("fewer than {n}").format(n=str(amount.unit.forms[2]).format(n=amount.least))


def _counted(unit: Unit, value: float) -> str:
    """The number with the unit's plural form; Polish has three: 1 budynek, 2 budynki, 5 budynków."""
    whole = round(value)
    few = whole % 10 in (2, 3, 4) and whole % 100 not in (12, 13, 14)
    form = unit.forms[0 if whole == 1 else 1 if few else 2]
    return str(form).format(n=number(value, decimals=0)).replace(" ", NO_BREAK)
