"""Character encoding of a file: stated, or detected as UTF-8 or one of two Central European code pages."""

import codecs
import re
from pathlib import Path

from ingest.errors import BadOption

SAMPLE_BYTES = 8_000_000
_POLISH = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
_CUT = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}(?=[ \x00]|$)")
_DBF_LANGUAGES = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: "cp1252",
    0x64: "cp852",
    0x65: "cp866",
    0x66: "cp865",
    0x1F: "cp852",
    0xC8: "cp1250",
    0xC9: "cp1251",
    0xCB: "cp1253",
}
"""Encodings by the code page byte of a DBF header; 0 and 0x57 ("ANSI") state none."""


def known_encoding(name: str) -> str | None:
    """Python's name of an encoding as files name it ("1250", "8859_2", "ANSI 1250", "UTF-8"), or None."""
    short = re.sub(r"[^a-z0-9]+", "", name.strip().casefold())
    digits = re.sub(r"\D", "", short)
    options = [name.strip(), short]
    if short.startswith(("8859", "iso8859")):
        options.append(f"iso8859-{digits.removeprefix('8859')}")
    elif re.fullmatch(r"(ansi|cp|windows|win|oem|ibm)?\d{3,4}", short):
        options.append(f"cp{digits}")
    for option in options:
        try:
            return codecs.lookup(option).name
        except (LookupError, ValueError):
            continue
    return None


def chosen_encoding(option: str) -> str:
    """The encoding named by the option. Raises BadOption."""
    if found := known_encoding(option):
        return found
    raise BadOption(f"The encoding “{option}” is not known; try utf-8, windows-1250 or iso-8859-2.")


def guess(sample: bytes) -> str:
    """The encoding of a text: UTF-8 where it is valid, else windows-1250 or ISO-8859-2 by its Polish letters."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _is_utf8(sample):
        return "utf-8"
    if any(0x80 <= byte < 0xA0 for byte in sample):
        return "cp1250"
    scores = {name: _polish_letters(sample, name) for name in ("cp1250", "iso8859-2")}
    return "iso8859-2" if scores["iso8859-2"] > scores["cp1250"] else "cp1250"


def _is_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return _is_utf8_cut(sample)
    return True


def _is_utf8_cut(sample: bytes) -> bool:
    """Whether it is UTF-8 whose fixed-width cells end within a character, as in shapefiles."""
    try:
        text = _CUT.sub(b"", sample).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return any(ord(letter) > 127 for letter in text)


def _polish_letters(sample: bytes, encoding: str) -> int:
    text = sample.decode(encoding, errors="replace")
    return sum(text.count(letter) for letter in _POLISH)


def text_encoding(path: Path) -> str:
    """The detected encoding of a text file such as CSV; "utf-8-sig" where it begins with a byte-order mark."""
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    found = guess(sample)
    return "utf-8-sig" if found == "utf-8" and sample.startswith(codecs.BOM_UTF8) else found


def dbf_encoding(dbf: Path) -> tuple[str, str]:
    """The encoding of a DBF table and where it is from: ".cpg" file, "header", or detected from "letters"."""
    cpg = dbf.with_suffix(".cpg")
    if cpg.is_file() and (stated := known_encoding(cpg.read_text(encoding="latin-1")[:40])):
        return stated, ".cpg"
    with dbf.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    if len(sample) > 29 and (stated_code := _DBF_LANGUAGES.get(sample[29])):
        return stated_code, "header"
    return guess(sample[32:]), "letters"
