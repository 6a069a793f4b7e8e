"""The sheet: title, legend, scale, north, dates and sources set around the map, as a tagged PDF (PDF/UA-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pydyf
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import get_language, gettext

from geoportal.cartography.printing.contents import Contents, contents_of
from geoportal.cartography.printing.deadline import Deadline
from geoportal.cartography.printing.drawing import Drawing
from geoportal.cartography.printing.fonts import SCRIPTS, font_path, text_width
from geoportal.cartography.printing.ground import POINTS_PER_MM, system_title
from geoportal.cartography.printing.order import Order
from geoportal.cartography.printing.paper import MARGIN_MM, Paper
from geoportal.cartography.printing.scale_bar import scale_bar, written
from geoportal.cartography.printing.surfaces.canvas import Canvas
from layers.city import city
from layers.crs import storage_srid

if TYPE_CHECKING:
    from weasyprint import HTML
    from weasyprint.document import Document

WATERMARK = "DANE SYNTETYCZNE / SYNTHETIC DATA"
"""In both languages whatever the page's: a sheet is passed on."""
DAY = "j E Y"
PUBLISHER_MM = 58.0
"""Width reserved for the publisher's name beside the title."""
LARGE_MM, SMALL_MM = 5.6, 4.0
"""Sizes of the title in one line and in two."""
DENSITIES = ("", "dense")


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished sheet and the name of its file."""

    pdf: bytes
    file_name: str


def print_sheet(order: Order) -> Printed:
    """Print an order in the active language. Raises BadPrint and the faults of selections."""
    deadline = Deadline(settings.PRINT_SECONDS)
    contents = contents_of(order)
    canvas = draw(order, contents, deadline)
    deadline.left_s()
    pdf = compose(order, contents, canvas)
    return Printed(pdf, file_name(contents))


def draw(order: Order, contents: Contents, deadline: Deadline) -> Canvas:
    """The map of a sheet."""
    canvas = Canvas()
    drawing = Drawing(contents.ground, deadline, canvas)
    drawing.begin()
    drawing.draw(contents.strata)
    drawing.mark(contents.chosen)
    drawing.shapes(order.drawn)
    drawing.finish(WATERMARK if contents.synthetic else "")
    return canvas


def compose(order: Order, contents: Contents, canvas: Canvas) -> bytes:
    """The PDF of a sheet around a drawn map."""
    context = _context(order, contents)
    context |= _room(context)
    document = _html(render_to_string("print/sheet.html", context)).render()
    file = BytesIO()
    document.write_pdf(file, finisher=beneath(canvas, order.paper), pdf_variant="pdf/ua-1")
    return file.getvalue()


def file_name(contents: Contents) -> str:
    """The file's name: city and date, and a mark where data are invented."""
    parts = [gettext("map"), str(city().name), date_format(_today(), "Y-m-d")]
    parts += [gettext("synthetic data")] if contents.synthetic else []
    return f"{slugify(' '.join(parts))}.pdf"


def degrees(angle: float) -> str:
    """An angle in degrees and minutes. Example: 0.2866 gives 0°17′."""
    minutes = round(abs(angle) * 60)
    return f"{minutes // 60}°{minutes % 60:02}′"


def _context(order: Order, contents: Contents) -> dict[str, Any]:
    ground = contents.ground
    title = order.title or gettext("Map of {city}").format(city=city().name)
    return {
        "title": title,
        "title_size": _title_size(title, order.paper),
        "city": city(),
        "language": get_language(),
        "paper": order.paper,
        "scale": written(ground.scale),
        "centimetre": written(ground.scale / 100),
        "bar": scale_bar(ground),
        "system": system_title(storage_srid()),
        "north": degrees(ground.true_north_deg),
        "north_east": ground.true_north_deg >= 0,
        "legend": contents.legend,
        "base": order.base,
        "origins": contents.origins,
        "synthetic": contents.synthetic,
        "drawn": bool(order.drawn),
        "chosen": bool(contents.chosen),
        "printed": date_format(_today(), DAY),
        "at": date_format(contents.at.astimezone(city().timezone), DAY) if contents.at else "",
        "fonts": [
            (script, weight, font_path(script, weight).as_uri()) for script in SCRIPTS for weight in (400, 600)
        ],
        "right": order.paper.width - order.paper.map.left - order.paper.map.width,
    }


def _title_size(title: str, paper: Paper) -> float:
    """The size in millimetres in which a title fits into its band, in one line or, smaller, in two."""
    room = paper.width - 2 * MARGIN_MM - PUBLISHER_MM
    one_line = room / text_width(title, 600)
    return min(LARGE_MM, one_line) if one_line >= SMALL_MM else min(SMALL_MM, 1.75 * one_line)


def _room(context: dict[str, Any]) -> dict[str, Any]:
    """How legend and sources fit beside the map: set wide, else close, else on a page of their own."""
    for density in DENSITIES:
        panel = render_to_string("print/panel_alone.html", context | {"density": density})
        if len(_html(panel).render().pages) == 1:
            return {"density": density, "overflowing": False}
    return {"density": "", "overflowing": True}


def _html(text: str) -> HTML:
    from geoportal.cartography.printing.pages import page_document

    return page_document(text)


def _today() -> Any:
    return timezone.now().astimezone(city().timezone)


def beneath(canvas: Canvas, paper: Paper) -> Callable[[Document, pydyf.PDF], None]:
    """A finisher for WeasyPrint that puts the drawing beneath the first page.

    It is marked as an artifact: screen readers skip it and read the description on the page.
    """

    def finish(document: Document, pdf: pydyf.PDF) -> None:
        form = canvas.form(pdf, paper.width * POINTS_PER_MM, paper.height * POINTS_PER_MM)
        page = pdf.objects[pdf.pages["Kids"][0]]
        resources = pdf.objects[int(page["Resources"].split()[0])]
        resources["XObject"]["CityMap"] = form.reference
        shown = pydyf.Stream(["/Artifact BMC /CityMap Do EMC"])
        pdf.add_object(shown)
        page["Contents"] = pydyf.Array([shown.reference, page["Contents"]])

    return finish
