"""Restore an archive of `scripts/backup` into an empty installation, and check that it equals what was saved."""

import argparse
import json
import os
import shutil
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from psycopg2.extensions import connection as Connection
from psycopg2.sql import SQL, Identifier

from scripts.lib.backup import FORMAT
from scripts.lib.inventory import (
    CHUNK,
    CONTENT,
    TABLES,
    HashingReader,
    copy_content,
    database_state,
    differences,
    media_files,
)
from scripts.lib.server_tools import ArchiveFault, connect, run, tool


def restore(source: Path, media: Path, replace: bool, pictures: Path | None = None) -> dict[str, Any]:
    """Check the archive before anything is touched, then the files, then the database in one transaction.

    `pictures` is the folder of those that the backup has apart.
    """
    media.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=media.parent) as name:
        folder = Path(name)
        manifest = unpack(source, folder)
        fetch_pictures(manifest.get("pictures", []), pictures, folder / "media")
        connection = connect()
        connection.autocommit = True
        try:
            make_room(connection, media, replace)
            make_extensions(connection, manifest["extensions"])
            fill_database(connection, folder)
            compare(connection, manifest["tables"])
        finally:
            connection.close()
        if media.exists():
            media.rmdir()
        (folder / "media").rename(media)
    shutil.rmtree(settings.TILE_CACHE_DIR, ignore_errors=True)  # tiles of the previous data
    return manifest


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack the archive and compare every file with the manifest."""
    try:
        with tarfile.open(source) as archive:
            found = {member.name: unpack_file(archive, member, folder) for member in archive if member.isfile()}
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except (OSError, tarfile.TarError, ValueError) as fault:
        raise ArchiveFault(f"{source} is no whole backup: {fault}") from fault
    if manifest["format"] != FORMAT:
        raise ArchiveFault(f"{source} has format {manifest['format']}, this version reads {FORMAT}")
    (folder / "media").mkdir(exist_ok=True)
    del found["manifest.json"]
    media = {f"media/{name}": checksum for name, checksum in manifest["media"].items()}
    expected = {"database.dump": manifest["dump"]} | media
    refuse_differences(f"{source} is damaged, nothing was changed", differences(expected, found))
    return manifest


def fetch_pictures(names: list[str], pictures: Path | None, media: Path) -> None:
    """Copy the backup's pictures below the folder and check each. Raises ArchiveFault; then nothing was changed."""
    if names and pictures is None:
        raise ArchiveFault(f"this backup has {len(names)} pictures in a folder apart: --pictures FOLDER")
    wrong = []
    for name in names:
        assert pictures is not None
        place = Path(name[:2]) / name[2:4] / name
        source = pictures / place
        if not source.is_file() or not copy_content(source, media / CONTENT / place):
            wrong.append(f"{place}: missing or damaged")
    refuse_differences(f"the pictures in {pictures} are not whole, nothing was changed", wrong)


def unpack_file(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    """Write one file below the folder and return its checksum. (Debian 12's Python has no tarfile filters.)"""
    path = (folder / member.name).resolve()
    content = archive.extractfile(member)
    if content is None or not path.is_relative_to(folder.resolve()):
        raise ArchiveFault(f"the archive holds a file that would leave its folder: {member.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    reader = HashingReader(content)
    with path.open("wb") as stream:
        shutil.copyfileobj(reader, stream, CHUNK)
    os.utime(path, (member.mtime, member.mtime))
    return reader.hash.hexdigest()


def refuse_differences(what: str, lines: list[str]) -> None:
    """Raise ArchiveFault where there is any difference, naming the first few."""
    if lines:
        raise ArchiveFault("\n  ".join([f"{what} ({len(lines)} differences):", *lines[:10]]))


def make_room(connection: Connection, media: Path, replace: bool) -> None:
    """Refuse an installation with data, or with `replace` clear it; the media folder is only renamed."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = cursor.fetchall()
        files = any(media_files(media))
        if (tables or files) and not replace:
            raise ArchiveFault(
                f"this installation is not empty ({len(tables)} tables, media: {'yes' if files else 'no'}); "
                "nothing was changed. To lose what it holds: scripts/restore FILE --replace"
            )
        if tables:
            try:
                cursor.execute("DROP OWNED BY CURRENT_USER")
            except psycopg2.Error as fault:
                raise ArchiveFault(f"the old tables cannot be dropped: {str(fault).strip()}") from fault
    if files:
        media.rename(media.with_name(f"{media.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}"))
    elif media.exists():
        shutil.rmtree(media)  # folders without a file


def make_extensions(connection: Connection, wanted: dict[str, str]) -> None:
    """Create the extensions, which belong to the server's superuser and are not part of the dump."""
    for name in wanted:
        try:
            with connection.cursor() as cursor:
                cursor.execute(SQL("CREATE EXTENSION IF NOT EXISTS {}").format(Identifier(name)))
        except psycopg2.Error as fault:
            raise ArchiveFault(f"a superuser must run in this database: CREATE EXTENSION {name}") from fault


def fill_database(connection: Connection, folder: Path) -> None:
    """Run pg_restore in one transaction."""
    program = tool("pg_restore", connection.server_version)
    dump = str(folder / "database.dump")
    contents = folder / "contents"
    entries = run([program, "--list", dump]).splitlines(keepends=True)
    contents.write_text("".join(line for line in entries if " EXTENSION " not in line))
    run(
        [
            program,
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            f"--use-list={contents}",
            f"--dbname={settings.DATABASES['default']['NAME']}",
            dump,
        ]
    )


def compare(connection: Connection, expected: dict[str, Any]) -> None:
    """Compare a new inventory with the manifest; refresh the planner's statistics."""
    with connection.cursor() as cursor:
        refuse_differences("the database is not what was saved", differences(expected, database_state(cursor)))
        cursor.execute("ANALYZE")


def main() -> int:
    """Restore the file named on the command line."""
    parser = argparse.ArgumentParser(prog="scripts/restore", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--replace", action="store_true", help="lose what this installation holds")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="the folder that scripts/backup was given")
    arguments = parser.parse_args()
    try:
        manifest = restore(arguments.file, Path(settings.MEDIA_ROOT), arguments.replace, arguments.pictures)
    except ArchiveFault as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 1
    rows = sum(table["rows"] for table in manifest["tables"].values())
    print(
        f"restored the backup of {manifest['made_at']}: {len(manifest['tables'])} tables, {rows} rows, "
        f"{len(manifest['media'])} files, all equal to its manifest"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
