"""The program that reads photos within limits, in a fork of the sandbox's server.

One of three jobs: `list` gives the files of a folder or archive as columns; `photos` gives facts, hash and variants
of each photo of a batch, none of which spoils the others; `sidecars` gives tracks, tables, descriptions.
A file is named by `path` or, in an `archive`, by `member`.
"""

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from ingest.sandbox.job import Program, is_full

Bytes = Callable[[dict[str, Any]], bytes]


def _operate(job: dict[str, Any], _sink: int) -> dict[str, Any]:
    from ingest.photos.members import list_files, opened

    if job.get("list"):
        return list_files(Path(job.get("archive") or job["path"]))
    archive = job.get("archive")
    with opened(Path(archive)) if archive else nullcontext() as members:
        if "sidecars" in job:
            return {"sidecars": [_sidecar(one, job, members) for one in job["sidecars"]]}
        return {"photos": [_photo(one, place, job, members) for place, one in enumerate(job["photos"])]}


def _content(entry: dict[str, Any], members: zipfile.ZipFile | None) -> bytes:
    from ingest.photos.members import file_bytes, member_bytes

    if members is not None:
        return member_bytes(members, entry["member"])
    return file_bytes(Path(entry["path"]), entry["name"])


def _photo(entry: dict[str, Any], place: int, job: dict[str, Any], members: zipfile.ZipFile | None) -> dict[str, Any]:
    """The answer for one photo, or the reason why it cannot be used."""
    from ingest.errors import UnusablePhoto
    from ingest.photos.pictures import damaged

    try:
        return _read(entry, f"{place:04}", job, _content(entry, members), copied=members is not None)
    except UnusablePhoto as fault:
        known = fault
    except Exception as fault:  # decoders raise many types of errors over damaged files
        if is_full(fault):
            raise
        known = damaged(entry["name"], fault)
    return {"name": entry["name"], "reason": known.reason, "message": str(known)}


def _read(entry: dict[str, Any], stem: str, job: dict[str, Any], content: bytes, *, copied: bool) -> dict[str, Any]:
    from ingest.photos.facts import facts_of
    from ingest.photos.pictures import open_picture
    from ingest.photos.storable import storable
    from ingest.photos.variants import make_variants

    folder = Path(job["folder"])
    with open_picture(io.BytesIO(content), entry["name"]) as picture:
        facts = facts_of(picture)
        made = make_variants(picture, facts, folder, stem) if job["variants"] else []
    answer = {
        "name": entry["name"],
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "facts": storable(facts.as_json()),
        "variants": [asdict(one) for one in made],
        "file": None,
    }
    if copied:
        answer["file"] = f"{stem}-original{PurePosixPath(entry['name']).suffix.lower()[:8]}"
        (folder / answer["file"]).write_bytes(content)
    return answer


def _sidecar(entry: dict[str, Any], job: dict[str, Any], members: zipfile.ZipFile | None) -> dict[str, Any]:
    """The content of one sidecar, or the reason why it cannot be used."""
    from ingest.errors import IngestError, UnusablePhoto
    from ingest.photos.sidecars import read_sidecar
    from ingest.photos.storable import storable

    try:
        path = Path(entry["path"]) if members is None else _unpacked(_content(entry, members))
        found: dict[str, Any] = storable({"name": entry["name"], **read_sidecar(path, entry["name"], job["limits"])})
        return found
    except IngestError as fault:
        reason = fault.reason if isinstance(fault, UnusablePhoto) else "sidecar_unreadable"
        message = str(fault)
    except MemoryError:
        raise
    except Exception as fault:  # readers raise many types of errors over damaged files
        if is_full(fault):
            raise
        reason, message = "sidecar_unreadable", f"The file is damaged ({type(fault).__name__}: {fault})."
    return dict(storable({"name": entry["name"], "reason": reason, "message": f"{entry['name']}: {message[:500]}"}))


def _unpacked(content: bytes) -> Path:
    """A file with these bytes in the job's folder."""
    with tempfile.NamedTemporaryFile(delete=False) as sink:
        sink.write(content)
    return Path(sink.name)


PROGRAM = Program(
    _operate,
    (
        "PIL.JpegImagePlugin",
        "PIL.MpoImagePlugin",
        "PIL.PngImagePlugin",
        "PIL.TiffImagePlugin",
        "PIL.WebPImagePlugin",
        "ingest.photos.exif",
        "ingest.photos.members",
        "ingest.photos.sidecars",
        "ingest.photos.variants",
        "ingest.photos.xmp",
    ),
)
