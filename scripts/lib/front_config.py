"""Print the configuration of nginx in front of the portal, and write the pages that it shows by itself.

front_config.py FOLDER SOCKET: FOLDER has its files, the portal listens at SOCKET. nginx takes bodies and answers in
whole on behalf of the portal, so that no slow visitor occupies one of its threads, and limits connections, rates and
sizes for each address. README lists the limits, for a city with a server of its own.
"""

import os
import pwd
import sys
from pathlib import Path

from geoportal.http.plain_pages import RETRY_SECONDS, page, problem

ROOT = Path(__file__).resolve().parents[2]
UPLOADS = r"^/(?:uploads|photos)/"
"""Addresses whose bodies are files."""
SMALL_BODY = "20m"
"""Of all other bodies: the largest that an API takes (`geoportal.http.bodies`)."""
CONFIGURATION = """\
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile {files};
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    server_tokens off;
    default_type application/octet-stream;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;

    # The visitor's address, where a trusted proxy says so, and the scheme that it saw.
{trusted}
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
    geo $realip_remote_addr $by_trusted {{
        default 0;
{networks}
    }}
    map "$by_trusted:$http_x_forwarded_proto" $visitor_scheme {{
        default $scheme;
        "1:https" https;
        "1:http" http;
    }}
    map $http_accept $error_form {{
        default json;
        "~text/html" html;
    }}

    limit_conn_zone $binary_remote_addr zone=connections:10m;
    limit_conn connections 100;
    limit_conn_status 429;
    limit_req_zone $binary_remote_addr zone=requests:10m rate=300r/s;
    limit_req zone=requests burst=3000 nodelay;
    limit_req_status 429;

    client_header_timeout 10s;
    client_body_timeout 20s;
    send_timeout 30s;
    keepalive_timeout 30s;
    reset_timedout_connection on;
    client_max_body_size {small};
    client_body_buffer_size 64k;
    large_client_header_buffers 8 64k;

    upstream portal {{
        server unix:{socket};
        keepalive 16;
    }}
    server {{
        listen {listen} backlog=1024;
        error_page 413 /_front/413.$error_form;
        error_page 429 /_front/429.$error_form;
        error_page 502 504 /_front/503.$error_form;
        location /_front/ {{
            internal;
            root {folder}/pages;
            types {{ text/html html; application/problem+json json; }}
            charset utf-8;
            add_header Retry-After {retry} always;
            add_header Cache-Control no-store always;
        }}
        location / {{ {proxy} }}
        location ~ {uploads} {{ client_max_body_size {large}; {proxy} }}
    }}
}}
"""
PROXY = (
    'proxy_pass http://portal; proxy_http_version 1.1; proxy_set_header Connection ""; '
    "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr; "
    'proxy_set_header X-Forwarded-Proto $visitor_scheme; proxy_set_header X-Forwarded-Host ""; '
    "proxy_read_timeout 900s; proxy_buffers 16 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 128k; "
    "proxy_max_temp_file_size {spool}; proxy_next_upstream off;"
)
CONNECTIONS = 8000
TRUE = ("true", "on", "ok", "y", "yes", "1")
"""As django-environ reads it."""


def configuration(folder: Path, socket: Path, listen: str, trusted: list[str], upload_bytes: int) -> str:
    """The text of nginx.conf. `listen` is address and port, `trusted` are the city's own proxies before nginx."""
    return CONFIGURATION.format(
        user=f"user {_account()};" if os.geteuid() == 0 else "",
        files=2 * CONNECTIONS + 100,
        connections=CONNECTIONS,
        folder=folder,
        socket=socket,
        listen=listen,
        trusted="".join(f"    set_real_ip_from {one};\n" for one in trusted),
        networks="".join(f"        {one} 1;\n" for one in trusted),
        small=SMALL_BODY,
        large=upload_bytes + 1_000_000,
        uploads=UPLOADS,
        retry=RETRY_SECONDS,
        proxy=PROXY.format(spool="2048m"),
    )


def _account() -> str:
    """The account that the portal runs as: nginx reads the socket and writes its folder as the same one."""
    return pwd.getpwuid(os.geteuid()).pw_name


def write_pages(folder: Path) -> None:
    """Write what nginx answers by itself, as pages for people and as problems for programs."""
    pages = folder / "pages" / "_front"
    pages.mkdir(parents=True, exist_ok=True)
    for status in (413, 429, 503):
        (pages / f"{status}.html").write_text(page(status), encoding="utf-8")
        (pages / f"{status}.json").write_text(problem(status), encoding="utf-8")


def listening(host: str, port: str) -> str:
    """The address as nginx writes it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def main() -> int:
    """Write nginx.conf and the pages into the folder."""
    folder, socket = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_pages(folder)
    environment = os.environ
    secure = environment.get("PORTAL_URL", "").startswith("https:") or environment.get("HTTPS", "").lower() in TRUE
    loopback = "127.0.0.1,::1" if secure else ""
    trusted = (environment.get("TRUSTED_PROXIES") or loopback).split(",")
    text = configuration(
        folder,
        socket,
        listening(environment.get("WEB_HOST") or "127.0.0.1", environment["PORT"]),
        [one.strip() for one in trusted if one.strip()],
        int(environment.get("UPLOAD_BYTES") or 200_000_000),
    )
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
