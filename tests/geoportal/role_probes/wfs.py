"""Probes of the WFS."""

from urllib.parse import quote

from tests.geoportal.role_probes import Probe

KVP = "/wfs/?SERVICE=WFS&VERSION=2.0.0&REQUEST="
ID = "GetFeature&STOREDQUERY_ID=urn:ogc:def:query:OGC-WFS::GetFeatureById&ID="
DECLARED = 'xmlns:fes="http://www.opengis.net/fes/2.0" xmlns:wfs="http://www.opengis.net/wfs/2.0"'
OWNER = (
    f"<fes:Filter {DECLARED}><fes:PropertyIsLike wildCard='*' singleChar='.' escapeChar='!'>"
    "<fes:ValueReference>owner</fes:ValueReference><fes:Literal>Taj*</fes:Literal></fes:PropertyIsLike></fes:Filter>"
)
POSTED = (
    f'<wfs:GetFeature service="WFS" version="2.0.0" {DECLARED} xmlns:city="urn:geoportal:layers">'
    f'<wfs:Query typeNames="city:buildings">{OWNER}</wfs:Query></wfs:GetFeature>'
)

PROBES: dict[str, list[Probe]] = {
    "wfs": [
        Probe("/wfs/"),
        Probe(f"{KVP}GetCapabilities"),
        Probe(f"{KVP}DescribeFeatureType"),
        Probe(f"{KVP}DescribeFeatureType&TYPENAMES=hydrants", hidden=True),
        Probe(f"{KVP}DescribeStoredQueries"),
        Probe(f"{KVP}GetFeature&TYPENAMES=buildings", shows="planners"),
        Probe(f"{KVP}GetFeature&TYPENAMES=buildings&OUTPUTFORMAT=geojson", shows="planners"),
        Probe(f"{KVP}GetFeature&TYPENAMES=buildings&OUTPUTFORMAT=csv", shows="planners"),
        Probe(f"{KVP}GetFeature&TYPENAMES=hydrants", hidden=True, shows="planners"),
        Probe(f"{KVP}GetFeature&TYPENAMES=fire_stations", hidden=True, shows="services"),
        Probe(f"{KVP}GetFeature&TYPENAMES=(buildings)(hydrants)", hidden=True, shows="planners"),
        Probe(f"{KVP}GetFeature&TYPENAMES=hydrants&RESULTTYPE=hits", hidden=True),
        Probe(f"{KVP}GetFeature&TYPENAMES=buildings&SORTBY=owner", hidden=True, shows="planners"),
        Probe(f"{KVP}GetFeature&TYPENAMES=buildings&PROPERTYNAME=owner", hidden=True, shows="planners"),
        Probe(f"{KVP}GetFeature&TYPENAMES=buildings&FILTER={quote(OWNER)}", hidden=True, shows="planners"),
        Probe(f"{KVP}GetFeature&TYPENAMES=buildings&RESULTTYPE=hits&FILTER={quote(OWNER)}", hidden=True),
        Probe(f"{KVP}GetPropertyValue&TYPENAMES=buildings&VALUEREFERENCE=owner", hidden=True, shows="planners"),
        Probe(f"{KVP}{ID}buildings.{{building}}", shows="planners"),
        Probe(f"{KVP}{ID}hydrants.{{hydrant}}", hidden=True, shows="planners"),
        Probe(f"{KVP}GetFeature&RESOURCEID=hydrants.{{hydrant}}", hidden=True, shows="planners"),
        Probe("/wfs/", "POST", POSTED, hidden=True, shows="planners"),
    ],
}
