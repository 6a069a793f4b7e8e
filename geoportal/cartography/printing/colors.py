"""Parsing and mixing of colours in styles."""

import re
from dataclasses import dataclass

from geoportal.cartography.printing.errors import UnknownStyle

HEX = re.compile(r"#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
RGB = re.compile(r"rgba?\(\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*(?:,\s*([\d.]+)\s*)?\)")


@dataclass(frozen=True, slots=True)
class Color:
    """Red, green, blue and opacity, each 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    @property
    def hex(self) -> str:
        """Red, green and blue as `#rrggbb`."""
        return "#" + "".join(f"{round(255 * part):02x}" for part in (self.red, self.green, self.blue))

    def faded(self, opacity: float) -> "Color":
        """The colour with its opacity multiplied."""
        return Color(self.red, self.green, self.blue, self.alpha * opacity)

    def towards(self, other: "Color", share: float) -> "Color":
        """The mix with another colour by its share (0 to 1), premultiplied by opacity as in MapLibre."""
        alpha = self.alpha + (other.alpha - self.alpha) * share
        if alpha == 0:
            return Color(self.red, self.green, self.blue, 0.0)
        pairs = zip((self.red, self.green, self.blue), (other.red, other.green, other.blue), strict=True)
        red, green, blue = (
            (mine * self.alpha * (1 - share) + theirs * other.alpha * share) / alpha for mine, theirs in pairs
        )
        return Color(red, green, blue, alpha)


WHITE = Color(1, 1, 1)


def color_of(text: "str | Color") -> Color:
    """A colour from hex digits (also with opacity), `rgb()`, `rgba()` or "transparent". Raises UnknownStyle."""
    if isinstance(text, Color):
        return text
    if text == "transparent":
        return Color(0, 0, 0, 0.0)
    if match := HEX.fullmatch(text):
        digits = match[1] if len(match[1]) > 4 else "".join(2 * digit for digit in match[1])
        return Color(*(int(digits[at : at + 2], 16) / 255 for at in range(0, len(digits), 2)))
    if match := RGB.fullmatch(text):
        red, green, blue = (float(match[part]) / 255 for part in (1, 2, 3))
        return Color(red, green, blue, float(match[4]) if match[4] else 1.0)
    raise UnknownStyle(f"Printing does not know the colour {text!r}.")
