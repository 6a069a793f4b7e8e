"""A layer as a dataset with its distributions: live downloads, the newest snapshot, and services."""

from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from geoportal.dcat.graph import Description, labelled, whole_number
from geoportal.dcat.services import SERVICES, service_uri
from geoportal.dcat.vocabularies import (
    AVAILABLE,
    DCAT,
    DCATAP,
    DCTERMS,
    HIGH_VALUE,
    HIGH_VALUE_LAW,
    POLISH,
    PUBLIC,
    RDFS,
    SPDX,
    XSD,
    file_type,
    frequency,
    media_type,
    theme,
)
from geoportal.wording.datasets import attribution
from geoportal.wording.snapshots import file_address
from layers.access.rules import ANONYMOUS, Serving, licence
from layers.crs import storage_srid
from layers.exports import LIVE, Format, format_of
from layers.metadata.coverage import coverage
from layers.observations.selection import IS_SYNTHETIC, visible_streams
from layers.schema.kind import LayerKind
from layers.snapshots.models import Snapshot
from layers.text import Text

INVENTED = Text(
    "Dane wymyślone na potrzeby pokazu; nie mówią nic o prawdziwym miejscu.",
    "Invented data, made for a demonstration; they say nothing about the real place.",
)
MARK = Text("dane syntetyczne", "synthetic data")
PARTLY = Text("także dane syntetyczne", "synthetic data among others")
DOUBTS = Text(
    "Kolumny mówią o wątpliwościach przy każdej wartości: flags (automatyczna kontrola), excluded (wyłączona przez "
    "redaktora), synthetic (zmyślona), standing (czujnik wskaźnikowy, próbny albo zamknięty).",
    "Columns name what is doubtful about each value: flags (automatic control), excluded (by an editor), synthetic "
    "(invented), standing (indicative sensor, one on trial or a closed one).",
)
"""Of files of observations."""


def describe_dataset(description: Description, kind: LayerKind, shown: Serving, snapshot: Snapshot | None) -> URIRef:
    """Add a layer's dataset and distributions to the graph; returns the dataset's URI."""
    subject = description.uri(f"catalogue/{kind.slug}/#dataset")
    page = description.uri(f"catalogue/{kind.slug}/")
    description.add(description.catalogue, (DCAT.dataset, subject))
    description.new(
        subject,
        DCAT.Dataset,
        (DCTERMS.title, _marked(kind.title, shown)),
        (DCTERMS.description, _joined(kind.description, INVENTED) if shown.synthetic else kind.description),
        (DCTERMS.identifier, Literal(str(subject))),
        (DCTERMS.publisher, description.publisher),
        (DCAT.contactPoint, description.contact),
        (DCTERMS.accessRights, PUBLIC),
        (DCTERMS.language, POLISH),
        (DCTERMS.accrualPeriodicity, frequency(kind.source.rhythm_days)),
        (DCTERMS.modified, shown.updated_at),
        (DCAT.landingPage, page),
        (DCTERMS.conformsTo, _coordinate_system(description)),
        (DCTERMS.provenance, labelled(description, DCTERMS.ProvenanceStatement, _origin(kind, shown))),
    )
    description.new(page, URIRef("http://xmlns.com/foaf/0.1/Document"))
    for code in kind.portal.themes:
        description.add(subject, (DCAT.theme, theme(code)))
    for word in (*kind.portal.keywords, *((MARK,) if shown.synthetic else ())):
        description.add(subject, (DCAT.keyword, word))
    _cover(description, subject, kind, shown)
    _high_value(description, subject, kind, shown)
    _distribute(description, subject, kind, shown, snapshot)
    return subject


def _cover(description: Description, subject: URIRef, kind: LayerKind, shown: Serving) -> None:
    covered = coverage(kind, shown)
    if covered.wkt:
        description.add(subject, (DCTERMS.spatial, description.place(covered.wkt)))
    if covered.last:
        period = description.new(
            BNode(), DCTERMS.PeriodOfTime, (DCAT.startDate, covered.first), (DCAT.endDate, covered.last)
        )
        description.add(subject, (DCTERMS.temporal, period))


def _high_value(description: Description, subject: URIRef, kind: LayerKind, shown: Serving) -> None:
    """Add the high-value category where the layer has one; invented data have none."""
    if kind.portal.high_value and not shown.synthetic:
        description.add(
            subject,
            (DCATAP.hvdCategory, HIGH_VALUE[kind.portal.high_value]),
            (DCATAP.applicableLegislation, HIGH_VALUE_LAW),
        )


def _distribute(
    description: Description, dataset: URIRef, kind: LayerKind, shown: Serving, snapshot: Snapshot | None
) -> None:
    terms = description.licence(licence(kind, shown), kind.source.licence_url if not shown.licence else "")
    law = HIGH_VALUE_LAW if kind.portal.high_value and not shown.synthetic else None

    def distribution(name: str, title: Text, address: str, *facts: tuple[URIRef, object]) -> None:
        subject = description.uri(f"catalogue/{kind.slug}/#{name}")
        description.add(dataset, (DCAT.distribution, subject))
        description.new(
            subject,
            DCAT.Distribution,
            (DCTERMS.title, _marked(title, shown)),
            (DCAT.accessURL, description.uri(address)),
            (DCTERMS.license, terms),
            (DCATAP.availability, AVAILABLE),
            (DCATAP.applicableLegislation, law),
            *facts,
        )

    for format_ in LIVE:
        address = f"open-data/{kind.slug}.{format_.ending}"
        title = Text(f"{format_.title}, stan bieżący", f"{format_.title}, current state")
        distribution(
            format_.ending,
            title,
            address,
            *_file(description, format_, address),
            (DCTERMS.modified, shown.updated_at),
        )
    if kind.series:
        for format_ in (format_of("csv"), format_of("parquet")):
            address = f"open-data/{kind.slug}/observations.{format_.ending}"
            title = _observations(kind, shown, format_)
            facts = (DCTERMS.description, DOUBTS), *_file(description, format_, address)
            distribution(f"observations-{format_.ending}", title, address, *facts)
    for file in snapshot.files.all() if snapshot else ():
        assert snapshot is not None
        address = file_address(snapshot, file).removeprefix("/")
        title = Text(
            f"{file.format.title}, migawka z {snapshot.day}", f"{file.format.title}, snapshot of {snapshot.day}"
        )
        distribution(
            f"snapshot-{file.ending}",
            title,
            address,
            *_file(description, file.format, address),
            (DCTERMS.issued, snapshot.taken_at),
            (DCAT.byteSize, whole_number(file.size)),
            (SPDX.checksum, _checksum(description, file.sha256)),
        )
    for service in SERVICES:
        if not service.serves(kind):
            continue
        distribution(
            service.slug,
            service.title,
            service.layer.format(layer=kind.slug),
            (DCAT.accessService, service_uri(description, service)),
            (DCTERMS.format, file_type(service.file_type)),
            (DCAT.mediaType, media_type(service.media_type)),
        )


def _file(description: Description, format_: Format, address: str) -> tuple[tuple[URIRef, object], ...]:
    return (
        (DCAT.downloadURL, description.uri(address)),
        (DCTERMS.format, file_type(format_.file_type)),
        (DCAT.mediaType, media_type(format_.plain_type)),
        (DCAT.packageFormat, media_type("application/zip") if format_.ending.endswith(".zip") else None),
    )


def _checksum(description: Description, sha256: str) -> Node:
    value = Literal(sha256, datatype=XSD.hexBinary)
    facts = ((SPDX.algorithm, SPDX.checksumAlgorithm_sha256), (SPDX.checksumValue, value))
    return description.new(BNode(), SPDX.Checksum, *facts)


def _coordinate_system(description: Description) -> Node:
    system = URIRef(f"http://www.opengis.net/def/crs/EPSG/0/{storage_srid()}")
    return description.new(system, DCTERMS.Standard, (RDFS.label, Literal(f"EPSG:{storage_srid()}")))


def _origin(kind: LayerKind, shown: Serving) -> Text:
    """The origin of the data in both languages; a dataset's own text is in one."""
    if shown.synthetic:
        return INVENTED
    return kind.source.name if not shown.attribution else Text(attribution(kind, shown), attribution(kind, shown))


def _marked(title: Text, shown: Serving) -> Text:
    return Text(f"{title.pl} ({MARK.pl})", f"{title.en} ({MARK.en})") if shown.synthetic else title


def _observations(kind: LayerKind, shown: Serving, format_: Format) -> Text:
    """The title of a file of observations. Series may be invented where the layer's stations are not."""
    title = Text(f"Pomiary, {format_.title}", f"Observations, {format_.title}")
    if shown.synthetic or not visible_streams(ANONYMOUS).filter(IS_SYNTHETIC, thing__kind=kind.slug).exists():
        return title
    return Text(f"{title.pl} ({PARTLY.pl})", f"{title.en} ({PARTLY.en})")


def _joined(one: Text, other: Text) -> Text:
    return Text(f"{one.pl} {other.pl}", f"{one.en} {other.en}")
