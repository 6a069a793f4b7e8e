"""A place report as tagged PDF (PDF/UA-1) with our own fonts, page numbers and sources."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import get_language, gettext

from geoportal.cartography.printing.fonts import SCRIPTS, font_path
from geoportal.reports.place.document import Document
from layers.city import city

WEIGHTS = (400, 500, 600)
LONGEST = 110


def pdf(document: Document, drawing: str, address: str) -> bytes:
    """The PDF of a report with its map. Links are made absolute with `address`, the portal's own."""
    from geoportal.cartography.printing.pages import page_document

    context: dict[str, Any] = {
        "document": document,
        "printed": True,
        "drawing": drawing,
        "city": city(),
        "language": get_language(),
        "share": f"{address}reports/place/?{document.words}",
        "share_short": _short(f"{address}reports/place/?{document.words}"),
        "fonts": [(script, weight, font_path(script, weight).as_uri()) for script in SCRIPTS for weight in WEIGHTS],
    }
    text = render_to_string("reports/place_print.html", context)
    made: bytes = page_document(text, address).write_pdf(pdf_variant="pdf/ua-1")
    return made


def _short(address: str) -> str:
    """An address shortened to fit a line."""
    return address if len(address) <= LONGEST else f"{address[:LONGEST]}…"


def file_name(document: Document) -> str:
    """The file's name; marks invented data."""
    parts = [gettext("report"), document.full_title, str(city().name)]
    parts += [gettext("synthetic data")] if document.synthetic else []
    return f"{slugify(' '.join(parts).translate(LETTERS))}.pdf"


LETTERS = str.maketrans("łŁ", "lL")
"""Letters that Unicode does not decompose, so that `slugify` would drop them."""
