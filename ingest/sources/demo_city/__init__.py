"""Source “demo_city”: a synthetic city, deterministic, with realistic distributions, every record marked as invented.

2026-11-24: streets grow by cutting faces of a mesh (`growth`), not from a raster or a tensor field, because a cut
keeps the network connected and planar by construction, and every block is a face that lots and districts share.
"""

import importlib
from collections.abc import Callable, Iterator

from ingest.errors import BadOption
from ingest.source import IngestSource, Reading, Request
from ingest.sources.demo_city.town import Town
from layers.text import Text

KINDS = (
    "districts",
    "rivers",
    "green",
    "roads",
    "buildings",
    "addresses",
    "parcels",
    "zoning_plans",
    "flood_zones",
    "monuments",
    "hydrants",
    "fire_stations",
    "bus_stops",
)


def read(request: Request) -> Iterator[Reading]:
    """All kinds of the demo city, or those named in the option `kinds`."""
    scale = _number(request, "scale", "1", 0.02, 10)
    town = Town(request.city, seed=int(_number(request, "seed", "1", 0, 2**32)), scale=scale)
    named = request.options.get("kinds", "")
    wanted = [name.strip() for name in named.split(",") if name.strip()] or list(KINDS)
    unknown = sorted(set(wanted) - set(KINDS))
    if unknown:
        raise BadOption(f"demo_city makes no {', '.join(unknown)}; it makes {', '.join(KINDS)}.")
    for done, name in enumerate(name for name in KINDS if name in wanted):
        request.progress(done, len(wanted))
        make: Callable[[Town], Reading] = importlib.import_module(f"{__name__}.{name}").make
        yield make(town)
    request.progress(len(wanted), len(wanted))


def _number(request: Request, name: str, default: str, low: float, high: float) -> float:
    text = request.options.get(name, default)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise BadOption(f"Option {name}={text}: a number from {low} to {high} is needed.")
    return value


SOURCE = IngestSource(
    slug="demo_city",
    title=Text("Miasto pokazowe (dane syntetyczne)", "Demo city (synthetic data)"),
    read=read,
    options=frozenset({"scale", "seed", "kinds"}),
    needs_path=False,
    synthetic=True,
    licence="CC0-1.0",
    default_mode="snapshot",
)
