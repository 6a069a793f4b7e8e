"""A mark of a request's sender for limits a day, from which the address cannot be read (`geoportal.http.proxies`)."""

import ipaddress

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.timezone import localdate

HOME_BITS = 64
"""A home or office has a network of so many bits in IPv6, and changes the rest of its address at will."""


def sender_mark(request: HttpRequest) -> str:
    """64 hexadecimal digits that are equal for requests from one address or IPv6 network within a day of the city."""
    value = f"{localdate().isoformat()} {network_of(request)}"
    return salted_hmac("geoportal.http.sender", value, algorithm="sha256").hexdigest()


def sender_counted(request: HttpRequest) -> str | None:
    """The sender's address by which attempts are counted, of IPv6 the first of its network; None for no address."""
    try:
        return str(ipaddress.ip_network(network_of(request))[0])
    except ValueError:
        return None


def network_of(request: HttpRequest) -> str:
    """The sender's address, of IPv6 its home's network."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, HOME_BITS), strict=False))
    return str(found)
