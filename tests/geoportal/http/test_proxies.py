"""Whose request it is, and by which scheme, behind the city's proxies."""

import pytest

from geoportal.http.proxies import behind_proxies

TRUSTED = ["10.0.0.5", "10.1.0.0/16", "::1"]


def seen(peer: str, **headers: str) -> dict[str, str]:
    """What the application sees of a request."""
    found: dict[str, str] = {}

    def application(environ, start_response):
        found.update(environ)
        return []

    environ = {
        "REMOTE_ADDR": peer,
        "wsgi.url_scheme": "http",
        **{f"HTTP_X_FORWARDED_{k}": v for k, v in headers.items()},
    }
    list(behind_proxies(application, TRUSTED)(environ, None))
    return found


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.5", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.5", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.5", "6.6.6.6, 203.0.113.9, 10.1.7.2", "203.0.113.9"),
        ("10.0.0.5", "6.6.6.6, 203.0.113.9, 10.2.7.2", "10.2.7.2"),
        ("", "203.0.113.9", "203.0.113.9"),
        ("::1", "2001:db8::9", "2001:db8::9"),
        ("10.0.0.5", "", "10.0.0.5"),
    ],
)
def test_only_what_trusted_proxies_wrote_counts(peer, forwarded, expected):
    assert seen(peer, FOR=forwarded)["REMOTE_ADDR"] == expected


@pytest.mark.parametrize(
    ("peer", "proto", "expected"),
    [
        ("10.0.0.5", "https", "https"),
        ("192.0.2.1", "https", "http"),
        ("10.0.0.5", "javascript", "http"),
        ("", "https", "https"),
    ],
)
def test_https_counts_where_a_trusted_proxy_says_so(peer, proto, expected):
    assert seen(peer, FOR="203.0.113.9", PROTO=proto)["wsgi.url_scheme"] == expected


@pytest.mark.parametrize("peer", ["10.0.0.5", "192.0.2.1", ""])
def test_no_view_sees_the_headers_of_proxies(peer):
    found = seen(peer, FOR="203.0.113.9", PROTO="https", HOST="evil.example", PORT="1")
    assert not [name for name in found if "X_FORWARDED" in name]
