"""The content store: files by the SHA-256 of their bytes, below `content/` of the media folder.

A file is put under its name complete or not at all, and never changed. The same content is stored once. Files are put
inside `storing`, which makes `sweep` wait until the rows that name them are committed; files of killed processes,
which no row names, are swept.
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from layers.locks import AdvisoryLock

SHA256 = re.compile(r"[0-9a-f]{64}")
FOLDERS = [f"{number:02x}" for number in range(256)]
BLOCK = 1 << 20


def content_folder() -> Path:
    """The folder of all contents."""
    return Path(settings.MEDIA_ROOT) / "content"


def path_of(sha256: str) -> Path:
    """The path of a content, whether it is there or not. Raises ValueError where that is no SHA-256."""
    if not SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256[:80]!r} is no SHA-256 in hexadecimal digits.")
    return content_folder() / sha256[:2] / sha256[2:4] / sha256


@contextmanager
def storing() -> Iterator[None]:
    """A transaction in which files are put and the rows that name them are written."""
    with transaction.atomic():
        _lock("pg_advisory_xact_lock_shared")
        yield


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [AdvisoryLock.MEDIA])


def put(source: Path, sha256: str, *, move: bool = False) -> Path:
    """Store a file whose hash is known, by moving it (on one file system) or copying it; returns its path.

    Inside `storing`. A copy is hashed while it is written. Raises ValueError where its content is another one by now.
    """
    target = path_of(sha256)
    if target.exists():
        if move:
            source.unlink()
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    if move:
        source.chmod(0o600)
        source.replace(target)
        return target
    unfinished = target.with_name(f".{sha256}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        if _copied(source, unfinished) != sha256:
            raise ValueError(f"{source.name} changed while it was being stored.")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def is_intact(path: Path, sha256: str) -> bool:
    """Whether a file is there with that content: disks lose blocks, and a damaged JPEG may still be decoded."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except OSError:
        return False


def flush() -> None:
    """Write what was put to the disk, before rows that name it are committed."""
    os.sync()


def _copied(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        target.chmod(0o600)
        while block := reader.read(BLOCK):
            digest.update(block)
            writer.write(block)
    return digest.hexdigest()


def sweep(named: Callable[[list[str]], set[str]]) -> int:
    """Remove files that no row names; returns how many. `named(hashes)` gives those of the hashes that rows name."""
    return sum(_sweep_folder(content_folder() / one, named) for one in FOLDERS if (content_folder() / one).is_dir())


def _sweep_folder(folder: Path, named: Callable[[list[str]], set[str]]) -> int:
    """While the exclusive lock is taken nobody has put a file whose row is not committed."""
    with transaction.atomic():
        _lock("pg_advisory_xact_lock")
        files = [path for path in folder.glob("??/*") if path.is_file()]
        known = named([path.name for path in files])
        unknown = [path for path in files if path.name not in known]
        for path in unknown:
            path.unlink(missing_ok=True)
    return len(unknown)
