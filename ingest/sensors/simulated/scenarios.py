"""What one may ask the simulator to let happen: a flood wave, a night of smog, a broken instrument."""

from collections.abc import Callable, Mapping

import numpy as np

from ingest.sensors.simulated.network import Instrument
from ingest.sensors.simulated.noise import Numbers

HOUR_S = 3600.0
RISE_S = 3 * HOUR_S
SMOG_S = 14 * HOUR_S
BROKEN = "demo/air-centrum"
BROKEN_S = 14 * HOUR_S
"""So long the broken sensor shows equal values, two hours longer than quality control waits; then -999."""
Change = Callable[[Instrument, Numbers, Numbers], Numbers]
"""From an instrument, seconds since the beginning and its values to the values of the scenario."""


def _flood(one: Instrument, since_s: Numbers, values: Numbers) -> Numbers:
    if one.quantity.code != "level":
        return values
    part = np.maximum(since_s, 0) / RISE_S
    return np.asarray(np.round(values + 1.6 * one.size * part * np.exp(1 - part), 1))


def _smog(one: Instrument, since_s: Numbers, values: Numbers) -> Numbers:
    if one.quantity.code not in ("PM10", "PM2.5"):
        return values
    inside = (since_s >= 0) & (since_s <= SMOG_S)
    return np.asarray(np.round(np.where(inside, values * (1 + 4 * np.sin(np.pi * since_s / SMOG_S)), values), 1))


def _broken(one: Instrument, since_s: Numbers, values: Numbers) -> Numbers:
    if one.stream.thing.code != BROKEN or one.quantity.code != "PM10":
        return values
    return np.where(since_s > BROKEN_S, -999.0, np.where(since_s >= 0, 33.3, values))


SCENARIOS: Mapping[str, Change] = {"flood": _flood, "smog": _smog, "broken": _broken}
