"""Titles and attributions of datasets."""

from django.utils.translation import gettext

from analysis.studies import STUDIES
from ingest.sources import SOURCES
from layers.access.rules import Serving
from layers.runs.models import EDITS, Dataset
from layers.schema.kind import LayerKind

OF_INVENTED = "-demo"
"""Slug suffix of the dataset of a study's result over invented data."""


def title(slug: str, given: str) -> str:
    """The dataset's own title, else its source's or study's title, else its slug."""
    if given:
        return given
    if slug == EDITS:
        return gettext("changes by editors")
    origin = SOURCES.get(slug) or STUDIES.get(slug.removesuffix(OF_INVENTED))
    return str(origin.title) if origin else slug


def attribution(kind: LayerKind, dataset: Serving | Dataset) -> str:
    """The attribution to show with the data; invented data are attributed as invented."""
    if dataset.synthetic:
        return title(dataset.slug, dataset.title)
    return dataset.attribution or str(kind.source.name)
