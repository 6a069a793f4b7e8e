"""What the instruments of the synthetic network measure. Times are seconds since 1970 in which a value begins."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ingest.sensors.simulated.noise import Numbers, normal, smooth, uniform
from ingest.sensors.simulated.weather import (
    DAY_S,
    HOUR_S,
    flood_wave,
    hour_of_day,
    humidity_percent,
    rain_wave,
    stagnation,
    temperature_c,
    wetness,
    year_phase,
)

Formula = Callable[[Numbers, int, float], Numbers]
"""From times, the number of the instrument and its size to values in the unit of the datastream."""
MONTH_S = 30.4375 * DAY_S


def level_cm(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Water level above the gauge zero; `size` is the height of a flood wave in centimetres."""
    rise_s = (2 + size / 60) * HOUR_S
    wave = flood_wave(times_s, rise_s) + rain_wave(times_s, rise_s)
    base = 45 + 0.12 * size + 6 * year_phase(times_s) + 4 * smooth(times_s, 9 * DAY_S, salt)
    return np.round(base + size * wave + 0.4 * _noise(times_s, salt), 1)


def water_temperature_c(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Temperature of the river: that of the air, later and damped."""
    damped = np.maximum(0.1, 1.5 + 0.85 * temperature_c(times_s - 6 * HOUR_S))
    return np.round(damped + 0.05 * _noise(times_s, salt), 2)


def pm10(times_s: Numbers, salt: int, size: float) -> Numbers:
    """PM10 in micrograms per cubic metre: heating in cold evenings, gathered where the air stands still."""
    hour = hour_of_day(times_s)
    evening = np.exp(-(((hour - 21.5 + 12) % 24 - 12) ** 2) / 18) + 0.6 * np.exp(-((hour - 7.5) ** 2) / 4)
    heating = np.clip((14 - temperature_c(times_s)) / 18, 0, 1.3)
    still = stagnation(times_s)
    smog = 1 + 7 * np.clip(still - 0.6, 0, 1) * heating
    washed = 1 - 0.45 * np.minimum(wetness(times_s, 0.4 * DAY_S), 1)
    value = size * (9 + 10 * still + 22 * heating * (0.4 + evening)) * smog * washed
    return np.round(value * np.exp(0.09 * _noise(times_s, salt)), 1)


def pm25(times_s: Numbers, salt: int, size: float) -> Numbers:
    """PM2.5: the finer part, larger in winter."""
    share = 0.6 + 0.13 * year_phase(times_s)
    return np.round(pm10(times_s, salt - 1, size) * share * np.exp(0.05 * _noise(times_s, salt)), 1)


def no2(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Nitrogen dioxide in micrograms per cubic metre: traffic of working days."""
    hour, weekday = hour_of_day(times_s), np.floor(times_s / DAY_S + 3) % 7
    traffic = np.exp(-((hour - 8) ** 2) / 6) + np.exp(-((hour - 17) ** 2) / 8)
    busy = np.where(weekday < 5, 1.0, 0.55)
    value = size * (7 + 24 * traffic * busy) * (0.6 + 0.9 * stagnation(times_s)) * (1 + 0.2 * year_phase(times_s))
    return np.round(value * np.exp(0.12 * _noise(times_s, salt)), 1)


def air_temperature_c(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Air temperature in degrees Celsius; `size` is what the place is warmer than the others."""
    return np.round(temperature_c(times_s) + size + 0.15 * _noise(times_s, salt), 1)


def air_humidity_percent(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Relative humidity in percent; `size` is what the place is moister than the others."""
    return np.asarray(np.round(np.clip(humidity_percent(times_s) + size + 0.8 * _noise(times_s, salt), 5, 100), 1))


def litter_moisture_percent(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Moisture of forest litter in percent of its dry weight: wetted by rain, dried by warm days; `size` near 1."""
    winter = 1 + year_phase(times_s)
    dry = 9 + 9 * winter
    wet = 48 * wetness(times_s, (1.5 + 1.5 * winter) * DAY_S)
    return np.asarray(np.round(np.clip(size * (dry + wet) + 0.6 * _noise(times_s, salt), 4, 90), 1))


def tilt_mm_m(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Tilt of a wall in millimetres per metre since January 2025; `size` is its yearly growth."""
    years = (times_s - 1_735_689_600) / (365.25 * DAY_S)
    growth = size * years + 0.25 * size * np.maximum(years - 1.6, 0) ** 2
    heat = 0.012 * (temperature_c(times_s) - 8.5)
    return np.round(growth + heat + 0.01 * _noise(times_s, salt), 3)


def crack_mm(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Width of a crack in millimetres: narrower in heat, slowly wider."""
    years = (times_s - 1_735_689_600) / (365.25 * DAY_S)
    return np.round(1.2 + size * years - 0.008 * (temperature_c(times_s) - 8.5) + 0.004 * _noise(times_s, salt), 3)


def co_ppm(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Carbon monoxide in a home in parts per million; one cold evening of a month it is dangerous."""
    month: NDArray[np.int64] = np.floor(times_s / MONTH_S).astype(np.int64)
    since_s = times_s - (month + uniform(month, salt)) * MONTH_S
    event = size * np.exp(-(((since_s - HOUR_S) / (0.5 * HOUR_S)) ** 2)) * np.clip(year_phase(times_s) + 0.6, 0, 1)
    return np.round(np.maximum(0, 1.2 + 0.8 * _noise(times_s, salt)) + event, 1)


def battery_v(times_s: Numbers, salt: int, size: float) -> Numbers:
    """Voltage of a battery that the sun charges; `size` is its mean in volts."""
    charge = 0.25 * np.sin((hour_of_day(times_s) - 9) * np.pi / 12) - 0.2 * year_phase(times_s)
    return np.round(size + charge + 0.02 * _noise(times_s, salt), 2)


def broken(times_s: Numbers, values: Numbers) -> Numbers:
    """The values of an instrument that is stuck for four days of each month, and in their last hours gives -999."""
    part_days = (times_s % MONTH_S) / DAY_S
    stuck = (part_days >= 18) & (part_days < 22)
    lost = stuck & (part_days >= 21.75)
    return np.where(lost, -999.0, np.where(stuck, 41.7, values))


def _noise(times_s: Numbers, salt: int) -> Numbers:
    return normal((times_s / 60).astype(np.int64), salt)


FORMULAS: Mapping[str, Formula] = {
    "level": level_cm,
    "water_temperature": water_temperature_c,
    "PM10": pm10,
    "PM2.5": pm25,
    "NO2": no2,
    "temperature": air_temperature_c,
    "humidity": air_humidity_percent,
    "litter_moisture": litter_moisture_percent,
    "tilt": tilt_mm_m,
    "crack": crack_mm,
    "co": co_ppm,
    "battery": battery_v,
}
"""By the code of the observed property."""
