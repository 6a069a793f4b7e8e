"""Settings of the portal: each is read once from the environment, with a default and its reason.

A database address is enough to develop; `scripts/` writes one to `.local/database-url` for the private cluster.
"""

import secrets
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = BASE_DIR / ".local"
env = environ.Env()


def _kept_in_local(name: str, make: str) -> str:
    """The content of a private file in `.local/`, made at the first start."""
    path = LOCAL_DIR / name
    if not path.exists():
        LOCAL_DIR.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(make, encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def _database_url() -> str:
    path = LOCAL_DIR / "database-url"
    return path.read_text(encoding="utf-8").strip() if path.exists() else "postgis://localhost/geoportal"


# Off unless asked for: error pages of DEBUG show settings.
DEBUG = env.bool("DEBUG", default=False)
# Made at first start and kept, so that sessions survive a restart.
SECRET_KEY = env("SECRET_KEY", default="") or _kept_in_local("secret-key", secrets.token_urlsafe(50))
# The portal answers only to names it knows; loopback is enough for the demo.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# On where the portal is served over https; the demo on loopback is not.
HTTPS = env.bool("HTTPS", default=False)

# The city itself; another city is another file and another database.
CITY_FILE = env("CITY_FILE", default=str(BASE_DIR / "city.toml"))
# Photos, rasters, snapshots: backed up together with the database.
MEDIA_ROOT = env("MEDIA_ROOT", default=str(LOCAL_DIR / "media"))
# Tiles already made; may be deleted at any time. Empty: none are kept (where a proxy in front does it).
TILE_CACHE_DIR = env("TILE_CACHE_DIR", default=str(LOCAL_DIR / "tile-cache"))
# Bytes of tiles a process keeps in memory: reading a file for each costs a fifth of the rate.
TILE_MEMORY_BYTES = env.int("TILE_MEMORY_BYTES", default=64_000_000)
# Seconds a process may serve a tile before it asks for newer changes; an edit must be visible within 5.
TILE_VERSION_SECONDS = env.float("TILE_VERSION_SECONDS", default=1.0)
# Seconds a page of a table may keep the database busy; sorting a million rows without an index takes about two.
TABLE_SECONDS = env.int("TABLE_SECONDS", default=8)
# Rule sets of studies that replace the ones in analysis/studies, as files of the same names. Empty: theirs hold.
STUDY_RULES_DIR = env("STUDY_RULES_DIR", default="")
# Trial runs of one study that visitors may ask for in an hour; each keeps a worker busy for seconds.
STUDY_TRIALS_PER_HOUR = env.int("STUDY_TRIALS_PER_HOUR", default=30)
# Milliseconds one figure of a place report may take: a district of a large city needs 200, nobody waits for more.
REPORT_STATEMENT_MS = env.int("REPORT_STATEMENT_MS", default=5000)
# What an uploaded file may weigh and hold. The parsing child process is ended beyond them.
INGEST_LIMITS = {
    "file_bytes": env.int("INGEST_FILE_BYTES", default=2_000_000_000),
    "unpacked_bytes": env.int("INGEST_UNPACKED_BYTES", default=8_000_000_000),
    "memory_bytes": env.int("INGEST_MEMORY_BYTES", default=4_000_000_000),
    "cpu_seconds": env.int("INGEST_CPU_SECONDS", default=1800),
    "features": env.int("INGEST_FEATURES", default=5_000_000),
    "vertices": env.int("INGEST_VERTICES", default=2_000_000),
    "nesting": env.int("INGEST_NESTING", default=64),
}

# Sheets a process prints at a time: each takes a core for seconds, and others must still get their tiles.
PRINTS_AT_ONCE = env.int("PRINTS_AT_ONCE", default=1)
# Seconds someone waits for their turn to print before they are asked to come again.
PRINT_WAIT_SECONDS = env.float("PRINT_WAIT_SECONDS", default=6.0)
# Seconds reading the city for one sheet may take; beyond them a smaller sheet is advised.
PRINT_SECONDS = env.float("PRINT_SECONDS", default=25.0)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django_tasks",
    "django_tasks_db",
    "layers",
    "ingest",
    "analysis",
    "geoportal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "geoportal.middleware.SecurityHeaders",
    "geoportal.middleware.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "geoportal.urls"
WSGI_APPLICATION = "geoportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "geoportal" / "templates"],
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "geoportal.page_context.here"],
        },
    }
]

DATABASES = {"default": environ.Env.db_url_config(env("DATABASE_URL", default="") or _database_url())}
DATABASES["default"] |= {
    "ENGINE": "django.contrib.gis.db.backends.postgis",
    # A connection per request costs 20 ms of PostGIS start-up; kept for the life of the thread instead.
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    # Parallel plans halve the tile rate; jit costs more than it gives on short queries.
    "OPTIONS": {"options": "-c max_parallel_workers_per_gather=0 -c jit=off", "connect_timeout": 10},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LANGUAGE_CODE = "pl"
LANGUAGES = [("pl", "Polski"), ("en", "English")]
USE_TZ = True
# Stored and computed in UTC; pages show the city's own zone.
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_ROOT", default=str(LOCAL_DIR / "static"))
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/geographiclib-geodesic", BASE_DIR / "node_modules" / "geographiclib-geodesic"),
    ("vendor/leaflet", BASE_DIR / "node_modules" / "leaflet" / "dist"),
    ("vendor/maplibre-gl", BASE_DIR / "node_modules" / "maplibre-gl" / "dist"),
    ("vendor/noto-sans", BASE_DIR / "node_modules" / "@fontsource" / "noto-sans" / "files"),
]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True

SILENCED_SYSTEM_CHECKS = [
    # Django warns of GDAL below 3.9: no text of a request or file reaches GeoDjango's own SpatialReference or
    # DataSource; files are read by pyogrio's newer GDAL in a limited child process.
    "gis.W001",
    # Redirecting to https and HSTS follow the HTTPS setting; the demo is served on loopback.
    "security.W004",
    "security.W008",
    "security.W012",
    "security.W016",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Both tell each step of each document they make.
    "loggers": {name: {"level": "WARNING"} for name in ("weasyprint", "fontTools")},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
