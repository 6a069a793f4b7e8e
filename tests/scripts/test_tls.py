"""The portal behind the web server with TLS of README's "For a city that stays"."""

import http.client
import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from tests.ingest.throwaway import until
from tests.scripts.conftest import ROOT, Installation, free_port, manage
from tests.scripts.serving import start

VISITOR = "127.0.0.3"
WORDS = "w długim haśle są słowa"


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    text: str


@pytest.fixture
def secured(ready_portal: Installation, tmp_path: Path) -> Iterator[tuple[Installation, int]]:
    """The portal, and the port of a server with TLS in front of it, as README configures it."""
    port = free_port()
    ready_portal.extra["PORTAL_URL"] = f"https://portal.example:{port}"
    process = start(ready_portal)
    server = subprocess.Popen(
        ["/usr/sbin/nginx", "-e", "stderr", "-c", str(configured(tmp_path, ready_portal, port))]
    )
    until(lambda: asked(port, "/health").status == 200, 30, "the server with TLS answers")
    yield ready_portal, port
    server.terminate()
    server.wait(timeout=10)
    process.terminate()
    process.wait(timeout=40)


def configured(folder: Path, portal: Installation, port: int) -> Path:
    """README's server, with a certificate of its own, in a configuration by itself."""
    block = re.search(r"```nginx\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=portal.example"]
    subprocess.run(
        [*made, "-keyout", folder / "portal.key", "-out", folder / "portal.pem"], check=True, capture_output=True
    )
    words = {
        "443 ssl": f"127.0.0.1:{port} ssl",
        "/etc/ssl": str(folder),
        "127.0.0.1:8000": f"127.0.0.1:{portal.extra['PORT']}",
    }
    text = block[1]
    for written, here in words.items():
        assert written in text
        text = text.replace(written, here)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    head = f"daemon off; user root; pid {folder}/nginx.pid; events {{}} http {{ access_log off; {temporary}"
    path.write_text(f"{head}\n{text}\n}}")
    return path


def asked(port: int, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
    """The answer over TLS; redirects are not followed."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(
        "127.0.0.1", port, timeout=20, context=context, source_address=(VISITOR, 0)
    )
    connection.request(method, path, body, {"Host": f"portal.example:{port}", **headers})
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read().decode())


def cookies(answer: Answer) -> dict[str, str]:
    """The cookies that an answer sets, each with its whole line."""
    return {line.split("=")[0]: line for line in answer.headers.get_all("Set-Cookie", [])}


@pytest.mark.thorough
def test_links_cookies_and_the_login_are_those_of_the_address_with_tls(secured):
    portal, port = secured
    own = f"https://portal.example:{port}/"
    page = asked(port, "/")
    assert page.status == 200 and "max-age=31536000" in page.headers["Strict-Transport-Security"]
    links = [one["href"] for one in json.loads(asked(port, "/ogc/").text)["links"]]
    tiles = json.loads(asked(port, "/tiles/buildings.json").text)["tiles"]
    assert links and tiles and all(one.startswith(own) for one in links + tiles)
    capabilities = asked(port, "/wfs/?SERVICE=WFS&REQUEST=GetCapabilities&VERSION=2.0.0").text
    assert own in capabilities and "http://portal.example" not in capabilities and "http://127" not in capabilities

    make = f"from django.contrib.auth.models import User; User.objects.create_user('anna', password={WORDS!r})"
    assert manage(portal, "shell", "-c", make).returncode == 0
    form = asked(port, "/accounts/login/")
    token = cookies(form)["csrftoken"]
    assert "; Secure" in token
    field = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
    assert field
    words = urlencode({"login": "anna", "password": WORDS, "csrfmiddlewaretoken": field[1]})
    answer = asked(
        port,
        "/accounts/login/",
        "POST",
        words,
        **{
            "Cookie": token.split(";")[0],
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": own.rstrip("/"),
            "Referer": f"{own}accounts/login/",
        },
    )
    assert answer.status == 302 and not answer.headers["Location"].startswith("http:")
    assert "; Secure" in cookies(answer)["sessionid"] and "HttpOnly" in cookies(answer)["sessionid"]
    assert portal.sql("SELECT host(ip_address) FROM axes_accesslog") == [(VISITOR,)]


@pytest.mark.thorough
def test_plain_requests_are_led_to_tls_and_strangers_cannot_claim_it(secured):
    portal, port = secured
    connection = http.client.HTTPConnection(
        "127.0.0.1", int(portal.extra["PORT"]), timeout=20, source_address=("127.0.0.9", 0)
    )
    for headers in ({}, {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}):
        connection.request("GET", "/", headers={"Host": f"portal.example:{port}", **headers})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 301 and answer.headers["Location"] == f"https://portal.example:{port}/"
    assert asked(port, "/", Host="portal.example:1").status == 400
    assert asked(port, "/", Host="evil.example").status == 400
