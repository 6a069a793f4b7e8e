"""Settings of the portal that browser tests drive: cheap passwords, no seconds of delay, static files cached."""

from geoportal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# What a test stored is served at once.
TILE_VERSION_SECONDS = PUBLICATION_SECONDS = PLANNER_LAYERS_SECONDS = 0.0
# The files of the working tree, whether collected or not; a browser asks for each once.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
