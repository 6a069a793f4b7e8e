"""Text of field values: meanings of codes, numbers and dates in local form, with the unit."""

import re
from datetime import date, datetime
from typing import Any

from django.utils import formats
from django.utils.translation import gettext

from layers.city import city
from layers.schema.kind import KindField
from layers.text import HUGE, power_of_ten

UNGROUPED = re.compile(r"year|code|_no$|(^|_)(rok|kod|nr|numer)(_|$)")
"""Names of fields whose numbers are labels; they are written without thousands separators."""
DAY = "j E Y"
"""31 January 2026: E is the month's name in the genitive, which Polish needs."""
MOST_DECIMALS = 3
NO_BREAK = "\u00a0"


def in_words(field: KindField, value: Any, *, unit: bool = True) -> str | None:
    """A value as text in the active language; None where unknown. Example: 1234.5 of an area is "1 234,5 m²"."""
    if value is None or value == "":
        return None
    if field.choices and str(value) in field.choices:
        return str(field.choices[str(value)])
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int | float):
        text = number(value, grouped=not UNGROUPED.search(field.name), decimals=field.decimals)
    elif isinstance(value, date):
        text = day(value)
    else:
        text = str(value)
    return f"{text}{NO_BREAK}{field.unit}" if unit and field.unit else text


def number(value: float, *, grouped: bool = True, decimals: int | None = None) -> str:
    """A number in local form with its decimals, at most `decimals` (by default 3); huge ones as 1.5·10³⁰."""
    if abs(value) >= HUGE:
        factor, power = power_of_ten(value)
        return f"{number(factor)}{power}"
    most = MOST_DECIMALS if decimals is None else decimals
    rounded = round(value, most)
    text = f"{rounded:.{most}f}" if isinstance(value, float) else str(value)
    digits = len(text.split(".")[1].rstrip("0")) if "." in text else 0
    return str(formats.number_format(rounded, digits, use_l10n=True, force_grouping=grouped))


def day(value: date | datetime) -> str:
    """A date as text, in the city's time zone."""
    if isinstance(value, datetime):
        value = value.astimezone(city().timezone).date()
    return str(formats.date_format(value, DAY))


def moment(value: datetime) -> str:
    """Date and time as text, in the city's time zone, whose name is added in the hour that the clock shows twice."""
    local = value.astimezone(city().timezone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    zone = f" {local.tzname()}" if twice else ""
    return f"{formats.date_format(local, DAY)}, {formats.date_format(local, 'H:i')}{zone}"
