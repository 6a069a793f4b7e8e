"""The data services of the open layers: OGC API, WFS, tiles, SensorThings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rdflib import URIRef

from geoportal.dcat.graph import Description
from geoportal.dcat.vocabularies import DCAT, DCATAP, DCTERMS, HIGH_VALUE, HIGH_VALUE_LAW, PUBLIC
from layers.schema.kind import LayerKind
from layers.text import Text


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its address, its description, the standard, and the address of one layer in it."""

    slug: str
    title: Text
    description: Text
    endpoint: str
    described_at: str
    standard: str
    layer: str
    """The layer's address in the service."""
    media_type: str
    file_type: str
    series: bool = False
    """Whether it serves only layers with series."""

    def serves(self, kind: LayerKind) -> bool:
        """Whether a layer is in the service."""
        return kind.series or not self.series


SERVICES = (
    Service(
        "ogc-api",
        Text("OGC API Features", "OGC API Features"),
        Text(
            "Obiekty warstw z filtrem, sortowaniem i wyborem układu współrzędnych.",
            "Features of the layers with filters, sorting and a choice of coordinate systems.",
        ),
        "ogc/",
        "ogc/api",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
        "ogc/collections/{layer}",
        "application/geo+json",
        "GEOJSON",
    ),
    Service(
        "wfs",
        Text("WFS 2.0", "WFS 2.0"),
        Text("Usługa pobierania danych WFS.", "A Web Feature Service."),
        "wfs/",
        "wfs/?SERVICE=WFS&REQUEST=GetCapabilities",
        "http://www.opengis.net/doc/IS/wfs/2.0",
        "wfs/?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature&TYPENAMES={layer}",
        "application/gml+xml",
        "GML",
    ),
    Service(
        "tiles",
        Text("Kafle wektorowe", "Vector tiles"),
        Text("Kafle wektorowe warstw (MVT) z opisem TileJSON.", "Vector tiles of the layers (MVT) with TileJSON."),
        "tiles/",
        "ogc/api",
        "https://github.com/mapbox/vector-tile-spec/tree/master/2.1",
        "tiles/{layer}.json",
        "application/vnd.mapbox-vector-tile",
        "MAP_SRVC",
    ),
    Service(
        "sensorthings",
        Text("SensorThings API 1.1", "SensorThings API 1.1"),
        Text(
            "Stacje, szeregi i pomiary czujników z filtrem i rozwinięciem powiązanych obiektów.",
            "Stations, datastreams and observations of sensors, with filters and expansion of related entities.",
        ),
        "sta/v1.1/",
        "sta/v1.1/",
        "http://www.opengis.net/doc/is/sensorthings/1.1",
        "sta/v1.1/Datastreams",
        "application/json",
        "JSON",
        series=True,
    ),
)


def describe_services(
    description: Description, datasets: Mapping[LayerKind, URIRef], invented: Collection[LayerKind]
) -> None:
    """Add the services and the datasets they serve; none that would serve no dataset.

    `invented` are those of the kinds whose data are.
    """
    for service in SERVICES:
        served = {kind: dataset for kind, dataset in datasets.items() if service.serves(kind)}
        if not served:
            continue
        subject = service_uri(description, service)
        description.add(description.catalogue, (DCAT.service, subject))
        description.new(
            subject,
            DCAT.DataService,
            (DCTERMS.title, service.title),
            (DCTERMS.description, service.description),
            (DCTERMS.publisher, description.publisher),
            (DCAT.contactPoint, description.contact),
            (DCTERMS.accessRights, PUBLIC),
            (DCAT.endpointURL, description.uri(service.endpoint)),
            (DCAT.endpointDescription, description.uri(service.described_at)),
            (DCAT.landingPage, description.uri("open-data/")),
            (DCTERMS.conformsTo, URIRef(service.standard)),
        )
        for dataset in served.values():
            description.add(subject, (DCAT.servesDataset, dataset))
        for category in {kind.portal.high_value for kind in served if kind not in invented} - {""}:
            description.add(subject, (DCATAP.hvdCategory, HIGH_VALUE[category]))
            description.add(subject, (DCATAP.applicableLegislation, HIGH_VALUE_LAW))


def service_uri(description: Description, service: Service) -> URIRef:
    """The URI of a service."""
    return description.uri(f"open-data/#{service.slug}")
