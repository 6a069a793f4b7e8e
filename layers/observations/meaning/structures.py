"""Classes of tilt, cracks and vibration of buildings. Numbers and sources stand in `structures.toml`.

No number of it was checked in its source. Only the rules that are there: neither the scales SWD of PN-B-02170 nor
limits for other quantities are known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from layers.errors import BadMeasure, RulesInvalid
from layers.observations.meaning.meanings import UNKNOWN, Grade, Meaning, Rule, amount, filled, joined, number
from layers.observations.meaning.rules import FOLDER, grades, rising, rule, rule_file
from layers.text import Text

Building = Literal["dwelling", "monument", "industrial"]
Quantity = Literal["crack", "tilt", "vibration", "co", "methane"]


@dataclass(frozen=True, slots=True)
class Scale:
    """The rule of a quantity: its unit, classes and remaining numbers as in the file."""

    unit: str
    rule: Rule
    grades: tuple[Grade, ...]
    numbers: Mapping[str, Any]


def scale(quantity: Quantity, folder: Path = FOLDER) -> Scale:
    """The rule of a quantity. Raises RulesInvalid where it is not there."""
    return _scale(quantity, folder / "structures.toml")


@lru_cache(maxsize=16)
def _scale(quantity: str, path: Path) -> Scale:
    try:
        raw = rule_file(path)[quantity]
        return Scale(raw["unit"], rule(raw), grades(raw["classes"]), raw)
    except (KeyError, TypeError, ValueError) as fault:
        raise RulesInvalid(f"Rule file {path}: missing or wrong entry {fault}.") from fault


def crack(width_mm: float, folder: Path = FOLDER) -> Meaning:
    """The class of a crack by its width in millimetres (BRE Digest 251); a width at a limit is in the better class.

    Unknown for NaN. A negative width, which is noise around 0, is a hairline.
    """
    by = scale("crack", folder)
    if not np.isfinite(width_mm):
        return UNKNOWN.because(_NO_VALUE, by.rule)
    upper = rising(by.numbers["upper"])
    at = int(np.searchsorted(upper, width_mm, side="left"))
    band = _up_to(upper, at)
    reason = filled(_CRACK, value=amount(width_mm, by.unit, 3), band=band)
    return by.grades[at].because(joined([reason, by.rule.label]), by.rule)


def _up_to(upper: tuple[float, ...], at: int) -> Text:
    if at == 0:
        return filled(Text("do {most}", "up to {most}"), most=number(upper[0]))
    if at == len(upper):
        return filled(Text("powyżej {above}", "above {above}"), above=number(upper[-1]))
    template = Text("powyżej {above} do {most}", "above {above} to {most}")
    return filled(template, above=number(upper[at - 1]), most=number(upper[at]))


def tilt(tilt_mm_m: float, folder: Path = FOLDER) -> Meaning:
    """The class of a tilt in millimetres per metre, whatever its direction; at a limit (1/500) the higher class.

    Unknown for NaN.
    """
    by = scale("tilt", folder)
    if not np.isfinite(tilt_mm_m):
        return UNKNOWN.because(_NO_VALUE, by.rule)
    ratios: list[float] = by.numbers["one_in"]
    limits = rising([1000 / ratio for ratio in ratios])
    at = int(np.searchsorted(limits, abs(tilt_mm_m), side="right"))
    parts = [filled(_TILT, value=amount(tilt_mm_m, by.unit, 3))]
    if at:
        parts.append(filled(_AT_LEAST, ratio=f"1/{ratios[at - 1]}", limit=amount(limits[at - 1], by.unit)))
    if at < len(limits):
        parts.append(filled(_NEXT, ratio=f"1/{ratios[at]}", limit=amount(limits[at], by.unit)))
    return by.grades[at].because(joined(parts), by.rule)


def guideline_mm_s(frequency_hz: float, building: Building, folder: Path = FOLDER) -> float:
    """The guideline value of vibration in mm/s at a frequency: constant up to 10 Hz, linear to 50 and 100 Hz.

    Above 100 Hz it is the value of 100 Hz. Example: a dwelling at 30 Hz has 10 mm/s. Raises BadMeasure for a
    frequency that is not above 0.
    """
    if not frequency_hz > 0:
        raise BadMeasure(f"A frequency of {frequency_hz} Hz; expected one above 0.")
    numbers = scale("vibration", folder).numbers
    return float(np.interp(frequency_hz, numbers["frequencies_hz"], numbers[building]))


def vibration(ppv_mm_s: float, frequency_hz: float, building: Building, folder: Path = FOLDER) -> Meaning:
    """Whether a peak particle velocity in mm/s at a frequency is above the guideline value of a kind of building.

    A value at the guideline is within it; the sign is a direction. Unknown for NaN of either. Raises BadMeasure for a
    frequency that is not above 0.
    """
    by = scale("vibration", folder)
    if not (np.isfinite(ppv_mm_s) and np.isfinite(frequency_hz)):
        return UNKNOWN.because(_NO_VALUE, by.rule)
    limit = guideline_mm_s(frequency_hz, building, folder)
    reason = filled(
        _VIBRATION,
        value=amount(ppv_mm_s, by.unit),
        frequency=amount(frequency_hz, "Hz"),
        limit=amount(limit, by.unit),
        building=_BUILDINGS[building],
    )
    return by.grades[int(abs(ppv_mm_s) > limit)].because(joined([reason, by.rule.label]), by.rule)


_BUILDINGS: dict[Building, Text] = {
    "dwelling": Text("budynek mieszkalny", "dwelling"),
    "monument": Text("zabytek", "monument"),
    "industrial": Text("budynek przemysłowy", "industrial building"),
}
_NO_VALUE = Text("brak wartości", "no value")
_CRACK = Text("rozwartość {value}, przedział {band} mm", "width {value}, band {band} mm")
_TILT = Text("wychylenie {value}", "tilt {value}")
_AT_LEAST = Text("co najmniej {ratio} ({limit})", "at least {ratio} ({limit})")
_NEXT = Text("następny próg {ratio} ({limit})", "next limit {ratio} ({limit})")
_VIBRATION = Text(
    "{value} przy {frequency}, wartość odniesienia {limit}, {building}",
    "{value} at {frequency}, guideline value {limit}, {building}",
)
