"""Settings of the portal, read once from the environment, each with a default and its reason.

A database address is enough to develop; `scripts/` writes one to `.local/database-url` for the private cluster.
"""

import os
import secrets
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import environ

from geoportal.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
# Generated files of this installation; `scripts/` export the folder they use.
LOCAL_DIR = Path(os.environ.get("GEOPORTAL_LOCAL") or BASE_DIR / ".local")
env = Environment()
# Greatest values of settings; a slip of the keyboard beyond them is refused at the start.
HOUR, DAY, TERABYTE = 3_600, 86_400, 1_000_000_000_000


def _local_secret(name: str, make: str) -> str:
    """The content of a private file in `.local/`, created with `make` at the first start."""
    path = LOCAL_DIR / name
    if not path.exists():
        LOCAL_DIR.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(make, encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def _local_file(name: str) -> str:
    """The content of a file that `scripts/` made in `.local/`, "" where there is none."""
    path = LOCAL_DIR / name
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _database_url() -> str:
    return _local_file("database-url") or "postgis://localhost/geoportal"


# Off unless asked for: error pages of DEBUG show settings.
DEBUG = env.bool("DEBUG", default=False)
# Created at first start and stored, so that sessions survive a restart.
SECRET_KEY = env("SECRET_KEY", default="") or _local_secret("secret-key", secrets.token_urlsafe(50))
# The address under which others reach the portal: links in messages that no request asked for, host, port and scheme.
PORTAL_URL = env("PORTAL_URL", default=f"http://127.0.0.1:{env('PORT', default='8000')}").rstrip("/")
_PORTAL = urlsplit(PORTAL_URL)
# Host names that the portal accepts: its own, and those of this machine for supervisors and the demo.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_PORTAL.hostname or "", "127.0.0.1", "localhost", "[::1]"])
# Ports that a request's Host may name; without one it is always good.
_OUTSIDE = _PORTAL.port or (443 if _PORTAL.scheme == "https" else 80)
ALLOWED_PORTS = env.list("ALLOWED_PORTS", default=[env("PORT", default="8000"), str(_OUTSIDE)])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# On where the portal is served over https: plain requests are redirected, cookies go over https only.
HTTPS = env.bool("HTTPS", default=_PORTAL.scheme == "https")

# Addresses and networks of the city's own reverse proxies, as in "10.0.0.5,10.1.0.0/16": their headers count for a
# visitor's address and for https, those of anybody else do not. Over https it is usually a server on this machine.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", default=["127.0.0.1", "::1"] if HTTPS else [])

# The city itself; another city is another file and another database.
CITY_FILE = env.file("CITY_FILE", default=str(BASE_DIR / "city.toml"))
# Photos, rasters, snapshots: backed up together with the database.
MEDIA_ROOT = env("MEDIA_ROOT", default=str(LOCAL_DIR / "media"))
# Dated snapshots of open layers: how many days of each layer are retained, and the minutes that must pass before
# the day's is written anew because the layer changed again.
SNAPSHOTS_KEPT = env.whole("SNAPSHOTS_KEPT", default=7, most=3_650)
SNAPSHOT_MINUTES = env.whole("SNAPSHOT_MINUTES", default=60, most=525_600)
# Cached tiles; may be deleted at any time. Empty: no files are cached (where a proxy in front does it).
TILE_CACHE_DIR = env("TILE_CACHE_DIR", default=str(LOCAL_DIR / "tile-cache"))
# Bytes of tiles a process caches in memory: reading a file for each costs a fifth of the rate.
TILE_MEMORY_BYTES = env.whole("TILE_MEMORY_BYTES", default=64_000_000, least=0, most=TERABYTE)
# Threads of a web process, as the Procfile starts it: half of them compute at expensive addresses at most.
WEB_THREADS = env.whole("WEB_THREADS", default=4, most=1_000)
# Seconds a process may serve a tile before it asks for newer changes; an edit must be visible within 5.
TILE_VERSION_SECONDS = env.number("TILE_VERSION_SECONDS", default=1.0, most=HOUR)
# Days for which changes are retained, and runs can be taken back; what a study has not read yet stays longer.
CHANGES_KEPT_DAYS = env.whole("CHANGES_KEPT_DAYS", default=365, most=36_500)
# Seconds after which a process applies an administrator's withdrawal of a layer.
LIVE_SECONDS = env.number("LIVE_SECONDS", default=1.0, most=HOUR)
PUBLICATION_SECONDS = env.number("PUBLICATION_SECONDS", default=1.0, most=HOUR)
# Seconds a page of a table may keep the database busy; sorting a million rows without an index takes about two.
TABLE_SECONDS = env.whole("TABLE_SECONDS", default=8, most=HOUR)
# Seconds the database may work on a file of a visitor's selection (filter, moment, order, spatial question).
EXPORT_SECONDS = env.number("EXPORT_SECONDS", default=120.0, most=DAY)
# Features on a page of the WFS; a page is built in memory, and clients request the next one themselves.
WFS_PAGE_FEATURES = env.whole("WFS_PAGE_FEATURES", default=5000, most=1_000_000)
GISSERVER_GEOJSON_MAX_PAGE_SIZE = GISSERVER_CSV_MAX_PAGE_SIZE = WFS_PAGE_FEATURES
# Decimals of coordinates in the WFS: a tenth of a millimetre in degrees.
GISSERVER_DB_PRECISION = 9
# Seconds the database may work on a spatial question within a request; longer ones are run as jobs.
QUERY_SECONDS = env.number("QUERY_SECONDS", default=8.0, most=HOUR)
# Seconds a spatial question that is run as a job may take.
QUERY_JOB_SECONDS = env.whole("QUERY_JOB_SECONDS", default=900, most=DAY)
# Folder of rule sets that replace those in analysis/studies: a file <slug>.toml each. Empty: none are replaced.
STUDY_RULES_DIR = env("STUDY_RULES_DIR", default="")
# Trial runs of one study that visitors may ask for in an hour; each keeps a worker busy for seconds.
STUDY_TRIALS_PER_HOUR = env.whole("STUDY_TRIALS_PER_HOUR", default=30, most=10_000)
# Milliseconds one figure of a place report may take; a district of a large city needs 200.
REPORT_STATEMENT_MS = env.whole("REPORT_STATEMENT_MS", default=5000, most=1000 * HOUR)
# Bytes of one upload through the browser; larger files go through `manage.py ingest`.
UPLOAD_BYTES = env.whole("UPLOAD_BYTES", default=200_000_000, most=TERABYTE)
# The folder whose folders and zip archives are offered as runs of street photos: drives are too large to be sent.
PHOTO_INBOX = env("PHOTO_INBOX", default=str(Path(MEDIA_ROOT) / "inbox"))
# Objects up to which an upload is tried and stored within the request; more of them become a background job.
UPLOAD_FEATURES_AT_ONCE = env.whole("UPLOAD_FEATURES_AT_ONCE", default=5000, most=10_000_000)
# Seconds after which a process reloads planners' layers that another process made, changed or removed.
PLANNER_LAYERS_SECONDS = env.number("PLANNER_LAYERS_SECONDS", default=1.0, most=HOUR)
# Limits of an uploaded file's size and content. The parsing child process is ended beyond them.
INGEST_LIMITS = {
    "file_bytes": env.whole("INGEST_FILE_BYTES", default=2_000_000_000, most=TERABYTE),
    "unpacked_bytes": env.whole("INGEST_UNPACKED_BYTES", default=8_000_000_000, most=TERABYTE),
    "memory_bytes": env.whole("INGEST_MEMORY_BYTES", default=4_000_000_000, most=TERABYTE),
    "cpu_seconds": env.whole("INGEST_CPU_SECONDS", default=1800, most=7 * DAY),
    "features": env.whole("INGEST_FEATURES", default=5_000_000, most=1_000_000_000),
    "vertices": env.whole("INGEST_VERTICES", default=2_000_000, most=1_000_000_000),
    "nesting": env.whole("INGEST_NESTING", default=64, most=1_000),
}

# Dotted path of the city's own detector of number plates or faces in street photos, which runs beside the one of
# faces, within the limits above; `ingest/photos/detectors.py` describes the callable. Empty: none.
PHOTO_DETECTOR = env("PHOTO_DETECTOR", default="")

# The MQTT broker's program; empty: no broker, and nothing is read from or published over MQTT. Debian has it outside
# the path of ordinary accounts.
MOSQUITTO = env("MOSQUITTO", default=shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "")
# Its files: configuration, passwords, rights, and the messages that were not read yet.
BROKER_DIR = env("BROKER_DIR", default=str(LOCAL_DIR / "broker"))
# Ports on loopback where devices publish, and where clients read what was stored. 0: the usual one or the next free.
MQTT_WRITE_PORT = env.whole("MQTT_WRITE_PORT", default=0, least=0, most=65_535)
MQTT_READ_PORT = env.whole("MQTT_READ_PORT", default=0, least=0, most=65_535)
# Seconds after which the broker learns of new and revoked tokens and of changed rights.
BROKER_RIGHTS_SECONDS = env.number("BROKER_RIGHTS_SECONDS", default=2.0, most=HOUR)
# Messages that the listener stores in one transaction, and seconds after which it stores fewer.
MQTT_BATCH_MESSAGES = env.whole("MQTT_BATCH_MESSAGES", default=20_000, most=100_000)
MQTT_BATCH_SECONDS = env.number("MQTT_BATCH_SECONDS", default=0.5, most=HOUR)
# Observations of one batch that are published one by one; of a larger one, such as an import, each series' latest.
MQTT_PUBLISHED_ROWS = env.whole("MQTT_PUBLISHED_ROWS", default=5000, most=1_000_000)

# Sheets a process prints at a time: each occupies a core for seconds, and tiles must still be served.
PRINTS_AT_ONCE = env.whole("PRINTS_AT_ONCE", default=1, most=1_000)
# Seconds a print request waits for its turn before it is answered with 503.
PRINT_WAIT_SECONDS = env.number("PRINT_WAIT_SECONDS", default=6.0, most=HOUR)
# Seconds that reading and drawing one sheet may take; beyond them a smaller sheet is advised.
PRINT_SECONDS = env.number("PRINT_SECONDS", default=25.0, most=HOUR)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "gisserver",
    "layers",
    "ingest",
    "analysis",
    "geoportal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "geoportal.http.middleware.KnownPort",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "geoportal.http.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "geoportal.http.middleware.PageLanguage",
    "geoportal.http.middleware.NoNul",
    "django.middleware.common.CommonMiddleware",
    "geoportal.http.middleware.PlannersLayers",
    "geoportal.accounts.gate.Gate",
    "geoportal.http.turns.TakesTurns",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "geoportal.urls"
WSGI_APPLICATION = "geoportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "geoportal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "geoportal.http.page_context.city_and_visitor",
            ],
        },
    }
]

DATABASES = {"default": environ.Env.db_url_config(env("DATABASE_URL", default="") or _database_url())}
DATABASES["default"] |= {
    "ENGINE": "django.contrib.gis.db.backends.postgis",
    # A connection per request costs 20 ms of PostGIS start-up; so it stays open for the life of the thread.
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    # Parallel plans halve the tile rate; jit costs more than it gives on short queries.
    "OPTIONS": {"options": "-c max_parallel_workers_per_gather=0 -c jit=off", "connect_timeout": 10},
}
# The secret of the database logins of the SQL console: each login's password is the SHA-256 of
# "login:secret". Empty: there are none, and the SQL console is off. A database server of the city's own needs
# scripts/lib/logins.sql with that secret, and scripts/lib/closed_functions.sql in the portal's database.
SQL_LOGINS_SECRET = env("SQL_LOGINS_SECRET", default="") or _local_file("postgres-logins")
# Seconds a statement of the SQL console may run; longer joins belong to /query/, which runs them as jobs.
SQL_SECONDS = env.number("SQL_SECONDS", default=30.0, most=HOUR)
# Statements of the console that run at once: each occupies a thread of the web server and a core of the database.
SQL_AT_ONCE = env.whole("SQL_AT_ONCE", default=3, most=1_000)
# Of these, by one account: enough for a second tab, fewer than all.
SQL_AT_ONCE_OF_EACH = env.whole("SQL_AT_ONCE_OF_EACH", default=2, most=1_000)
# Rows of a statement that its page shows, and rows of a file made from it.
SQL_ROWS = env.whole("SQL_ROWS", default=1_000, most=1_000_000)
SQL_FILE_ROWS = env.whole("SQL_FILE_ROWS", default=50_000, most=100_000_000)
# Bytes of an answer on the page (a browser draws it without a pause) and in a file (it is built in memory).
SQL_BYTES = env.whole("SQL_BYTES", default=8_000_000, most=TERABYTE)
SQL_FILE_BYTES = env.whole("SQL_FILE_BYTES", default=60_000_000, most=TERABYTE)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# One worker per queue: `alerts` for short urgent jobs, `default` for jobs that a person waits for, `bulk` for the
# rest. `layers.jobs.registry` assigns the jobs.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["alerts", "default", "bulk"]}}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    # Twelve characters resist guessing for years, as five wrong passwords lock the account for a while.
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "geoportal.accounts.adapter.NoSelfRegistration"
SOCIALACCOUNT_ADAPTER = "geoportal.accounts.adapter.DirectorySignIn"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
# axes limits password guessing; it counts in the database, for all processes together.
ACCOUNT_RATE_LIMITS = False
AXES_FAILURE_LIMIT = env.whole("LOGIN_FAILURES", default=5, most=1_000)
# Hours to which the delay grows for which an account cannot log in from an address after that many wrong passwords.
LOGIN_CLOSED_HOURS = env.number("LOGIN_CLOSED_HOURS", default=0.25, most=24)
AXES_HANDLER = "geoportal.accounts.lockout.GrowingDelays"
# Hours after the last wrong password for which they are stored; the handler computes the delays.
AXES_COOLOFF_TIME = 24
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "geoportal.accounts.lockout.name_tried"
AXES_CLIENT_IP_CALLABLE = "geoportal.http.sender.sender_counted"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# The city's directory (OpenID Connect): all three, or none. The groups claim names groups of the portal as
# OIDC_GROUPS maps them, for example "GIS-Edytorzy=editors,GIS-Analitycy=analysts".
OIDC_SERVER_URL = env("OIDC_SERVER_URL", default="")
OIDC_GROUPS_CLAIM = env("OIDC_GROUPS_CLAIM", default="groups")
OIDC_GROUPS = env.dict("OIDC_GROUPS", default={})
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "city",
                "name": env("OIDC_NAME", default="Katalog miasta"),
                "client_id": env("OIDC_CLIENT_ID", default=""),
                "secret": env("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ]
        if OIDC_SERVER_URL
        else []
    }
}
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = True
# Seconds without a request after which a session ends; a working day.
SESSION_COOKIE_AGE = env.whole("SESSION_SECONDS", default=10 * 3600, most=366 * DAY)

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
    ("vendor/photo-sphere-viewer", BASE_DIR / "node_modules" / "@photo-sphere-viewer" / "core"),
    (
        "vendor/photo-sphere-tiles",
        BASE_DIR / "node_modules" / "@photo-sphere-viewer" / "equirectangular-tiles-adapter",
    ),
    ("vendor/three", BASE_DIR / "node_modules" / "three" / "build"),
    ("vendor/noto-sans", BASE_DIR / "node_modules" / "@fontsource" / "noto-sans" / "files"),
    ("vendor/uplot", BASE_DIR / "node_modules" / "uplot" / "dist"),
]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
# Supervisors ask for it on this machine, past the server with TLS.
SECURE_REDIRECT_EXEMPT = [r"^health$"]
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

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # These log each step of each document or file; the WFS library logs client errors as server errors.
    "loggers": {name: {"level": "WARNING"} for name in ("weasyprint", "fontTools", "pyogrio")}
    | {"gisserver": {"level": "CRITICAL"}},
    "root": {"handlers": ["console"], "level": env.choice("LOG_LEVEL", default="INFO", choices=LOG_LEVELS)},
}
