"""Areas, lengths and shares as text in readable units and precision."""

from django.utils.formats import number_format

from geoportal.wording.values import NO_BREAK, number

HECTARE_M2 = 10_000.0
KM2_M2 = 1_000_000.0


def area(square_metres: float) -> str:
    """Example: 745 m², 3.21 ha, 5.4 km² (with the local decimal sign)."""
    if square_metres < HECTARE_M2:
        return f"{number(round(square_metres))}{NO_BREAK}m²"
    if square_metres < KM2_M2:
        return f"{_fixed(square_metres / HECTARE_M2, 2)}{NO_BREAK}ha"
    return f"{_fixed(square_metres / KM2_M2, 2)}{NO_BREAK}km²"


def length(metres: float) -> str:
    """Example: 341 m, 27.75 km."""
    return f"{number(round(metres))}{NO_BREAK}m" if metres < 1000 else f"{_fixed(metres / 1000, 2)}{NO_BREAK}km"


def distance(metres: float) -> str:
    """A rounded distance: 7 m, 340 m, 1.7 km."""
    return f"{number(round(metres))}{NO_BREAK}m" if metres < 1000 else f"{_fixed(metres / 1000, 1)}{NO_BREAK}km"


def percent(share: float) -> str:
    """A share in percent. Examples: 0.128507 gives 12.9%; 0.99998, 100%; a tiny one, <0.1%."""
    if 0 < share < 0.0005:
        return f"<{_fixed(0.1, 1)}%"
    return "100%" if abs(share - 1) < 0.0005 else f"{_fixed(share * 100, 1)}%"


def _fixed(value: float, decimals: int) -> str:
    """A number with a fixed number of decimals; rounded here, because Django truncates digits."""
    return str(number_format(round(value, decimals), decimals, use_l10n=True, force_grouping=True))
