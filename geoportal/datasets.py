"""How a dataset is named to people."""

from ingest.sources import SOURCES
from layers.access import Serving
from layers.kind import LayerKind
from layers.runs import Dataset


def title(slug: str, given: str) -> str:
    """The title someone gave the dataset, else its source's name in the visitor's language, else its slug."""
    return given or (str(SOURCES[slug].title) if slug in SOURCES else slug)


def attribution(kind: LayerKind, dataset: Serving | Dataset) -> str:
    """Whom to name when the data is shown; invented data names itself."""
    if dataset.synthetic:
        return title(dataset.slug, dataset.title)
    return dataset.attribution or str(kind.source.name)
