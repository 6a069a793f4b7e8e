"""The address of a request's sender, and a mark of it for limits a day, from which the address cannot be read."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.timezone import localdate

HOME_BITS = 64
"""A home or office has a network of so many bits in IPv6, and changes the rest of its address at will."""


def sender_address(request: HttpRequest) -> str:
    """The sender's address: as the outermost of the city's own proxies saw it (`PROXIES_IN_FRONT`), else the peer's.

    Addresses that a sender wrote into X-Forwarded-For itself stand left of that one, and do not count.
    """
    proxies = settings.PROXIES_IN_FRONT
    seen = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    if proxies and len(seen) >= proxies:
        return seen[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def sender_mark(request: HttpRequest) -> str:
    """64 hexadecimal digits that are equal for requests from one address or IPv6 network within a day of the city."""
    value = f"{localdate().isoformat()} {_network(sender_address(request))}"
    return salted_hmac("geoportal.http.sender", value, algorithm="sha256").hexdigest()


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, HOME_BITS), strict=False))
    return str(found)
