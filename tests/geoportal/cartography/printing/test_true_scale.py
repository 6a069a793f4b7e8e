"""A sheet is measured with a ruler, here pdfplumber's: lengths, shapes, places, paper and scale bar are right."""

import json
import math
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pdfplumber
import pytest
from django.test import Client
from pdfplumber.page import Page
from pyproj import Transformer

from tests.geoportal.conftest import RYNEK_2178

pytestmark = pytest.mark.usefixtures("small_city")

MM = 25.4 / 72
MARK = (0x7B / 255, 0x1F / 255, 0xA2 / 255)
"""The first colour of the drawing tool."""
TO_DEGREES = Transformer.from_crs("EPSG:2178", "EPSG:4326", always_xy=True)


def in_degrees(x: float, y: float) -> list[float]:
    return list(TO_DEGREES.transform(x, y))


def printed(client: Client, **order: Any) -> Page:
    order = {"center": in_degrees(*RYNEK_2178), "scale": 1000, "paper": "A4"} | order
    response = client.post("/print/", json.dumps(order), content_type="application/json")
    assert response.status_code == 200, response.content
    return pdfplumber.open(BytesIO(response.content)).pages[0]


def line(metres: float, azimuth_deg: float) -> dict[str, Any]:
    """A line so long, its middle on the market square, as the map's drawing tool sends it."""
    x, y = RYNEK_2178
    east, north = (metres / 2 * trig(math.radians(azimuth_deg)) for trig in (math.sin, math.cos))
    ends = [in_degrees(x - east, y - north), in_degrees(x + east, y + north)]
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": ends}, "properties": {}}


def shapes(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def marked(page: Page) -> Iterator[tuple[float, float]]:
    """Length in millimetres and azimuth of the lines in the colour of drawn shapes on the map."""
    right = page.width * 0.76
    for one in page.lines:
        color = one["stroking_color"]
        if len(color) == 3 and all(math.isclose(a, b, abs_tol=0.01) for a, b in zip(color, MARK, strict=True)):
            (x0, y0), (x1, y1) = one["pts"]
            if max(x0, x1) < right:
                yield math.dist((x0, y0), (x1, y1)) * MM, math.degrees(math.atan2(x1 - x0, y0 - y1)) % 180


@pytest.mark.parametrize(
    ("paper", "scale", "metres", "azimuth"),
    [
        ("A3", 5000, 1000, 0),
        ("A3", 5000, 1000, 143),
        ("A4", 10_000, 1000, 17),
        ("A4", 10_000, 1000, 90),
        ("A4", 25_000, 1000, 45),
        ("A4", 1000, 100, 17),
        ("A4", 2000, 250, 143),
    ],
)
def test_a_line_measures_its_length_at_the_stated_scale(client, paper, scale, metres, azimuth) -> None:
    page = printed(client, paper=paper, scale=scale, shapes=shapes(line(metres, azimuth)))
    ((length, direction),) = marked(page)
    # "To 0.5 mm" is promised; the sheets reach a hundredth.
    assert length == pytest.approx(metres * 1000 / scale, abs=0.01)
    assert direction == pytest.approx(azimuth, abs=0.05)


def test_a_square_house_keeps_shape_size_and_place(client) -> None:
    """House b1 is 20 m wide, its lower left corner on the market square, which is the middle of the sheet's map."""
    page = printed(client, scale=500, layers=[{"slug": "buildings"}])
    (house,) = [
        one for one in page.rects if abs(one["width"] * MM - 40) < 0.2 and one["fill"] and one["x0"] * MM > 60
    ]
    assert house["width"] * MM == pytest.approx(40, abs=0.01)
    assert house["height"] * MM == pytest.approx(40, abs=0.01)
    frame = max((one for one in page.rects if one["stroke"]), key=lambda one: one["width"] * one["height"])
    assert house["x0"] == pytest.approx((frame["x0"] + frame["x1"]) / 2, abs=0.05)
    assert house["y0"] == pytest.approx((frame["y0"] + frame["y1"]) / 2, abs=0.05)


@pytest.mark.parametrize(
    ("paper", "orientation", "size"),
    [
        ("A4", "portrait", (210, 297)),
        ("A4", "landscape", (297, 210)),
        ("A3", "portrait", (297, 420)),
        ("A3", "landscape", (420, 297)),
    ],
)
def test_the_paper_has_exactly_its_size(client, paper, orientation, size) -> None:
    page = printed(client, paper=paper, orientation=orientation)
    assert (page.width * MM, page.height * MM) == pytest.approx(size, abs=0.005)


@pytest.mark.parametrize(("scale", "metres"), [(500, 20), (2000, 100), (25_000, 1000), (50_000, 2000)])
def test_the_scale_bar_is_as_long_as_it_says(client, scale, metres) -> None:
    page = printed(client, scale=scale, language="en")
    parts = [one for one in page.rects if one["x0"] * MM > 225 and abs(one["height"] * MM - 1.5) < 0.01]
    assert len(parts) == 4
    length = (max(one["x1"] for one in parts) - min(one["x0"] for one in parts)) * MM
    assert length == pytest.approx(metres * 1000 / scale, abs=0.02)
    panel = page.within_bbox((220 / MM, 0, page.width, 60 / MM)).extract_text().replace(" ", "")
    assert (f"{metres:,}m" if metres < 2000 else f"{metres // 1000}km") in panel


def test_coordinates_stand_where_they_are(client) -> None:
    x, _ = RYNEK_2178
    page = printed(client, scale=2000)
    frame = max((one for one in page.rects if one["stroke"]), key=lambda one: one["width"] * one["height"])
    middle = (frame["x0"] + frame["x1"]) / 2
    found = page.search("Y 7 474 100")
    assert found, page.extract_text()[:200]
    expected = middle + (7_474_100 - x) * 1000 / 2000 / MM
    for one in found:
        assert (one["x0"] + one["x1"]) / 2 == pytest.approx(expected, abs=0.5 / MM)


def test_geometry_from_the_database_stays_true_when_generalised(client) -> None:
    """The road of 1,000 m beside the market square, at 1:10,000."""
    page = printed(client, scale=10_000, layers=[{"slug": "roads"}])
    lengths = {round(math.dist(*one["pts"]) * MM, 2) for one in page.lines}
    assert 100.0 in lengths
