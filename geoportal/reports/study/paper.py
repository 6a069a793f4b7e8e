"""The report of a study as PDF (PDF/UA-1): answer and map on the first page, then tables, rules and sources."""

from dataclasses import replace
from io import BytesIO
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.timezone import now
from django.utils.translation import get_language, gettext

from geoportal.cartography.printing.contents import Contents, contents_of
from geoportal.cartography.printing.deadline import Deadline
from geoportal.cartography.printing.fonts import SCRIPTS, font_path
from geoportal.cartography.printing.order import Order, OrderedLayer
from geoportal.cartography.printing.pages import page_document
from geoportal.cartography.printing.paper import SIZES_MM, Area, Paper
from geoportal.cartography.printing.scale_bar import scale_bar, written
from geoportal.cartography.printing.sheet import beneath, draw
from geoportal.cartography.printing.surfaces.canvas import Canvas
from geoportal.reports.study.chart import preset_filter
from geoportal.wording.studies import Published, extent, kinds_shown
from geoportal.wording.values import moment
from layers.access.rules import Access
from layers.city import city

MAP = Area(left=20.5, top=110.5, width=169, height=143)
"""The map's rectangle on the first page, in millimetres."""
SCALES = (10_000, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 90_000, 100_000, 150_000)
WEIGHTS = (400, 600)
AROUND = 1.04
"""Factor by which the map's extent is larger than the results'."""
LETTERS = str.maketrans("łŁ", "lL")
"""Letters that Unicode does not decompose, so that `slugify` would drop them."""


def pdf(access: Access, result: Published, context: dict[str, Any]) -> bytes:
    """The PDF of a published result. Raises BadPrint where drawing its map takes too long."""
    order = _order(access, result)
    contents = _results_on_top(contents_of(order), result)
    canvas = draw(order, contents, Deadline(settings.PRINT_SECONDS))
    return _bound(order, contents, canvas, context)


def file_name(result: Published) -> str:
    """The file's name; marks invented data."""
    parts = [str(result.study.title), str(city().name), f"{result.computed_at.astimezone(city().timezone):%Y-%m-%d}"]
    parts += [gettext("synthetic data")] if result.synthetic else []
    return f"{slugify(' '.join(parts).translate(LETTERS))}.pdf"


def _order(access: Access, result: Published) -> Order:
    width, height = SIZES_MM["A4"]
    paper = Paper(width, height, map=MAP, panel=MAP, size="A4", orientation="portrait")
    kinds = kinds_shown(access, result.study)
    west, south, east, north = extent(access, result.study)
    wide, high = (east - west) * AROUND, (north - south) * AROUND
    needed = max(wide / MAP.width, high / MAP.height) * 1000
    return Order(
        access=access,
        title=str(result.study.title),
        paper=paper,
        layers=tuple(OrderedLayer(kind, filter=preset_filter(kind)) for kind in kinds),
        base=True,
        at="",
        scale=next((scale for scale in SCALES if scale >= needed), SCALES[-1]),
        centre=((west + east) / 2, (south + north) / 2),
        drawn=(),
        chosen={},
    )


def _results_on_top(contents: Contents, result: Published) -> Contents:
    """The contents with the results' strata on top, drawn at every scale."""
    made = [
        replace(stratum, style=tuple({**layer, "minzoom": 0} for layer in stratum.style))
        for stratum in contents.strata
        if stratum.selection.kind.slug in result.study.outputs
    ]
    rest = [stratum for stratum in contents.strata if stratum.selection.kind.slug not in result.study.outputs]
    return replace(contents, strata=(*rest, *made))


def _bound(order: Order, contents: Contents, canvas: Canvas, context: dict[str, Any]) -> bytes:
    """All pages as one PDF, with the map beneath the first."""
    context = context | {
        "city": city(),
        "language": get_language(),
        "fonts": [(script, weight, font_path(script, weight).as_uri()) for script in SCRIPTS for weight in WEIGHTS],
        "map": MAP,
        "legend": contents.legend,
        "scale": written(contents.ground.scale),
        "bar": scale_bar(contents.ground),
        "printed": moment(now()),
    }
    document = page_document(render_to_string("studies/print.html", context)).render()
    file = BytesIO()
    document.write_pdf(file, finisher=beneath(canvas, order.paper), pdf_variant="pdf/ua-1")
    return file.getvalue()
