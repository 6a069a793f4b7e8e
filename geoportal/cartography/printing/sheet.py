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
from django.utils.formats import date_format, number_format
from django.utils.text import slugify
from django.utils.translation import get_language, gettext

from geoportal.cartography.printing.contents import Contents, contents_of
from geoportal.cartography.printing.deadline import Deadline
from geoportal.cartography.printing.drawing import Drawing
from geoportal.cartography.printing.fonts import SCRIPTS, font_path, text_width
from geoportal.cartography.printing.frame import round_length
from geoportal.cartography.printing.ground import POINTS_PER_MM, Ground, system_title
from geoportal.cartography.printing.order import Order
from geoportal.cartography.printing.paper import MARGIN_MM, Paper
from geoportal.cartography.printing.surfaces.canvas import Canvas
from layers.city import city
from layers.crs import storage_srid

if TYPE_CHECKING:
    from weasyprint import HTML
    from weasyprint.document import Document

BAR_MM = 50.0
"""The scale bar is the round length that comes nearest to this from below."""
WATERMARK = "DANE SYNTETYCZNE / SYNTHETIC DATA"
"""In both languages whatever the page's: a sheet is passed on."""
DAY = "j E Y"
PUBLISHER_MM = 58.0
"""What the publisher's name takes beside the title."""
LARGE_MM, SMALL_MM = 5.6, 4.0
"""Sizes of the title in one line and in two."""
DENSITIES = ("", "dense")


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished sheet and the name of its file."""

    pdf: bytes
    file_name: str


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of four parts; `metres` of ground are `width` millimetres of paper."""

    metres: float
    width: float
    unit: str
    marks: tuple[str, str, str]

    @property
    def parts(self) -> list[tuple[float, float, str]]:
        """Left edge, width and colour of its parts."""
        part = self.width / 4
        return [(number * part, part, color) for number, color in enumerate(("#1c2826", "#ffffff") * 2)]

    @property
    def labels(self) -> list[tuple[float, str]]:
        """Where which number stands."""
        first, middle, last = self.marks
        return [(0, first), (self.width / 2, middle), (self.width, f"{last} {self.unit}")]

    @property
    def room(self) -> float:
        """Millimetres that the bar takes with its numbers."""
        return self.width + 10


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
    """A name that says what the file is, when it was made, and that its data are invented where they are."""
    parts = [gettext("map"), str(city().name), date_format(_today(), "Y-m-d")]
    parts += [gettext("synthetic data")] if contents.synthetic else []
    return f"{slugify(' '.join(parts))}.pdf"


def scale_bar(ground: Ground) -> ScaleBar:
    """The bar of a ground's scale."""
    metres = round_length(BAR_MM / ground.mm_per_m)
    unit, factor = ("km", 1000) if metres >= 2000 else ("m", 1)
    first, middle, last = (written(metres * share / factor) for share in (0, 0.5, 1))
    return ScaleBar(metres, metres * ground.mm_per_m, unit, (first, middle, last))


def written(number: float) -> str:
    """A number as people here write it, with as many decimals as it has. Example: 2.50 gives 2,5 in Polish."""
    return number_format(int(number) if number == int(number) else float(f"{number:.4g}"), force_grouping=True)


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
    """Puts a drawing beneath the first page: for readers aloud it is decoration, its description is the page's."""

    def finish(document: Document, pdf: pydyf.PDF) -> None:
        form = canvas.form(pdf, paper.width * POINTS_PER_MM, paper.height * POINTS_PER_MM)
        page = pdf.objects[pdf.pages["Kids"][0]]
        resources = pdf.objects[int(page["Resources"].split()[0])]
        resources["XObject"]["CityMap"] = form.reference
        shown = pydyf.Stream(["/Artifact BMC /CityMap Do EMC"])
        pdf.add_object(shown)
        page["Contents"] = pydyf.Array([shown.reference, page["Contents"]])

    return finish
