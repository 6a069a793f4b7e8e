"""Expected outcomes for the files of `../shared/data/nasty`: one row for each way of reading a file.

Counts and decoded values were taken from the files by other means (the json module, strings, hexdump, sqlite3, the
data folder's README). For malformed GeoJSON, whose right outcome no standard gives, the row has what was judged
sensible.
"""

from dataclasses import dataclass

OFF = {"bbox": "off"}
"""Most of these files lie elsewhere in the world."""
WGS84 = {"crs": "EPSG:4326", **OFF}


@dataclass(frozen=True)
class Expected:
    """A file read as a kind with options: rows stored and rejected, or words of its refusal; a decoded value."""

    file: str
    kind: str
    options: dict[str, str]
    stored: int = 0
    rejected: int = 0
    field: str = ""
    value: object = None
    refusal: str = ""

    def __str__(self) -> str:
        return f"{self.file} {' '.join(self.options.values())}".strip()


def stored(
    file: str, kind: str, options: dict[str, str], rows: int, rejected: int = 0, **decoded: object
) -> Expected:
    """A file that is read; `decoded` names a field and one of its values."""
    name, value = next(iter(decoded.items()), ("", None))
    return Expected(file, kind, options, rows, rejected, name, value)


def refused(file: str, kind: str, words: str, options: dict[str, str] | None = None) -> Expected:
    """A file that is refused as a whole, with words of the reason."""
    return Expected(file, kind, options or {}, refusal=words)


HALL = "Hala Kolporter nr działki 1813"
PLOT = "Kielce ul. Bęczkowska, działka nr 148, 149/2"
STOPS = "derived_kielce_stops_cp1250_decimal_comma_epsg2178.csv"

FILES = [
    stored("!test.geojson", "districts", OFF, 1, name="Grenada"),
    refused("blockgroups_shp.zip", "districts", "crs=EPSG:n"),
    stored("blockgroups_shp.zip", "districts", WGS84, 663),
    refused("dbf_duplicate_fields.dbf", "addresses", "no geometry"),
    stored(
        "dbf_encodings/big5.shp", "addresses", {**OFF, "crs": "EPSG:2180", "map.street": "NAME"}, 1, street="國語"
    ),
    refused("dbf_encodings/big5.dbf", "addresses", "no geometry"),
    refused("dbf_encodings/latin2.dbf", "addresses", "no geometry"),
    refused("dbf_encodings/win1251.dbf", "addresses", "no geometry"),
    stored("derived_kielce_halls_epsg2180_no_crs.geojson", "buildings", {}, 18, name=HALL),
    stored("derived_kielce_halls_epsg2180_no_prj.zip", "buildings", {}, 18, name=HALL),
    stored("derived_kielce_halls_mixed_null_empty_z.geojson", "buildings", {}, 7, 11, name=HALL),
    refused("derived_kielce_halls_wgs84_latlon_swapped.geojson", "buildings", "axes=swap"),
    stored("derived_kielce_halls_wgs84_latlon_swapped.geojson", "buildings", {"axes": "swap"}, 18, name=HALL),
    stored(
        "derived_kielce_plots_cp1250_epsg2178.zip",
        "zoning_plans",
        {"map.plan_name": "nazwa_tere"},
        45,
        plan_name=PLOT,
    ),
    stored(STOPS, "bus_stops", {}, 46, name="1 MAJA OS. HERBY"),
    stored(STOPS, "bus_stops", {"axes": "swap"}, 46, name="1 MAJA OS. HERBY"),
    refused("derived_zip_slip.zip", "addresses", "leads outside"),
    refused("empty_zipfile.zip", "addresses", "empty"),
    stored("fiona_issue627.geojson", "green", OFF, 3, name="Mount Naomi Wilderness"),
    refused("gdansk_pois_epsg2177_yx_order.geojson", "bus_stops", "EPSG:2178, EPSG:2180, EPSG:4326"),
    refused("gdansk_pois_epsg2177_yx_order.geojson", "bus_stops", "axes=swap", {"crs": "EPSG:2177"}),
    stored(
        "gdansk_pois_epsg2177_yx_order.geojson",
        "bus_stops",
        {**OFF, "crs": "EPSG:2177", "axes": "swap"},
        74,
        name="Gdańska Galeria Miejska 1",
    ),
    stored("gpkg_broken_road_network_epsg5221.gpkg", "roads", OFF, 83),
    stored("gpkg_curve.gpkg", "roads", OFF, 1),
    stored("gpkg_dutch_addresses_epsg28992.gpkg", "addresses", OFF, 2481, street="Willinkhuizersteeg"),
    stored("gpkg_line_zm.gpkg", "roads", OFF, 1),
    stored("gpkg_multisurface.gpkg", "green", OFF, 1),
    stored("invalid_rings.json", "green", OFF, 1),
    refused("json_bomb_n_structure_100000_opening_arrays.json", "addresses", "nested deeper"),
    refused("shp_corrupt_too_long/corrupt_too_long.shp", "roads", "crs=EPSG:n"),
    stored("shp_corrupt_too_long/corrupt_too_long.shp", "roads", WGS84, 10),
    stored("shp_data_corruption/data_corruption_error.shp", "roads", OFF, 8),
    stored("shp_tin/test_tin.shp", "green", WGS84, 1),
    stored("time_zones.geojson", "addresses", OFF, 1),
    stored("track.gpx", "roads", OFF, 1, name="Running 6/11/14 8:19 am"),
    refused("utf8_bom.csv.gz", "addresses", "election_dt"),
]

BAD_GEOJSON = [
    refused("bad-featurelist.geojson", "green", "damaged"),
    refused("bad-json.geojson", "green", "damaged"),
    stored("bad-polygon-interiorring-rhr.geojson", "green", OFF, 1),
    refused("bad-polygonloop.geojson", "green", "rejected", OFF),
    refused("badcoord.geojson", "addresses", "damaged"),
    refused("badcoordtype.geojson", "green", "rejected", OFF),
    stored("badfeatureid.geojson", "addresses", OFF, 1),
    stored("bbox-4or6elements.geojson", "addresses", OFF, 1),
    stored("bbox-string.geojson", "addresses", OFF, 1),
    refused("different-first-last.geojson", "green", "rejected", OFF),
    stored("excessive_precision_truncated.geojson", "roads", OFF, 1),
    refused("expected_object.geojson", "green", "rejected", OFF),
    stored("feature_changed_semantics.geojson", "addresses", OFF, 1),
    refused("featurecollection-obj.geojson", "green", "features"),
    refused("featurecollection.geojson", "green", "features"),
    stored("featurecollection_changed_semantics.geojson", "addresses", OFF, 1, 2),
    refused("geometrycollection_nested.geojson", "addresses", "rejected", OFF),
    stored("geometrycollection_single.geojson", "addresses", OFF, 1),
    refused("multipoint-multidimension.geojson", "addresses", "damaged"),
    refused("multipoint-nondimension.geojson", "addresses", "damaged"),
    refused("notype.geojson", "green", "damaged"),
    refused("point-labeled-as-a-multipolygon.geojson", "green", "rejected", OFF),
    refused("point-toofew.geojson", "addresses", "damaged"),
    stored("point-toomany.geojson", "addresses", OFF, 1),
    stored("polygon_winding_order.geojson", "green", OFF, 1),
    refused("rootstring.geojson", "green", "damaged"),
    refused("short-linearring.geojson", "green", "rejected", OFF),
    refused("short-multilinestring.geojson", "roads", "rejected", OFF),
    refused("unknowntype.geojson", "green", "damaged"),
]

PARTS = (".shx", ".prj", ".cpg")
"""Files that are read with another one."""


def described() -> set[str]:
    """Paths below the folder that have a row."""
    return {one.file for one in FILES} | {f"geojson_bad/{one.file}" for one in BAD_GEOJSON}
