"""The lines of a chart: numbers of the rules in the datastream's unit, over values of their own averaging time."""

import pytest

from layers.observations.live.thresholds import thresholds
from layers.observations.specs import Unit
from tests.layers.observations.live.test_stations import NOW, PERCENT, declared

pytestmark = pytest.mark.django_db
SCALES = {
    "tilt": (Unit("", "mm/m"), [2, 4, 6.667, -2, -4, -6.667]),
    "crack": (Unit("", "mm"), [0.1, 1, 5, 15, 25]),
    "co": (Unit("", "ppm"), [50, 300]),
    "methane": (PERCENT, [10, 20]),
    "litter_moisture": (PERCENT, [12, 25, 40]),
    "humidity": (PERCENT, []),
}


@pytest.mark.parametrize("code", SCALES)
def test_classes_have_their_limits_as_lines(code: str):
    unit, values = SCALES[code]
    (stream,) = declared("x", {code: unit})
    found = thresholds(stream, "raw", NOW)
    assert [round(one.value, 3) for one in found] == values
    assert all(one.name.pl and one.name.en and one.rule.label.pl for one in found)


def test_another_unit_has_no_lines_of_classes():
    (stream,) = declared("x", {"tilt": Unit("", "°")})
    assert thresholds(stream, "raw", NOW) == []


def test_a_limit_is_given_in_the_unit_of_the_datastream_and_none_in_a_unit_without_mass():
    milligrams, parts = declared("x", {"PM10": Unit("", "mg/m³"), "NO2": Unit("", "ppb")})
    assert [one.value for one in thresholds(milligrams, "daily", NOW)] == [0.05, 0.045]
    assert thresholds(parts, "hourly", NOW) == []


def test_what_is_no_hourly_mean_has_no_hourly_limit():
    (stream,) = declared("x", {"NO2": Unit("", "µg/m³")}, 600)
    assert thresholds(stream, "raw", NOW) == []
    assert [one.value for one in thresholds(stream, "hourly", NOW)] == [200]
