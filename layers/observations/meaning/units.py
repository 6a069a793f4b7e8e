"""Units of concentrations: mass in a cubic metre of air."""

import numpy as np

from layers.errors import BadMeasure
from layers.observations.columns import Numbers

MICROGRAMS, MILLIGRAMS, NANOGRAMS = "µg/m³", "mg/m³", "ng/m³"
_SIZES = {"ng/m3": (NANOGRAMS, -3), "ug/m3": (MICROGRAMS, 0), "mg/m3": (MILLIGRAMS, 3)}
_SIGNIFICANT = 12


def unit_named(symbol: str) -> str:
    """A unit as this package spells it: "ug/m3" and "μg/m³" are "µg/m³". Raises BadMeasure for others, such as ppb.

    Parts per billion cannot be converted without temperature and pressure.
    """
    plain = symbol.strip().replace("µ", "u").replace("μ", "u").replace("³", "3").lower()
    if plain not in _SIZES:
        raise BadMeasure(f"“{symbol}” is no mass in a cubic metre; expected ng/m³, µg/m³ or mg/m³.")
    return _SIZES[plain][0]


def converted(values: Numbers, unit: str, to: str) -> Numbers:
    """Values (n,) of one unit in another one, free of the noise of the multiplication. Raises BadMeasure."""
    exponents = dict(_SIZES.values())
    shift = exponents[unit_named(unit)] - exponents[unit_named(to)]
    if not shift:
        return values
    moved = values * 10.0**shift if shift > 0 else values / 10.0**-shift
    return np.array([float(f"{one:.{_SIGNIFICANT}g}") for one in np.atleast_1d(moved)], dtype=np.float64)
