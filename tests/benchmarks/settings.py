"""The portal's settings with one more address, for the servers that a benchmark starts."""

from geoportal.settings import *  # noqa: F403  # these are the portal's settings, all of them

ROOT_URLCONF = "tests.benchmarks.urls"
