"""The formats written as whole files. A separate module, because importing GDAL and Arrow takes 0.5 s."""

from layers.exports.columns import flatgeobuf, shapefile
from layers.exports.geopackage import geopackage
from layers.exports.parquet import geoparquet
from layers.exports.pmtiles import pmtiles

__all__ = ["flatgeobuf", "geopackage", "geoparquet", "pmtiles", "shapefile"]
