"""Requests of the tests of the WFS."""

from xml.etree import ElementTree

NAMES = {
    "wfs": "http://www.opengis.net/wfs/2.0",
    "ows": "http://www.opengis.net/ows/1.1",
    "gml": "http://www.opengis.net/gml/3.2",
    "fes": "http://www.opengis.net/fes/2.0",
    "city": "urn:geoportal:layers",
    "xs": "http://www.w3.org/2001/XMLSchema",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMES.items())


def ask(client, request="GetFeature", /, headers=None, **words):
    """The answer to a request by address."""
    query = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": request} | words
    return client.get("/wfs/", query, headers=headers or {})


def text(response):
    return response.getvalue().decode()


def tree(response):
    assert response.status_code == 200, text(response)
    return ElementTree.fromstring(text(response))


def layers(client, **how):
    found = tree(ask(client, "GetCapabilities", **how)).findall(".//wfs:FeatureType/wfs:Name", NAMES)
    return {one.text for one in found}


def fields(client, layer, **how):
    schema = tree(ask(client, "DescribeFeatureType", TYPENAMES=layer, **how))
    return [one.get("name") for one in schema.findall(".//xs:sequence/xs:element", NAMES)]


def filtered(inner):
    return f"<fes:Filter {DECLARED}>{inner}</fes:Filter>"


def equal(field, value):
    return (
        f"<fes:PropertyIsEqualTo><fes:ValueReference>{field}</fes:ValueReference>"
        f"<fes:Literal>{value}</fes:Literal></fes:PropertyIsEqualTo>"
    )


def refusal(response):
    """Code and text of an exception report, which every refusal must be."""
    assert 400 <= response.status_code < 500, text(response)
    report = ElementTree.fromstring(text(response))
    assert report.tag == f"{{{NAMES['ows']}}}ExceptionReport"
    (one,) = report.findall("ows:Exception", NAMES)
    return response.status_code, one.get("exceptionCode"), " ".join("".join(one.itertext()).split())
