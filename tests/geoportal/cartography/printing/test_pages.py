"""HTML of our own templates is read from files only, with fonts that are decompressed once in a process."""

import time
from io import BytesIO

import pdfplumber
import pytest
from fontTools.ttLib import TTFont

from geoportal.cartography.printing.fonts import font_path, true_type
from geoportal.cartography.printing.pages import OwnFiles, page_document

LATIN = font_path("latin", 400)
PAGE = (
    f'<html lang="pl"><style>@font-face {{ font-family: Own; src: url("{LATIN.as_uri()}") format("woff2"); }} '
    "p { font-family: Own; }</style><p>Rynek</p></html>"
)


def test_a_web_font_is_returned_as_the_same_font_in_true_type() -> None:
    content = OwnFiles().fetch(LATIN.as_uri()).read()
    read, packed = TTFont(BytesIO(content)), TTFont(LATIN)
    assert content.startswith(b"\x00\x01\x00\x00")
    assert read.getBestCmap() == packed.getBestCmap()
    assert read["hmtx"].metrics == packed["hmtx"].metrics
    assert read["glyf"]["R"] == packed["glyf"]["R"]


@pytest.mark.parametrize("address", ["https://example.org/font.woff2", "http://127.0.0.1/a.png", "data:text/css,a{}"])
def test_nothing_but_files_is_fetched(address: str) -> None:
    with pytest.raises(ValueError, match="disallowed protocol"):
        OwnFiles().fetch(address)


def test_a_page_is_set_in_the_font_of_its_file() -> None:
    """Noto Sans' R is 622 thousandths wide; the default font size of a page is 16 pixels."""
    with pdfplumber.open(BytesIO(page_document(PAGE).write_pdf())) as document:
        letter = document.pages[0].chars[0]
    assert letter["text"] == "R" and letter["fontname"].endswith("+Own")
    assert letter["adv"] == pytest.approx(16 * 0.622)


def test_documents_after_the_first_do_not_decompress_their_fonts() -> None:
    true_type.cache_clear()
    page_document(PAGE).render()
    began = time.process_time()
    true_type(LATIN)
    assert time.process_time() - began < 0.005
    page_document(PAGE).render()
    assert true_type.cache_info().misses == 1
