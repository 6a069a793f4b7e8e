"""Source “file”: one geodata file, of any format the portal reads, as one kind."""

from collections.abc import Iterator

from ingest.files.layers import OPTIONS, layer_of, survey_file
from ingest.mapping.columns import FieldMapping, kind_of
from ingest.source import IngestSource, Reading, Request
from layers.kinds import KINDS
from layers.text import Text


def read(request: Request) -> Iterator[Reading]:
    """Read the file's layer as the kind named by `kind=`, or the one the layer or file is named after."""
    wanted = request.options.get("kind", "")
    if wanted:
        kind_of(KINDS, wanted)
    survey = survey_file(request)
    kind = kind_of(KINDS, wanted, survey.title, survey.name)
    layer = layer_of(request, survey, FieldMapping.choose(kind, survey.columns, request.options, survey.empty))
    yield Reading(kind.slug, layer.mapping.fields, layer.records(), total=survey.features, notes=layer.notes)


SOURCE = IngestSource(
    slug="file",
    title=Text("Plik z danymi", "Data file"),
    read=read,
    options=OPTIONS | {"kind"},
)
