"""Layers, or a selection of one, as files: read from the database in batches, with the fields the visitor may see.

Live exports show the state at the moment they start (one server-side cursor in one snapshot). Memory stays flat.
Formats that are streamed are imported here; those written as whole files are in `layers.exports.files`.
"""

from layers.exports.formats import FORMATS, LIVE, Format, format_of
from layers.exports.rows import StartedStream, scratch
from layers.exports.text import csv_rows, geojson

__all__ = [
    "FORMATS",
    "LIVE",
    "StartedStream",
    "Format",
    "csv_rows",
    "format_of",
    "geojson",
    "scratch",
]
