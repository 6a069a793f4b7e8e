"""The RDF graph of the catalogue: publisher, datasets, and the data services that serve them."""

from dataclasses import dataclass
from typing import Any

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from geoportal.dcat.vocabularies import (
    DCAT,
    DCTERMS,
    ENGLISH,
    FOAF,
    GEO,
    LOCAL_AUTHORITY,
    POLISH,
    PREFIXES,
    RDF,
    RDFS,
    THEMES,
    VCARD,
    XSD,
    licence,
)
from layers.city import city
from layers.text import Text


@dataclass(frozen=True, slots=True)
class Description:
    """A graph being filled for a portal at the address `base` (with its last slash)."""

    graph: Graph
    base: str

    def uri(self, path: str) -> URIRef:
        """The URI of a path of this portal."""
        return URIRef(self.base + path)

    @property
    def catalogue(self) -> URIRef:
        """The catalogue's URI."""
        return self.uri("open-data/#catalogue")

    @property
    def publisher(self) -> URIRef:
        """The publisher's URI."""
        return URIRef(city().publisher.identifier or self.base + "open-data/#publisher")

    @property
    def contact(self) -> URIRef:
        """The contact point's URI."""
        return self.uri("open-data/#contact")

    def add(self, subject: Node, *facts: tuple[URIRef, Any]) -> None:
        """Add triples of a subject: (property, value). A Text becomes two literals; None is skipped."""
        for name, value in facts:
            for term in _terms(value):
                self.graph.add((subject, name, term))

    def new(self, subject: Node, type_: URIRef, *facts: tuple[URIRef, Any]) -> Node:
        """Add a node of a type with its triples; returns the node."""
        self.graph.add((subject, RDF.type, type_))
        self.add(subject, *facts)
        return subject

    def place(self, wkt: str) -> Node:
        """A location with its bounding box: one geometry as WKT, which is what validators accept."""
        box = Literal(wkt, datatype=GEO.wktLiteral)
        return self.new(BNode(), DCTERMS.Location, (DCAT.bbox, box))

    def licence(self, name: str, address: str) -> Node:
        """A licence: its URI in the EU's vocabulary, else the address given, else a document with that title."""
        known = licence(name) or (URIRef(address) if address else None)
        title = Literal(name)
        return self.new(known or BNode(), DCTERMS.LicenseDocument, (DCTERMS.title, title))


def new_description(base: str) -> Description:
    """A new description with catalogue, publisher and contact point, without datasets."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    description = Description(graph, base)
    office = city().publisher
    description.new(
        description.publisher,
        FOAF.Agent,
        (FOAF.name, office.name),
        (DCTERMS.type, LOCAL_AUTHORITY),
        (FOAF.homepage, URIRef(office.url) if office.url else None),
    )
    description.new(
        description.contact,
        VCARD.Organization,
        (VCARD.fn, office.name),
        (VCARD.hasEmail, URIRef(f"mailto:{office.email}") if office.email else None),
        (VCARD.hasTelephone, URIRef(f"tel:{office.phone.replace(' ', '')}") if office.phone else None),
        (VCARD.hasURL, URIRef(office.url) if office.url else description.uri("accessibility/")),
    )
    _catalogue(description)
    return description


def _catalogue(description: Description) -> None:
    name = city().name
    west, south, east, north = city().outline.bounds
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    home = description.uri("open-data/")
    description.new(home, FOAF.Document)
    description.new(
        description.catalogue,
        DCAT.Catalog,
        (DCTERMS.title, Text(f"Otwarte dane przestrzenne: {name.pl}", f"Open spatial data: {name.en}")),
        (
            DCTERMS.description,
            Text(
                f"Warstwy miejskiego systemu informacji przestrzennej ({name.pl}), które każdy może pobrać.",
                f"Layers of the city's spatial information system ({name.en}) that everybody may take.",
            ),
        ),
        (DCTERMS.publisher, description.publisher),
        (DCAT.contactPoint, description.contact),
        (DCTERMS.language, POLISH),
        (DCTERMS.language, ENGLISH),
        (DCTERMS.license, description.licence("CC0-1.0", "")),
        (DCAT.themeTaxonomy, THEMES),
        (FOAF.homepage, home),
        (DCTERMS.spatial, description.place(f"POLYGON(({', '.join(f'{x} {y}' for x, y in corners)}))")),
    )


def labelled(description: Description, type_: URIRef, text: Text) -> Node:
    """A node of a type whose label is the text in both languages."""
    return description.new(BNode(), type_, (RDFS.label, text))


def whole_number(value: int) -> Literal:
    """A number of bytes as a literal."""
    return Literal(value, datatype=XSD.nonNegativeInteger)


def _terms(value: Any) -> list[Node]:
    if value is None:
        return []
    if isinstance(value, Text):
        return [Literal(value.pl, lang="pl"), Literal(value.en, lang="en")]
    return [value if isinstance(value, Node) else Literal(value)]
