"""Code examples of how programs read an open layer."""

from dataclasses import dataclass

from django.utils.translation import gettext

from layers.schema.kind import LayerKind


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its purpose and its text."""

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


def service_examples(base: str) -> list[Example]:
    """Examples of how programs reach all layers at once, of the portal at `base` (with its last slash)."""
    return [
        Example(
            "qgis",
            gettext("In QGIS"),
            gettext("Layer → Add Layer → Add WFS / OGC API – Features Layer → New, then this address:")
            + f"\n{base}ogc/",
        ),
        Example(
            "gdal",
            gettext("In a terminal (GDAL)"),
            f'ogrinfo -ro -so "OAPIF:{base}ogc/" buildings\nogr2ogr buildings.gpkg "OAPIF:{base}ogc/" buildings',
        ),
        Example(
            "python",
            gettext("In Python (OWSLib)"),
            f'from owslib.ogcapi.features import Features\n\ncity = Features("{base}ogc/")\n'
            'page = city.collection_items("buildings", limit=100, filter="storeys_above > 5")\n'
            'print(page["numberMatched"])',
        ),
        Example(
            "maplibre",
            gettext("In a map of your own (MapLibre)"),
            f'new maplibregl.Map({{ container: "map", style: "{base}ogc/styles/map?theme=light" }});',
        ),
    ]


def wfs_examples(base: str) -> list[Example]:
    """Examples of how programs read a layer over the WFS of the portal at `base` (with its last slash)."""
    asked = "service=WFS&version=2.0.0&request=GetFeature&typenames=buildings"
    return [
        Example(
            "qgis",
            gettext("In QGIS"),
            gettext("Layer → Add Layer → Add WFS / OGC API – Features Layer → New, then this address:")
            + f"\n{base}wfs/",
        ),
        Example(
            "python",
            gettext("In Python (GeoPandas)"),
            f'import geopandas\n\nframe = geopandas.read_file("WFS:{base}wfs/", layer="city:buildings")\n'
            "print(frame.head())",
        ),
        Example(
            "curl",
            gettext("In a terminal (curl)"),
            f'curl "{base}wfs/?{asked}&count=10&outputformat=geojson"',
        ),
    ]


def copy_words() -> dict[str, str]:
    """Texts of the buttons that copy an example."""
    return {
        "copied": gettext("Copied"),
        "not_copied": gettext("It could not be copied; select the text instead."),
    }
