"""Codes of the EU's controlled vocabularies (https://op.europa.eu/en/web/eu-vocabularies) and the names RDF uses."""

from rdflib import Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD

ADMS = Namespace("http://www.w3.org/ns/adms#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
PREFIXES = {
    "adms": ADMS,
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dct": DCTERMS,
    "foaf": FOAF,
    "geosparql": GEO,
    "rdfs": RDFS,
    "skos": SKOS,
    "spdx": SPDX,
    "vcard": VCARD,
    "xsd": XSD,
}
__all__ = ["ADMS", "DCAT", "DCATAP", "DCTERMS", "FOAF", "GEO", "PREFIXES", "RDF", "RDFS", "SPDX", "VCARD", "XSD"]

AUTHORITY = "http://publications.europa.eu/resource/authority"
THEMES = URIRef(f"{AUTHORITY}/data-theme")
PUBLIC = URIRef(f"{AUTHORITY}/access-right/PUBLIC")
POLISH, ENGLISH = (URIRef(f"{AUTHORITY}/language/{code}") for code in ("POL", "ENG"))
AVAILABLE = URIRef(f"{AUTHORITY}/planned-availability/AVAILABLE")
LOCAL_AUTHORITY = URIRef("http://purl.org/adms/publishertype/LocalAuthority")
HIGH_VALUE_LAW = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")
HIGH_VALUE = {
    "geospatial": URIRef("http://data.europa.eu/bna/c_ac64a52d"),
    "environment": URIRef("http://data.europa.eu/bna/c_dd313021"),
    "mobility": URIRef("http://data.europa.eu/bna/c_b79e35eb"),
}
LICENCES = {"CC0-1.0": "CC0", "CC-BY-4.0": "CC_BY_4_0", "CC-BY-SA-4.0": "CC_BYSA_4_0", "ODbL-1.0": "ODC_BL"}
"""The EU's codes of licences by their SPDX names."""
FREQUENCIES = ((1, "DAILY"), (7, "WEEKLY"), (14, "BIWEEKLY"), (31, "MONTHLY"), (92, "QUARTERLY"), (366, "ANNUAL"))
"""Most days between two updates, and the EU's code of that frequency."""


def theme(code: str) -> URIRef:
    """A data theme."""
    return URIRef(f"{AUTHORITY}/data-theme/{code}")


def file_type(code: str) -> URIRef:
    """A file type."""
    return URIRef(f"{AUTHORITY}/file-type/{code}")


def media_type(name: str) -> URIRef:
    """A media type as IANA names it."""
    return URIRef(f"https://www.iana.org/assignments/media-types/{name}")


def frequency(days: int | None) -> URIRef:
    """The frequency of updates so many days apart; irregular where none is promised."""
    named = (code for most, code in FREQUENCIES if days is not None and days <= most)
    code = "IRREG" if days is None else next(named, "OTHER")
    return URIRef(f"{AUTHORITY}/frequency/{code}")


def licence(name: str) -> URIRef | None:
    """The EU's address of a licence; None where its list has none."""
    code = LICENCES.get(name)
    return URIRef(f"{AUTHORITY}/licence/{code}") if code else None
