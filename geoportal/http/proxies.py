"""A visitor's address, and whether it came over https, as the city's reverse proxies saw it.

Proxies whose headers count are those of `TRUSTED_PROXIES`, and whatever is connected to the portal's Unix socket,
which only the portal's own account can open. From anybody else the headers are dropped.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from granian.utils.proxies import wrap_wsgi_with_proxy_headers

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
SOCKET = "unix"
"""The address of a peer at the Unix socket, which has none."""
PEER = "geoportal.peer"
"""In the environment of a request: the address of its peer, which may be a proxy."""
HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")


def behind_proxies(application: Application, trusted: Sequence[str]) -> Application:
    """The application with REMOTE_ADDR and scheme as the trusted proxies saw them.

    `trusted` are addresses and networks. Of X-Forwarded-For the last address counts that is no trusted proxy's: those
    before it were written by the visitor.
    """
    inner = wrap_wsgi_with_proxy_headers(_without_headers(application), [SOCKET, *trusted])

    def outer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = environ.get("REMOTE_ADDR") or SOCKET
        environ[PEER] = environ["REMOTE_ADDR"]
        found: Iterable[bytes] = inner(environ, start_response)
        return found

    return outer


def at_socket(environ: Environ) -> bool:
    """Whether the request came by the Unix socket: from the portal's own nginx."""
    return environ.get(PEER) == SOCKET


def _without_headers(application: Application) -> Application:
    def plain(environ: Environ, start_response: Any) -> Iterable[bytes]:
        for name in HEADERS:
            environ.pop(name, None)
        return application(environ, start_response)

    return plain
