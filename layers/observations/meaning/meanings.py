"""The result that all rules have in common: a class with name, colour, shape, reason and rule; numbers in words."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from layers.text import HUGE, Text, power_of_ten

NO_BREAK = "\u00a0"


class Shape(StrEnum):
    """The form of a symbol, for those who do not see its colour. Within a set of classes each has another one."""

    CIRCLE = "circle"
    SQUARE = "square"
    DIAMOND = "diamond"
    TRIANGLE = "triangle"
    HEXAGON = "hexagon"
    STAR = "star"
    RING = "ring"
    """Hollow: nothing is known."""


class Sure(StrEnum):
    """How sure the numbers of a rule are."""

    VERIFIED = "V"
    """Read in a public source that the rule names."""
    KNOWN = "K"
    """From knowledge, not checked again."""
    PROJECT = "D"
    """A proposal of this project, no standard."""

    @property
    def text(self) -> Text:
        """The same in words."""
        return _SURE[self]


_SURE = {
    Sure.VERIFIED: Text("sprawdzone w źródle", "checked in the source"),
    Sure.KNOWN: Text("niesprawdzone w źródle", "not checked in the source"),
    Sure.PROJECT: Text("reguła projektu", "project rule"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the numbers of a result come from. `since` and `until` (not included) bound its validity, None open."""

    version: str
    label: Text
    source: str
    sure: Sure
    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the rule is valid on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value means. `index` counts the classes of its set from the best, 0; None where nothing is known.

    `colour` is #rrggbb. `reason` has value, limit, window and count in words.
    """

    index: int | None
    code: str
    name: Text
    colour: str
    shape: Shape
    reason: Text
    rule: Rule

    @property
    def known(self) -> bool:
        """Whether it is a class at all."""
        return self.index is not None

    @property
    def ink(self) -> str:
        """Black or white, whichever has more contrast on `colour` (WCAG 2.2, relative luminance)."""
        return "#000000" if _luminance(self.colour) > _EVEN_LUMINANCE else "#ffffff"


_EVEN_LUMINANCE = 0.1791
"""Black and white have the same contrast here: (L + 0.05)² = 0.05 · 1.05."""


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@dataclass(frozen=True, slots=True)
class Grade:
    """A class of a set: what all its values have in common."""

    index: int | None
    code: str
    name: Text
    colour: str
    shape: Shape

    def because(self, reason: Text, rule: Rule) -> Meaning:
        """The meaning of a value of this class."""
        return Meaning(self.index, self.code, self.name, self.colour, self.shape, reason, rule)


UNKNOWN = Grade(None, "unknown", Text("brak danych", "no data"), "#8c9296", Shape.RING)


def filled(template: Text, **parts: Text | str | int) -> Text:
    """A template with `{name}` in both languages, each filled with the parts in that language."""
    polish = {name: part.pl if isinstance(part, Text) else part for name, part in parts.items()}
    english = {name: part.en if isinstance(part, Text) else part for name, part in parts.items()}
    return Text(template.pl.format(**polish), template.en.format(**english))


def joined(texts: list[Text], separator: str = "; ") -> Text:
    """Texts one after the other, empty ones left out."""
    return Text(separator.join(one.pl for one in texts if one.pl), separator.join(one.en for one in texts if one.en))


def number(value: float, decimals: int = 2) -> Text:
    """A number with at most so many decimals: 294.5 is "294,5" in Polish and "294.5" in English."""
    if abs(value) >= HUGE:
        factor, power = power_of_ten(value)
        short = number(factor, 3)
        return Text(f"{short.pl}{power}", f"{short.en}{power}")
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = "0" if text == "-0" else text.replace("-", "\u2212")
    return Text(text.replace(".", ","), text)


def amount(value: float, unit: str, decimals: int = 2) -> Text:
    """A number with its unit, after a space that does not break; English has none before “%”."""
    template = Text("{n}{gap}{unit}", "{n}{unit}" if unit == "%" else "{n}{gap}{unit}")
    return filled(template, n=number(value, decimals), gap=NO_BREAK, unit=unit)


def rounded_duration(seconds: float) -> Text:
    """A length of time in whole numbers of its largest fitting unit, for ages: 261 is "4 min"."""
    for size_s, unit, least in ((86400, "d", 2), (3600, "h", 2), (60, "min", 1)):
        if seconds >= size_s * least:
            return amount(int(seconds // size_s), unit, 0)
    return amount(seconds, "s", 0)


def duration(seconds: float) -> Text:
    """A length of time in its largest fitting unit: 5400 is "1,5 h", 600 "10 min", 259200 "3 d"."""
    for size_s, unit, least in ((86400, "d", 2), (3600, "h", 1), (60, "min", 1)):
        if seconds >= size_s * least:
            return amount(seconds / size_s, unit, 2)
    return amount(seconds, "s", 0)
