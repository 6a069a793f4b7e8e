"""Who publishes the city's data, as the city file names them."""

from pathlib import Path

import pytest

from layers.city import read_city
from layers.errors import CityProfileInvalid
from layers.kinds import KINDS

THEMES = {"AGRI", "ECON", "EDUC", "ENER", "ENVI", "GOVE", "HEAL", "INTR", "JUST", "REGI", "SOCI", "TECH", "TRAN"}
"""The EU's data themes, from https://op.europa.eu/en/web/eu-vocabularies."""


@pytest.fixture
def written(settings, tmp_path):
    """Reads the city file with other words for its publisher and its accessibility statement."""

    def read(publisher: str, accessibility: str = ""):
        text = Path(settings.CITY_FILE).read_text("utf-8")
        head, _, rest = text.partition("[accessibility]")
        _, _, authority = rest.partition("[authority]")
        path = tmp_path / "city.toml"
        path.write_text(f"{head}[accessibility]\n{accessibility}\n{publisher}\n[authority]{authority}", "utf-8")
        return read_city(path).publisher

    return read


def test_what_the_publisher_leaves_out_comes_from_the_accessibility_statement(written):
    owner = 'owner = { pl = "Urząd", en = "Office" }\nemail = "gis@city.example"\nphone = "41 111"'
    found = written("", owner)
    assert (found.name.pl, found.email, found.phone, found.url) == ("Urząd", "gis@city.example", "41 111", "")
    named = written('[publisher]\nname = { pl = "Miasto", en = "City" }\nemail = "dane@city.example"', owner)
    assert (named.name.en, named.email, named.phone) == ("City", "dane@city.example", "41 111")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('email = "nobody"', "nobody"),
        ('url = "city.example"', "city.example"),
        ('identifier = "12 34"', "12 34"),
        ('mail = "x@y"', "mail"),
    ],
)
def test_a_publisher_that_cannot_be_reached_is_refused(written, given, said):
    with pytest.raises(CityProfileInvalid, match=said):
        written(f"[publisher]\n{given}")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.level == "public"], ids=lambda one: one.slug
)
def test_every_open_kind_tells_portals_its_theme_and_words(kind):
    assert kind.portal.themes and set(kind.portal.themes) <= THEMES
    assert kind.portal.keywords and all(word.pl and word.en for word in kind.portal.keywords)


def test_rhythm_in_days_fits_the_rhythm_in_words():
    words = {"daily": 1, "weekly": 7, "yearly": 366, "every six years": 2196, "after every change": None}
    for kind in KINDS.values():
        assert kind.source.rhythm_days == words.get(kind.source.update_rhythm.en), kind.slug
