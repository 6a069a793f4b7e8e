"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoportal.settings")
application = get_wsgi_application()

from layers.jobs.processes import Heartbeat  # noqa: E402 - models are there once Django is set up

Heartbeat("web").start()
