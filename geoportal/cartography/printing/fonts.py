"""Noto Sans as the map's letters: how wide they are, and the font itself within the PDF.

The web font comes in two files a weight, Latin and its extension with the Polish letters; a text may need both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pydyf
from django.conf import settings

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

SCRIPTS = ("latin", "latin-ext")


@dataclass(frozen=True)
class Face:
    """One font file."""

    script: str
    weight: int

    @property
    def name(self) -> str:
        """Its name among the fonts of a PDF."""
        return f"NotoSans{self.script.replace('-', '')}{self.weight}"

    @property
    def path(self) -> Path:
        """The web font."""
        return font_path(self.script, self.weight)

    @cached_property
    def font(self) -> TTFont:
        """The font, read."""
        from fontTools.ttLib import TTFont

        return TTFont(self.path)

    @cached_property
    def glyph_ids(self) -> dict[str, int]:
        """The number of the glyph of each letter."""
        return {chr(code): self.font.getGlyphID(name) for code, name in self.font.getBestCmap().items()}

    @cached_property
    def widths(self) -> list[float]:
        """The width of each glyph, in the size of the letters."""
        unit = self.font["head"].unitsPerEm
        return [self.font["hmtx"][name][0] / unit for name in self.font.getGlyphOrder()]

    @property
    def bytes(self) -> bytes:
        """The font as TrueType."""
        return true_type(self.path)


@dataclass(frozen=True, slots=True)
class Letter:
    """A text in one face with its glyphs (hexadecimal numbers), set from a place in PDF points in a direction.

    `width` is that of the text in the size of its letters.
    """

    face: Face
    text: str
    glyphs: str
    width: float
    place: tuple[float, float]
    cos: float = 1.0
    sin: float = 0.0


def font_path(script: str, weight: int) -> Path:
    """The file of a script and weight of Noto Sans."""
    folder = settings.BASE_DIR / "node_modules" / "@fontsource" / "noto-sans" / "files"
    return Path(folder) / f"noto-sans-{script}-{weight}-normal.woff2"


@lru_cache(maxsize=8)
def true_type(path: Path) -> bytes:
    """A web font (WOFF2) decompressed, which takes a tenth of a second for each file."""
    from fontTools.ttLib import woff2

    file = BytesIO()
    woff2.decompress(path, file)
    return file.getvalue()


@lru_cache(maxsize=8)
def faces(weight: int) -> tuple[Face, ...]:
    """The faces of a weight, in the order in which a letter is looked for."""
    return tuple(Face(script, weight) for script in SCRIPTS)


@lru_cache(maxsize=4096)
def glyph(letter: str, weight: int) -> tuple[Face, int, float]:
    """The face, glyph and width of a letter; a question mark's where the font does not have it."""
    for face in faces(weight):
        if letter in face.glyph_ids:
            number = face.glyph_ids[letter]
            return face, number, face.widths[number]
    return glyph("?", weight)


def text_width(text: str, weight: int, spacing: float = 0.0) -> float:
    """The width of a text in the size of its letters."""
    return sum(glyph(letter, weight)[2] + spacing for letter in text) - (spacing if text else 0.0)


def set_straight(
    text: str,
    weight: int,
    start: tuple[float, float],
    size: float,
    *,
    cos: float = 1.0,
    sin: float = 0.0,
    spacing: float = 0.0,
) -> list[Letter]:
    """The letters of a text on a straight line from a place on, runs of one face together."""
    letters: list[Letter] = []
    run: list[int] = []
    gone = run_start = 0.0
    run_first = 0
    face: Face | None = None

    def close() -> None:
        if face is not None and run:
            place = (start[0] + run_start * size * cos, start[1] + run_start * size * sin)
            shown = text[run_first : run_first + len(run)]
            glyphs = "".join(f"{number:04x}" for number in run)
            letters.append(Letter(face, shown, glyphs, gone - run_start - spacing, place, cos, sin))

    for position, letter in enumerate(text):
        its_face, number, width = glyph(letter, weight)
        if its_face is not face or spacing:
            close()
            run, face, run_start, run_first = [], its_face, gone, position
        run.append(number)
        gone += width + spacing
    close()
    return letters


def embedded(pdf: pydyf.PDF, face: Face) -> str:
    """Put a face into a PDF and give its reference: ISO 32000-1, 9.7 (composite fonts), glyphs by number."""
    file = pydyf.Stream([face.bytes], {"Length1": len(face.bytes)}, compress=True)
    pdf.add_object(file)
    descriptor = pydyf.Dictionary(_description(face) | {"FontFile2": file.reference})
    pdf.add_object(descriptor)
    widths = pydyf.Array([round(width * 1000) for width in face.widths])
    descendant = pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/CIDFontType2",
            "BaseFont": f"/{face.name}",
            "CIDSystemInfo": pydyf.Dictionary(
                {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("Identity"), "Supplement": 0}
            ),
            "FontDescriptor": descriptor.reference,
            "CIDToGIDMap": "/Identity",
            "W": pydyf.Array([0, widths]),
        }
    )
    pdf.add_object(descendant)
    unicode = pydyf.Stream([_to_unicode(face)], compress=True)
    pdf.add_object(unicode)
    font = pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": f"/{face.name}",
            "Encoding": "/Identity-H",
            "DescendantFonts": pydyf.Array([descendant.reference]),
            "ToUnicode": unicode.reference,
        }
    )
    pdf.add_object(font)
    return font.reference


def _description(face: Face) -> dict[str, object]:
    head, lines, unit = face.font["head"], face.font["hhea"], face.font["head"].unitsPerEm / 1000
    box = [round(edge / unit) for edge in (head.xMin, head.yMin, head.xMax, head.yMax)]
    return {
        "Type": "/FontDescriptor",
        "FontName": f"/{face.name}",
        "Flags": 4,
        "FontBBox": pydyf.Array(box),
        "ItalicAngle": 0,
        "Ascent": round(lines.ascent / unit),
        "Descent": round(lines.descent / unit),
        "CapHeight": 714,
        "StemV": 80,
    }


def _to_unicode(face: Face) -> str:
    """The letters that the glyphs stand for, so that text can be searched and copied (at most 100 lines a block)."""
    pairs = sorted((number, letter) for letter, number in face.glyph_ids.items())
    blocks = []
    for at in range(0, len(pairs), 100):
        block = pairs[at : at + 100]
        lines = "\n".join(f"<{number:04x}> <{letter.encode('utf-16-be').hex()}>" for number, letter in block)
        blocks.append(f"{len(block)} beginbfchar\n{lines}\nendbfchar")
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Letters def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        + "\n".join(blocks)
        + "\nendcmap CMapName currentdict /CMap defineresource pop end end"
    )
