"""The files inside a file, archive or folder, unpacked within limits. Runs in the sandbox only."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ingest.errors import UnreadableFile
from ingest.readers.containers import check_members, copy_limited, is_zip, unpack_gzip
from ingest.readers.formats import check_size, is_workbook
from ingest.readers.tables import CsvTable, Sheet


@dataclass(frozen=True, slots=True)
class Member:
    """One file to read, under a safe path; `name` is its original name without .gz."""

    path: Path
    name: str
    workbook: bool


def members(path: Path, folder: Path, limits: Mapping[str, int]) -> Iterator[Member]:
    """The files of a folder or zip archive in the order of their names, or the one file itself.

    .gz files are unpacked; archives inside archives are not. Raises HostileFile beyond the limits, UnreadableFile.
    """
    if path.is_dir():
        for one in sorted(path.iterdir()):
            if one.is_file() and not one.name.startswith("."):
                yield from members(one, folder, limits)
        return
    check_size(path, limits["file_bytes"])
    start = _start(path)
    if start.startswith(b"\x1f\x8b"):
        name = path.name.removesuffix(".gz").removesuffix(".GZ")
        yield Member(unpack_gzip(path, path.name, _new(folder), limits["unpacked_bytes"]).path, name, workbook=False)
    elif is_zip(start) and not is_workbook(path, limits["unpacked_bytes"]):
        yield from _unpacked(path, _new(folder), limits["unpacked_bytes"])
    else:
        yield Member(path, path.name, workbook=is_zip(start))


def _new(folder: Path) -> Path:
    inner = folder / f"file{len(list(folder.iterdir()))}"
    inner.mkdir()
    return inner


def _start(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(4)


def _unpacked(path: Path, folder: Path, unpacked_bytes: int) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            listed = [one for one in check_members(archive, unpacked_bytes) if "__MACOSX" not in one.filename]
            for number, one in enumerate(sorted(listed, key=lambda info: info.filename)):
                target = folder / f"{number}.data"
                with archive.open(one) as source, target.open("wb") as sink:
                    copy_limited(source, sink, unpacked_bytes)
                name = PurePosixPath(one.filename).name
                yield Member(target, name, workbook=is_zip(_start(target)) and is_workbook(target, unpacked_bytes))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as fault:
        raise UnreadableFile(f"The archive is damaged ({fault}).") from fault


def table(member: Member, encoding: str = "") -> CsvTable | Sheet:
    """The table in a file: a CSV text, or the one filled sheet of a workbook. Raises UnreadableFile, BadOption."""
    if member.workbook:
        return Sheet.open(member.path, "")
    if _start(member.path).startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile(f"{member.name} is a workbook of the old format .xls; save it as .xlsx or .csv.")
    return CsvTable.open(member.path, encoding)
