"""Classes of domain.md 10: cracks, tilt, vibration, carbon monoxide, methane."""

import numpy as np
import pytest

from layers.errors import BadMeasure, RulesInvalid
from layers.observations.meaning.gases import ALARM, BELOW, RAISED, carbon_monoxide, methane
from layers.observations.meaning.structures import Building, crack, guideline_mm_s, scale, tilt, vibration
from tests.layers.observations.meaning.series import NAN, moments, numbers

START = "2026-01-15T18:00"


@pytest.mark.parametrize(
    ("width", "code"),
    [
        (0.1, "hairline"),
        (0.11, "very_slight"),
        (1, "very_slight"),
        (1.01, "slight"),
        (5, "slight"),
        (5.01, "moderate"),
        (15, "moderate"),
        (15.01, "severe"),
        (25, "severe"),
        (25.01, "very_severe"),
    ],
)
def test_cracks_by_bre_251(width: float, code: str) -> None:
    assert crack(width).code == code


def test_the_reason_of_a_crack_has_its_width_and_band() -> None:
    assert "rozwartość 1,234\u00a0mm, przedział powyżej 1 do 5 mm" in crack(1.234).reason.pl
    assert "band up to 0.1 mm" in crack(0.05).reason.en and "band above 25 mm" in crack(30).reason.en
    assert crack(NAN).index is None and crack(np.inf).index is None


@pytest.mark.parametrize(
    ("mm_m", "code"),
    [
        (1.99, "invisible"),
        (2, "visible"),
        (-2, "visible"),
        (3.99, "visible"),
        (4, "check"),
        (6.66, "check"),
        (1000 / 150, "structural_concern"),
        (-7, "structural_concern"),
    ],
)
def test_tilt_by_one_in_500_250_and_150(mm_m: float, code: str) -> None:
    assert tilt(mm_m).code == code


def test_the_reason_of_a_tilt_has_the_limit_reached_and_the_next() -> None:
    assert "at least 1/250 (4\u00a0mm/m); next limit 1/150 (6.67\u00a0mm/m)" in tilt(5).reason.en
    assert "następny próg 1/500" in tilt(0).reason.pl
    assert tilt(NAN).index is None


@pytest.mark.parametrize(
    ("building", "values"),
    [
        ("dwelling", [5, 5, 10, 15, 17.5, 20, 20]),
        ("monument", [3, 3, 5.5, 8, 9, 10, 10]),
        ("industrial", [20, 20, 30, 40, 45, 50, 50]),
    ],
)
def test_guideline_values_of_din_4150_3(building: Building, values: list[float]) -> None:
    """Constant up to 10 Hz, on straight lines to 50 and 100 Hz, and that of 100 Hz above."""
    frequencies = (1, 10, 30, 50, 75, 100, 140)
    assert [guideline_mm_s(one, building) for one in frequencies] == pytest.approx(values)


def test_vibration_at_the_guideline_value_is_within_it_in_either_direction() -> None:
    assert [vibration(ppv, 30, "dwelling").index for ppv in (10, -10, 10.01, -10.01)] == [0, 0, 1, 1]
    assert (
        "przy 30\u00a0Hz, wartość odniesienia 10\u00a0mm/s, budynek mieszkalny"
        in vibration(8, 30, "dwelling").reason.pl
    )
    assert [vibration(ppv, hz, "monument").index for ppv, hz in ((NAN, 30), (3, NAN))] == [None, None]
    with pytest.raises(BadMeasure, match="above 0"):
        vibration(3, 0, "monument")


def co(minutes: list[float], ppm: list[float]) -> int | None:
    """The class of the last of some values of carbon monoxide."""
    return carbon_monoxide(moments(START, minutes), numbers(ppm)).index


def test_carbon_monoxide_alarms_at_50_ppm_after_an_hour() -> None:
    minutes: list[float] = list(range(0, 70, 10))
    assert co(minutes, [50] * 7) == ALARM
    assert co(minutes[:6], [50] * 6) == RAISED
    assert co(minutes, [50, 50, 50, 49.9, 50, 50, 50]) == RAISED
    assert co(minutes, [50] * 6 + [49.9]) == BELOW


def test_carbon_monoxide_alarms_at_100_ppm_after_ten_minutes_and_at_300_at_once() -> None:
    assert (co([0, 10], [100, 100]), co([0, 9], [100, 100]), co([0], [100])) == (ALARM, RAISED, RAISED)
    assert (co([0], [300]), co([0], [299.9])) == (ALARM, RAISED)


def test_the_time_of_carbon_monoxide_runs_from_the_first_value_after_a_lower_one() -> None:
    assert co(list(range(0, 80, 10)), [40, *[50] * 7]) == ALARM
    assert co(list(range(0, 70, 10)), [40, *[50] * 6]) == RAISED
    found = carbon_monoxide(moments(START, [0, 10, 20, 30]), numbers([60, 40, 60, 60]))
    assert "at least 50\u00a0ppm for 10\u00a0min" in found.reason.en


def test_a_gap_ends_an_exposure_and_values_that_are_missing_do_not() -> None:
    assert co([0, 26], [100, 100]) == RAISED
    assert co([0, 25], [100, 100]) == ALARM
    assert co([0, 10, 20], [100, NAN, 100]) == ALARM


def test_the_reason_of_carbon_monoxide_has_level_time_and_threshold() -> None:
    found = carbon_monoxide(moments(START, [0, 20]), numbers([60, 60]))
    assert "co najmniej 50\u00a0ppm od 20\u00a0min, alarm po: 1\u00a0h" in found.reason.pl
    calm = carbon_monoxide(moments(START, [0]), numbers([1.2]))
    assert "lowest threshold 50\u00a0ppm for 1\u00a0h" in calm.reason.en
    assert carbon_monoxide(moments(START, []), numbers([])).index is None
    assert carbon_monoxide(moments(START, [0]), numbers([NAN])).index is None
    with pytest.raises(BadMeasure, match="rise"):
        carbon_monoxide(moments(START, [0, 0]), numbers([1, 1]))


def test_methane_alarms_lie_between_10_and_20_percent_of_the_explosive_limit() -> None:
    found = [methane(one).index for one in (0, 9.9, 10, 19.9, 20, 100)]
    assert found == [0, 0, 1, 1, 2, 2]
    assert methane(NAN).index is None
    assert methane(12).reason.pl.startswith("12\u00a0% DGW") and methane(12).reason.en.startswith("12% LEL")


def test_no_scale_is_there_that_the_rules_do_not_have() -> None:
    with pytest.raises(RulesInvalid, match="swd"):
        scale("swd")  # type: ignore[arg-type]  # a scale that is not known here
