"""Examples of how programs take an open layer, ready to be copied."""

from dataclasses import dataclass

from django.utils.translation import gettext

from layers.kind import LayerKind


@dataclass(frozen=True, slots=True)
class Example:
    """An example: what it is for, and its text."""

    slug: str
    title: str
    text: str


def examples(kind: LayerKind, base: str) -> list[Example]:
    """Examples for a layer of the portal at `base` (with its last slash)."""
    layer, file = kind.slug, f"{base}open-data/{kind.slug}"
    return [
        Example(
            "curl",
            gettext("In a terminal (curl)"),
            f'curl -o {layer}.gpkg "{file}.gpkg"\ncurl "{base}ogc/collections/{layer}/items?f=json&limit=10"',
        ),
        Example(
            "python",
            gettext("In Python (GeoPandas)"),
            f'import geopandas\n\nframe = geopandas.read_file("{file}.geojson")\nprint(frame.head())',
        ),
        Example(
            "qgis",
            gettext("In QGIS"),
            gettext("Layer → Add Layer → Add WFS / OGC API – Features Layer → New, then this address:")
            + f"\n{base}ogc/",
        ),
    ]
