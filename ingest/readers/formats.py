"""Detects a file's format by its first bytes and its name; a format that is not listed is refused.

Runs in the sandbox only. The content decides and not the suffix, so a VRT called .geojson is refused too.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from ingest.errors import HostileFile, UnreadableFile
from ingest.readers.containers import Found, check_members, is_zip, link_file, link_folder, unpack_gzip, unpack_zip
from ingest.readers.prescan import check_json_nesting, xml_root

START = 4096
DRIVERS = {
    "gpkg": "GPKG",
    "shapefile": "ESRI Shapefile",
    "dbf": "ESRI Shapefile",
    "geojson": "GeoJSON",
    "gml": "GML",
    "flatgeobuf": "FlatGeobuf",
    "kml": "LIBKML",
    "gpx": "GPX",
}
"""The GDAL driver of a format; the other formats are read without GDAL."""
KNOWN = "GeoPackage, Shapefile, GeoJSON, GML, FlatGeobuf, GeoParquet, CSV, XLSX, KML or GPX"
_XML_ROOTS = {"kml": "kml", "gpx": "gpx", "FeatureCollection": "gml", "featureCollection": "gml"}
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".tab")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file whose format is known and which passed the first checks; `name` is its original name."""

    path: Path
    format: str
    name: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits while a file is opened."""

    file_bytes: int
    unpacked_bytes: int
    nesting: int


def prepare(path: Path, folder: Path, wanted: str, bounds: Bounds) -> Prepared:
    """The dataset of a file, archive or folder, with its format. Raises UnreadableFile, AmbiguousLayer."""
    if path.is_dir():
        found = link_folder(path, _new(folder, "folder"), wanted)
    else:
        check_size(path, bounds.file_bytes)
        found = link_file(path, _new(folder, "file"))
    start = _start(found.path)
    for level in ("gzip", "zip"):
        if level == "gzip" and start.startswith(b"\x1f\x8b"):
            found = unpack_gzip(found.path, path.name, _new(folder, level), bounds.unpacked_bytes)
        elif level == "zip" and is_zip(start) and not is_workbook(found.path, bounds.unpacked_bytes):
            found = unpack_zip(found.path, _new(folder, level), wanted, bounds.unpacked_bytes)
        start = _start(found.path)
    return _named(found, _format(found, start, bounds))


def _new(folder: Path, name: str) -> Path:
    inner = folder / name
    inner.mkdir()
    return inner


def check_size(path: Path, file_bytes: int) -> None:
    """Raise HostileFile for a file larger than the limit, UnreadableFile for an empty or missing one."""
    if not path.is_file():
        raise UnreadableFile(f"{path.name} is not a file that can be read.")
    size = path.stat().st_size
    if size > file_bytes:
        raise HostileFile(f"The file has {size:,} bytes; the limit is {file_bytes:,} (INGEST_FILE_BYTES).")
    if not size:
        raise UnreadableFile("The file is empty.")


def _start(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(START)


def is_workbook(path: Path, unpacked_bytes: int) -> bool:
    """Whether a zip archive is an XLSX workbook of permitted size. Raises UnreadableFile, HostileFile."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                return False
            check_members(archive, unpacked_bytes)
            return True
    except (zipfile.BadZipFile, OSError) as fault:
        raise UnreadableFile(f"The archive is damaged ({fault}).") from fault


def _format(found: Found, start: bytes, bounds: Bounds) -> str:
    binary = _binary_format(found, start)
    if binary:
        return binary
    text = start.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lstrip(b"\xff\xfe \t\r\n")
    suffix = found.path.suffix
    if text.startswith(b"<"):
        return _xml_format(found.path, bounds)
    if suffix in (".geojson", ".json") or (text[:1] in (b"{", b"[") and suffix not in _TEXT_SUFFIXES):
        check_json_nesting(found.path, bounds.nesting)
        return "geojson"
    if suffix in _TEXT_SUFFIXES:
        return "csv"
    if suffix in (".pbf", ".osm", ".o5m"):
        raise UnreadableFile("This is OpenStreetMap data; read it with the source osm.")
    raise UnreadableFile(f"The format of {found.name} is not known; expected {KNOWN}.")


def _binary_format(found: Found, start: bytes) -> str:
    if start.startswith(b"SQLite format 3\x00"):
        return "gpkg"
    if start.startswith(b"fgb\x03"):
        return "flatgeobuf"
    if start.startswith(b"PAR1"):
        return "parquet"
    if is_zip(start):
        return "xlsx"
    if start.startswith(b"\x00\x00\x27\x0a") and found.path.suffix == ".shp":
        return "shapefile"
    return "dbf" if found.path.suffix == ".dbf" else ""


def _xml_format(path: Path, bounds: Bounds) -> str:
    root = xml_root(path, bounds.nesting)
    local = root.rpartition(":")[2]
    if local in _XML_ROOTS:
        return _XML_ROOTS[local]
    if local in ("osm", "osmChange"):
        raise UnreadableFile("This is OpenStreetMap data; read it with the source osm.")
    if "VRT" in local or local in ("WMS_Capabilities", "GDAL_WMS"):
        raise HostileFile(f"The file only points to other data ({local}); give the data itself.")
    raise UnreadableFile(f"This XML ({local}) is no {KNOWN}.")


def _named(found: Found, kind: str) -> Prepared:
    """The dataset renamed to a suffix its driver accepts (a WFS response is .xml, a file may have any suffix)."""
    suffix = {"gml": ".gml", "geojson": ".geojson", "gpkg": ".gpkg", "kml": ".kml", "gpx": ".gpx"}.get(kind)
    prepared = Prepared(found.path, kind, found.name)
    if suffix is None or found.path.suffix == suffix:
        return prepared
    renamed = found.path.rename(found.path.with_suffix(suffix))
    log = found.path.with_name(found.path.name + "-wal")
    if log.exists():
        log.rename(renamed.with_name(renamed.name + "-wal"))
    return replace(prepared, path=renamed)
