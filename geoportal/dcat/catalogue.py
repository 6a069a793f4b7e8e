"""The current catalogue as an RDF graph."""

from rdflib import Graph

from geoportal.dcat.datasets import describe_dataset
from geoportal.dcat.graph import new_description
from geoportal.dcat.services import describe_services
from geoportal.dcat.vocabularies import DCTERMS
from layers.access.rules import open_kinds, servings
from layers.snapshots.models import is_open, latest_by_kind


def catalogue(base: str, synthetic: bool = False) -> Graph:
    """All open layers that hold data, for a portal at `base`; invented ones only with `synthetic`."""
    description = new_description(base)
    held, snapshots = servings(), latest_by_kind()
    shown = {kind: held[kind.slug] for kind in open_kinds() if kind.slug in held}
    offered = {kind: one for kind, one in shown.items() if synthetic or not one.synthetic}
    datasets = {}
    for kind, one in offered.items():
        snapshot = snapshots.get(kind.slug)
        if snapshot and (not is_open(kind, snapshot) or snapshot.dataset_id != one.dataset_id):
            snapshot = None
        datasets[kind] = describe_dataset(description, kind, one, snapshot)
    describe_services(description, datasets, [kind for kind, one in offered.items() if one.synthetic])
    moments = [one.updated_at for one in offered.values() if one.updated_at]
    description.add(description.catalogue, (DCTERMS.modified, max(moments, default=None)))
    return description.graph
