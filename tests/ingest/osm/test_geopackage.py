"""Bayreuth from its GeoPackage through the source `file`, layer by layer, against counts made with pyogrio."""

import tomllib

import geopandas
import pytest
import shapely

from tests.ingest.city_database import CITIES, DATA, city_database

PATH = DATA / "osm" / "bayreuth_north.gpkg"
LAYERS = {
    "roads": ("roads", ("map.road_no=ref",)),
    "waterways": ("rivers", ("map.waterway_class=waterway", "map.culvert=tunnel")),
    "buildings": ("buildings", ("map.name=name",)),
    "landuse": ("green", ("map.green_class=landuse",)),
}
TABLES = {
    "roads": "layers_road",
    "rivers": "layers_river",
    "buildings": "layers_building",
    "green": "layers_greenarea",
}

pytestmark = [pytest.mark.real_data, pytest.mark.thorough]


@pytest.fixture(scope="module")
def bayreuth():
    with city_database("bayreuth") as database:
        yield database


def near_bayreuth(layer):
    """Predicate: valid features, not empty, that meet the city's padded outline. All of them in UTM."""
    city = tomllib.loads((CITIES / "bayreuth.toml").read_text(encoding="utf-8"))
    features = geopandas.read_file(PATH, layer=layer).to_crs(city["srid"])
    outline = geopandas.GeoSeries([shapely.Polygon(city["outline"])], crs="OGC:CRS84").to_crs(city["srid"])
    whole = features.geometry.is_valid & ~features.geometry.is_empty
    return features[whole & features.intersects(outline.buffer(city["outline_padding_m"]).iloc[0])]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_stored_as_an_independent_count_expects(bayreuth, layer):
    kind, options = LAYERS[layer]
    words = [
        word for option in (f"layer={layer}", f"kind={kind}", "id=osm_ref", *options) for word in ("--option", option)
    ]
    first = bayreuth.ingest("file", str(PATH), *words)
    again = bayreuth.ingest("file", str(PATH), *words)
    expected = near_bayreuth(layer)
    assert (first["read"], first["stored"]) == (len(geopandas.read_file(PATH, layer=layer)), len(expected))
    assert first["rejected"] == first["read"] - first["stored"]
    assert (again["stored"], again["closed"], again["unchanged"]) == (0, 0, first["stored"])
    size, measure = ("ST_Length", "length") if kind in ("roads", "rivers") else ("ST_Area", "area")
    (row,) = bayreuth.rows(
        f"SELECT count(*), sum({size}(geom)), count(name) FROM {TABLES[kind]} WHERE recorded_to IS NULL "
        "AND dataset_id = (SELECT id FROM layers_dataset WHERE slug = 'bayreuth_north')"
    )
    assert row == (
        len(expected),
        pytest.approx(getattr(expected.geometry, measure).sum(), rel=1e-9),
        expected["name"].notna().sum(),
    )


def test_only_wanted_rows_are_read_and_osm_words_become_codes(bayreuth):
    """Predicate: landuse is forest, meadow or grass; counted with geopandas."""
    wanted = ("forest", "meadow", "grass")
    options = ("layer=landuse", "kind=green", "id=osm_ref", "map.green_class=landuse", "dataset=chosen")
    only = f"only.landuse={','.join(wanted)}"
    first = bayreuth.ingest("file", str(PATH), *(word for one in (*options, only) for word in ("--option", one)))
    counted = geopandas.read_file(PATH, layer="landuse")["landuse"].value_counts()
    assert first["stored"] == sum(counted[word] for word in wanted)
    found = bayreuth.rows(
        "SELECT green_class, count(*) FROM layers_greenarea g JOIN layers_dataset d ON d.id = g.dataset_id "
        "WHERE d.slug = 'chosen' GROUP BY 1 ORDER BY 1"
    )
    assert found == [(word, counted[word]) for word in sorted(wanted)]


def test_all_of_the_file_lies_near_the_city():
    """So no number above is small because of the outline."""
    assert {layer: len(near_bayreuth(layer)) for layer in LAYERS} == {
        "roads": 2056,
        "waterways": 228,
        "buildings": 4267,
        "landuse": 1107,
    }
