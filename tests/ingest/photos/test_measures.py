"""Numbers, angles and times as cameras write them."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.photos import measures
from ingest.photos.measures import Angle
from tests.tiers import examples


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 4), 0.25), ("25/2", 12.5), (b"12.5\x00", 12.5), ((3,), 3.0), ("0/0", None), ("", None),
        ("abc", None), (math.nan, None), (math.inf, None), (True, None), (None, None), ((1, 2), None),
        ("1e400", None), ("1_0", None),
    ],
)  # fmt: skip
def test_numbers(value: object, expected: float | None) -> None:
    assert measures.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((50, 52, Fraction(1301, 100)), Angle(50 + 52 / 60 + 13.01 / 3600, "", False)),
        ((51, 1, 30), Angle(51 + 1 / 60 + 30 / 3600, "", True)),
        ((51, 1, ""), Angle(51 + 1 / 60, "", True)),
        ((50, Fraction(522168, 10000)), Angle(50 + 52.2168 / 60, "", False)),
        ("50,52.2168N", Angle(50 + 52.2168 / 60, "N", False)),
        ("20/1 37/1 5300/100 W", Angle(20 + 37 / 60 + 53 / 3600, "W", True)),
        ("-20.5", Angle(-20.5, "", False)),
        (50.25, Angle(50.25, "", False)),
        ((50, 61, 0), None),
        ((math.nan, 1, 1), None),
        ((1, 2, 3, 4), None),
        ("", None),
        (b"\x00", None),
    ],
)
def test_angles(value: object, expected: Angle | None) -> None:
    found = measures.angle(value)
    assert (found is None) == (expected is None)
    if found and expected:
        assert found.degrees == pytest.approx(expected.degrees, abs=1e-12)
        assert (found.letter, found.whole) == (expected.letter, expected.whole)


@settings(max_examples=examples(200), deadline=None)
@given(st.floats(0, 180), st.sampled_from("NSEW"))
def test_every_way_of_writing_an_angle_gives_it(degrees: float, letter: str) -> None:
    minutes = degrees % 1 * 60
    written = [
        f"{degrees:.10f}{letter}",
        f"{int(degrees)},{minutes:.8f}{letter}",
        f"{int(degrees)},{int(minutes)},{minutes % 1 * 60:.6f}{letter}",
    ]
    for text in written:
        found = measures.angle(text)
        assert found is not None
        assert found.degrees == pytest.approx(degrees, abs=1e-8)
        assert found.letter == letter


@settings(max_examples=examples(200), deadline=None)
@given(
    st.one_of(st.text(max_size=40), st.binary(max_size=40), st.lists(st.one_of(st.floats(), st.text(), st.none())))
)
def test_no_value_raises(value: object) -> None:
    for parse in (
        measures.number,
        measures.angle,
        measures.local_and_offset,
        measures.offset,
        measures.mapillary_time,
    ):
        parse(value)
    measures.gps_time(value, value)
    measures.epoch(measures.text(value))


@pytest.mark.parametrize(
    ("value", "moment", "zone"),
    [
        ("2022:10:19 08:56:34", "2022-10-19T08:56:34", None),
        ("2022-10-19T08:56:34.25+02:00", "2022-10-19T08:56:34.250000", "+02:00"),
        ("2022-10-19T08:56:34Z", "2022-10-19T08:56:34", "+00:00"),
        ("2022:10:19 08:56:60", "2022-10-19T08:57:00", None),
        ("0000:00:00 00:00:00", None, None),
        ("2022:13:19 08:56:34", None, None),
        ("", None, None),
    ],
)
def test_times(value: str, moment: str | None, zone: str | None) -> None:
    found, offset = measures.local_and_offset(value)
    assert (found.isoformat() if found else None, offset) == (moment, zone)


def test_times_of_gps_and_mapillary() -> None:
    assert measures.gps_time("2021:07:29", (9, 16, Fraction(109, 2))) == "2021-07-29T09:16:54.500000Z"
    assert measures.gps_time("2021:07:29", "9:16:54") == "2021-07-29T09:16:54Z"
    assert measures.gps_time("", (9, 16, 54)) is None
    assert measures.gps_time("2021:07:29", (math.nan, 16, 54)) is None
    assert measures.mapillary_time("2014_06_07_10_24_05_656") == "2014-06-07T10:24:05.656000Z"
    assert measures.epoch("1970-01-01T00:01:00Z") == measures.epoch("1970-01-01T00:01:00") == 60
    assert math.isnan(measures.epoch(None))
