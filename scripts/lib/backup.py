"""Write the whole installation into one tar: the database as of one moment, the media, and their inventory.

The manifest is counted in the snapshot that pg_dump reads, so it is exact while people and jobs go on writing.
"""

import argparse
import io
import json
import os
import sys
import tarfile
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from scripts.lib.inventory import (
    CONTENT,
    HashingReader,
    content_files,
    copy_content,
    database_state,
    file_checksum,
    media_files,
)
from scripts.lib.server_tools import ArchiveFault, connect, run, tool

FORMAT = 1


def backup(target: Path, media: Path, pictures: Path | None = None) -> dict[str, Any]:
    """Write the archive under another name first, so that a file called `target` is always complete.

    With a folder for `pictures` these go there, each once for all backups, and the archive lists them only.
    """
    if target.exists():
        raise ArchiveFault(f"{target} exists already")
    if not target.parent.is_dir():
        raise ArchiveFault(f"there is no folder {target.parent}")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        unfinished = Path(folder) / "archive.tar"
        with unfinished.open("wb") as stream:
            unfinished.chmod(0o600)  # it contains data that is not public
            manifest = write_archive(stream, Path(folder), media, pictures)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.rename(target)
    return manifest


def write_archive(stream: Any, folder: Path, media: Path, pictures: Path | None) -> dict[str, Any]:
    """Put dump, media and manifest into the tar, in this order."""
    dump = folder / "database.dump"
    manifest = dump_database(dump)
    with dump.open("rb") as content:
        manifest["dump"] = file_checksum(content)
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(dump, "database.dump")
        manifest["media"] = add_media(archive, media, without_pictures=pictures is not None)
        manifest["pictures"], manifest["copied"] = save_pictures(media, pictures) if pictures else ([], 0)
        text = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return manifest


def save_pictures(media: Path, pictures: Path) -> tuple[list[str], int]:
    """Copy the pictures that the folder has not; returns the names of all, and how many were copied.

    A picture that is forgotten meanwhile is left out. Raises ArchiveFault for one whose content is damaged.
    """
    names, copied = [], 0
    for path in content_files(media):
        target = pictures / path.relative_to(media / CONTENT)
        with suppress(FileNotFoundError):
            if not target.exists() or target.stat().st_size != path.stat().st_size:
                if not copy_content(path, target):
                    raise ArchiveFault(f"the picture {path} is damaged: its content is not what its name states")
                copied += 1
            names.append(path.name)
    return names, copied


def add_media(archive: tarfile.TarFile, media: Path, *, without_pictures: bool = False) -> dict[str, str]:
    """Add the media and return the checksum of each; a snapshot that a newer one replaces meanwhile is left out."""
    added = {}
    for path in media_files(media):
        if without_pictures and path.is_relative_to(media / CONTENT):
            continue
        name = str(path.relative_to(media))
        with suppress(FileNotFoundError):
            added[name] = add_file(archive, path, f"media/{name}")
    return added


def add_file(archive: tarfile.TarFile, path: Path, name: str) -> str:
    """Add one file and return the checksum of the bytes that were written."""
    with path.open("rb") as content:
        reader = HashingReader(content)
        archive.addfile(archive.gettarinfo(arcname=name, fileobj=content), reader)
    return reader.hash.hexdigest()


def dump_database(dump: Path) -> dict[str, Any]:
    """Dump and count in one snapshot."""
    connection = connect()
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone() or ("",)
            manifest = describe(connection, cursor)
            program = tool("pg_dump", connection.server_version)
            # PostGIS brings its own table of coordinate systems, and only a superuser may write to it.
            without = "--exclude-table-data=*.spatial_ref_sys"
            run([program, "--format=custom", without, f"--snapshot={snapshot}", f"--file={dump}"])
    finally:
        connection.close()
    return manifest


def describe(connection: Connection, cursor: Cursor) -> dict[str, Any]:
    """The database's versions, extensions and inventory, as in the manifest."""
    cursor.execute("SELECT extname, extversion FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname")
    return {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "server_version": connection.server_version,
        "extensions": dict(cursor.fetchall()),
        "tables": database_state(cursor),
    }


def main() -> int:
    """Back up to the file named on the command line."""
    parser = argparse.ArgumentParser(prog="scripts/backup", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="pictures go there, each once for all backups"
    )
    arguments = parser.parse_args()
    target, pictures = arguments.file, arguments.pictures
    try:
        manifest = backup(target, Path(settings.MEDIA_ROOT), pictures)
    except ArchiveFault as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 1
    rows = sum(table["rows"] for table in manifest["tables"].values())
    size_mb = target.stat().st_size / 1e6
    files = len(manifest["media"])
    apart = f", {len(manifest['pictures'])} pictures ({manifest['copied']} copied)" if pictures else ""
    print(f"{target}: {len(manifest['tables'])} tables, {rows} rows, {files} files{apart}, {size_mb:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
