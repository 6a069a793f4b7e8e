"""Names of observed properties in both languages: sources declare them in one."""

from layers.observations.models import ObservedProperty
from layers.text import Text

_ENGLISH = {
    "level": "water level",
    "water_temperature": "water temperature",
    "temperature": "air temperature",
    "humidity": "relative humidity",
    "precipitation": "precipitation",
    "litter_moisture": "moisture of forest litter",
    "tilt": "tilt",
    "crack": "width of a crack",
    "vibration": "vibration",
    "co": "carbon monoxide",
    "methane": "methane",
    "battery": "battery",
    "NO2": "nitrogen dioxide",
    "SO2": "sulphur dioxide",
    "O3": "ozone",
    "CO": "carbon monoxide",
    "C6H6": "benzene",
    "PM10": "PM10",
    "PM2.5": "PM2.5",
}
"""By the code of the property."""


def property_name(one: ObservedProperty) -> Text:
    """The name as its source has it, and in English where it is known."""
    return Text(one.name, _ENGLISH.get(one.code, one.name))
