"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoportal.settings")
_application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - read once Django is set up

from geoportal.http.proxies import at_socket, behind_proxies  # noqa: E402
from geoportal.http.transfers import bounded  # noqa: E402
from layers.jobs.processes import Heartbeat  # noqa: E402 - models are there once Django is set up

Heartbeat("web").start()
application = behind_proxies(
    bounded(_application, settings.UPLOAD_BYTES, buffered=at_socket), settings.TRUSTED_PROXIES
)
