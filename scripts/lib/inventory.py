"""Inventory of an installation, to compare two: rows and a checksum per table, a checksum per file."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composed, Identifier

# Tables of ours with the columns that are stored for their own sake: a generated column is computed again by
# the restoring server, whose PROJ may round differently. Columns are sorted: their order may change.
TABLES = """
    SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY a.attname)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind = 'r' AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    GROUP BY n.nspname, c.relname
    ORDER BY n.nspname, c.relname
"""
# The checksum does not depend on the order of rows; a row that is there twice counts twice.
ROWS = """
    SELECT count(*),
           coalesce(sum(('x' || substr(md5(ROW({columns})::text), 1, 16))::bit(64)::bigint::numeric), 0)
    FROM ONLY {table}
"""
# Text forms that depend on a session would differ between two servers.
SESSION = """
    SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'
"""
CHUNK = 1 << 20


def database_state(cursor: Cursor) -> dict[str, dict[str, Any]]:
    """Count and checksum every table that the cursor's transaction sees."""
    cursor.execute(SESSION)
    cursor.execute(TABLES)
    return {
        f"{schema}.{table}": table_state(cursor, schema, table, columns)
        for schema, table, columns in cursor.fetchall()
    }


def table_state(cursor: Cursor, schema: str, table: str, columns: list[str]) -> dict[str, Any]:
    """Count and checksum one table."""
    statement: Composed = SQL(ROWS).format(
        columns=SQL(", ").join(map(Identifier, columns)), table=Identifier(schema, table)
    )
    cursor.execute(statement)
    found = cursor.fetchone()
    assert found is not None
    return {"rows": found[0], "checksum": str(found[1])}


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Name each table or file that is missing, unexpected or other than it was."""
    lines = [f"{name}: missing" for name in sorted(expected.keys() - found.keys())]
    lines += [f"{name}: not in the backup" for name in sorted(found.keys() - expected.keys())]
    lines += [
        f"{name}: expected {expected[name]}, found {found[name]}"
        for name in sorted(expected.keys() & found.keys())
        if expected[name] != found[name]
    ]
    return lines


UNFINISHED = ("export-", ".building-", "photos-")
"""Beginnings of the names of folders whose files come and go."""


def media_files(folder: Path) -> Iterator[Path]:
    """All plain files below the media folder, in a fixed order; links are left out, as they may lead out of it.

    So are files that the portal is still writing (exports being sent, snapshots being taken).
    """
    if folder.is_dir():
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            if not any(part.startswith(UNFINISHED) for part in path.relative_to(folder).parts):
                yield path


CONTENT = "content"
"""The folder of pictures in the media folder: each file has the SHA-256 of its content as its name."""


def content_files(media: Path) -> Iterator[Path]:
    """The pictures, without those that are still being written."""
    for path in sorted((media / CONTENT).glob("??/??/*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            yield path


def copy_content(source: Path, target: Path) -> bool:
    """Copy a picture, complete or not at all; False where its content is not what its name states."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}")
    with source.open("rb") as content, unfinished.open("wb") as sink:
        unfinished.chmod(0o600)
        reader = HashingReader(content)
        shutil.copyfileobj(reader, sink, CHUNK)
    same = reader.hash.hexdigest() == target.name
    if same:
        unfinished.rename(target)
    else:
        unfinished.unlink()
    return same


class HashingReader:
    """A file that is checksummed while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on, and add what was read to the checksum."""
        chunk = self.stream.read(size)
        self.hash.update(chunk)
        return chunk


def file_checksum(stream: IO[bytes]) -> str:
    """Read a file to its end and return its SHA-256."""
    reader = HashingReader(stream)
    while reader.read(CHUNK):
        pass
    return reader.hash.hexdigest()
