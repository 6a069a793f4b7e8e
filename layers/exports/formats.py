"""The table of export formats of layers."""

from dataclasses import dataclass

from layers.text import Text


@dataclass(frozen=True, slots=True)
class Format:
    """An export format: file ending, name, media type and code in the EU's list of file types."""

    ending: str
    title: str
    media_type: str
    """The Content-Type of responses."""
    file_type: str
    """Its code in the EU's list of file types (DCAT-AP)."""
    purpose: Text
    """What it is used for."""
    live: bool = True
    """Whether it is also exported live; else only dated snapshots have it."""

    @property
    def plain_type(self) -> str:
        """The media type without parameters."""
        return self.media_type.partition(";")[0]


FORMATS: dict[str, Format] = {
    one.ending: one
    for one in (
        Format(
            "geojson", "GeoJSON", "application/geo+json", "GEOJSON", Text("strony i programy", "pages and programs")
        ),
        Format(
            "gpkg", "GeoPackage", "application/geopackage+sqlite3", "GPKG", Text("QGIS i inne GIS", "QGIS, other GIS")
        ),
        Format("csv", "CSV", "text/csv; charset=utf-8", "CSV", Text("arkusze kalkulacyjne", "spreadsheets")),
        Format(
            "parquet",
            "GeoParquet",
            "application/vnd.apache.parquet",
            "PARQUET",
            Text("analizy dużych zbiorów", "analysis of large sets"),
        ),
        Format(
            "fgb",
            "FlatGeobuf",
            "application/flatgeobuf",
            "OCTET",
            Text("szybkie czytanie części", "fast reading of a part"),
        ),
        Format(
            "shp.zip", "Shapefile", "application/zip", "SHP", Text("starsze programy GIS", "older GIS"), live=False
        ),
        Format(
            "pmtiles",
            "PMTiles",
            "application/vnd.pmtiles",
            "OCTET",
            Text("mapa w jednym pliku", "a map in one file"),
            live=False,
        ),
    )
}
LIVE: tuple[Format, ...] = tuple(one for one in FORMATS.values() if one.live)


def format_of(ending: str) -> Format:
    """The format of that ending. Raises KeyError."""
    return FORMATS[ending]
