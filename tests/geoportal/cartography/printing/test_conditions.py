"""Filters stand in a legend in plain words."""

import json

import pytest
from django.utils.translation import override

from geoportal.cartography.printing.conditions import filter_in_words
from layers.kinds import KINDS

GENERAL = "tylko obiekty spełniające wybrany filtr"
PLACE = {"type": "Point", "coordinates": [20.6, 50.8]}


@pytest.mark.parametrize(
    ("filter", "polish"),
    [
        ("use_class = 'office'", "Funkcja: biurowy"),
        ("use_class IN ('office', 'education')", "Funkcja: biurowy lub oświata i nauka"),
        ("storeys_above >= 3 AND use_class <> 'office'", "Kondygnacje nadziemne ≥ 3, Funkcja ≠ biurowy"),
        ("height_m BETWEEN 10 AND 12.5", "Wysokość: 10\u00a0m – 12,5\u00a0m"),
        ("year_built IS NULL", "Rok budowy: brak danych"),
        ("year_built < 1945", "Rok budowy < 1945"),
        ("name LIKE '%Szko%'", "Nazwa: …Szko…"),
        ("use_class = 'office' OR storeys_above > 9", GENERAL),
        (json.dumps({"op": "s_intersects", "args": [{"property": "geom"}, PLACE]}), GENERAL),
    ],
)
def test_a_condition_is_told_by_titles_and_words(filter, polish) -> None:
    with override("pl"):
        assert filter_in_words(KINDS["buildings"], filter) == polish


def test_a_filter_that_a_kind_offers_by_name_is_called_so() -> None:
    kind = KINDS["flood_zones"]
    first = kind.presets[0]
    with override("en"):
        assert filter_in_words(kind, f"{first.field} = '{first.value}'") == first.title.en
