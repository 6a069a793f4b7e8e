"""Reads the properties of a picture's XMP packet (ISO 16684-1). Runs in the sandbox only.

Packets vary in form: a property is an attribute of rdf:Description or an element in it. Both give the same text.
"""

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from PIL import Image

PACKET_BYTES = 2_000_000
_TIFF_TAG = 700
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PREFIXES = {
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.google.com/photos/1.0/panorama/": "GPano",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
}
"""Namespaces that are read, and the usual prefix of each."""


class BadPacket(ValueError):
    """The packet is no well-formed XML, declares entities, or is too large."""


def packet(picture: Image.Image) -> bytes:
    """The XMP packet of a picture, b"" where it has none."""
    found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    if not found and hasattr(picture, "tag_v2"):
        found = picture.tag_v2.get(_TIFF_TAG, b"")
    if isinstance(found, tuple):
        found = b"".join(one for one in found if isinstance(one, bytes))
    if isinstance(found, str):
        found = found.encode()
    return bytes(found).strip(b"\x00 \t\r\n") if isinstance(found, bytes | bytearray) else b""


def properties(content: bytes) -> dict[str, str]:
    """The simple properties of a packet, "GPano:PoseHeadingDegrees" -> "67.0". Raises BadPacket."""
    if not content:
        return {}
    if len(content) > PACKET_BYTES:
        raise BadPacket(f"it has {len(content):,} bytes")
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as fault:
        raise BadPacket(str(fault)) from fault
    found: dict[str, str] = {}
    for description in root.iter(f"{_RDF}Description"):
        for name, value in description.attrib.items():
            _put(found, name, value)
        for element in description:
            if not len(element):
                _put(found, element.tag, element.text)
    return found


def _put(found: dict[str, str], name: object, value: str | None) -> None:
    space, _, local = str(name).removeprefix("{").partition("}")
    prefix = _PREFIXES.get(space)
    if prefix and value and value.strip():
        found.setdefault(f"{prefix}:{local}", value.strip()[:500])
