"""Extracts one dataset from an archive or folder, under safe names and within limits. Runs in the sandbox only."""

import gzip
import re
import shutil
import stat
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ingest.errors import AmbiguousLayer, HostileFile, UnreadableFile

MEMBERS = 2000
RATIO = 200
"""Highest accepted compression ratio of a member (text of coordinates is compressed 3 to 20 times)."""
SMALL = 20_000_000
"""Below this size the ratio does not matter."""
BLOCK = 1 << 20

READABLE = (
    ".gpkg", ".shp", ".geojson", ".json", ".gml", ".xml", ".fgb", ".parquet", ".geoparquet", ".csv", ".tsv", ".txt",
    ".xlsx", ".kml", ".gpx",
)  # fmt: skip
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".cst", ".qix")


@dataclass(frozen=True, slots=True)
class Found:
    """A dataset ready to be read: its main file under a safe name, and its original name."""

    path: Path
    name: str


def is_zip(start: bytes) -> bool:
    """Whether a file with these first bytes is a zip archive (an empty one included)."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def safe_member(name: str) -> bool:
    """Whether a member's name stays inside the archive: no root, no drive, no "..", no control characters."""
    path = PurePosixPath(name.replace("\\", "/"))
    return not (
        path.is_absolute() or ".." in path.parts or re.match(r"^[A-Za-z]:", name) or re.search(r"[\x00-\x1f]", name)
    )


def check_members(archive: zipfile.ZipFile, unpacked_bytes: int, most: int = MEMBERS) -> list[zipfile.ZipInfo]:
    """The archive's files. Raises HostileFile when one is unsafe, they are too many or together too large."""
    members = archive.infolist()
    if len(members) > most:
        raise HostileFile(f"The archive has {len(members):,} members; at most {most:,} are read.")
    for one in members:
        if not safe_member(one.filename) or stat.S_ISLNK(one.external_attr >> 16):
            raise HostileFile(f"The archive has a member that leads outside it ({one.filename!r}); pack it again.")
        if one.file_size > SMALL and one.file_size > RATIO * max(one.compress_size, 1):
            raise HostileFile(f"The archive's member {one.filename!r} grows {RATIO} times or more when unpacked.")
        if one.flag_bits & 1:
            raise UnreadableFile("The archive is encrypted; pack it again without a password.")
    total = sum(one.file_size for one in members)
    if total > unpacked_bytes:
        raise HostileFile(f"The archive unpacks to {total:,} bytes; the limit is {unpacked_bytes:,}.")
    return [one for one in members if not one.is_dir()]


def unpack_zip(path: Path, folder: Path, wanted: str, unpacked_bytes: int) -> Found:
    """Unpack the one dataset of a zip archive (that named `wanted` if there are several) into `folder`."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = check_members(archive, unpacked_bytes)
            chosen = choose([one.filename for one in members], wanted)
            parts = {one.filename: one for one in members if belongs(one.filename, chosen)}
            for one in parts.values():
                target = folder / f"data{_suffix(one.filename, chosen)}"
                with archive.open(one) as source, target.open("wb") as sink:
                    copy_limited(source, sink, unpacked_bytes)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as fault:
        raise UnreadableFile(f"The archive is damaged ({fault}).") from fault
    return Found(folder / f"data{PurePosixPath(chosen).suffix.lower()}", _stem(chosen))


def choose(names: Iterable[str], wanted: str) -> str:
    """The readable dataset among the names: the only one, or the one whose stem or name is `wanted`."""
    readable = [one for one in names if PurePosixPath(one).suffix.lower() in READABLE and not hidden(one)]
    if any(one.lower().endswith(".shp") for one in readable):
        readable = [one for one in readable if not one.lower().endswith((".shp.xml", ".txt", ".xml"))]
    if len(readable) > 1:
        named = [one for one in readable if wanted in (one, PurePosixPath(one).name, _stem(one))]
        readable = named or readable
    if not readable:
        raise UnreadableFile("There is no dataset inside; expected one of " + ", ".join(READABLE) + ".")
    if len(readable) > 1:
        stems = ", ".join(sorted(_stem(one) for one in readable)[:20])
        raise AmbiguousLayer(
            f"There are {len(readable)} datasets inside: {stems}; choose one with --option layer=NAME."
        )
    return readable[0]


def belongs(name: str, chosen: str) -> bool:
    """Whether a file is the chosen one or a part of the same shapefile."""
    if name == chosen:
        return True
    if not chosen.lower().endswith(".shp"):
        return False
    return _base(name).lower() == _base(chosen).lower() and PurePosixPath(name).suffix.lower() in SHAPEFILE_PARTS


def _base(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _suffix(name: str, chosen: str) -> str:
    return PurePosixPath(name if name != chosen else chosen).suffix.lower()


def _stem(name: str) -> str:
    stem = PurePosixPath(name).stem
    return stem[:-4] if stem.lower().endswith(".shp") else stem


def hidden(name: str) -> bool:
    """Whether a member is a system's own file: its name begins with a dot, or it is in __MACOSX."""
    path = PurePosixPath(name)
    return path.name.startswith(".") or "__MACOSX" in path.parts


def copy_limited(source: IO[bytes] | gzip.GzipFile, sink: IO[bytes], most: int) -> None:
    """Copy a stream. Raises HostileFile after more than `most` bytes, whatever size its header states."""
    total = 0
    while block := source.read(BLOCK):
        total += len(block)
        if total > most:
            raise HostileFile(f"The file unpacks to more than {most:,} bytes, the limit.")
        sink.write(block)


def unpack_gzip(path: Path, name: str, folder: Path, unpacked_bytes: int) -> Found:
    """Unpack a .gz file, under its name without .gz."""
    most = min(unpacked_bytes, max(SMALL, RATIO * path.stat().st_size))
    inner = name.removesuffix(".gz").removesuffix(".GZ")
    target = folder / f"data{PurePosixPath(inner).suffix.lower()}"
    try:
        with gzip.open(path) as source, target.open("wb") as sink:
            copy_limited(source, sink, most)
    except (gzip.BadGzipFile, EOFError, OSError) as fault:
        raise UnreadableFile(f"The .gz file is damaged ({fault}).") from fault
    return Found(target, _stem(inner))


def link_folder(path: Path, folder: Path, wanted: str) -> Found:
    """The one dataset of a folder, linked under safe names."""
    names = [one.name for one in sorted(path.iterdir()) if one.is_file()]
    return link_file(path / choose(names, wanted), folder)


def link_file(path: Path, folder: Path) -> Found:
    """A file and its parts, linked into a folder as `data.*`, so that no reader interprets its name.

    A GeoPackage with a write-ahead log is copied with it instead, because its newest rows are in the log.
    """
    suffix = path.suffix.lower()
    target = folder / f"data{suffix}"
    log = path.with_name(path.name + "-wal")
    if log.is_file() and log.stat().st_size:
        shutil.copyfile(path, target)
        shutil.copyfile(log, target.with_name(target.name + "-wal"))
        return Found(target, path.stem)
    target.symlink_to(path.resolve())
    if suffix == ".shp":
        for part in path.parent.iterdir():
            if part != path and part.is_file() and belongs(part.name, path.name):
                (folder / f"data{part.suffix.lower()}").symlink_to(part.resolve())
    elif suffix == ".dbf" and path.with_suffix(".cpg").is_file():
        (folder / "data.cpg").symlink_to(path.with_suffix(".cpg").resolve())
    return Found(target, _stem(path.name))
