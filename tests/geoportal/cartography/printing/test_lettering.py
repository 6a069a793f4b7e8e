"""Names on a printed map stand where they belong and never over one another."""

import math

import numpy as np
import pytest
from shapely import LineString, Point, Polygon, box

from geoportal.cartography.printing.colors import Color
from geoportal.cartography.printing.fonts import glyph, text_width
from geoportal.cartography.printing.lettering import Lettering, inner_points
from geoportal.cartography.printing.paint import Words

FRAME = box(0, 0, 600, 400)
BLACK, WHITE = Color(0, 0, 0), Color(1, 1, 1)


def words(text: str, **more) -> Words:
    return Words(text, 3.0, BLACK, WHITE, 0.4, **more)


def test_two_names_at_one_place_are_not_both_written() -> None:
    lettering = Lettering(FRAME)
    lettering.at(words("Rynek"), [(300, 200)])
    lettering.at(words("Ratusz"), [(302, 201)])
    lettering.at(words("Katedra"), [(400, 300)])
    assert [label.words.text for label in lettering.labels] == ["Rynek", "Katedra"]


def test_a_name_that_would_be_cut_by_the_frame_is_left_out() -> None:
    lettering = Lettering(FRAME)
    lettering.at(words("Śródmieście"), [(3, 200), (300, 398)])
    assert lettering.labels == []


def test_a_street_carries_its_name_along_it_and_readable_from_below() -> None:
    lettering = Lettering(FRAME)
    street = LineString([(500, 350), (100, 50)])
    lettering.along(words("Sienkiewicza", along=True, apart=500), np.array([street]))
    (label,) = lettering.labels
    letter = label.letters[0]
    assert (letter.cos, letter.sin) == pytest.approx((0.8, 0.6), abs=1e-6)
    assert street.distance(Point(letter.place)) < 4


def test_segments_of_a_street_carry_its_name_as_one() -> None:
    lettering = Lettering(FRAME)
    parts = [LineString([(50 + 100 * i, 200), (150 + 100 * i, 200)]) for i in range(4)]
    lettering.along(words("Sienkiewicza", along=True, apart=500), np.array(parts))
    assert len(lettering.labels) == 1


def test_a_street_shorter_than_its_name_or_too_bent_has_none() -> None:
    lettering = Lettering(FRAME)
    lettering.along(words("Bohaterów Warszawy", along=True), np.array([LineString([(10, 10), (40, 10)])]))
    zigzag = LineString([(8 * i, 100 + 12 * (i % 2)) for i in range(1, 60)])
    lettering.along(words("Kręta", along=True), np.array([zigzag]))
    assert lettering.labels == []


def test_long_names_are_broken_between_words() -> None:
    lettering = Lettering(FRAME)
    lettering.at(words("Ogród działkowy Ostra Górka", width=7), [(300, 200)])
    lines = {round(letter.place[1], 3) for letter in lettering.labels[0].letters}
    assert len(lines) in (2, 3)


def test_areas_are_named_within_themselves_and_the_frame() -> None:
    ring = Polygon(
        [(100, 100), (300, 100), (300, 300), (100, 300)], [[(150, 150), (150, 250), (250, 250), (250, 150)]]
    )
    beyond = box(500, 100, 900, 300)
    places = inner_points(np.array([ring, beyond]), FRAME)
    assert any(ring.contains(Point(place)) for place in places)
    assert (550.0, 200.0) in places


def test_polish_letters_are_in_the_font() -> None:
    for letter in "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ–°′":
        face, number, width = glyph(letter, 500)
        assert letter in face.glyph_ids, letter
        assert number > 0
        assert 0.1 < width < 1.2
    assert math.isclose(text_width("ŁŁ", 500), 2 * text_width("Ł", 500))
